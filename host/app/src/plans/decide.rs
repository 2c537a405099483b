//! What a person has to say of plans: which there are, and no. Yes is to apply one.

use super::{PlanError, PlanStanding, Plans, standing};
use crate::audit::record;
use crate::ports::PlanProgress;
use skillgate_domain::audit::{Entry, Outcome, Target};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{InvocationId, PlanId};
use skillgate_domain::plan::{OPEN_PLANS_OF_USER_MAX, Plan, PlanState};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};

impl Plans {
    /// Lists the caller's plans that can be applied, the newest first.
    pub async fn open(&self, caller: &Principal) -> Result<Vec<PlanStanding>, PlanError> {
        let permissions = self.access.permissions(caller).await?;
        let now = self.trail.clock().now();
        let (community, owner) = (&caller.community, &caller.user);
        let kept = self
            .storage
            .open_plans(community, owner, now, OPEN_PLANS_OF_USER_MAX);
        let mut open = Vec::new();
        for kept in kept.await? {
            let standing = standing(&kept, &PlanProgress::default(), now)?;
            let shown = standing.plan.owner.is(caller)
                && caller.scope.reaches(&standing.plan.skill)
                && permissions.permits(Action::ShowPlan, &tool(&standing.plan));
            if shown {
                open.push(standing);
            }
        }
        Ok(open)
    }

    /// Says no to a plan of the caller's, for good.
    pub async fn decline(
        &self,
        caller: &Principal,
        id: PlanId,
        digest: &Digest,
    ) -> Result<PlanStanding, PlanError> {
        let done = self.declined(caller, id, digest).await;
        self.trail
            .refusal(caller, Action::DecidePlan, Target::Plan(id), &done)
            .await?;
        done
    }

    async fn declined(
        &self,
        caller: &Principal,
        id: PlanId,
        digest: &Digest,
    ) -> Result<PlanStanding, PlanError> {
        let (standing, progress) = self.looked_at(caller, id, digest).await?;
        self.right(caller, Action::DecidePlan, &standing.plan)
            .await?;
        match standing.state {
            PlanState::Declined => return Ok(standing),
            PlanState::Expired => return Err(PlanError::Expired),
            _ => {}
        }
        let (by, now) = (
            InvocationId::new(self.entropy.uuid()),
            self.trail.clock().now(),
        );
        let (action, target) = (Action::DecidePlan, Target::Plan(id));
        let entry = Entry::asked(now, caller, action, target, Outcome::Done);
        let record = record(&entry, None);
        let declined = self.storage.decline_plan(id, by, now, &record);
        if !declined.await? {
            let until = progress.claim.map_or(now, |claim| claim.until);
            return Err(PlanError::Begun { until });
        }
        let (standing, _) = self.own(caller, id).await?;
        Ok(standing)
    }

    /// Tells whether the caller is a person whose word counts where policies want one.
    pub(super) async fn may_decide(
        &self,
        caller: &Principal,
        plan: &Plan,
    ) -> Result<bool, PlanError> {
        let permissions = self.access.permissions(caller).await?;
        Ok(permissions.permits(Action::DecidePlan, &tool(plan)))
    }
}

fn tool(plan: &Plan) -> Resource {
    let tool = ResourceKind::Tool(plan.skill.clone(), plan.tool.clone());
    Resource::of(&plan.community, tool)
}
