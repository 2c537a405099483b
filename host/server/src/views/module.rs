use super::grant::GrantView;
use super::skill::{SkillHead, ToolView, head, tool};
use crate::openapi::{capability_set, limits};
use serde::Serialize;
use serde_json::Value;
use skillgate_app::modules::ModuleView as Module;
use skillgate_domain::grant::Owner;
use skillgate_domain::skill::Skill;
use skillgate_manifest::wire;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Modules, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModuleList {
    modules: Vec<ModuleSummary>,
}

/// A module in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModuleSummary {
    /// The grant in force.
    #[schema(format = "uuid", required)]
    grant: Option<String>,
    granted: bool,
    #[schema(format = "uuid")]
    id: String,
    /// Since when partners may take it over.
    #[schema(format = DateTime, required)]
    offered_at: Option<String>,
    /// Whose it is, where it was taken over from another community.
    #[schema(required)]
    owner: Option<OwnerView>,
    publisher: String,
    skill: String,
    #[schema(format = DateTime, required)]
    submitted_at: Option<String>,
    submitted_by: String,
    title: String,
    version: String,
}

/// The community that a module belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModuleOwner)]
pub struct OwnerView {
    community: String,
    /// Whether the two are partners now; of a grant, whether the partnership is accepted that it was made under. If not,
    /// nothing of the module runs.
    is_partner: bool,
}

/// Shows whose a module is.
pub(super) fn owner(owner: &Owner) -> OwnerView {
    OwnerView {
        community: owner.community.to_string(),
        is_partner: owner.partnership.is_some(),
    }
}

/// A module: what it is, what it asks for, what it was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Module)]
pub struct ModuleView {
    /// Digest of the component.
    component: String,
    /// The grant in force.
    #[schema(required)]
    grant: Option<GrantView>,
    #[schema(format = "uuid")]
    id: String,
    /// Digest of the manifest.
    manifest: String,
    /// Since when partners may take it over.
    #[schema(format = DateTime, required)]
    offered_at: Option<String>,
    /// Whose it is, where it was taken over from another community.
    #[schema(required)]
    owner: Option<OwnerView>,
    requests: Requests,
    skill: SkillHead,
    #[schema(format = DateTime, required)]
    submitted_at: Option<String>,
    submitted_by: String,
    tools: Vec<ToolView>,
}

/// What a module asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Requests {
    /// What it asks to reach.
    #[schema(schema_with = capability_set)]
    capabilities: Value,
    /// Settings that an admin may give.
    config: BTreeMap<String, SettingView>,
    /// What a call asks to use.
    #[schema(schema_with = limits)]
    limits: Value,
}

/// A setting that a manifest declares.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Setting)]
pub struct SettingView {
    #[schema(required)]
    default: Option<String>,
    description: String,
}

/// Shows modules in a list.
pub fn modules<'a>(modules: impl IntoIterator<Item = &'a Module>) -> ModuleList {
    ModuleList {
        modules: modules.into_iter().map(summary).collect(),
    }
}

fn summary(module: &Module) -> ModuleSummary {
    let submission = &module.submission;
    ModuleSummary {
        grant: module.grant.as_ref().map(|grant| grant.id.to_string()),
        granted: module.grant.is_some(),
        id: submission.id.to_string(),
        offered_at: submission.offered_at.and_then(super::time),
        owner: submission.owner.as_ref().map(owner),
        publisher: module.skill.publisher.clone(),
        skill: submission.skill.to_string(),
        submitted_at: super::time(submission.submitted_at),
        submitted_by: submission.submitted_by.to_string(),
        title: module.skill.title.clone(),
        version: submission.version.clone(),
    }
}

/// Shows a module.
pub fn module(module: &Module) -> ModuleView {
    let (submission, skill) = (&module.submission, &module.skill);
    ModuleView {
        component: submission.component.to_string(),
        grant: module.grant.as_ref().map(super::grant),
        id: submission.id.to_string(),
        manifest: submission.manifest.to_string(),
        offered_at: submission.offered_at.and_then(super::time),
        owner: submission.owner.as_ref().map(owner),
        requests: requests(skill),
        skill: head(skill),
        submitted_at: super::time(submission.submitted_at),
        submitted_by: submission.submitted_by.to_string(),
        tools: skill.tools.iter().map(tool).collect(),
    }
}

pub(super) fn requests(skill: &Skill) -> Requests {
    let config = skill.config.iter().map(|(key, setting)| {
        let view = SettingView {
            default: setting.default.clone(),
            description: setting.description.clone(),
        };
        (key.to_string(), view)
    });
    Requests {
        capabilities: wire::capabilities_to_json(&skill.requests),
        config: config.collect(),
        limits: wire::limits_to_json(&skill.limits),
    }
}
