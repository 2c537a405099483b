//! Partnerships of communities: where one stands, who may move it, and where to.
//!
//! One community invites another, which accepts, makes a counter-offer or rejects. Partners send each other
//! notifications, as far as each one's permissions go, and may enable each other's modules, until one of them suspends
//! or ends it. Source: the requirement of community partnerships, and what was decided beyond it.

mod message;
mod permissions;
mod transition;

pub use message::{MESSAGE_CHARS_MAX, Message, NotAMessage};
pub use permissions::{
    BOARDS_MAX, Filters, NotificationKind, PER_DAY_MAX, PER_HOUR_MAX, Permissions,
    PermissionsFault, Rates,
};
pub use transition::{Change, Command, Move, MoveKind, Mover, Refusal, replayed};

use crate::ids::{CommunityId, PartnershipId, UserId};
use crate::time::Timestamp;
use crate::words::words;
use std::time::Duration;

/// How long an invitation waits for its answer.
pub const INVITATION_LASTS: Duration = Duration::from_hours(30 * 24);
/// Invitations of one community that wait for an answer at once: each is mailed and told to strangers.
pub const INVITATIONS_MAX: usize = 200;

words! {
    /// Which of the two communities.
    Side {
        /// The one that invited.
        Source = "source",
        /// The one that was invited.
        Target = "target",
    }

    /// How close the two are.
    Relationship {
        /// They work together, and regularly.
        Partner = "partner",
        /// They belong to the same surroundings.
        Ecosystem = "ecosystem",
    }

    /// Where a partnership stands, in one word.
    Status {
        /// The invitation, or the counter-offer, is not answered.
        Pending = "pending",
        /// Both agreed.
        Accepted = "accepted",
        /// One side did not want to.
        Rejected = "rejected",
        /// The source took the invitation back.
        Cancelled = "cancelled",
        /// Nobody answered in time.
        Expired = "expired",
        /// One side or both stopped it for a while.
        Suspended = "suspended",
        /// One side ended it for good.
        Ended = "ended",
    }
}

impl Side {
    /// Returns the other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Source => Self::Target,
            Self::Target => Self::Source,
        }
    }
}

impl Status {
    /// Tells whether something can still become of it. Of two communities there is at most one such partnership.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Accepted | Self::Suspended)
    }
}

/// What each side may send the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// What the source sends.
    pub source_to_target: Permissions,
    /// What the target sends.
    pub target_to_source: Permissions,
}

impl Terms {
    /// Puts together what one side says: what it sends, and what it would like to be sent.
    pub fn as_seen_by(side: Side, from_us: Permissions, to_us: Permissions) -> Self {
        match side {
            Side::Source => Self {
                source_to_target: from_us,
                target_to_source: to_us,
            },
            Side::Target => Self {
                source_to_target: to_us,
                target_to_source: from_us,
            },
        }
    }

    /// Returns what a side sends.
    pub const fn sent_by(&self, side: Side) -> &Permissions {
        match side {
            Side::Source => &self.source_to_target,
            Side::Target => &self.target_to_source,
        }
    }

    const fn sent_by_mut(&mut self, side: Side) -> &mut Permissions {
        match side {
            Side::Source => &mut self.source_to_target,
            Side::Target => &mut self.target_to_source,
        }
    }
}

/// What somebody answered to an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// With which words.
    pub message: Option<Message>,
}

/// Who stopped a partnership for a while. It goes on when each of them lets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspendedBy {
    /// One side.
    One(Side),
    /// Each for itself.
    Both,
}

impl SuspendedBy {
    /// Tells whether a side is among them.
    pub fn has(self, side: Side) -> bool {
        match self {
            Self::One(one) => one == side,
            Self::Both => true,
        }
    }

    /// Returns the word for them.
    pub const fn name(self) -> &'static str {
        match self {
            Self::One(side) => side.name(),
            Self::Both => "both",
        }
    }

    /// Finds them by their word.
    pub fn from_name(name: &str) -> Option<Self> {
        if name == Self::Both.name() {
            return Some(Self::Both);
        }
        Side::from_name(name).map(Self::One)
    }
}

/// Where a partnership stands, with what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Somebody must answer.
    Pending {
        /// The target's answer, where it wants other terms: now the source must answer.
        counter_offer: Option<Response>,
    },
    /// Both agreed.
    Accepted {
        /// The target's answer.
        response: Response,
        /// Since when.
        started_at: Timestamp,
    },
    /// It has stopped for a while.
    Suspended {
        /// The target's answer.
        response: Response,
        /// Since when they are partners.
        started_at: Timestamp,
        /// Who stopped it.
        by: SuspendedBy,
    },
    /// It was not wanted.
    Rejected {
        /// Who said so.
        response: Response,
    },
    /// The invitation was taken back.
    Cancelled {
        /// When.
        at: Timestamp,
        /// A counter-offer that was there.
        counter_offer: Option<Response>,
    },
    /// It was not answered in time.
    Expired {
        /// When somebody saw that.
        at: Timestamp,
        /// A counter-offer that was there.
        counter_offer: Option<Response>,
    },
    /// It is over.
    Ended {
        /// The target's answer.
        response: Response,
        /// Since when they were partners.
        started_at: Timestamp,
        /// Until when.
        at: Timestamp,
        /// Why.
        reason: Option<Message>,
    },
}

impl Standing {
    /// Returns the word for it.
    pub const fn status(&self) -> Status {
        match self {
            Self::Pending { .. } => Status::Pending,
            Self::Accepted { .. } => Status::Accepted,
            Self::Suspended { .. } => Status::Suspended,
            Self::Rejected { .. } => Status::Rejected,
            Self::Cancelled { .. } => Status::Cancelled,
            Self::Expired { .. } => Status::Expired,
            Self::Ended { .. } => Status::Ended,
        }
    }
}

/// What there is to say of where a partnership stands, whichever way that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StandingFacts<'a> {
    /// The last answer.
    pub response: Option<&'a Response>,
    /// Since when they are, or were, partners.
    pub started_at: Option<Timestamp>,
    /// Until when they were.
    pub ended_at: Option<Timestamp>,
    /// Who stopped it for a while.
    pub suspended_by: Option<SuspendedBy>,
    /// Why it is over.
    pub reason: Option<&'a Message>,
}

impl Standing {
    /// Returns what there is to say of it.
    pub fn facts(&self) -> StandingFacts<'_> {
        let with = |response| StandingFacts {
            response,
            ..StandingFacts::default()
        };
        match self {
            Self::Pending { counter_offer }
            | Self::Cancelled { counter_offer, .. }
            | Self::Expired { counter_offer, .. } => with(counter_offer.as_ref()),
            Self::Rejected { response } => with(Some(response)),
            Self::Accepted {
                response,
                started_at,
            } => StandingFacts {
                started_at: Some(*started_at),
                ..with(Some(response))
            },
            Self::Suspended {
                response,
                started_at,
                by,
            } => StandingFacts {
                started_at: Some(*started_at),
                suspended_by: Some(*by),
                ..with(Some(response))
            },
            Self::Ended {
                response,
                started_at,
                at,
                reason,
            } => StandingFacts {
                started_at: Some(*started_at),
                ended_at: Some(*at),
                reason: reason.as_ref(),
                ..with(Some(response))
            },
        }
    }
}

/// An invitation, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Who invites.
    pub source: CommunityId,
    /// Who is invited. Never the source.
    pub target: CommunityId,
    /// How close they would be.
    pub relationship: Relationship,
    /// With which words.
    pub message: Option<Message>,
    /// Who sent it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

impl Invitation {
    /// Returns until when it can be answered.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.at.plus(INVITATION_LASTS)
    }
}

/// What an admin of one side can do with a partnership.
#[expect(clippy::struct_excessive_bools, reason = "each stands for one command")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Accept it, as it was offered last.
    pub respond: bool,
    /// Say no, or withdraw a counter-offer.
    pub reject: bool,
    /// Take the invitation back.
    pub cancel: bool,
    /// Stop it for a while.
    pub suspend: bool,
    /// Let it go on.
    pub reactivate: bool,
    /// End it for good.
    pub end: bool,
    /// Change what is sent to the other side.
    pub set_permissions: bool,
}

/// A partnership, from the invitation to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partnership {
    /// Its number.
    pub id: PartnershipId,
    /// How it began.
    pub invitation: Invitation,
    /// What each side sends the other, or would.
    pub terms: Terms,
    /// Where it stands.
    pub standing: Standing,
    /// How often it changed, the invitation included.
    pub version: u32,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Partnership {
    /// Begins one.
    pub fn begin(id: PartnershipId, invitation: Invitation, terms: Terms) -> Self {
        Self {
            id,
            updated_at: invitation.at,
            invitation,
            terms,
            standing: Standing::Pending {
                counter_offer: None,
            },
            version: 1,
        }
    }

    /// Tells which side a community is on.
    pub fn side_of(&self, community: &CommunityId) -> Option<Side> {
        if *community == self.invitation.source {
            Some(Side::Source)
        } else if *community == self.invitation.target {
            Some(Side::Target)
        } else {
            None
        }
    }

    /// Returns it as it is at `now`: an invitation that nobody answered in time has expired, whether or not
    /// somebody has seen to it yet.
    #[must_use]
    pub fn as_of(self, now: Timestamp) -> Self {
        if !self.has_expired(now) {
            return self;
        }
        let expired = Change {
            by: Mover::System,
            at: self.invitation.expires_at(),
            moved: Move::Expired,
        };
        self.after(&expired).unwrap_or(self)
    }

    /// Tells what an admin of a side can do at `now`.
    pub fn open_to(&self, side: Side, now: Timestamp) -> Open {
        let can = |command| self.decide_for(side, command, now).is_ok();
        let accept = Command::Accept {
            message: None,
            terms: None,
        };
        let set = Command::SetPermissions(Permissions::default());
        Open {
            respond: can(accept),
            reject: can(Command::Reject { message: None }),
            cancel: can(Command::Cancel),
            suspend: can(Command::Suspend),
            reactivate: can(Command::Reactivate),
            end: can(Command::End { reason: None }),
            set_permissions: can(set),
        }
    }

    /// Returns the community of a side.
    pub const fn community(&self, side: Side) -> &CommunityId {
        match side {
            Side::Source => &self.invitation.source,
            Side::Target => &self.invitation.target,
        }
    }
}
