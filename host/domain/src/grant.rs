//! An admin's approval of what a module may do in one community.

use crate::capability::{Capabilities, Excess};
use crate::digest::Digest;
use crate::ids::{CommunityId, ConfigKey, GrantId, SkillName, SubmissionId, UserId};
use crate::limits::CallLimits;
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
        let limits = self
            .limits
            .unwrap_or(skill.limits)
            .and(skill.limits)
            .and(CallLimits::CEILING);
        Ok((capabilities, limits, self.config))
    }
}
