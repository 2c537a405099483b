use super::skill::{head, tool};
use serde_json::{Map, Value, json};
use skillgate_app::modules::ModuleView;
use skillgate_manifest::wire;

/// A module in a list.
pub fn module_summary(module: &ModuleView) -> Value {
    let submission = &module.submission;
    json!({
        "id": submission.id.to_string(),
        "skill": submission.skill.as_str(),
        "version": submission.version,
        "title": module.skill.title,
        "publisher": module.skill.publisher,
        "submitted_by": submission.submitted_by.as_str(),
        "submitted_at": super::time(submission.submitted_at),
        "granted": module.grant.is_some(),
        "grant": module.grant.as_ref().map(|grant| grant.id.to_string()),
    })
}

/// A module: what it is, what it asks for, what it was given.
pub fn module(module: &ModuleView) -> Value {
    let (submission, skill) = (&module.submission, &module.skill);
    let config: Map<String, Value> = skill
        .config
        .iter()
        .map(|(key, setting)| {
            let view = json!({ "description": setting.description, "default": setting.default });
            (key.to_string(), view)
        })
        .collect();
    json!({
        "id": submission.id.to_string(),
        "skill": head(skill),
        "component": submission.component.to_string(),
        "manifest": submission.manifest.to_string(),
        "submitted_by": submission.submitted_by.as_str(),
        "submitted_at": super::time(submission.submitted_at),
        "requests": {
            "capabilities": wire::capabilities_to_json(&skill.requests),
            "limits": wire::limits_to_json(&skill.limits),
            "config": config,
        },
        "tools": skill.tools.iter().map(tool).collect::<Value>(),
        "grant": module.grant.as_ref().map(super::grant),
    })
}
