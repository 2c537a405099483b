use crate::ports::ScratchError;
use serde::{Deserialize, Serialize};

/// What a guest is told of an error beside its kind, where the interface has words for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Something else is under this key of what the skill keeps than was expected.
    StateChanged(String),
    /// What stood against a call of scratch files.
    Scratch(ScratchFault),
}

/// What stood against a call of scratch files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is explained in `wit/files.wit`")]
pub enum ScratchFault {
    InvalidPath,
    NotFound,
    AlreadyExists,
    NotAFile,
    NotAFolder,
    CaseClash,
    QuotaBytes,
    QuotaFiles,
    TooLong,
    NotPlain,
    Unavailable,
}

impl From<ScratchError> for ScratchFault {
    fn from(error: ScratchError) -> Self {
        match error {
            ScratchError::InvalidPath(_) => Self::InvalidPath,
            ScratchError::NotFound => Self::NotFound,
            ScratchError::AlreadyExists => Self::AlreadyExists,
            ScratchError::NotAFile => Self::NotAFile,
            ScratchError::NotAFolder => Self::NotAFolder,
            ScratchError::CaseClash => Self::CaseClash,
            ScratchError::QuotaBytes => Self::QuotaBytes,
            ScratchError::QuotaFiles => Self::QuotaFiles,
            ScratchError::TooLong => Self::TooLong,
            ScratchError::NotPlain => Self::NotPlain,
            ScratchError::DiskFull | ScratchError::Unavailable => Self::Unavailable,
        }
    }
}
