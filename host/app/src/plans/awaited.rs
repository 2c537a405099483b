//! Calls that wait for a person: a policy wants what they would write confirmed. Such a call is known again by who
//! calls what with which parameters, so that asking again asks for nothing new.

use super::{PlanStanding, standing};
use crate::digest::sha256;
use crate::ports::{PlanStore, StorageError};
use serde_json::{Value, json};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{AgentId, CommunityId, ToolName};
use skillgate_domain::plan::{PLAN_LIFETIME, PlanState};
use skillgate_domain::principal::Principal;
use skillgate_domain::scope::RecordScope;
use skillgate_domain::time::Timestamp;

/// A call that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaiting {
    /// By what the call is known again.
    pub(crate) key: Digest,
    /// SHA-256 of the canonical form of its input.
    pub(crate) parameters: Digest,
    /// What it is answered once it has happened.
    pub(crate) output: String,
}

impl Awaiting {
    /// Says by what a call is known again: another caller, grant, tool, parameter or record is another call.
    pub(crate) fn of(
        caller: &Principal,
        (grant, tool): (&Grant, &ToolName),
        input: &Value,
        records: Option<&RecordScope>,
    ) -> Self {
        let parameters = canonical(input);
        let records = records.map(|scope| {
            let all = scope.records();
            all.map(|record| format!("{}:{}", record.object.name(), record.id))
                .collect::<Vec<_>>()
        });
        let call = json!([
            caller.community.as_str(),
            caller.user.as_str(),
            caller.agent.as_ref().map(AgentId::as_str),
            grant.id.to_string(),
            tool.as_str(),
            parameters.to_string(),
            records,
        ]);
        Self {
            key: canonical(&call),
            parameters,
            output: String::new(),
        }
    }

    /// Finds the plan that it waits for, unless nobody asks any more what became of it.
    pub(crate) async fn found(
        &self,
        store: &dyn PlanStore,
        caller: &Principal,
        now: Timestamp,
    ) -> Result<Option<PlanStanding>, StorageError> {
        let found = awaited(store, &caller.community, &self.key, now).await?;
        Ok(found.filter(|it| {
            let in_time = now < it.plan.expires_at;
            match it.state {
                PlanState::Expired => false,
                PlanState::Declined => in_time,
                _ => in_time || now < it.plan.expires_at.plus(PLAN_LIFETIME),
            }
        }))
    }
}

/// Finds the plan that a call waits for, if it was not answered yet with what became of it.
pub(crate) async fn awaited(
    store: &dyn PlanStore,
    community: &CommunityId,
    key: &Digest,
    now: Timestamp,
) -> Result<Option<PlanStanding>, StorageError> {
    let found = store.awaited_plan(community, key).await?;
    let standing = found.map(|(kept, progress)| standing(&kept, &progress, now));
    standing.transpose()
}

fn canonical(value: &Value) -> Digest {
    let text = serde_json_canonicalizer::to_string(value).expect("JSON has a canonical form");
    sha256(text.as_bytes())
}
