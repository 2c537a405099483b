use super::{Call, InvokeError};
use crate::audit::{AuditError, Trail, record};
use crate::digest::sha256;
use crate::journal::HostCalls;
use crate::ports::{AuditRecord, KeptPlan, Storage};
use crate::run::Run;
use skillgate_domain::audit::{CallFacts, Entry, Facts, Outcome, Target};
use skillgate_domain::grant::Grant;
use skillgate_domain::plan::OPEN_PLANS_MAX;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;

/// What the audit trail will keep of a call. Dropped before its end, the call was cancelled.
pub(crate) struct CallRecord {
    trail: Trail,
    caller: Principal,
    action: Action,
    target: Target,
    started: Timestamp,
    facts: CallFacts,
    run: Option<Arc<Run>>,
    journal: Option<Arc<str>>,
    ended: bool,
}

impl CallRecord {
    pub(crate) fn begin(trail: &Trail, caller: &Principal, call: &Call<'_>) -> Self {
        Self {
            started: trail.clock().now(),
            trail: trail.clone(),
            caller: caller.clone(),
            action: call.action(),
            target: Target::Tool(call.skill.clone(), call.tool.clone()),
            facts: CallFacts {
                input: Some(sha256(call.input)),
                ..CallFacts::default()
            },
            run: None,
            journal: None,
            ended: false,
        }
    }

    /// From here on there is a run of the host's own.
    pub(crate) fn works(&mut self, run: &Arc<Run>) {
        self.facts.invocation = Some(run.invocation);
        self.run = Some(Arc::clone(run));
    }

    /// From here on there is a run, under a grant.
    pub(super) fn runs(&mut self, run: &Arc<Run>, grant: &Grant) {
        self.works(run);
        self.facts.component = Some(grant.component);
        self.facts.grant = Some(grant.id);
        self.facts.generation = Some(grant.generation);
    }

    /// The guest has answered.
    pub(super) fn answered(&mut self, output: &[u8]) {
        self.facts.output = Some(sha256(output));
    }

    /// Records the end. When this returns, it is durable, and so is everything recorded before.
    pub(crate) async fn end(mut self, outcome: Outcome) -> Result<(), AuditError> {
        let last = self.last(outcome);
        let receipt = self.trail.recorder().submit(last).await?;
        self.ended = true;
        receipt.durable().await
    }

    /// Records the end together with the plan that the call made: neither is there without the other.
    pub(super) async fn end_with(
        mut self,
        store: &dyn Storage,
        plan: &KeptPlan,
    ) -> Result<(), InvokeError> {
        self.facts.plan = Some((plan.id, plan.digest));
        let (last, now) = (self.last(Outcome::Done), self.trail.clock().now());
        if store.insert_plan(plan, now, OPEN_PLANS_MAX, &last).await? {
            self.ended = true;
            return Ok(());
        }
        self.facts.plan = None;
        let refused = InvokeError::TooManyPlans;
        self.end(refused.outcome()).await?;
        Err(refused)
    }

    fn last(&mut self, outcome: Outcome) -> AuditRecord {
        self.take_journal();
        let now = self.trail.clock().now();
        let mut facts = self.facts.clone();
        facts.duration_ms = now.unix_ms().abs_diff(self.started.unix_ms());
        if let Some(run) = &self.run {
            facts.touched = run.touched();
        }
        let (action, target) = (self.action, self.target.clone());
        let entry = Entry::asked(now, &self.caller, action, target, outcome);
        AuditRecord {
            journal: self.journal.clone(),
            ..record(&entry.with(Facts::Call(Box::new(facts))), None)
        }
    }

    /// The run's journal is kept with the record, which has its digest.
    fn take_journal(&mut self) {
        let run = self.run.take();
        if let Some(run) = &run
            && let HostCalls::Recorded(recording) = run.host_calls()
            && self.journal.is_none()
        {
            self.journal = recording.finish();
            self.facts.journal = self.journal.as_deref().map(|text| sha256(text.as_bytes()));
        }
        self.run = run;
    }
}

impl Drop for CallRecord {
    fn drop(&mut self) {
        if !self.ended {
            let last = self.last(Outcome::Cancelled);
            self.trail.recorder().hand_over_now(last);
        }
    }
}
