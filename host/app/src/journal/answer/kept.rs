//! What a skill keeps, as its run was answered.

use super::{Answer, AnswerForm};
use crate::journal::HostAnswer;
use crate::ports::{StateLine, StateValue};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use skillgate_domain::state::StateKey;

/// The form of a value.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ValueForm {
    value: String,
    version: i64,
}

/// The form of a key in a list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyForm {
    key: String,
    version: i64,
    bytes: u32,
}

impl ValueForm {
    fn of(value: &StateValue) -> Self {
        Self {
            value: BASE64.encode(&value.value),
            version: value.version,
        }
    }

    pub(super) fn read(self) -> Option<StateValue> {
        Some(StateValue {
            value: BASE64.decode(self.value).ok()?,
            version: self.version,
        })
    }
}

impl KeyForm {
    fn of(line: &StateLine) -> Self {
        Self {
            key: line.key.to_string(),
            version: line.version,
            bytes: line.value_bytes,
        }
    }

    pub(super) fn read(self) -> Option<StateLine> {
        Some(StateLine {
            key: StateKey::parse(&self.key).ok()?,
            version: self.version,
            value_bytes: self.bytes,
        })
    }
}

impl Answer for Option<StateValue> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Kept(self.as_ref().map(ValueForm::of))
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Kept(value) => Some(value),
            _ => None,
        }
    }
}

impl Answer for Vec<StateLine> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Keys(self.iter().map(KeyForm::of).collect())
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Keys(lines) => Some(lines),
            _ => None,
        }
    }
}

impl Answer for Vec<i64> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Committed(self.clone())
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Committed(versions) => Some(versions),
            _ => None,
        }
    }
}
