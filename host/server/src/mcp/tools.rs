//! Tools as agents see them: one flat list of names, whatever skill each is of.

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use skillgate_app::digest::sha256;
use skillgate_app::invocations::CallableTool;
use skillgate_domain::ids::{SkillName, ToolName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest name of a tool, in characters: clients cut longer ones, with the server's name before them.
pub(super) const NAME_CHARS_MAX: usize = 50;
/// Digits that tell two tools apart whose names would be the same.
const DIGITS: usize = 8;
/// The member that holds an answer which is no object itself: structured content is an object.
pub(super) const RESULT: &str = "result";

/// A caller's tools by the names that agents use.
pub(super) struct Named(BTreeMap<String, CallableTool>);

impl Named {
    pub(super) fn of(tools: Vec<CallableTool>) -> Self {
        let mut times = BTreeMap::<String, u32>::new();
        for tool in &tools {
            *times
                .entry(plain(&tool.skill, &tool.tool.name))
                .or_default() += 1;
        }
        let name = |tool: &CallableTool| {
            let plain = plain(&tool.skill, &tool.tool.name);
            if times[&plain] == 1 && plain.len() <= NAME_CHARS_MAX {
                return plain;
            }
            distinct(&plain, &tool.skill, &tool.tool.name)
        };
        Self(tools.into_iter().map(|tool| (name(&tool), tool)).collect())
    }

    pub(super) fn find(&self, name: &str) -> Option<&CallableTool> {
        self.0.get(name)
    }

    /// Returns a page in the order of names, and where the next one begins; nothing where `after` names no tool.
    pub(super) fn page(
        &self,
        after: Option<&str>,
        len: usize,
    ) -> Option<(Vec<Tool>, Option<String>)> {
        if after.is_some_and(|after| !self.0.contains_key(after)) {
            return None;
        }
        let behind = |(name, _): &(&String, _)| after.is_none_or(|after| name.as_str() > after);
        let mut rest = self.0.iter().filter(behind);
        let page: Vec<_> = rest.by_ref().take(len).collect();
        let last = page.last().map(|(name, _)| (*name).clone());
        let next = rest.next().and(last);
        Some((
            page.into_iter().map(|(name, it)| shown(name, it)).collect(),
            next,
        ))
    }
}

fn plain(skill: &SkillName, tool: &ToolName) -> String {
    format!("{}_{tool}", skill.as_str().replace('-', "_"))
}

/// Cuts a name, and adds digits of what it stands for: the same, whatever else there is.
fn distinct(plain: &str, skill: &SkillName, tool: &ToolName) -> String {
    let digest = sha256(format!("{skill}/{tool}").as_bytes()).to_string();
    let digits: String = digest.chars().rev().take(DIGITS).collect();
    let kept = plain.len().min(NAME_CHARS_MAX - DIGITS - 1);
    format!("{}_{digits}", &plain[..kept])
}

fn shown(name: &str, it: &CallableTool) -> Tool {
    let tool = &it.tool;
    let annotations = ToolAnnotations::with_title(tool.title.clone())
        .read_only(!it.changes)
        .destructive(it.replaces)
        .idempotent(!it.changes)
        .open_world(it.reaches_others);
    Tool::new(
        name.to_owned(),
        tool.description.clone(),
        schema(&tool.input_schema),
    )
    .with_title(tool.title.clone())
    .with_raw_output_schema(output_schema(&tool.output_schema))
    .with_annotations(annotations)
}

/// The manifest's reader has compiled it, and seen that inputs are objects.
fn schema(text: &str) -> Arc<JsonObject> {
    Arc::new(serde_json::from_str(text).unwrap_or_default())
}

fn output_schema(text: &str) -> Arc<JsonObject> {
    let schema = schema(text);
    if is_object(&schema) {
        return schema;
    }
    let whole = json!({
        "type": "object",
        "properties": { RESULT: Value::Object((*schema).clone()) },
        "required": [RESULT],
        "additionalProperties": false,
    });
    match whole {
        Value::Object(whole) => Arc::new(whole),
        _ => schema,
    }
}

/// Tells whether what satisfies a schema is an object.
fn is_object(schema: &JsonObject) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// Tells whether a tool's answers are given as they are.
pub(super) fn answers_objects(tool: &CallableTool) -> bool {
    is_object(&schema(&tool.tool.output_schema))
}
