//! The tools that a caller may call, as agents are shown them.

use super::{Invocations, InvokeError};
use crate::ports::StorageError;
use skillgate_domain::audit::Target;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::skill::Tool;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A tool that a caller may call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallableTool {
    /// Its skill.
    pub skill: SkillName,
    /// As its manifest describes it.
    pub tool: Tool,
    /// Whether it can change anything: not if its manifest promises so, nor if its skill was granted nothing to
    /// change anything with.
    pub changes: bool,
    /// Whether it can replace what is there, and not only add to it.
    pub replaces: bool,
    /// Whether it can reach somebody beside the CRM.
    pub reaches_others: bool,
}

impl Invocations {
    /// Lists the tools that the caller may call, by skill and name. One that changes something is none for a token
    /// that only reads.
    pub async fn tools(&self, caller: &Principal) -> Result<Vec<CallableTool>, InvokeError> {
        let permissions = self.access.permissions(caller).await?;
        let of = |kind| Resource::of(&caller.community, kind);
        let permitted = permissions
            .permit(Action::ListSkills, &of(ResourceKind::Community))
            .map_err(InvokeError::Forbidden);
        self.listed(caller, Target::Community, permitted).await?;
        let mut tools = Vec::new();
        for grant in self.storage.active_grants(&caller.community).await? {
            let skill = of(ResourceKind::Skill(grant.skill.clone()));
            let listed = permissions.permits(Action::ListSkills, &skill);
            if !listed || !caller.scope.reaches(&grant.skill) || grant.frozen_at.is_some() {
                continue;
            }
            let enabled = self.ready(&grant).await?.enabled(&grant);
            let enabled = enabled.tools.into_iter().map(|tool| callable(&grant, tool));
            tools.extend(enabled.filter(|it| {
                let call = ResourceKind::Tool(it.skill.clone(), it.tool.name.clone());
                (caller.scope.may_write || !it.changes)
                    && permissions.permits(Action::InvokeSkill, &of(call))
            }));
        }
        tools.sort_by(|a, b| (&a.skill, &a.tool.name).cmp(&(&b.skill, &b.tool.name)));
        Ok(tools)
    }

    /// Marks what decides in a community who may call what: while the mark is the same, so are everybody's tools.
    pub async fn callable_state(&self, community: &CommunityId) -> Result<u64, StorageError> {
        let mut hasher = DefaultHasher::new();
        self.access
            .in_force(community)
            .await?
            .version
            .hash(&mut hasher);
        for grant in self.storage.active_grants(community).await? {
            (&grant.id, grant.frozen_at).hash(&mut hasher);
        }
        Ok(hasher.finish())
    }
}

fn callable(grant: &Grant, tool: Tool) -> CallableTool {
    let granted = &grant.capabilities;
    let changes = !tool.reads_only && granted.change_something();
    CallableTool {
        skill: grant.skill.clone(),
        changes,
        replaces: changes && granted.replace_something(),
        reaches_others: granted.reach_others(),
        tool,
    }
}
