//! What is found on the disk, and what is said of it.
//!
//! Invariant: the log has kinds of errors and no path; a guest sees neither.

use super::ledger::Node;
use cap_fs_ext::MetadataExt;
use cap_std::fs::{Dir, Metadata};
use skillgate_app::ports::ScratchError;
use std::io::{self, ErrorKind};

/// Tells whether something is a plain file of so many bytes with one name, or a plain folder.
pub(super) fn is(found: &Metadata, node: Node) -> bool {
    match node {
        Node::File { bytes } => found.is_file() && found.nlink() == 1 && found.len() == bytes,
        Node::Folder => found.is_dir(),
    }
}

/// Looks at a name in a folder, without following or opening it. Something else than what is expected
/// there was not put there by the guest.
pub(super) fn expect(folder: &Dir, name: &str, node: Option<Node>) -> Result<(), ScratchError> {
    match (folder.symlink_metadata(name), node) {
        (Ok(found), Some(node)) if is(&found, node) => Ok(()),
        (Err(error), None) if error.kind() == ErrorKind::NotFound => Ok(()),
        (Err(error), _) if error.kind() != ErrorKind::NotFound => Err(failed("look", &error)),
        _ => Err(tampered()),
    }
}

/// Logs that somebody else was in the folder.
pub(super) fn tampered() -> ScratchError {
    tracing::error!("a scratch folder has something that its call did not put there");
    ScratchError::NotPlain
}

/// Logs what the disk did not do. Returns what may be said of it.
pub(super) fn failed(what: &'static str, error: &io::Error) -> ScratchError {
    let kind = error.kind();
    tracing::error!(error.kind = ?kind, "a scratch folder could not {what}");
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ScratchError::DiskFull,
        _ => ScratchError::Unavailable,
    }
}
