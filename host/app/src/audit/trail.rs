//! What the use cases say to the audit trail.

use super::leaf::record;
use super::recorder::{AuditError, Recorder};
use crate::ports::{AuditRecord, Clock};
use skillgate_domain::audit::{Actor, Entry, Facts, Outcome, Target};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::policy::Act;
use skillgate_domain::principal::{Action, Principal};
use std::sync::Arc;

/// An error that may be a refusal: something the caller asked for and did not get.
pub trait Refusal {
    /// Returns the stable code of a refusal; nothing where the host failed.
    fn code(&self) -> Option<&'static str>;
}

/// Makes entries at the time of the clock, and records them.
#[derive(Clone)]
pub struct Trail {
    recorder: Recorder,
    clock: Arc<dyn Clock>,
}

impl Trail {
    /// Wires the trail to its recorder.
    pub fn new(recorder: Recorder, clock: Arc<dyn Clock>) -> Self {
        Self { recorder, clock }
    }

    /// Returns the recorder.
    pub const fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Returns the clock that dates entries.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Makes the record of a change that is about to be kept. It goes into the same transaction, so
    /// that neither is there without the other.
    pub fn change(
        &self,
        actor: Actor,
        community: &CommunityId,
        action: Action,
        target: Target,
        facts: Facts,
    ) -> AuditRecord {
        let entry = Entry {
            at: self.clock.now(),
            community: community.clone(),
            actor,
            act: Act::Host(action),
            target,
            outcome: Outcome::Done,
            facts,
        };
        record(&entry, None)
    }

    /// Records that a caller did not get what it asked for, if it was refused; other failures are
    /// the host's log's.
    pub async fn refusal<T, E: Refusal>(
        &self,
        caller: &Principal,
        action: Action,
        target: Target,
        done: &Result<T, E>,
    ) -> Result<(), AuditError> {
        let code = done.as_ref().err().and_then(Refusal::code);
        let Some(code) = code else { return Ok(()) };
        let outcome = Outcome::Refused(code);
        let entry = Entry::asked(self.clock.now(), caller, action, target, outcome);
        self.recorder.record(record(&entry, None)).await
    }
}
