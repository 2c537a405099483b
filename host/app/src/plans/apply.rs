use super::{PlanError, PlanStanding, Plans};
use crate::audit::record;
use crate::broker::{BrokerError, OutsideError};
use crate::ports::{AuditRecord, Claim, PlanProgress};
use crate::run::Run;
use skillgate_domain::audit::{CallFacts, Entry, Facts, Outcome, Target};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{InvocationId, PlanId};
use skillgate_domain::plan::{Effect, Plan, PlanState, Receipt};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::time::Timestamp;
use std::time::Duration;

/// How long one effect may take before somebody else may go on with the plan: longer than every
/// attempt of a CRM client together.
pub(super) const CLAIM_LIFETIME: Duration = Duration::from_mins(2);

/// The code of a plan that did not come to its end.
const PLAN_STOPPED: &str = "plan-stopped";

/// One application of one plan.
struct Application<'a> {
    caller: &'a Principal,
    standing: &'a PlanStanding,
    run: Run,
    facts: CallFacts,
    started: Timestamp,
}

impl Plans {
    /// Makes the effects of a plan happen, in order, once. The digest says which plan was approved.
    /// The first effect that fails ends it; a repeat answers what became of it.
    pub async fn apply(
        &self,
        caller: &Principal,
        id: PlanId,
        digest: &Digest,
    ) -> Result<PlanStanding, PlanError> {
        let done = self.applied(caller, id, digest).await;
        self.trail
            .refusal(caller, Action::ApplyPlan, Target::Plan(id), &done)
            .await?;
        done
    }

    async fn applied(
        &self,
        caller: &Principal,
        id: PlanId,
        digest: &Digest,
    ) -> Result<PlanStanding, PlanError> {
        let (standing, progress) = self.looked_at(caller, id, digest).await?;
        let plan = &standing.plan;
        let right = self.right(caller, Action::ApplyPlan, plan).await?;
        match (standing.state, progress.claim) {
            (PlanState::Applied | PlanState::Stopped, _) => return Ok(standing),
            (PlanState::Applying, Some(claim)) => {
                return Err(PlanError::BeingApplied { until: claim.until });
            }
            (PlanState::Expired, _) => return Err(PlanError::Expired),
            (PlanState::Declined, _) => return Err(PlanError::Declined),
            _ => {}
        }
        let confirmed = self.may_decide(caller, plan).await?;
        if plan.awaited.is_some() && !confirmed {
            return Err(PlanError::RequiresConfirmation);
        }
        let grant = self.grant_of(plan).await?;
        let invocation = InvocationId::new(self.entropy.uuid());
        let facts = CallFacts {
            invocation: Some(invocation),
            component: Some(grant.component),
            grant: Some(grant.id),
            generation: Some(grant.generation),
            plan: Some((id, standing.digest)),
            ..CallFacts::default()
        };
        let application = Application {
            caller,
            standing: &standing,
            run: Run::without_guest(invocation, caller.clone(), grant, right)
                .passing_on(plan.let_out.clone())
                .confirmed_if(confirmed),
            facts,
            started: self.trail.clock().now(),
        };
        self.check(&application, &progress).await?;
        self.claim(&application, &progress).await?;
        self.perform(&application, progress.receipts).await?;
        let (standing, _) = self.own(caller, id).await?;
        Ok(standing)
    }

    /// Finds the grant that the plan was made under, if it is still in force.
    async fn grant_of(&self, plan: &Plan) -> Result<Grant, PlanError> {
        let status = self.storage.grant_status(&plan.community, plan.grant);
        if let Some(code) = status.await?.refusal() {
            return Err(PlanError::GrantChanged(code));
        }
        let active = self.storage.active_grant(&plan.community, &plan.skill);
        let active = active.await?.filter(|grant| grant.id == plan.grant);
        active.ok_or(PlanError::GrantChanged("grant-replaced"))
    }

    /// Checks everything that is still to happen, before any of it does. What somebody began is not
    /// compared again: its records are as that left them.
    async fn check(
        &self,
        application: &Application<'_>,
        progress: &PlanProgress,
    ) -> Result<(), PlanError> {
        let effects = &application.standing.plan.effects;
        let ahead = effects.iter().enumerate().skip(progress.receipts.len());
        for (index, effect) in ahead.clone() {
            let permitted = self.broker.permit(&application.run, effect).await;
            permitted.map_err(|error| denied(index, error))?;
        }
        if progress.claim.is_some() {
            return Ok(());
        }
        for (index, effect) in ahead {
            if is_written_before(effects, index) {
                continue;
            }
            let as_shown = self.broker.is_as_shown(&application.run, effect).await;
            if !as_shown.map_err(|error| denied(index, error))? {
                return Err(PlanError::RecordChanged(index + 1));
            }
        }
        Ok(())
    }

    /// Takes the plan, so that nobody else applies it. Whoever was faster has it.
    async fn claim(
        &self,
        application: &Application<'_>,
        seen: &PlanProgress,
    ) -> Result<(), PlanError> {
        let (plan, now) = (&application.standing.plan, self.trail.clock().now());
        let claim = self.renewed(application);
        let begun = self.record(application, Outcome::Intended);
        let claimed = self
            .storage
            .claim_plan(plan.id, &claim, now, &begun)
            .await?;
        let found = self.storage.plan(&plan.community, plan.id).await?;
        let (_, progress) = found.ok_or(PlanError::NotFound)?;
        if claimed && progress.receipts == seen.receipts {
            return Ok(());
        }
        match progress.claim {
            Some(claim) => Err(PlanError::BeingApplied { until: claim.until }),
            None => Err(PlanError::BeingApplied { until: now }),
        }
    }

    /// Makes effects happen from where the receipts end. Where nothing could be recorded, the plan
    /// stays claimed: its caller asks again, and whoever comes then goes on.
    async fn perform(
        &self,
        application: &Application<'_>,
        mut receipts: Vec<Receipt>,
    ) -> Result<(), PlanError> {
        let plan = &application.standing.plan;
        let (first, mut whole) = (receipts.len(), true);
        for (index, effect) in plan.effects.iter().enumerate().skip(first) {
            let begun = index == first && application.standing.state == PlanState::Interrupted;
            let performed = self
                .broker
                .perform(&application.run, effect, begun.then_some(plan.made_at))
                .await;
            let performed = performed.map_err(|error| denied(index, error))?;
            let claim = self.renewed(application);
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let (receipt, record) = (performed.receipt, performed.record);
            let kept = self
                .storage
                .keep_receipt(plan.id, &claim, number, &receipt, &record);
            if !kept.await? {
                return Err(PlanError::BeingApplied { until: claim.until });
            }
            whole = receipt.is_done();
            receipts.push(receipt);
            if !whole {
                break;
            }
        }
        let outcome = if whole {
            Outcome::Done
        } else {
            Outcome::Failed(PLAN_STOPPED)
        };
        let ended = self.record(application, outcome);
        let by = application.run.invocation;
        self.storage.end_plan(plan.id, by, &ended).await?;
        Ok(())
    }

    fn renewed(&self, application: &Application<'_>) -> Claim {
        Claim {
            by: application.run.invocation,
            until: self.trail.clock().now().plus(CLAIM_LIFETIME),
        }
    }

    fn record(&self, application: &Application<'_>, outcome: Outcome) -> AuditRecord {
        let now = self.trail.clock().now();
        let target = Target::Plan(application.standing.plan.id);
        let facts = CallFacts {
            touched: application.run.touched(),
            duration_ms: now.unix_ms().abs_diff(application.started.unix_ms()),
            ..application.facts.clone()
        };
        let entry = Entry::asked(now, application.caller, Action::ApplyPlan, target, outcome);
        record(&entry.with(Facts::Call(Box::new(facts))), None)
    }
}

/// Tells whether an earlier effect of the plan writes the same record: then the plan showed what that
/// would leave, not what is there.
fn is_written_before(effects: &[Effect], index: usize) -> bool {
    let Some(target) = effects[index].record() else {
        return false;
    };
    let earlier = effects[..index].iter().filter(|e| match e {
        Effect::Create { .. } | Effect::Update { .. } => true,
        Effect::Link { .. } | Effect::Outward { .. } => false,
    });
    earlier
        .filter_map(Effect::record)
        .any(|other| other == target)
}

fn denied(index: usize, error: BrokerError) -> PlanError {
    match error {
        error if error.requires_confirmation() => PlanError::RequiresConfirmation,
        BrokerError::Denied(denial) => PlanError::Denied {
            number: index + 1,
            denial,
        },
        BrokerError::Audit(error) => PlanError::Audit(error),
        BrokerError::Outside(OutsideError::Forbidden(refusal)) => PlanError::Forbidden(refusal),
        BrokerError::Outside(OutsideError::Narrowed { object, field }) => PlanError::Narrowed {
            number: index + 1,
            object,
            field,
        },
        other => PlanError::Unreadable(other.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{create, update};
    use super::*;

    #[test]
    fn what_the_plan_itself_wrote_is_not_compared() {
        let effects = [create(1), update(1, "a"), update(2, "b"), update(2, "c")];
        let written: Vec<_> = (0..effects.len())
            .map(|index| is_written_before(&effects, index))
            .collect();
        assert_eq!(written, [false, true, false, true]);
    }
}
