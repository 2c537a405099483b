//! A recorded call runs again, offline: its journal answers in the host's place.
//!
//! Invariants: a replay reads no CRM and no clock, writes nothing and has no right to anything. It is
//! recorded before its answer leaves, as everything that shows values is.

mod error;

pub use crate::journal::Difference;
pub use error::ReplayError;

use crate::access::Access;
use crate::audit::{Trail, record};
use crate::digest::sha256;
use crate::invocations::run_caught;
use crate::journal::{Ending, Journal, Playback, RecordedRun};
use crate::ports::{
    Inadmissible, JournalStore, KeptJournal, Sandbox, SandboxCall, Storage, StorageError,
};
use crate::run::Run;
use serde_json::Value;
use skillgate_domain::audit::{CallFacts, Entry, Facts, Outcome, Target};
use skillgate_domain::capability::Interface;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::InvocationId;
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Origin, Principal, Role, TokenScope};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// What was recorded.
    pub run: RecordedRun,
    /// The component that ran now.
    pub component: Digest,
    /// Where it differs, at most [`crate::json::diff::DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
    /// How many more differences there are.
    pub left_out: usize,
    /// Of an incomplete journal: after how many calls of the CRM it ends.
    pub ends_after: Option<usize>,
}

impl Replayed {
    /// Tells whether the run is the same from beginning to end.
    pub const fn is_same(&self) -> bool {
        self.differences.is_empty() && self.ends_after.is_none()
    }
}

/// The use case of replays.
pub struct Replays {
    journals: Arc<dyn JournalStore>,
    storage: Arc<dyn Storage>,
    access: Arc<Access>,
    sandbox: Arc<dyn Sandbox>,
    trail: Trail,
}

impl Replays {
    /// Wires the use case to its ports.
    pub fn new(
        journals: Arc<dyn JournalStore>,
        storage: Arc<dyn Storage>,
        access: Arc<Access>,
        sandbox: Arc<dyn Sandbox>,
        trail: Trail,
    ) -> Self {
        Self {
            journals,
            storage,
            access,
            sandbox,
            trail,
        }
    }

    /// Runs a recorded call again, with its own component or with another one, and compares.
    pub async fn replay(
        &self,
        caller: &Principal,
        invocation: InvocationId,
        component: Option<Arc<[u8]>>,
    ) -> Result<Replayed, ReplayError> {
        let other = component.as_deref().map(sha256);
        let done = self.replayed(caller, invocation, component).await;
        let ran = done.as_ref().ok().map(|done| done.component);
        let facts = CallFacts {
            invocation: Some(invocation),
            component: other.or(ran),
            ..CallFacts::default()
        };
        let outcome = match &done {
            Ok(_) => Outcome::Done,
            Err(error) => error.outcome(),
        };
        let (now, target) = (self.trail.clock().now(), Target::Invocation(invocation));
        let entry = Entry::asked(now, caller, Action::ReplayCall, target, outcome);
        let entry = entry.with(Facts::Call(Box::new(facts)));
        self.trail.recorder().record(record(&entry, None)).await?;
        done
    }

    async fn replayed(
        &self,
        caller: &Principal,
        invocation: InvocationId,
        component: Option<Arc<[u8]>>,
    ) -> Result<Replayed, ReplayError> {
        let log = Resource::of(&caller.community, ResourceKind::AuditLog);
        self.access.permit(caller, Action::ReplayCall, &log).await?;
        let kept = self.journals.journal(&caller.community, invocation);
        let journal = read(&kept.await?.ok_or(ReplayError::NotFound)?, invocation)?;
        if !caller.scope.reaches(&journal.run.skill) {
            return Err(ReplayError::OutOfScope(journal.run.skill));
        }
        let input = journal.run.input.as_deref().ok_or(ReplayError::NoInput)?;
        let input: Arc<str> = input.into();
        let interfaces = &journal.run.interfaces;
        let component = self
            .admitted(journal.run.component, component, interfaces)
            .await?;
        let playback = Arc::new(Playback::of(&journal));
        let principal = of_the_recorded(caller, &journal.run);
        let call = SandboxCall {
            component,
            interfaces: interfaces.clone(),
            run: Arc::new(Run::replayed(principal, &journal, Arc::clone(&playback))),
            tool: journal.run.tool.clone(),
            input,
        };
        let ran = run_caught(&*self.sandbox, call).await;
        let forgotten = || Inadmissible::Internal("it was forgotten at once".to_owned());
        let now = Ending::of(&ran).ok_or_else(forgotten)?;
        let found = playback.finish(&journal.ending, &now);
        Ok(Replayed {
            component,
            differences: found.listed,
            left_out: found.left_out,
            ends_after: (!journal.complete).then_some(journal.crm.len()),
            run: journal.run,
        })
    }

    /// Makes a component ready under what the recorded call was granted.
    async fn admitted(
        &self,
        recorded: Digest,
        other: Option<Arc<[u8]>>,
        interfaces: &BTreeSet<Interface>,
    ) -> Result<Digest, ReplayError> {
        let (digest, bytes) = if let Some(bytes) = other {
            (sha256(&bytes), bytes)
        } else {
            let bytes = self.storage.component(&recorded).await?;
            let missing = || StorageError::Corrupt(format!("the component {recorded} is missing"));
            (recorded, bytes.ok_or_else(missing)?.into())
        };
        self.sandbox.admit(&digest, bytes, interfaces).await?;
        Ok(digest)
    }
}

/// Reads a journal that is the one its call's record speaks of.
fn read(kept: &KeptJournal, invocation: InvocationId) -> Result<Journal, ReplayError> {
    let leaf: Value = serde_json::from_str(&kept.leaf).map_err(|_| ReplayError::Changed)?;
    let says = |name: &str, value: String| leaf["call"][name].as_str() == Some(value.as_str());
    if !says("invocation", invocation.to_string())
        || !says("journal", sha256(kept.body.as_bytes()).to_string())
    {
        return Err(ReplayError::Changed);
    }
    Journal::read(&kept.body).ok_or(ReplayError::Changed)
}

/// Whoever the recorded call was for, as far as the guest is told; without any right.
fn of_the_recorded(caller: &Principal, run: &RecordedRun) -> Principal {
    Principal {
        community: caller.community.clone(),
        user: run.user.clone(),
        agent: run.agent.clone(),
        role: Role::Member,
        scope: TokenScope {
            skills: Some(BTreeSet::new()),
            may_write: false,
        },
        token: None,
        foreign: None,
        origin: Origin {
            door: caller.origin.door,
            address: None,
            request: run.request.clone(),
        },
    }
}
