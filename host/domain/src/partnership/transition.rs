use super::{
    Invitation, Message, Partnership, Permissions, Response, Side, Standing, Status, SuspendedBy,
    Terms,
};
use crate::ids::UserId;
use crate::time::Timestamp;
use crate::words::words;

/// Who wants to move a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mover {
    /// An admin of one of the two communities.
    Admin {
        /// Of which one.
        side: Side,
        /// Who.
        user: UserId,
    },
    /// The host, when time has passed.
    System,
}

impl Mover {
    /// Returns the side, where it is one's admin.
    pub const fn side(&self) -> Option<Side> {
        match self {
            Self::Admin { side, .. } => Some(*side),
            Self::System => None,
        }
    }
}

/// What somebody wants of a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Agree; with other terms than those that were offered, this is a counter-offer.
    Accept {
        /// With which words.
        message: Option<Message>,
        /// Under which terms; those that were offered, when there are none here.
        terms: Option<Terms>,
    },
    /// Say no.
    Reject {
        /// With which words.
        message: Option<Message>,
    },
    /// Take the invitation back.
    Cancel,
    /// Let the invitation go, as nobody answered it in time.
    Expire,
    /// Stop it for a while.
    Suspend,
    /// Let it go on.
    Reactivate,
    /// End it for good.
    End {
        /// Why.
        reason: Option<Message>,
    },
    /// Send the other side something else from now on.
    SetPermissions(Permissions),
}

/// What happened to a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// The target wants other terms.
    CounterOffered {
        /// With which words.
        message: Option<Message>,
        /// Which.
        terms: Terms,
    },
    /// The last offer was accepted.
    Accepted {
        /// With which words.
        message: Option<Message>,
    },
    /// The last offer was rejected.
    Rejected {
        /// With which words.
        message: Option<Message>,
    },
    /// The invitation was taken back.
    Cancelled,
    /// Nobody answered in time.
    Expired,
    /// One side stopped it.
    Suspended,
    /// One side lets it go on.
    Reactivated,
    /// It is over.
    Ended {
        /// Why.
        reason: Option<Message>,
    },
    /// One side sends something else.
    PermissionsSet(Permissions),
}

words! {
    /// What was done with a partnership, in one word.
    MoveKind {
        /// One community invited the other.
        Invited = "invited",
        /// The target wants other terms.
        CounterOffered = "counter-offered",
        /// The last offer was accepted.
        Accepted = "accepted",
        /// The last offer was rejected.
        Rejected = "rejected",
        /// The invitation was taken back.
        Cancelled = "cancelled",
        /// Nobody answered in time.
        Expired = "expired",
        /// One side stopped it.
        Suspended = "suspended",
        /// One side lets it go on.
        Reactivated = "reactivated",
        /// It is over.
        Ended = "ended",
        /// One side sends something else.
        PermissionsSet = "permissions-set",
    }
}

impl Move {
    /// Returns the word for it.
    pub const fn kind(&self) -> MoveKind {
        match self {
            Self::CounterOffered { .. } => MoveKind::CounterOffered,
            Self::Accepted { .. } => MoveKind::Accepted,
            Self::Rejected { .. } => MoveKind::Rejected,
            Self::Cancelled => MoveKind::Cancelled,
            Self::Expired => MoveKind::Expired,
            Self::Suspended => MoveKind::Suspended,
            Self::Reactivated => MoveKind::Reactivated,
            Self::Ended { .. } => MoveKind::Ended,
            Self::PermissionsSet(_) => MoveKind::PermissionsSet,
        }
    }

    /// Returns what whoever moved it said.
    pub const fn words(&self) -> Option<&Message> {
        match self {
            Self::CounterOffered { message, .. }
            | Self::Accepted { message }
            | Self::Rejected { message }
            | Self::Ended { reason: message } => message.as_ref(),
            Self::Cancelled
            | Self::Expired
            | Self::Suspended
            | Self::Reactivated
            | Self::PermissionsSet(_) => None,
        }
    }
}

/// A move, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who moved it.
    pub by: Mover,
    /// When.
    pub at: Timestamp,
    /// Where to.
    pub moved: Move,
}

/// Why a partnership is not moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// From where it stands, nobody can do this.
    #[error("a partnership that is {} cannot be moved so", .0.name())]
    WrongState(Status),
    /// From where it stands, only the other side can do this.
    #[error("this is for the other community to do")]
    OtherSide,
    /// The caller's side did so already.
    #[error("your community did so already")]
    Already,
    /// The invitation was not answered in time.
    #[error("the invitation has expired")]
    Expired,
    /// The invitation can still be answered.
    #[error("the invitation has not expired yet")]
    NotDue,
    /// A counter-offer is accepted as it is, or rejected.
    #[error("a counter-offer can be accepted as it is, or rejected")]
    CounterOfferIsFinal,
    /// Only time does this, or only people.
    #[error("this is not theirs to do")]
    NeverTheirs,
}

impl Partnership {
    /// Decides what comes of a command at `at`. Nothing is decided by anything but what is here.
    pub fn decide(&self, command: Command, by: &Mover, at: Timestamp) -> Result<Move, Refusal> {
        match (by, command) {
            (Mover::System, Command::Expire) => self.expire(at),
            (Mover::System, _) | (Mover::Admin { .. }, Command::Expire) => {
                Err(Refusal::NeverTheirs)
            }
            (Mover::Admin { side, .. }, command) => self.decide_for(*side, command, at),
        }
    }

    fn expire(&self, at: Timestamp) -> Result<Move, Refusal> {
        match self.standing {
            Standing::Pending { .. } if self.has_expired(at) => Ok(Move::Expired),
            Standing::Pending { .. } => Err(Refusal::NotDue),
            _ => Err(self.wrong_state()),
        }
    }

    pub(super) fn decide_for(
        &self,
        side: Side,
        command: Command,
        at: Timestamp,
    ) -> Result<Move, Refusal> {
        match (&self.standing, command) {
            // Whether or not somebody has seen to it yet.
            (Standing::Pending { .. }, _) if self.has_expired(at) => Err(Refusal::Expired),
            (Standing::Pending { counter_offer }, command) => {
                self.decide_pending(side, counter_offer.is_some(), command)
            }
            (Standing::Suspended { by, .. }, Command::Suspend) if by.has(side) => {
                Err(Refusal::Already)
            }
            (Standing::Accepted { .. } | Standing::Suspended { .. }, Command::Suspend) => {
                Ok(Move::Suspended)
            }
            (Standing::Suspended { by, .. }, Command::Reactivate) if by.has(side) => {
                Ok(Move::Reactivated)
            }
            (Standing::Suspended { .. }, Command::Reactivate) => Err(Refusal::OtherSide),
            (Standing::Accepted { .. } | Standing::Suspended { .. }, Command::End { reason }) => {
                Ok(Move::Ended { reason })
            }
            (
                Standing::Accepted { .. } | Standing::Suspended { .. },
                Command::SetPermissions(permissions),
            ) => Ok(Move::PermissionsSet(permissions)),
            _ => Err(self.wrong_state()),
        }
    }

    /// An invitation is the target's to answer, and a counter-offer the source's; the target can still withdraw it.
    fn decide_pending(
        &self,
        side: Side,
        is_counter_offer: bool,
        command: Command,
    ) -> Result<Move, Refusal> {
        match (side, is_counter_offer, command) {
            (Side::Target, false, Command::Accept { message, terms }) => {
                Ok(match terms.filter(|terms| *terms != self.terms) {
                    Some(terms) => Move::CounterOffered { message, terms },
                    None => Move::Accepted { message },
                })
            }
            (Side::Source, true, Command::Accept { message, terms }) => match terms {
                Some(terms) if terms != self.terms => Err(Refusal::CounterOfferIsFinal),
                _ => Ok(Move::Accepted { message }),
            },
            (Side::Target, _, Command::Reject { message })
            | (Side::Source, true, Command::Reject { message }) => Ok(Move::Rejected { message }),
            (Side::Source, _, Command::Cancel) => Ok(Move::Cancelled),
            (Side::Target, true, Command::Accept { .. }) => Err(Refusal::Already),
            (Side::Source, false, Command::Accept { .. } | Command::Reject { .. })
            | (Side::Target, _, Command::Cancel) => Err(Refusal::OtherSide),
            _ => Err(self.wrong_state()),
        }
    }

    /// Returns the partnership after a change, or nothing where that change cannot follow.
    #[must_use]
    pub fn after(&self, change: &Change) -> Option<Self> {
        let (standing, terms) = self.moved(change)?;
        Some(Self {
            standing,
            terms: terms.unwrap_or_else(|| self.terms.clone()),
            version: self.version.checked_add(1)?,
            updated_at: change.at,
            ..self.clone()
        })
    }

    fn moved(&self, change: &Change) -> Option<(Standing, Option<Terms>)> {
        let at = change.at;
        let moved = match (&self.standing, &change.moved) {
            (Standing::Pending { counter_offer }, moved) => {
                return pending_moved(counter_offer.as_ref(), change, moved);
            }
            (
                Standing::Accepted {
                    response,
                    started_at,
                }
                | Standing::Suspended {
                    response,
                    started_at,
                    ..
                },
                Move::Ended { reason },
            ) => Standing::Ended {
                response: response.clone(),
                started_at: *started_at,
                at,
                reason: reason.clone(),
            },
            (
                Standing::Accepted { .. } | Standing::Suspended { .. },
                Move::PermissionsSet(permissions),
            ) => {
                let mut terms = self.terms.clone();
                *terms.sent_by_mut(change.by.side()?) = permissions.clone();
                return Some((self.standing.clone(), Some(terms)));
            }
            (
                Standing::Accepted {
                    response,
                    started_at,
                },
                Move::Suspended,
            ) => Standing::Suspended {
                response: response.clone(),
                started_at: *started_at,
                by: SuspendedBy::One(change.by.side()?),
            },
            (
                Standing::Suspended {
                    response,
                    started_at,
                    by,
                },
                moved,
            ) => resumed(response, *started_at, *by, change.by.side()?, moved)?,
            _ => return None,
        };
        Some((moved, None))
    }

    /// Tells whether nobody can answer any more at `at`.
    pub fn has_expired(&self, at: Timestamp) -> bool {
        matches!(self.standing, Standing::Pending { .. }) && at >= self.invitation.expires_at()
    }

    const fn wrong_state(&self) -> Refusal {
        Refusal::WrongState(self.standing.status())
    }
}

fn pending_moved(
    counter_offer: Option<&Response>,
    change: &Change,
    moved: &Move,
) -> Option<(Standing, Option<Terms>)> {
    let at = change.at;
    let response = |message: &Option<Message>| match &change.by {
        Mover::Admin { user, .. } => Some(Response {
            by: user.clone(),
            at,
            message: message.clone(),
        }),
        Mover::System => None,
    };
    Some(match moved {
        Move::CounterOffered { message, terms } => {
            let counter_offer = Some(response(message)?);
            (Standing::Pending { counter_offer }, Some(terms.clone()))
        }
        Move::Accepted { message } => {
            // What the source says to a counter-offer does not replace what the target said with it.
            let response = match counter_offer {
                Some(counter_offer) => counter_offer.clone(),
                None => response(message)?,
            };
            let started_at = at;
            let accepted = Standing::Accepted {
                response,
                started_at,
            };
            (accepted, None)
        }
        Move::Rejected { message } => {
            let response = response(message)?;
            (Standing::Rejected { response }, None)
        }
        Move::Cancelled => {
            let counter_offer = counter_offer.cloned();
            (Standing::Cancelled { at, counter_offer }, None)
        }
        Move::Expired => {
            let counter_offer = counter_offer.cloned();
            (Standing::Expired { at, counter_offer }, None)
        }
        Move::Suspended | Move::Reactivated | Move::Ended { .. } | Move::PermissionsSet(_) => {
            return None;
        }
    })
}

/// What becomes of a suspended partnership when `side` stops it too, or lets it go on.
fn resumed(
    response: &Response,
    started_at: Timestamp,
    by: SuspendedBy,
    side: Side,
    moved: &Move,
) -> Option<Standing> {
    let by = match (moved, by) {
        (Move::Suspended, SuspendedBy::One(one)) if one != side => Some(SuspendedBy::Both),
        (Move::Reactivated, SuspendedBy::Both) => Some(SuspendedBy::One(side.other())),
        (Move::Reactivated, SuspendedBy::One(one)) if one == side => None,
        _ => return None,
    };
    let response = response.clone();
    Some(match by {
        Some(by) => Standing::Suspended {
            response,
            started_at,
            by,
        },
        None => Standing::Accepted {
            response,
            started_at,
        },
    })
}

/// Puts a partnership together from its history.
pub fn replayed(
    id: crate::ids::PartnershipId,
    (invitation, terms): (Invitation, Terms),
    history: &[Change],
) -> Option<Partnership> {
    let begun = Partnership::begin(id, invitation, terms);
    history
        .iter()
        .try_fold(begun, |it, change| it.after(change))
}

#[cfg(test)]
mod tests;
