//! Plans: made by calls that write nothing, looked at, and applied once.
//!
//! Invariants: what is applied is what the digest covers, under the right that the caller has at that
//! moment and the grant that the plan was made under. Before the first effect everything is checked, so
//! that a plan that cannot be applied leaves nothing behind. Each effect's receipt is kept together with
//! its audit record; whoever goes on after a crash starts where the receipts end.

mod apply;
mod awaited;
mod decide;
mod error;
mod form;
#[cfg(any(test, feature = "testing"))]
pub mod memory;

pub(crate) use awaited::{Awaiting, awaited};
pub use error::PlanError;

use crate::access::Access;
use crate::audit::Trail;
use crate::broker::Broker;
use crate::digest::sha256;
use crate::ports::{Entropy, KeptPlan, PlanProgress, Storage, StorageError};
use crate::run::Run;
use skillgate_domain::audit::Target;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{PlanId, ToolName};
use skillgate_domain::plan::{
    AwaitedCall, Effect, Owner, PLAN_BYTES_MAX, PLAN_LIFETIME, Plan, PlanState, Receipt,
};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::right::PolicyRight;
use skillgate_domain::sharing::LetOut;
use skillgate_domain::time::Timestamp;
use std::sync::Arc;

/// A plan and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanStanding {
    /// What was planned.
    pub plan: Plan,
    /// SHA-256 of the plan's canonical form.
    pub digest: Digest,
    /// What became of it.
    pub state: PlanState,
    /// What came of its first effects, in order. Those after were not tried.
    pub receipts: Vec<Receipt>,
}

/// The plan is longer than [`PLAN_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what the tool would write is longer than {PLAN_BYTES_MAX} bytes")]
pub struct PlanTooLong;

/// The use cases of plans.
pub struct Plans {
    storage: Arc<dyn Storage>,
    access: Arc<Access>,
    broker: Arc<Broker>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
}

impl Plans {
    /// Wires the use cases to their ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        access: Arc<Access>,
        broker: Arc<Broker>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            storage,
            access,
            broker,
            entropy,
            trail,
        }
    }

    /// Shows a plan to whom it belongs.
    pub async fn show(&self, caller: &Principal, id: PlanId) -> Result<PlanStanding, PlanError> {
        let done = self.shown(caller, id).await;
        self.trail
            .refusal(caller, Action::ShowPlan, Target::Plan(id), &done)
            .await?;
        done
    }

    async fn shown(&self, caller: &Principal, id: PlanId) -> Result<PlanStanding, PlanError> {
        let (standing, _) = self.own(caller, id).await?;
        self.right(caller, Action::ShowPlan, &standing.plan).await?;
        Ok(standing)
    }

    /// Finds a plan of the caller's. Another's is not there, so that nothing is learnt of it.
    async fn own(
        &self,
        caller: &Principal,
        id: PlanId,
    ) -> Result<(PlanStanding, PlanProgress), PlanError> {
        let kept = self.storage.plan(&caller.community, id).await?;
        let (kept, progress) = kept.ok_or(PlanError::NotFound)?;
        let standing = standing(&kept, &progress, self.trail.clock().now())?;
        if !standing.plan.owner.is(caller) {
            return Err(PlanError::NotFound);
        }
        Ok((standing, progress))
    }

    /// Finds a plan of the caller's, if it is the one that the caller has looked at.
    async fn looked_at(
        &self,
        caller: &Principal,
        id: PlanId,
        digest: &Digest,
    ) -> Result<(PlanStanding, PlanProgress), PlanError> {
        let (standing, progress) = self.own(caller, id).await?;
        if standing.digest != *digest {
            return Err(PlanError::AnotherDigest);
        }
        Ok((standing, progress))
    }

    async fn right(
        &self,
        caller: &Principal,
        action: Action,
        plan: &Plan,
    ) -> Result<PolicyRight, PlanError> {
        if !caller.scope.reaches(&plan.skill) {
            return Err(PlanError::OutOfScope(plan.skill.clone()));
        }
        let right = self.access.right(caller, action, &plan.skill, &plan.tool);
        Ok(right.await?)
    }
}

/// Makes a plan of what a run would have written. `awaiting` says which call waits for it.
pub(crate) fn made(
    id: PlanId,
    (run, grant, tool): (&Run, &Grant, &ToolName),
    effects: Vec<Effect>,
    awaiting: Option<Awaiting>,
    now: Timestamp,
) -> Result<(PlanStanding, KeptPlan), PlanTooLong> {
    let awaited_by = awaiting.as_ref().map(|it| it.key);
    let plan = Plan {
        id,
        community: run.principal.community.clone(),
        owner: Owner::of(&run.principal),
        invocation: run.invocation,
        skill: run.skill.clone(),
        tool: tool.clone(),
        component: grant.component,
        grant: grant.id,
        made_at: now,
        expires_at: now.plus(PLAN_LIFETIME),
        let_out: let_out(run, &effects),
        effects,
        awaited: awaiting.map(|it| AwaitedCall {
            parameters: it.parameters,
            output: it.output,
        }),
    };
    let body = form::write(&plan);
    if body.len() > PLAN_BYTES_MAX {
        return Err(PlanTooLong);
    }
    let kept = KeptPlan {
        id,
        community: plan.community.clone(),
        owner: plan.owner.user.clone(),
        awaited_by,
        digest: sha256(body.as_bytes()),
        expires_at: plan.expires_at,
        body,
    };
    let standing = PlanStanding {
        plan,
        digest: kept.digest,
        state: PlanState::Open,
        receipts: Vec::new(),
    };
    Ok((standing, kept))
}

/// What the run was given of records for others, where anything of the plan reaches others.
fn let_out(run: &Run, effects: &[Effect]) -> LetOut {
    let draft = run.draft();
    let let_out = draft.map_or_else(LetOut::default, |mut draft| draft.take_let_out());
    let outward = |effect: &Effect| matches!(effect, Effect::Outward { .. });
    if effects.iter().any(outward) {
        let_out
    } else {
        LetOut::default()
    }
}

/// Says what became of a plan.
fn standing(
    kept: &KeptPlan,
    progress: &PlanProgress,
    now: Timestamp,
) -> Result<PlanStanding, StorageError> {
    let plan = read(kept)?;
    Ok(PlanStanding {
        state: state(&plan, progress, now),
        plan,
        digest: kept.digest,
        receipts: progress.receipts.clone(),
    })
}

/// Reads a plan back. What does not have its digest was changed by somebody, and is not a plan.
fn read(kept: &KeptPlan) -> Result<Plan, StorageError> {
    let plan = form::read(&kept.body).filter(|plan| {
        sha256(kept.body.as_bytes()) == kept.digest
            && (plan.id, &plan.community, &plan.owner.user, plan.expires_at)
                == (kept.id, &kept.community, &kept.owner, kept.expires_at)
    });
    plan.ok_or_else(|| StorageError::Corrupt(format!("plan {}", kept.id)))
}

fn state(plan: &Plan, progress: &PlanProgress, now: Timestamp) -> PlanState {
    let done = progress.receipts.iter().all(Receipt::is_done);
    match progress.claim {
        _ if progress.declined => PlanState::Declined,
        _ if progress.ended && done && progress.receipts.len() == plan.effects.len() => {
            PlanState::Applied
        }
        _ if progress.ended => PlanState::Stopped,
        Some(claim) if claim.until > now => PlanState::Applying,
        Some(_) => PlanState::Interrupted,
        None if plan.expires_at <= now => PlanState::Expired,
        None => PlanState::Open,
    }
}

#[cfg(test)]
mod tests;
