use crate::access::AccessError;
use crate::audit::{self, AuditError};
use crate::ports::{Inadmissible, StorageError};
use skillgate_domain::grant::{GrantRefusal, SkillStanding};
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::policy::Refusal;
use skillgate_domain::skill::Finding;

/// Why nothing was done with a module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// Nobody approves what they handed in themselves.
    #[error("you handed this module in; another admin must grant it")]
    OwnModule,
    /// It belongs to a partner, who alone offers it.
    #[error("this module belongs to the community {0}, which alone can offer it")]
    OfPartner(CommunityId),
    /// It belongs to a community that is no partner now.
    #[error(
        "this module belongs to the community {0}, with which there is no accepted partnership"
    )]
    PartnershipInactive(CommunityId),
    /// No such submission or grant in this community.
    #[error("there is no such module or grant")]
    NotFound,
    /// The skill was never granted in this community.
    #[error("there is no skill {0} here; an admin grants skills")]
    UnknownSkill(SkillName),
    /// The manifest has faults.
    #[error("the manifest has {} fault(s)", .0.len())]
    Manifest(Vec<Finding>),
    /// The component cannot be run here.
    #[error(transparent)]
    Component(#[from] Inadmissible),
    /// The grant cannot be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// What the skill may do was changed since the caller looked.
    #[error("the skill is at generation {} by now; look again", .0.generation.count())]
    Changed(SkillStanding),
    /// There is no good grant to go back to.
    #[error(transparent)]
    RollBack(#[from] RollBackRefusal),
    /// The same component and manifest were handed in before.
    #[error("this component with this manifest was handed in before")]
    AlreadySubmitted,
    /// Storage failed.
    #[error(transparent)]
    Storage(StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for ModuleError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Storage(_) | Self::Audit(_) | Self::Component(Inadmissible::Internal(_)) => None,
            Self::Forbidden(_) => Some("forbidden"),
            Self::OwnModule => Some("own-module"),
            Self::OfPartner(_) => Some("module-of-partner"),
            Self::PartnershipInactive(_) => Some("partnership-inactive"),
            Self::NotFound => Some("module-not-found"),
            Self::UnknownSkill(_) => Some("skill-not-found"),
            Self::Manifest(_) => Some("manifest-invalid"),
            Self::Component(why) => Some(why.code()),
            Self::Grant(refusal) => Some(match refusal {
                GrantRefusal::Wider(_) => "grant-too-wide",
                GrantRefusal::UnknownSetting(_) | GrantRefusal::UnacceptableSetting(_) => {
                    "setting-refused"
                }
                GrantRefusal::UnknownTool(_) => "grant-tool-unknown",
                GrantRefusal::CarriesOverOnly => "carry-over-alone",
                GrantRefusal::NothingToCarryOver => "nothing-to-carry-over",
            }),
            Self::Changed(_) => Some("grant-changed"),
            Self::RollBack(_) => Some("rollback-refused"),
            Self::AlreadySubmitted => Some("already-submitted"),
        }
    }
}

/// Why a skill cannot go back to its grant before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RollBackRefusal {
    /// Only one version was ever granted.
    #[error("no other version of this skill was granted before")]
    NothingBefore,
    /// The version before was taken back.
    #[error("the version before was taken back by an admin; look at it and grant it")]
    TakenBack,
}

impl From<StorageError> for ModuleError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict => Self::AlreadySubmitted,
            other => Self::Storage(other),
        }
    }
}

impl From<AccessError> for ModuleError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}
