//! An admin's approval of what a module may do in one community, from its making to its end.

mod terms;

pub use terms::{GrantRefusal, GrantTerms, Settled};

use crate::capability::Capabilities;
use crate::digest::Digest;
use crate::ids::{
    CommunityId, ConfigKey, GrantId, PartnershipId, SkillName, SubmissionId, ToolName, UserId,
};
use crate::limits::CallLimits;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// How often it was changed what a skill may do in a community: by each grant, revocation, freeze,
/// unfreeze and roll-back. It only grows; before the first grant it is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Generation(u64);

impl Generation {
    /// Wraps a count.
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// Returns the count.
    pub const fn count(self) -> u64 {
        self.0
    }

    /// Returns the generation after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Where a skill stands in a community, whichever grant it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SkillStanding {
    /// Its present generation.
    pub generation: Generation,
    /// Since when it is stopped. Grants come and go meanwhile; none of them can be called.
    pub frozen_at: Option<Timestamp>,
}

/// The community that a module belongs to, where that is another one than the one it was handed in to or approved in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Which.
    pub community: CommunityId,
    /// The partnership of the two, if it is accepted now; of a grant, the one that it was made under. Without it nothing
    /// of the module is granted or runs: a grant comes back with its partnership, and does not come back with another.
    pub partnership: Option<PartnershipId>,
}

/// A grant, bound to one component, one manifest and one set of capabilities in one community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Where it holds.
    pub community: CommunityId,
    /// The skill it enables there.
    pub skill: SkillName,
    /// The generation that it began.
    pub generation: Generation,
    /// What was approved.
    pub submission: SubmissionId,
    /// The component approved.
    pub component: Digest,
    /// The manifest approved.
    pub manifest: Digest,
    /// What may be reached: never wider than the manifest asks.
    pub capabilities: Capabilities,
    /// Digest of `capabilities`.
    pub capability_set: Digest,
    /// The tools that may be called, each with the digest of its contract as it was approved.
    pub tools: BTreeMap<ToolName, Digest>,
    /// What a call may use: never more than the manifest asks.
    pub limits: CallLimits,
    /// Settings.
    pub config: BTreeMap<ConfigKey, String>,
    /// Who approved it.
    pub granted_by: UserId,
    /// When.
    pub granted_at: Timestamp,
    /// When it ended, and how.
    pub end: Option<GrantEnd>,
    /// Since when its skill is stopped.
    pub frozen_at: Option<Timestamp>,
    /// Whose the module is, where it is another community's.
    pub owner: Option<Owner>,
}

impl Grant {
    /// Tells whether what runs under it may go on.
    pub fn status(&self) -> GrantStatus {
        let parted = self
            .owner
            .as_ref()
            .is_some_and(|owner| owner.partnership.is_none());
        let cause = self.end.map(|end| end.cause);
        GrantStatus::of(cause, self.frozen_at.is_some(), parted)
    }
}

/// The end of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantEnd {
    /// When.
    pub at: Timestamp,
    /// How.
    pub cause: EndCause,
}

/// How a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndCause {
    /// Another grant of the skill took its place.
    Replaced,
    /// An admin took it back.
    Revoked,
    /// An admin went back to the grant before it.
    RolledBack,
}

impl EndCause {
    /// Every cause.
    pub const ALL: [Self; 3] = [Self::Replaced, Self::Revoked, Self::RolledBack];

    /// Returns the name used in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::RolledBack => "rolled-back",
        }
    }

    /// Finds a cause by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }

    /// Tells whether a grant that ended so may be gone back to. What an admin took back, or went back
    /// from, is approved again only by looking at it.
    pub const fn may_return(self) -> bool {
        matches!(self, Self::Replaced)
    }
}

/// Whether what runs under a grant may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantStatus {
    /// It may.
    InForce,
    /// Its skill is stopped.
    Frozen,
    /// The partnership with the community that the module belongs to is suspended or over.
    PartnershipInactive,
    /// It has ended.
    Ended(EndCause),
}

impl GrantStatus {
    /// Makes it of what is kept: how the grant ended, whether its skill is stopped, and whether the module is of
    /// another community and their partnership is not accepted now. What another grant replaced lets its calls end, unless the skill was stopped or the
    /// partnership was.
    pub fn of(end: Option<EndCause>, frozen: bool, parted: bool) -> Self {
        match end {
            Some(cause @ (EndCause::Revoked | EndCause::RolledBack)) => Self::Ended(cause),
            _ if frozen => Self::Frozen,
            _ if parted => Self::PartnershipInactive,
            Some(cause) => Self::Ended(cause),
            None => Self::InForce,
        }
    }

    /// Returns the stable code of why nothing may go on, or nothing where it may.
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::InForce => None,
            Self::Frozen => Some("skill-frozen"),
            Self::PartnershipInactive => Some("partnership-inactive"),
            Self::Ended(EndCause::Replaced) => Some("grant-replaced"),
            Self::Ended(EndCause::Revoked) => Some("grant-revoked"),
            Self::Ended(EndCause::RolledBack) => Some("grant-rolled-back"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_replaced_may_return() {
        let table = EndCause::ALL.map(|cause| {
            assert_eq!(EndCause::from_name(cause.name()), Some(cause));
            (cause.may_return(), GrantStatus::Ended(cause).refusal())
        });
        assert_eq!(
            table,
            [
                (true, Some("grant-replaced")),
                (false, Some("grant-revoked")),
                (false, Some("grant-rolled-back")),
            ]
        );
        assert_eq!(GrantStatus::InForce.refusal(), None);
        assert_eq!(GrantStatus::Frozen.refusal(), Some("skill-frozen"));
    }

    #[test]
    fn what_stops_a_skill_stops_what_a_grant_before_lets_end() {
        let ends = [None].into_iter().chain(EndCause::ALL.map(Some));
        let table = ends.map(|end| {
            let of = |frozen, parted| GrantStatus::of(end, frozen, parted).refusal();
            [
                of(false, false),
                of(true, false),
                of(false, true),
                of(true, true),
            ]
        });
        let (frozen, parted) = (Some("skill-frozen"), Some("partnership-inactive"));
        let (revoked, back) = (Some("grant-revoked"), Some("grant-rolled-back"));
        assert_eq!(
            table.collect::<Vec<_>>(),
            [
                [None, frozen, parted, frozen],
                [Some("grant-replaced"), frozen, parted, frozen],
                [revoked; 4],
                [back; 4],
            ]
        );
    }
}
