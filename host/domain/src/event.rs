//! What a community's people are told of: moves of its partnerships, what happens in it, and what happens at partners
//! that let it know.
//!
//! Events of a community are numbered from 1, in the order in which they became true, without a gap.

mod notification;

pub use notification::{LINK_BYTES_MAX, Link, NotALink, Notification, Withheld};

use crate::ids::{CommunityId, PartnershipId};
use crate::partnership::{Message, MoveKind, Relationship, Side, Status};
use crate::time::Timestamp;

/// Who in a community may be told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Those who speak for it.
    Admins,
    /// Everybody in it.
    Everybody,
}

/// Something that a community is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number in the community, from 1.
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub happened: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// One of the community's partnerships was moved.
    Partnership(PartnershipNews),
    /// Something in the community itself.
    Here(Notification),
    /// Something at a partner.
    AtPartner(CommunityId, Notification),
}

/// A move of a partnership, as one of its sides is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnershipNews {
    /// Which.
    pub partnership: PartnershipId,
    /// The version that the move made.
    pub version: u32,
    /// What was done.
    pub moved: MoveKind,
    /// Where it stood then.
    pub status: Status,
    /// The other side.
    pub partner: CommunityId,
    /// Whether the side that is told is the one that was invited.
    pub was_invited: bool,
    /// How close the two are, or would be.
    pub relationship: Relationship,
    /// The words of the invitation.
    pub invite_message: Option<Message>,
    /// Which side moved it; neither, when time did.
    pub by: Option<Side>,
    /// What they said of it.
    pub words: Option<Message>,
}

impl PartnershipNews {
    /// Tells whether the side that is told moved it, rather than the other; nothing, when time did.
    pub fn is_by_us(&self) -> Option<bool> {
        self.by.map(|by| (by == Side::Target) == self.was_invited)
    }
}

impl Happened {
    /// Tells whom it is for.
    pub const fn audience(&self) -> Audience {
        match self {
            Self::Partnership(_) => Audience::Admins,
            Self::Here(_) | Self::AtPartner(..) => Audience::Everybody,
        }
    }
}
