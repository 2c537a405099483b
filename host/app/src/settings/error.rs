use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::StorageError;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Refusal;
use skillgate_domain::skill::Finding;

/// Why nothing was done with a community's settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// The settings have faults.
    #[error("the settings have {} fault(s)", .0.len())]
    Invalid(Vec<Finding>),
    /// The skill that is to coordinate is not granted, or not with such a tool.
    #[error("the skill {0} is not granted here with a tool `coordinate`; grant it first")]
    CoordinatorNotGranted(SkillName),
    /// Somebody else put settings since the caller looked.
    #[error("the settings changed in the meantime: version {present} is in force")]
    Changed {
        /// The newest version.
        present: u32,
    },
    /// No such version.
    #[error("there is no version {0} of the settings")]
    NotFound(u32),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for SettingsError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::Invalid(_) => Some("settings-invalid"),
            Self::CoordinatorNotGranted(_) => Some("coordinator-not-granted"),
            Self::Changed { .. } => Some("settings-changed"),
            Self::NotFound(_) => Some("settings-not-found"),
            Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for SettingsError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}
