//! An admin's approval of what a module may do in one community.

use crate::capability::{Capabilities, Excess};
use crate::digest::Digest;
use crate::ids::{CommunityId, ConfigKey, GrantId, SkillName, SubmissionId, UserId};
use crate::limits::{CallLimits, SETTING_BYTES_MAX};
use crate::skill::Skill;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// What may be granted, and what not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// More than the manifest asks for.
    #[error("the grant is wider than the manifest asks: {}", .0.join(", "))]
    Wider(Vec<Excess>),
    /// A setting that the manifest does not declare.
    #[error("the manifest declares no setting \"{0}\"")]
    UnknownSetting(ConfigKey),
    /// A setting's value that is too long, or that a database cannot keep.
    #[error("the setting \"{0}\" must have at most {SETTING_BYTES_MAX} bytes and no NUL")]
    UnacceptableSetting(ConfigKey),
}

/// What an admin decided. Absent parts mean: as the manifest asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantTerms {
    /// What may be reached.
    pub capabilities: Option<Capabilities>,
    /// What a call may use.
    pub limits: Option<CallLimits>,
    /// Settings.
    pub config: BTreeMap<ConfigKey, String>,
}

/// A grant, bound to one component and one manifest in one community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Where it holds.
    pub community: CommunityId,
    /// The skill it enables there.
    pub skill: SkillName,
    /// What was approved.
    pub submission: SubmissionId,
    /// The component approved.
    pub component: Digest,
    /// The manifest approved.
    pub manifest: Digest,
    /// What may be reached: never wider than the manifest asks.
    pub capabilities: Capabilities,
    /// What a call may use: never more than the manifest asks.
    pub limits: CallLimits,
    /// Settings.
    pub config: BTreeMap<ConfigKey, String>,
    /// Who approved it.
    pub granted_by: UserId,
    /// When.
    pub granted_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl GrantTerms {
    /// Checks the terms against what `skill` asks for and fills in what they leave open.
    ///
    /// Returns capabilities, limits and settings for a [`Grant`]. Terms are attenuation only.
    pub fn settle(
        self,
        skill: &Skill,
    ) -> Result<(Capabilities, CallLimits, BTreeMap<ConfigKey, String>), GrantRefusal> {
        let capabilities = self.capabilities.unwrap_or_else(|| skill.requests.clone());
        let excess = capabilities.excess_over(&skill.requests);
        if !excess.is_empty() {
            return Err(GrantRefusal::Wider(excess));
        }
        if let Some(unknown) = self
            .config
            .keys()
            .find(|key| !skill.config.contains_key(*key))
        {
            return Err(GrantRefusal::UnknownSetting(unknown.clone()));
        }
        let acceptable = |value: &str| value.len() <= SETTING_BYTES_MAX && !value.contains('\0');
        if let Some((key, _)) = self.config.iter().find(|(_, value)| !acceptable(value)) {
            return Err(GrantRefusal::UnacceptableSetting(key.clone()));
        }
        let limits = self
            .limits
            .unwrap_or(skill.limits)
            .and(skill.limits)
            .and(CallLimits::CEILING);
        Ok((capabilities, limits, self.config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SkillName;
    use crate::skill::ConfigDeclaration;

    fn skill() -> Skill {
        let declared = ConfigDeclaration {
            description: String::new(),
            default: None,
        };
        Skill {
            name: SkillName::parse("crm").unwrap(),
            version: "0.1.0".to_owned(),
            title: String::new(),
            description: String::new(),
            publisher: String::new(),
            license: String::new(),
            tools: Vec::new(),
            requests: Capabilities::default(),
            limits: CallLimits::DEFAULT,
            config: BTreeMap::from([(ConfigKey::parse("stage").unwrap(), declared)]),
        }
    }

    fn setting(key: &str, value: &str) -> GrantTerms {
        let config = BTreeMap::from([(ConfigKey::parse(key).unwrap(), value.to_owned())]);
        GrantTerms {
            config,
            ..GrantTerms::default()
        }
    }

    #[test]
    fn settings_are_declared_and_bounded() {
        let long = "x".repeat(SETTING_BYTES_MAX);
        for (terms, accepted) in [
            (setting("stage", "NEW"), true),
            (setting("stage", &long), true),
            (setting("stage", &format!("{long}x")), false),
            (setting("stage", "N\0"), false),
            (setting("other", "NEW"), false),
        ] {
            assert_eq!(terms.settle(&skill()).is_ok(), accepted);
        }
    }

    #[test]
    fn limits_only_shrink() {
        let wide = GrantTerms {
            limits: Some(CallLimits::CEILING),
            ..GrantTerms::default()
        };
        assert_eq!(wide.settle(&skill()).unwrap().1, CallLimits::DEFAULT);
        let narrow = CallLimits {
            crm_writes: 1,
            ..CallLimits::CEILING
        };
        let narrow = GrantTerms {
            limits: Some(narrow),
            ..GrantTerms::default()
        };
        assert_eq!(
            narrow.settle(&skill()).unwrap().1,
            CallLimits {
                crm_writes: 1,
                ..CallLimits::DEFAULT
            }
        );
    }
}
