//! What a guest asks of its files. Bytes are compared by length and digest.

use super::kept::BytesForm;
use crate::broker::FileCall;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::journal) enum FileCallForm {
    Write {
        path: String,
        bytes: BytesForm,
    },
    Append {
        path: String,
        bytes: BytesForm,
    },
    Read {
        path: String,
        offset: u64,
        bytes_max: u32,
    },
    List {
        folder: Option<String>,
    },
    MakeFolder {
        path: String,
    },
    Remove {
        path: String,
    },
    Rename {
        source: String,
        target: String,
    },
    Metadata {
        path: String,
    },
}

impl FileCallForm {
    pub(super) fn of(call: FileCall<'_>) -> Self {
        let text = str::to_owned;
        match call {
            FileCall::Write(path, bytes) => Self::Write {
                path: text(path),
                bytes: BytesForm::of(bytes),
            },
            FileCall::Append(path, bytes) => Self::Append {
                path: text(path),
                bytes: BytesForm::of(bytes),
            },
            FileCall::Read(path, offset, bytes_max) => Self::Read {
                path: text(path),
                offset,
                bytes_max,
            },
            FileCall::List(folder) => Self::List {
                folder: folder.map(text),
            },
            FileCall::MakeFolder(path) => Self::MakeFolder { path: text(path) },
            FileCall::Remove(path) => Self::Remove { path: text(path) },
            FileCall::Rename(source, target) => Self::Rename {
                source: text(source),
                target: text(target),
            },
            FileCall::Metadata(path) => Self::Metadata { path: text(path) },
        }
    }
}
