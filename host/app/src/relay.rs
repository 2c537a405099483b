//! The embedded Tez relay: where Tez are handed over when no other relay is configured.
//!
//! Invariants: the community comes from the caller, and nothing of another is there. A Tez is kept as it
//! was checked ([`TezDraft::checked`](skillgate_domain::tez::TezDraft::checked)) and never changed after,
//! its status and what is taken out of it aside. Where an item of context comes from is believed of the
//! host alone.

mod content;
mod error;
mod expansions;
mod export;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod port;
mod read;
mod redact;
mod share;
mod teams;

pub use error::RelayError;
pub use expansions::{
    Asked as AskedExpansion, Decided, EXPANSION_PAGE, ExpansionError, ExpansionPage, Expansions,
    Standing,
};
pub use export::Exported;
pub use read::{Page, STREAM_PAGE, Thread};
pub use share::Reply;

use crate::access::{Access, Permissions};
use crate::audit::Trail;
use crate::ports::{AuditRecord, Entropy, RelayStore, RelayUser};
use skillgate_domain::audit::{Actor, Facts, Target};
use skillgate_domain::ids::TeamId;
use skillgate_domain::policy::{Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use std::sync::Arc;

/// The name of the embedded relay in addresses: `name@` this is the person of that name here.
pub const RELAY_NAME: &str = "skillgate.local";

/// The use cases of the embedded relay.
pub struct Relay {
    store: Arc<dyn RelayStore>,
    access: Arc<Access>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
}

/// On whose behalf the relay does something, and who answers for it.
struct Behalf {
    user: RelayUser,
    actor: Actor,
}

impl Behalf {
    fn of(caller: &Principal) -> Self {
        Self {
            user: RelayUser {
                community: caller.community.clone(),
                user: caller.user.clone(),
            },
            actor: Actor::Caller(Box::new(caller.clone())),
        }
    }

    /// Of the host, which has asked already whether it may.
    fn of_host(user: &RelayUser) -> Self {
        Self {
            user: user.clone(),
            actor: Actor::Host,
        }
    }
}

impl Relay {
    /// Wires the use cases to their ports.
    pub fn new(
        store: Arc<dyn RelayStore>,
        access: Arc<Access>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            store,
            access,
            entropy,
            trail,
        }
    }

    /// Asks whether the caller does such a thing at all, before anything is looked up.
    async fn permit(&self, caller: &Principal, action: Action) -> Result<Asked, RelayError> {
        let asked = Asked {
            permissions: self.access.permissions(caller).await?,
            caller: caller.clone(),
            action,
        };
        asked.permit(ResourceKind::Community)?;
        Ok(asked)
    }

    fn change(&self, of: &Behalf, action: Action, target: Target, facts: Facts) -> AuditRecord {
        let actor = of.actor.clone();
        self.trail
            .change(actor, &of.user.community, action, target, facts)
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        target: Target,
        done: Result<T, RelayError>,
    ) -> Result<T, RelayError> {
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }
}

/// The policies in force, for one thing that a caller does.
struct Asked {
    permissions: Permissions,
    caller: Principal,
    action: Action,
}

impl Asked {
    fn permit(&self, kind: ResourceKind) -> Result<(), Refusal> {
        let resource = Resource::of(&self.caller.community, kind);
        self.permissions.permit(self.action, &resource)
    }

    fn in_team(&self, team: TeamId) -> Result<(), Refusal> {
        self.permit(ResourceKind::Team(team))
    }
}
