use super::{Call, InvokeError};
use crate::audit::{AuditError, Trail, record};
use crate::digest::sha256;
use crate::gate::Busy;
use crate::journal::HostCalls;
use crate::plans::{self, PlanStanding};
use crate::ports::{AuditRecord, KeptPlan, OpenPlansMax, PlanInserted, Storage};
use crate::run::Run;
use skillgate_domain::audit::{CallFacts, Entry, Facts, Outcome, Target};
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::PlanId;
use skillgate_domain::plan::{OPEN_PLANS_MAX, OPEN_PLANS_OF_USER_MAX};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;

const OPEN_MAX: OpenPlansMax = OpenPlansMax {
    community: OPEN_PLANS_MAX,
    owner: OPEN_PLANS_OF_USER_MAX,
};

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

    /// The call is about a plan that there is.
    pub(super) fn about(&mut self, plan: &PlanStanding) {
        self.facts.plan = Some((plan.plan.id, plan.digest));
    }

    /// Records the end. When this returns, it is durable, and so is everything recorded before.
    pub(crate) async fn end(mut self, outcome: Outcome) -> Result<(), AuditError> {
        let last = self.last(outcome);
        let receipt = self.trail.recorder().submit(last).await?;
        self.ended = true;
        receipt.durable().await
    }

    /// Records the end together with the plan that the call made: neither is there without the other. A call that
    /// waits for its plan ends as `refused`.
    pub(super) async fn end_with(
        mut self,
        store: &dyn Storage,
        plan: &KeptPlan,
        refused: Option<&InvokeError>,
    ) -> Result<(), InvokeError> {
        self.facts.plan = Some((plan.id, plan.digest));
        let outcome = refused.map_or(Outcome::Done, InvokeError::outcome);
        let (last, now) = (self.last(outcome), self.trail.clock().now());
        let inserted = store.insert_plan(plan, now, OPEN_MAX, &last).await?;
        self.facts.plan = None;
        let refused = match inserted {
            PlanInserted::Kept => {
                self.ended = true;
                return Ok(());
            }
            PlanInserted::TooMany => InvokeError::TooManyPlans,
            // The same call was made twice at once: the other one is shown to the person.
            PlanInserted::AwaitsAnother => self.awaits_another(store, plan, now).await?,
        };
        self.end(refused.outcome()).await?;
        Err(refused)
    }

    async fn awaits_another(
        &mut self,
        store: &dyn Storage,
        plan: &KeptPlan,
        now: Timestamp,
    ) -> Result<InvokeError, InvokeError> {
        let other = match &plan.awaited_by {
            Some(key) => plans::awaited(store, &plan.community, key, now).await?,
            None => None,
        };
        let Some(other) = other else {
            return Ok(InvokeError::Busy(Busy::Skill));
        };
        self.about(&other);
        Ok(InvokeError::RequiresConfirmation(Box::new(other)))
    }

    /// Records the end of a call that is answered with what became of its plan. It is told once.
    pub(super) async fn end_told(
        mut self,
        store: &dyn Storage,
        plan: PlanId,
        outcome: Outcome,
    ) -> Result<(), InvokeError> {
        let last = self.last(outcome);
        if store.tell_plan(plan, &last).await? {
            self.ended = true;
            return Ok(());
        }
        let refused = InvokeError::ConfirmationUsed(plan);
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
