//! The export: everything that somebody without this host needs to check the audit trail.
//!
//! A text file of lines. The first is a JSON object that names the form, the log and its size. Then
//! come the leaves of the tree, byte for byte and in order; after the last leaf that a checkpoint
//! covers comes that checkpoint, as a JSON string. The last line is a checkpoint.

use crate::ports::{AuditStore, Checkpoint, StorageError};
use serde_json::json;
use std::collections::VecDeque;
use std::io::{self, Write};

/// The name of the form.
pub const FORM: &str = "skillgate-audit/1";

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file could not be written.
    #[error("the export could not be written: {0}")]
    Write(#[from] io::Error),
    /// Nothing is signed yet.
    #[error("nothing is signed yet; a checkpoint follows within seconds of the first record")]
    NothingSigned,
    /// A record or checkpoint is missing in the database.
    #[error("the audit trail has gaps; the host's log says more")]
    Gap,
}

/// Writes everything that is signed. Returns how many records that is.
///
/// Records behind the last checkpoint are left out: nobody could tell whether they were changed.
pub async fn export(
    store: &dyn AuditStore,
    log: &str,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    let last = store.last_checkpoint().await?;
    let size = last.ok_or(ExportError::NothingSigned)?.head.size;
    writeln!(out, "{}", json!({ "form": FORM, "log": log, "size": size }))?;
    let mut checkpoints = Checkpoints::default();
    let mut next = 0;
    while next < size {
        let rows = store.audit_from(next).await?;
        for row in rows.iter().take_while(|row| row.number < size) {
            if row.number != next {
                return Err(ExportError::Gap);
            }
            writeln!(out, "{}", row.leaf)?;
            next += 1;
            if let Some(note) = checkpoints.of(store, next).await? {
                writeln!(out, "{}", json!(note))?;
            }
        }
        if rows.is_empty() {
            return Err(ExportError::Gap);
        }
    }
    Ok(size)
}

/// Checkpoints in the order of their trees, read a page at a time.
#[derive(Default)]
struct Checkpoints {
    page: VecDeque<Checkpoint>,
    read: u64,
}

impl Checkpoints {
    /// Returns the checkpoint of a tree of `size`, if there is one. Sizes are asked in order.
    async fn of(
        &mut self,
        store: &dyn AuditStore,
        size: u64,
    ) -> Result<Option<String>, StorageError> {
        if self.page.is_empty() && self.read < size {
            self.page = store.checkpoints_after(self.read).await?.into();
            self.read = self.page.back().map_or(u64::MAX, |last| last.head.size);
        }
        let next = self.page.front().is_some_and(|next| next.head.size == size);
        Ok(if next {
            self.page.pop_front().map(|c| c.note)
        } else {
            None
        })
    }
}
