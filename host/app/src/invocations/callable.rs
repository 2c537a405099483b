//! The tools that a caller may call, as agents are shown them.

use super::{Invocations, InvokeError};
use crate::ports::StorageError;
use skillgate_domain::grant::{Grant, GrantStatus};
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal, TokenScope};
use skillgate_domain::skill::{Manual, Tool};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Most communities whose tools are kept ready.
pub const DIRECTORIES_MAX: usize = 128;

/// What of a community's skills agents are shown, whoever they act for.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub struct Directory {
    /// The tools, by skill and name.
    pub tools: Vec<CallableTool>,
    /// What is to be read of skills, as it was approved.
    pub manuals: BTreeMap<SkillName, Manual>,
}

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

impl CallableTool {
    /// Tells whether a token may call it at all, whatever policies say: one that only reads nothing that changes
    /// something.
    pub fn is_within(&self, scope: &TokenScope) -> bool {
        scope.reaches(&self.skill) && (scope.may_write || !self.changes)
    }
}

impl Invocations {
    /// Returns every tool that somebody in a community can call, and what is to be read of them. While nothing
    /// changes, it is the same one.
    pub async fn directory(&self, community: &CommunityId) -> Result<Arc<Directory>, InvokeError> {
        let number = self.storage.rights_number().await?;
        if let Some((read_under, kept)) = self.directories.get(community)
            && read_under == number
        {
            return Ok(kept);
        }
        let mut made = Directory::default();
        for grant in self.storage.active_grants(community).await? {
            if grant.status() != GrantStatus::InForce {
                continue;
            }
            let enabled = self.ready(&grant).await?.enabled(&grant);
            let tools = enabled.tools.into_iter();
            made.tools.extend(tools.map(|tool| callable(&grant, tool)));
            let manual = enabled.manual.map(|manual| (grant.skill.clone(), manual));
            made.manuals.extend(manual);
        }
        let by_name = |a: &CallableTool, b: &CallableTool| {
            (&a.skill, &a.tool.name).cmp(&(&b.skill, &b.tool.name))
        };
        made.tools.sort_by(by_name);
        let made = Arc::new(made);
        let kept = (number, Arc::clone(&made));
        self.directories.insert(community.clone(), kept);
        Ok(made)
    }

    /// Tells of each tool of the caller's community whether it is one that the caller may call.
    pub async fn callable(
        &self,
        caller: &Principal,
        tools: &[CallableTool],
    ) -> Result<Vec<bool>, InvokeError> {
        let permissions = self.listing(caller).await?;
        let of = |kind| Resource::of(&caller.community, kind);
        let is_callable = |it: &CallableTool| {
            let skill = ResourceKind::Skill(it.skill.clone());
            let tool = ResourceKind::Tool(it.skill.clone(), it.tool.name.clone());
            it.is_within(&caller.scope)
                && permissions.permits(Action::ListSkills, &of(skill))
                && permissions.permits_confirmed(Action::InvokeSkill, &of(tool))
        };
        Ok(tools.iter().map(is_callable).collect())
    }

    /// Marks what decides in a community who may call what: while the mark is the same, so are everybody's tools.
    pub async fn callable_state(&self, community: &CommunityId) -> Result<u64, InvokeError> {
        let mut hasher = DefaultHasher::new();
        let in_force = self.access.in_force(community).await?;
        in_force.version.hash(&mut hasher);
        self.directory(community).await?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    /// Returns a number that is another one after every change of what rights are made of, in any community.
    pub async fn rights_number(&self) -> Result<i64, StorageError> {
        self.storage.rights_number().await
    }
}

/// What a grant makes of a tool.
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
