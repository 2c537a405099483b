use super::plan::{PlanView, plan};
use serde::Serialize;
use serde_json::Value;
use skillgate_app::invocations::Answer;
use skillgate_domain::skill::{Skill, Tool};
use utoipa::ToSchema;

/// Skills, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillList {
    skills: Vec<SkillSummary>,
}

/// What a skill is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillHead {
    description: String,
    /// An SPDX expression.
    license: String,
    name: String,
    publisher: String,
    title: String,
    version: String,
}

/// A skill in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillSummary {
    #[serde(flatten)]
    head: SkillHead,
    tools: Vec<ToolSummary>,
}

/// A skill with its tools' schemas.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Skill)]
pub struct SkillView {
    #[serde(flatten)]
    head: SkillHead,
    tools: Vec<ToolView>,
}

/// A tool in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToolSummary {
    description: String,
    name: String,
    /// Whether it changes nothing: the host holds it to that.
    reads_only: bool,
    title: String,
}

/// A tool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tool)]
pub struct ToolView {
    description: String,
    /// JSON Schema of its input.
    #[schema(value_type = Object)]
    input_schema: Value,
    name: String,
    /// JSON Schema of its output.
    #[schema(value_type = Object)]
    output_schema: Value,
    /// Whether it changes nothing: the host holds it to that.
    reads_only: bool,
    title: String,
}

/// What a tool answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Answer)]
pub struct AnswerView {
    #[schema(format = "uuid")]
    invocation: String,
    /// Satisfies the tool's output schema.
    output: Value,
    /// What the tool would have written, where it was to plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanView>,
}

/// Shows skills in a list.
pub fn skills<'a>(skills: impl IntoIterator<Item = &'a Skill>) -> SkillList {
    let summary = |skill: &Skill| SkillSummary {
        head: head(skill),
        tools: skill.tools.iter().map(tool_summary).collect(),
    };
    SkillList {
        skills: skills.into_iter().map(summary).collect(),
    }
}

/// Shows a skill with its tools' schemas.
pub fn skill(skill: &Skill) -> SkillView {
    SkillView {
        head: head(skill),
        tools: skill.tools.iter().map(tool).collect(),
    }
}

/// Shows what a tool answered.
pub fn answer(answer: Answer) -> AnswerView {
    AnswerView {
        invocation: answer.invocation.to_string(),
        output: answer.output,
        plan: answer.plan.as_ref().map(plan),
    }
}

fn tool_summary(tool: &Tool) -> ToolSummary {
    ToolSummary {
        description: tool.description.clone(),
        name: tool.name.to_string(),
        reads_only: tool.reads_only,
        title: tool.title.clone(),
    }
}

pub(super) fn tool(tool: &Tool) -> ToolView {
    // The manifest's reader has compiled both schemas, so they are JSON.
    let schema = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    ToolView {
        description: tool.description.clone(),
        input_schema: schema(&tool.input_schema),
        name: tool.name.to_string(),
        output_schema: schema(&tool.output_schema),
        reads_only: tool.reads_only,
        title: tool.title.clone(),
    }
}

pub(super) fn head(skill: &Skill) -> SkillHead {
    SkillHead {
        description: skill.description.clone(),
        license: skill.license.clone(),
        name: skill.name.to_string(),
        publisher: skill.publisher.clone(),
        title: skill.title.clone(),
        version: skill.version.clone(),
    }
}
