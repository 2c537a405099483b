//! What a run was answered of its files.

use super::{Answer, AnswerForm};
use crate::broker::Filed;
use crate::journal::HostAnswer;
use crate::ports::{ScratchEntry, ScratchKind};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde::{Deserialize, Serialize};

/// The form of a file or folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileForm {
    name: String,
    /// Nothing for a folder.
    bytes: Option<u64>,
}

impl FileForm {
    fn of(entry: &ScratchEntry) -> Self {
        Self {
            name: entry.name.clone(),
            bytes: (entry.kind == ScratchKind::File).then_some(entry.bytes),
        }
    }

    pub(super) fn read(self) -> ScratchEntry {
        let is_file = self.bytes.is_some();
        ScratchEntry {
            name: self.name,
            kind: if is_file {
                ScratchKind::File
            } else {
                ScratchKind::Folder
            },
            bytes: self.bytes.unwrap_or_default(),
        }
    }
}

impl Answer for Filed {
    fn form(&self) -> AnswerForm {
        AnswerForm::Filed(())
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        (answer == HostAnswer::Filed).then_some(Self)
    }
}

impl Answer for Vec<u8> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Bytes(BASE64.encode(self))
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl Answer for Vec<ScratchEntry> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Files(self.iter().map(FileForm::of).collect())
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Files(entries) => Some(entries),
            _ => None,
        }
    }
}

impl Answer for ScratchEntry {
    fn form(&self) -> AnswerForm {
        AnswerForm::File(FileForm::of(self))
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::File(entry) => Some(entry),
            _ => None,
        }
    }
}
