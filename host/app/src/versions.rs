//! Histories of what has versions.

use crate::ports::{HISTORY_PAGE_MAX, VersionPut};

/// One page of what was put, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The changes.
    pub changes: Vec<VersionPut>,
    /// Where the next page begins: before this version.
    pub next_before: Option<u32>,
}

impl History {
    /// Makes a page of what a store listed.
    pub(crate) fn of(changes: Vec<VersionPut>) -> Self {
        let full = changes.len() == HISTORY_PAGE_MAX as usize;
        let last = changes.last().map(|change| change.version);
        Self {
            next_before: last.filter(|version| full && *version > 1),
            changes,
        }
    }
}
