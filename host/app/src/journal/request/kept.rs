//! What a skill asks of what it keeps. Bytes are compared by length and digest, which leaves the journal to
//! answers.

use crate::broker::StateQuery;
use crate::digest::sha256;
use crate::ports::{Expect, StateChange};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(in crate::journal) struct KeysForm {
    prefix: String,
    after: Option<String>,
    limit: u32,
}

#[derive(Debug, Serialize)]
pub(in crate::journal) struct ChangeForm {
    key: String,
    expect: ExpectForm,
    put: Option<BytesForm>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum ExpectForm {
    Any,
    Absent,
    Version(i64),
}

/// Bytes that a guest hands over.
#[derive(Debug, Serialize)]
pub(in crate::journal) struct BytesForm {
    bytes: usize,
    digest: String,
}

impl KeysForm {
    pub(super) fn of(query: &StateQuery) -> Self {
        Self {
            prefix: query.prefix.as_str().to_owned(),
            after: query.after.as_ref().map(ToString::to_string),
            limit: query.limit,
        }
    }
}

impl ChangeForm {
    pub(super) fn of(change: &StateChange) -> Self {
        Self {
            key: change.key.to_string(),
            expect: match change.expect {
                Expect::Any => ExpectForm::Any,
                Expect::Absent => ExpectForm::Absent,
                Expect::Version(version) => ExpectForm::Version(version),
            },
            put: change.put.as_deref().map(BytesForm::of),
        }
    }
}

impl BytesForm {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.len(),
            digest: sha256(bytes).to_string(),
        }
    }
}
