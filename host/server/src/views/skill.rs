use super::plan;
use serde_json::{Value, json};
use skillgate_app::invocations::Answer;
use skillgate_domain::skill::{Skill, Tool};

/// A skill in a list.
pub fn skill_summary(skill: &Skill) -> Value {
    let tool = |tool: &Tool| {
        json!({
            "name": tool.name.as_str(),
            "title": tool.title,
            "description": tool.description,
        })
    };
    let mut view = head(skill);
    view["tools"] = skill.tools.iter().map(tool).collect();
    view
}

/// A skill with its tools' schemas.
pub fn skill(skill: &Skill) -> Value {
    let mut view = head(skill);
    view["tools"] = skill.tools.iter().map(tool).collect();
    view
}

/// What a tool answered, and what it would have written where it was to plan.
pub fn answer(answer: &Answer) -> Value {
    let mut view = json!({
        "invocation": answer.invocation.to_string(),
        "output": answer.output,
    });
    if let Some(standing) = &answer.plan {
        view["plan"] = plan(standing);
    }
    view
}

pub(super) fn tool(tool: &Tool) -> Value {
    // The manifest's reader has compiled both schemas, so they are JSON.
    let schema = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    json!({
        "name": tool.name.as_str(),
        "title": tool.title,
        "description": tool.description,
        "input_schema": schema(&tool.input_schema),
        "output_schema": schema(&tool.output_schema),
    })
}

pub(super) fn head(skill: &Skill) -> Value {
    json!({
        "name": skill.name.as_str(),
        "version": skill.version,
        "title": skill.title,
        "description": skill.description,
        "publisher": skill.publisher,
        "license": skill.license,
    })
}
