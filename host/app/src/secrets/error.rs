use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::credentials::{OpenError, SecretError};
use crate::ports::{SECRETS_PER_COMMUNITY_MAX, StorageError};
use skillgate_domain::policy::Refusal;

/// Why nothing was done with a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The text is no secret to keep.
    #[error(transparent)]
    Text(#[from] SecretError),
    /// There is one of this name already.
    #[error("the skill has a secret of this name already; rotate it")]
    Present,
    /// There is none of this name.
    #[error("the skill has no secret of this name")]
    NotFound,
    /// The community has as many as it may.
    #[error(
        "the community has {SECRETS_PER_COMMUNITY_MAX} secrets, or has had too many; remove some"
    )]
    Full,
    /// Somebody else gave another one at the same moment.
    #[error("the secret changed in the meantime; look, and try again")]
    Changed,
    /// It was sealed under another key, or is damaged.
    #[error("the secret cannot be opened: {0}")]
    Unreadable(#[from] OpenError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for SecretsError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::Text(error) => Some(error.code()),
            Self::Present => Some("secret-present"),
            Self::NotFound => Some("secret-not-found"),
            Self::Full => Some("secrets-full"),
            Self::Changed => Some("secret-changed"),
            Self::Unreadable(_) | Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for SecretsError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}
