//! Tools as agents see them: one flat list of names, whatever skill each is of.

use super::manuals::Manuals;
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};
use skillgate_app::digest::sha256;
use skillgate_app::invocations::{CallableTool, Directory};
use skillgate_domain::ids::{SkillName, ToolName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest name of a tool, in characters: clients cut longer ones, with the server's name before them.
const NAME_CHARS_MAX: usize = 50;
/// Digits that tell two tools apart whose names would be the same.
const DIGITS: usize = 8;
/// The member that holds an answer which is no object itself: structured content is an object.
pub(super) const RESULT: &str = "result";

/// A community's tools by the names that agents use: the same for all of them.
pub(super) struct Named {
    directory: Arc<Directory>,
    names: BTreeMap<String, NamedTool>,
    pub(super) manuals: Manuals,
}

/// A tool under its name.
pub(super) struct NamedTool {
    /// Its place in the directory.
    at: usize,
    shown: Tool,
    /// Whether its answers are given as they are.
    pub(super) answers_objects: bool,
}

impl Named {
    pub(super) fn of(directory: Arc<Directory>) -> Self {
        let mut times = BTreeMap::<String, u32>::new();
        for tool in &directory.tools {
            let plain = plain(&tool.skill, &tool.tool.name);
            *times.entry(plain).or_default() += 1;
        }
        let name = |tool: &CallableTool| {
            let plain = plain(&tool.skill, &tool.tool.name);
            if times[&plain] == 1 && plain.len() <= NAME_CHARS_MAX {
                return plain;
            }
            distinct(&plain, &tool.skill, &tool.tool.name)
        };
        let under_name = |(at, tool): (usize, &CallableTool)| {
            let name = name(tool);
            let output = schema(&tool.tool.output_schema);
            let named = NamedTool {
                at,
                answers_objects: is_object(&output),
                shown: shown(&name, tool, output),
            };
            (name, named)
        };
        let names = directory.tools.iter().enumerate();
        Self {
            names: names.map(under_name).collect(),
            manuals: Manuals::of(&directory.manuals),
            directory,
        }
    }

    /// Tells whether these are the names of what is in a directory.
    pub(super) fn are_of(&self, directory: &Arc<Directory>) -> bool {
        Arc::ptr_eq(&self.directory, directory)
    }

    /// Returns every tool, in the order of those that tell of each.
    pub(super) fn tools(&self) -> &[CallableTool] {
        &self.directory.tools
    }

    pub(super) fn find(&self, name: &str) -> Option<(&NamedTool, &CallableTool)> {
        let named = self.names.get(name)?;
        Some((named, &self.directory.tools[named.at]))
    }

    /// Returns a page of those that are visible in the order of names, and where the next one begins; nothing where
    /// `after` names no tool.
    pub(super) fn page(
        &self,
        visible: &[bool],
        after: Option<&str>,
        len: usize,
    ) -> Option<(Vec<Tool>, Option<String>)> {
        if after.is_some_and(|after| !self.names.contains_key(after)) {
            return None;
        }
        let behind = |(name, it): &(&String, &NamedTool)| {
            visible[it.at] && after.is_none_or(|after| name.as_str() > after)
        };
        let mut rest = self.names.iter().filter(behind);
        let page: Vec<_> = rest.by_ref().take(len).collect();
        let last = page.last().map(|(name, _)| (*name).clone());
        let next = rest.next().and(last);
        let page = page.into_iter().map(|(_, it)| it.shown.clone());
        Some((page.collect(), next))
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

fn shown(name: &str, it: &CallableTool, output: Arc<JsonObject>) -> Tool {
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
    .with_raw_output_schema(whole(output))
    .with_annotations(annotations)
}

/// The manifest's reader has compiled it, and seen that inputs are objects.
fn schema(text: &str) -> Arc<JsonObject> {
    Arc::new(serde_json::from_str(text).unwrap_or_default())
}

/// Makes an object's schema of one that is none.
fn whole(schema: Arc<JsonObject>) -> Arc<JsonObject> {
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
