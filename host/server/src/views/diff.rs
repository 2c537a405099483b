use serde::Serialize;
use serde_json::Value;
use skillgate_app::modules::{Difference, ModuleDiff, SetDiff, ToolsDiff};
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::ToolName;
use utoipa::ToSchema;

/// What granting a module as it asks would change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModuleDiff)]
pub struct DiffView {
    capabilities: CapabilitiesDiff,
    /// Where texts, limits, settings and schemas differ.
    differences: Vec<DifferenceView>,
    /// How many more there are.
    differences_left_out: usize,
    /// Since when the skill is stopped.
    #[schema(format = DateTime, required)]
    frozen_at: Option<String>,
    /// The generation of the skill at present.
    generation: u64,
    #[schema(format = "uuid")]
    id: String,
    /// The grant that the module is compared with.
    #[schema(required)]
    in_force: Option<GrantInForce>,
    skill: String,
    tools: ToolsDiffView,
}

/// A grant in force, by its ids.
#[derive(Debug, Serialize, ToSchema)]
struct GrantInForce {
    generation: u64,
    #[schema(format = "uuid")]
    grant: String,
    #[schema(format = "uuid")]
    module: String,
}

/// What may be reached, now and then.
#[derive(Debug, Serialize, ToSchema)]
struct CapabilitiesDiff {
    added: Vec<String>,
    removed: Vec<String>,
}

/// What may be called, now and then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToolsDiff)]
struct ToolsDiffView {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

/// One place that differs. Where it is missing on one side, that side has no member: `null` is a value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    after: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    before: Option<Value>,
    path: String,
}

/// Shows what a module would change.
pub fn diff(diff: &ModuleDiff) -> DiffView {
    DiffView {
        capabilities: capabilities(&diff.capabilities),
        differences: diff.differences.iter().map(difference).collect(),
        differences_left_out: diff.left_out,
        frozen_at: diff.standing.frozen_at.and_then(super::time),
        generation: diff.standing.generation.count(),
        id: diff.submission.id.to_string(),
        in_force: diff.in_force.as_ref().map(in_force),
        skill: diff.submission.skill.to_string(),
        tools: tools(&diff.tools),
    }
}

fn in_force(grant: &Grant) -> GrantInForce {
    GrantInForce {
        generation: grant.generation.count(),
        grant: grant.id.to_string(),
        module: grant.submission.to_string(),
    }
}

fn capabilities(diff: &SetDiff<String>) -> CapabilitiesDiff {
    CapabilitiesDiff {
        added: diff.added.clone(),
        removed: diff.removed.clone(),
    }
}

fn tools(diff: &ToolsDiff) -> ToolsDiffView {
    let names = |tools: &[ToolName]| tools.iter().map(ToolName::to_string).collect();
    ToolsDiffView {
        added: names(&diff.added),
        changed: names(&diff.changed),
        removed: names(&diff.removed),
    }
}

fn difference(difference: &Difference) -> DifferenceView {
    DifferenceView {
        after: difference.after.clone(),
        before: difference.before.clone(),
        path: difference.path.clone(),
    }
}
