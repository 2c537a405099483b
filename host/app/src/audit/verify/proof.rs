//! The proof that one record is in the log, without the other records.

use super::{VerifyError, Visitor, walk};
use crate::audit::checkpoint::{CheckpointError, Verifiers};
use serde::{Deserialize, Serialize};
use std::io::BufRead;
use tlog_tiles::tlog::{
    Error, Hash, HashReader, check_record, prove_record, record_hash, stored_hashes,
};

/// The name of a proof's form.
pub const PROOF_FORM: &str = "skillgate-audit-proof/1";

/// Why there is no proof, or why it proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The export does not stand by itself.
    #[error(transparent)]
    Export(#[from] VerifyError),
    /// No such record.
    #[error("the log has {size} records, from 0; there is no record {number}")]
    NoRecord {
        /// Records in the log.
        size: u64,
        /// What was asked for.
        number: u64,
    },
    /// The checkpoint cannot be trusted.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Not a proof.
    #[error("this is not a proof of the form {PROOF_FORM}")]
    NotAProof,
    /// The hashes do not lead from the record to the signed root.
    #[error("the record is not in the log at this place")]
    NotInLog,
}

/// The proof that a record is in the log at its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub(super) form: String,
    /// The record's number, from 0.
    pub number: u64,
    /// The record, byte for byte.
    pub leaf: String,
    /// Hashes from the leaf up to the root, in base64.
    pub(super) hashes: Vec<String>,
    /// The checkpoint that signs the root.
    pub(super) checkpoint: String,
}

/// Every hash of the tree, in the stored order.
#[derive(Default)]
struct Collector {
    number: u64,
    leaf: Option<Vec<u8>>,
    hashes: Hashes,
    checkpoint: String,
}

#[derive(Default)]
struct Hashes(Vec<Hash>);

impl HashReader for Hashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hash = |index: &u64| {
            let index = usize::try_from(*index).ok();
            let found = index.and_then(|index| self.0.get(index));
            found.copied().ok_or(Error::IndexesNotInTree)
        };
        indexes.iter().map(hash).collect()
    }
}

impl Visitor for Collector {
    fn leaf(&mut self, number: u64, leaf: &[u8]) {
        if number == self.number {
            self.leaf = Some(leaf.to_vec());
        }
        let new = stored_hashes(number, leaf, &self.hashes).expect("every hash is kept");
        self.hashes.0.extend(new);
    }

    fn checkpoint(&mut self, note: &str) {
        note.clone_into(&mut self.checkpoint);
    }
}

/// Checks an export and makes the proof of one of its records.
pub fn prove(
    export: &mut dyn BufRead,
    verifiers: &Verifiers,
    number: u64,
) -> Result<Proof, ProofError> {
    let mut collector = Collector {
        number,
        ..Collector::default()
    };
    let size = walk(export, verifiers, None, &mut collector)?.records;
    let leaf = collector.leaf.and_then(|leaf| String::from_utf8(leaf).ok());
    let leaf = leaf.ok_or(ProofError::NoRecord { size, number })?;
    let hashes = prove_record(size, number, &collector.hashes).map_err(|_| ProofError::NotInLog)?;
    Ok(Proof {
        form: PROOF_FORM.to_owned(),
        number,
        leaf,
        hashes: hashes.iter().map(Hash::to_string).collect(),
        checkpoint: collector.checkpoint,
    })
}

impl Proof {
    /// Reads a proof.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let proof: Self = serde_json::from_str(text).map_err(|_| ProofError::NotAProof)?;
        if proof.form == PROOF_FORM {
            Ok(proof)
        } else {
            Err(ProofError::NotAProof)
        }
    }

    /// Checks that the record is in the signed log at its place. Returns the log's size.
    pub fn verify(&self, verifiers: &Verifiers) -> Result<u64, ProofError> {
        let signed = verifiers.check(&self.checkpoint)?;
        let hashes = self.hashes.iter().map(|hash| Hash::parse_hash(hash));
        let hashes: Vec<_> = hashes
            .collect::<Result<_, _>>()
            .map_err(|_| ProofError::NotAProof)?;
        let leaf = record_hash(self.leaf.as_bytes());
        if self.number >= signed.size {
            return Err(ProofError::NotInLog);
        }
        check_record(&hashes, signed.size, Hash(signed.root), self.number, leaf)
            .map_err(|_| ProofError::NotInLog)?;
        Ok(signed.size)
    }
}
