//! Partnerships of communities: an invitation, its answer, and what either side does with it afterwards.
//!
//! Invariants: the domain decides every move, and storage keeps it only if nobody moved it meanwhile, together with
//! its record of the audit trail. Only admins of one of the two communities see a partnership or move it; to
//! everybody else there is none. An invitation that has expired is never answered, however late somebody sees to it.

mod error;
mod expire;
mod list;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod metrics;

pub use error::PartnershipError;
pub use list::{Cursors, Overview, PARTNERSHIPS_PAGE, Page, RECENT, Seen};
pub use metrics::{Counts, METRICS_DAYS_MAX, Metrics};

use crate::access::Access;
use crate::audit::Trail;
use crate::digest;
use crate::ports::{
    AuditRecord, Begun, CommunityStore, Meter, Moved, PartnershipCounts, PartnershipStore,
    StorageError, Unmetered,
};
use skillgate_domain::audit::{Actor, Facts, PartnershipFacts, Target};
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::{
    Change, Command, Invitation, Message, MoveKind, Mover, Partnership, Permissions, Refusal,
    Relationship, Side, Terms,
};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use std::sync::Arc;

/// How often a command is decided anew when somebody else moved the partnership at the same moment. Each time somebody
/// got on, so that only a crowd makes anybody lose all of them.
pub const MOVE_TRIES_MAX: u32 = 16;

/// What an admin offers another community.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Whom.
    pub target: CommunityId,
    /// How close they would be.
    pub relationship: Relationship,
    /// With which words.
    pub message: Option<Message>,
    /// What the inviting community would send.
    pub from_us: Permissions,
    /// What it would like to be sent.
    pub to_us: Permissions,
}

/// The use cases of partnerships.
pub struct Partnerships {
    access: Arc<Access>,
    store: Arc<dyn PartnershipStore>,
    counts: Arc<dyn PartnershipCounts>,
    communities: Arc<dyn CommunityStore>,
    trail: Trail,
    meter: Arc<dyn Meter>,
}

impl Partnerships {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        (store, counts): (Arc<dyn PartnershipStore>, Arc<dyn PartnershipCounts>),
        communities: Arc<dyn CommunityStore>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            store,
            counts,
            communities,
            trail,
            meter: Arc::new(Unmetered),
        }
    }

    /// Counts moves with `meter`.
    #[must_use]
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Invites another community on behalf of the caller's.
    pub async fn invite(
        &self,
        caller: &Principal,
        community: &CommunityId,
        offer: NewInvitation,
    ) -> Result<Partnership, PartnershipError> {
        let done = self.invite_if_allowed(caller, community, offer).await;
        let (action, target) = (Action::InvitePartner, Target::Community);
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    async fn invite_if_allowed(
        &self,
        caller: &Principal,
        community: &CommunityId,
        offer: NewInvitation,
    ) -> Result<Partnership, PartnershipError> {
        self.permit(caller, community, Action::InvitePartner)
            .await?;
        if offer.target == caller.community {
            return Err(PartnershipError::WithItself);
        }
        let invitation = Invitation {
            source: caller.community.clone(),
            target: offer.target,
            relationship: offer.relationship,
            message: offer.message,
            by: caller.user.clone(),
            at: self.trail.clock().now(),
        };
        let terms = Terms::as_seen_by(Side::Source, offer.from_us, offer.to_us);
        let change = |id| {
            let begun = Partnership::begin(id, invitation.clone(), terms.clone());
            self.record(
                caller_of(caller),
                Side::Source,
                Action::InvitePartner,
                &begun,
            )
        };
        for _ in 0..MOVE_TRIES_MAX {
            let begun = self.store.begin_partnership(&invitation, &terms, &change);
            match begun.await? {
                Begun::Now(begun) => {
                    self.meter.partnership_moved(MoveKind::Invited.name());
                    return Ok(*begun);
                }
                // It is in the way only until somebody sees that nobody answered it.
                Begun::Already(live) if live.has_expired(invitation.at) => {
                    self.expire(&live).await?;
                }
                Begun::Already(live) => {
                    return Err(PartnershipError::Already {
                        id: live.id,
                        status: live.standing.status(),
                    });
                }
                Begun::Unknown => return Err(self.who_is_unknown(caller).await?),
                Begun::TooMany => return Err(PartnershipError::TooManyInvitations),
            }
        }
        Err(StorageError::crowded().into())
    }

    async fn who_is_unknown(&self, caller: &Principal) -> Result<PartnershipError, StorageError> {
        Ok(match self.communities.community(&caller.community).await? {
            None => PartnershipError::NotRegistered,
            Some(_) => PartnershipError::TargetUnknown,
        })
    }

    /// Does one thing or several in a row with a partnership of the caller's community: all of them, or none.
    /// `commands` is told on which side the caller is.
    pub async fn command(
        &self,
        caller: &Principal,
        (community, id): (&CommunityId, PartnershipId),
        commands: impl Fn(Side) -> Vec<(Action, Command)> + Send + Sync,
    ) -> Result<Seen, PartnershipError> {
        let actions = commands(Side::Source).into_iter().map(|(action, _)| action);
        let mut first = None;
        for action in actions {
            let done = self.permit(caller, community, action).await;
            self.recorded(caller, action, id, done).await?;
            first = first.or(Some(action));
        }
        let first = first.unwrap_or(Action::ListPartnerships);
        for _ in 0..MOVE_TRIES_MAX {
            let own = self.own(caller, id).await;
            let (before, side) = self.recorded(caller, first, id, own).await?;
            let mut steps = Vec::new();
            for (action, command) in commands(side) {
                let present = steps.last().map_or(&before, |it: &Moved| &it.after);
                let decided = self.decided(caller, (present, side), action, command).await;
                steps.push(self.recorded(caller, action, id, decided).await?);
            }
            // Otherwise somebody else moved it: what is left to do is decided anew.
            if self.store.move_partnership(&steps).await? {
                for step in &steps {
                    self.meter
                        .partnership_moved(step.change.moved.kind().name());
                }
                let after = steps.pop().map_or(before, |it| it.after);
                return self.seen(after, side).await;
            }
        }
        Err(StorageError::crowded().into())
    }

    async fn decided(
        &self,
        caller: &Principal,
        (before, side): (&Partnership, Side),
        action: Action,
        command: Command,
    ) -> Result<Moved, PartnershipError> {
        let user = caller.user.clone();
        let (by, at) = (Mover::Admin { side, user }, self.trail.clock().now());
        let moved = match before.decide(command, &by, at) {
            Ok(moved) => moved,
            Err(refusal) => {
                if refusal == Refusal::Expired {
                    self.expire(before).await?;
                }
                let status = before.clone().as_of(at).standing.status();
                return Err(PartnershipError::NotMoved { refusal, status });
            }
        };
        let change = Change { by, at, moved };
        let after = before.after(&change).ok_or(StorageError::Conflict)?;
        let record = self.record(caller_of(caller), side, action, &after);
        Ok(Moved {
            after,
            change,
            record,
        })
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        id: PartnershipId,
        done: Result<T, PartnershipError>,
    ) -> Result<T, PartnershipError> {
        let target = Target::Partnership(id);
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    /// Finds a partnership of the caller's community.
    async fn own(
        &self,
        caller: &Principal,
        id: PartnershipId,
    ) -> Result<(Partnership, Side), PartnershipError> {
        let found = self.store.partnership(id).await?;
        let found = found.ok_or(PartnershipError::NotFound)?;
        let side = found.side_of(&caller.community);
        Ok((found, side.ok_or(PartnershipError::NotFound)?))
    }

    /// Asks whether the caller may do this for its own community, and for no other one.
    async fn permit(
        &self,
        caller: &Principal,
        community: &CommunityId,
        action: Action,
    ) -> Result<(), PartnershipError> {
        if *community != caller.community {
            return Err(PartnershipError::NotFound);
        }
        let resource = Resource::of(community, ResourceKind::Community);
        Ok(self.access.permit(caller, action, &resource).await?)
    }

    /// Makes the record of a move, in the trail of the side that moved.
    fn record(&self, actor: Actor, side: Side, action: Action, after: &Partnership) -> AuditRecord {
        let facts = PartnershipFacts {
            partner: after.community(side.other()).clone(),
            status: after.standing.status(),
            version: after.version,
            terms: digest::terms(&after.terms),
        };
        let (community, target) = (after.community(side), Target::Partnership(after.id));
        let facts = Facts::Partnership(Box::new(facts));
        self.trail.change(actor, community, action, target, facts)
    }
}

fn caller_of(caller: &Principal) -> Actor {
    Actor::Caller(Box::new(caller.clone()))
}
