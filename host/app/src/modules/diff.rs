//! What a module would change, beside what its skill may do at present.

pub use crate::json::diff::{DIFFERENCES_MAX, Difference, PATH_BYTES_MAX, VALUE_BYTES_MAX};

use super::{ModuleError, Modules};
use crate::digest::contracts;
use crate::json::diff::differences;
use crate::ports::Submission;
use serde_json::{Map, Value, json};
use skillgate_domain::audit::Target;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{Grant, SkillStanding};
use skillgate_domain::ids::{SubmissionId, ToolName};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::principal::Principal;
use skillgate_domain::skill::{Skill, Tool};
use std::collections::{BTreeMap, BTreeSet};

/// What granting a module as it asks would change.
#[derive(Debug, Clone)]
pub struct ModuleDiff {
    /// The module.
    pub submission: Submission,
    /// Where its skill stands at present.
    pub standing: SkillStanding,
    /// The grant in force that it is compared with. Without one, everything is new.
    pub in_force: Option<Grant>,
    /// What may be reached.
    pub capabilities: SetDiff<String>,
    /// What may be called.
    pub tools: ToolsDiff,
    /// Where the texts, limits, settings and schemas differ, at most [`DIFFERENCES_MAX`].
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub left_out: usize,
}

/// How one set differs from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDiff<T> {
    /// In the new one only.
    pub added: Vec<T>,
    /// In the old one only.
    pub removed: Vec<T>,
}

/// How a module's tools differ from those that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolsDiff {
    /// May not be called at present.
    pub added: Vec<ToolName>,
    /// Would be gone.
    pub removed: Vec<ToolName>,
    /// Have another contract: title, description or schemas.
    pub changed: Vec<ToolName>,
}

impl Modules {
    /// Compares a module with the grant of its skill that is in force. The caller must be permitted to
    /// look at both.
    pub async fn diff(
        &self,
        caller: &Principal,
        id: SubmissionId,
    ) -> Result<ModuleDiff, ModuleError> {
        let permissions = self.permit_show(caller, Target::Module(id)).await?;
        let view = self.shown(caller, &permissions, id).await?;
        let (community, name) = (&caller.community, &view.skill.name);
        let standing = self.storage.skill_standing(community, name).await?;
        let in_force = self.storage.active_grant(community, name).await?;
        let before = match &in_force {
            Some(grant) => Some(self.shown(caller, &permissions, grant.submission).await?),
            None => None,
        };
        let granted = in_force.as_ref().map(|grant| grant.capabilities.names());
        let enabled = in_force
            .as_ref()
            .map(|grant| grant.tools.clone())
            .unwrap_or_default();
        let (differences, left_out) = match (&in_force, &before) {
            (Some(grant), Some(before)) => differences(
                &document(&before.skill, &before.submission, &grant.limits, &enabled),
                &whole(&view.skill, &view.submission),
            ),
            _ => (Vec::new(), 0),
        };
        Ok(ModuleDiff {
            capabilities: sets(&granted.unwrap_or_default(), &view.skill.requests.names()),
            tools: tools(&enabled, &contracts(&view.skill)),
            submission: view.submission,
            standing,
            in_force,
            differences,
            left_out,
        })
    }
}

fn sets(before: &BTreeSet<String>, after: &BTreeSet<String>) -> SetDiff<String> {
    SetDiff {
        added: after.difference(before).cloned().collect(),
        removed: before.difference(after).cloned().collect(),
    }
}

fn tools(before: &BTreeMap<ToolName, Digest>, after: &BTreeMap<ToolName, Digest>) -> ToolsDiff {
    let absent = |from: &BTreeMap<ToolName, Digest>, of: &BTreeMap<ToolName, Digest>| {
        let names = of.keys().filter(|name| !from.contains_key(*name));
        names.cloned().collect()
    };
    let changed = before
        .iter()
        .filter(|(name, contract)| after.get(*name).is_some_and(|now| now != *contract));
    ToolsDiff {
        added: absent(before, after),
        removed: absent(after, before),
        changed: changed.map(|(name, _)| name.clone()).collect(),
    }
}

/// Writes what a module asks for.
fn whole(skill: &Skill, submission: &Submission) -> Value {
    document(skill, submission, &skill.limits, &contracts(skill))
}

/// Writes a module with the limits and the tools it has.
fn document(
    skill: &Skill,
    submission: &Submission,
    limits: &CallLimits,
    enabled: &BTreeMap<ToolName, Digest>,
) -> Value {
    let tools = skill
        .tools
        .iter()
        .filter(|tool| enabled.contains_key(&tool.name));
    let tools: Map<String, Value> = tools
        .map(|tool| (tool.name.to_string(), tool_document(tool)))
        .collect();
    let config: Map<String, Value> = skill
        .config
        .iter()
        .map(|(key, setting)| {
            let document =
                json!({ "description": setting.description, "default": setting.default });
            (key.to_string(), document)
        })
        .collect();
    json!({
        "version": skill.version,
        "title": skill.title,
        "description": skill.description,
        "publisher": skill.publisher,
        "owner": submission.owner.as_ref().map(|owner| owner.community.as_str()),
        "license": skill.license,
        "component": submission.component.to_string(),
        "manifest": submission.manifest.to_string(),
        "limits": limits.named().into_iter().collect::<Value>(),
        "config": config,
        "manual": skill.manual.as_ref().map(|manual| &manual.files),
        "tools": tools,
    })
}

fn tool_document(tool: &Tool) -> Value {
    // The manifest's reader has compiled both schemas, so they are JSON.
    let schema = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    json!({
        "title": tool.title,
        "description": tool.description,
        "input_schema": schema(&tool.input_schema),
        "output_schema": schema(&tool.output_schema),
        "reads_only": tool.reads_only,
    })
}
