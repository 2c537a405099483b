//! Checks an export with the log's public keys alone: no host, no database, no network.

mod proof;

pub use proof::{PROOF_FORM, Proof, ProofError, prove};

use super::checkpoint::{CheckpointError, Verifiers};
use super::export::FORM;
use super::tree::Tree;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::{self, BufRead, Read};

/// Longest line of an export. A call has budgets, so that no record comes near.
pub const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What is wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The file could not be read.
    #[error("the export could not be read: {0}")]
    Read(#[from] io::Error),
    /// The first line is not that of an export.
    #[error("this is not an export of the form {FORM}")]
    NotAnExport,
    /// An export of another log than the key's.
    #[error("the export is of the log \"{found}\", the key of \"{expected}\"")]
    OtherLog {
        /// The log of the keys.
        expected: String,
        /// The log of the export.
        found: String,
    },
    /// A line that is neither a record nor a checkpoint.
    #[error("line {line} is neither a record nor a checkpoint")]
    Line {
        /// Its number, from 1.
        line: u64,
    },
    /// A checkpoint that cannot be trusted.
    #[error("line {line}: {why}")]
    Checkpoint {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        why: CheckpointError,
    },
    /// More or fewer records than were signed.
    #[error(
        "{signed} records were signed up to line {line}, but there are {found}: records were {}",
        if found < signed { "removed" } else { "added" }
    )]
    Count {
        /// The checkpoint's line, from 1.
        line: u64,
        /// Records that it speaks of.
        signed: u64,
        /// Records that are there.
        found: u64,
    },
    /// Records that are not those that were signed.
    #[error("{}", changed(*from, *to))]
    Changed {
        /// The first record since the last checkpoint that was right.
        from: u64,
        /// The first record behind the checkpoint that is not.
        to: u64,
    },
    /// Records behind the last checkpoint.
    #[error(
        "the export does not end with a checkpoint: its end was cut off, or records were added"
    )]
    OpenEnd,
    /// The export is of another size than its first line says.
    #[error("the export has {found} records, but its first line says {said}: its end was cut off")]
    Cut {
        /// What the first line says, or a checkpoint remembered from before.
        said: u64,
        /// Records that are there.
        found: u64,
    },
    /// The log does not contain the tree of a checkpoint that was seen before.
    #[error("the log was rewritten: it does not contain what was signed before at {size} records")]
    Rewritten {
        /// The size of the tree seen before.
        size: u64,
    },
}

fn changed(from: u64, to: u64) -> String {
    if to - from == 1 {
        return format!("the record {from} is not the one that was signed: it was changed");
    }
    let last = to - 1;
    format!(
        "the records {from} to {last} are not those that were signed: one was changed, or their order was"
    )
}

/// What an export was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records in it.
    pub records: u64,
    /// Checkpoints in it.
    pub checkpoints: u64,
    /// The root over all records.
    pub root: [u8; 32],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    form: String,
    log: String,
    size: u64,
}

/// Something that wants to see every leaf of an export while it is checked.
pub(super) trait Visitor {
    fn leaf(&mut self, number: u64, leaf: &[u8]);
    fn checkpoint(&mut self, note: &str);
}

struct Nobody;

impl Visitor for Nobody {
    fn leaf(&mut self, _: u64, _: &[u8]) {}
    fn checkpoint(&mut self, _: &str) {}
}

/// Checks an export from its first line to its last. `before` is a checkpoint seen earlier and kept
/// elsewhere: with it, an end that was cut off at a checkpoint is found too.
pub fn verify(
    export: &mut dyn BufRead,
    verifiers: &Verifiers,
    before: Option<&str>,
) -> Result<Verified, VerifyError> {
    walk(export, verifiers, before, &mut Nobody)
}

pub(super) fn walk(
    export: &mut dyn BufRead,
    verifiers: &Verifiers,
    before: Option<&str>,
    visitor: &mut dyn Visitor,
) -> Result<Verified, VerifyError> {
    let before = before
        .map(|note| verifiers.check(note))
        .transpose()
        .map_err(|why| VerifyError::Checkpoint { line: 0, why })?;
    let mut lines = Lines {
        export,
        line: 0,
        text: Vec::new(),
    };
    let header = header(&mut lines, verifiers)?;
    let mut tree = Tree::default();
    let (mut signed, mut checkpoints) = (0, 0);
    while lines.next()? {
        match lines.text.first() {
            Some(b'{') if serde_json::from_slice::<IgnoredAny>(&lines.text).is_ok() => {
                visitor.leaf(tree.size(), &lines.text);
                tree.push(&lines.text);
                if let Some(before) = before.as_ref().filter(|b| b.size == tree.size())
                    && before.root != tree.root()
                {
                    return Err(VerifyError::Rewritten { size: before.size });
                }
            }
            Some(b'"') => {
                let note = lines.note()?;
                check(&note, &tree, signed, &lines, verifiers)?;
                visitor.checkpoint(&note);
                signed = tree.size();
                checkpoints += 1;
            }
            _ => return Err(VerifyError::Line { line: lines.line }),
        }
    }
    let found = tree.size();
    if found != signed || checkpoints == 0 {
        return Err(VerifyError::OpenEnd);
    }
    let said = before.map_or(header.size, |before| before.size.max(header.size));
    if found < said {
        return Err(VerifyError::Cut { said, found });
    }
    Ok(Verified {
        records: found,
        checkpoints,
        root: tree.root(),
    })
}

fn header(lines: &mut Lines<'_>, verifiers: &Verifiers) -> Result<Header, VerifyError> {
    if !lines.next()? {
        return Err(VerifyError::NotAnExport);
    }
    let header: Header =
        serde_json::from_slice(&lines.text).map_err(|_| VerifyError::NotAnExport)?;
    if header.form != FORM {
        return Err(VerifyError::NotAnExport);
    }
    if header.log != verifiers.log() {
        return Err(VerifyError::OtherLog {
            expected: verifiers.log().to_owned(),
            found: header.log,
        });
    }
    Ok(header)
}

fn check(
    note: &str,
    tree: &Tree,
    from: u64,
    lines: &Lines<'_>,
    verifiers: &Verifiers,
) -> Result<(), VerifyError> {
    let line = lines.line;
    let signed = verifiers
        .check(note)
        .map_err(|why| VerifyError::Checkpoint { line, why })?;
    if signed.size != tree.size() {
        return Err(VerifyError::Count {
            line,
            signed: signed.size,
            found: tree.size(),
        });
    }
    if signed.root != tree.root() {
        return Err(VerifyError::Changed {
            from,
            to: tree.size(),
        });
    }
    Ok(())
}

struct Lines<'a> {
    export: &'a mut dyn BufRead,
    line: u64,
    text: Vec<u8>,
}

impl Lines<'_> {
    /// Reads the next line, without its end. Returns whether there was one.
    fn next(&mut self) -> Result<bool, VerifyError> {
        self.text.clear();
        self.line += 1;
        let mut limited = self.export.take(LINE_BYTES_MAX + 1);
        if limited.read_until(b'\n', &mut self.text)? == 0 {
            return Ok(false);
        }
        if self.text.pop() != Some(b'\n') {
            return Err(VerifyError::Line { line: self.line });
        }
        Ok(true)
    }

    fn note(&self) -> Result<String, VerifyError> {
        serde_json::from_slice(&self.text).map_err(|_| VerifyError::Line { line: self.line })
    }
}

#[cfg(test)]
mod tests;
