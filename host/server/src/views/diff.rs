use serde_json::{Value, json};
use skillgate_app::modules::{Difference, ModuleDiff};
use skillgate_domain::ids::ToolName;

/// What granting a module as it asks would change.
pub fn diff(diff: &ModuleDiff) -> Value {
    let in_force = diff.in_force.as_ref().map(|grant| {
        json!({
            "grant": grant.id.to_string(),
            "module": grant.submission.to_string(),
            "generation": grant.generation.count(),
        })
    });
    let names = |tools: &[ToolName]| tools.iter().map(ToolName::as_str).collect::<Value>();
    json!({
        "id": diff.submission.id.to_string(),
        "skill": diff.submission.skill.as_str(),
        "generation": diff.standing.generation.count(),
        "frozen_at": diff.standing.frozen_at.map(super::time),
        "in_force": in_force,
        "capabilities": {
            "added": diff.capabilities.added,
            "removed": diff.capabilities.removed,
        },
        "tools": {
            "added": names(&diff.tools.added),
            "removed": names(&diff.tools.removed),
            "changed": names(&diff.tools.changed),
        },
        "differences": diff.differences.iter().map(difference).collect::<Value>(),
        "differences_left_out": diff.left_out,
    })
}

/// A place that is missing on one side has no member for it: `null` is a value of JSON.
fn difference(difference: &Difference) -> Value {
    let mut view = json!({ "path": difference.path });
    if let Some(before) = &difference.before {
        view["before"] = before.clone();
    }
    if let Some(after) = &difference.after {
        view["after"] = after.clone();
    }
    view
}
