use crate::tool::{CallContext, Tool, call};
use crate::{ToolError, ToolResult};
use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::Transform};
use serde_json::{Map, Value};

/// What a skill offers: the generated part of its manifest.
///
/// Serialises as `{"tools": [..]}`, in the order of [`skill!`](crate::skill) and with sorted keys.
///
/// ```
/// # mod example {
/// # use skillgate_sdk::ToolResult;
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # pub struct Ping {}
/// /// Answers.
/// #[skillgate_sdk::tool]
/// pub fn ping(_: Ping) -> ToolResult<bool> { Ok(true) }
/// # skillgate_sdk::skill![ping];
/// # }
/// # use example::definition;
/// let manifest = serde_json::to_value(definition()).unwrap();
/// assert_eq!(manifest["tools"][0]["name"], "ping");
/// assert_eq!(manifest["tools"][0]["input_schema"]["additionalProperties"], false);
/// ```
#[derive(Debug, Clone, serde::Serialize)]
pub struct SkillDefinition {
    tools: Vec<ToolDefinition>,
}

impl SkillDefinition {
    /// Lists tools. [`skill!`](crate::skill) calls it.
    pub fn new(tools: Vec<ToolDefinition>) -> Self {
        Self { tools }
    }

    /// Returns the tools, in the order in which agents read them.
    pub fn tools(&self) -> &[ToolDefinition] {
        &self.tools
    }

    /// Finds a tool by its name.
    pub(crate) fn tool(&self, name: &str) -> Option<&ToolDefinition> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// Runs a tool as a host would: JSON in, JSON out.
    ///
    /// [`testing::Host::call`](crate::testing::Host::call) is the more comfortable way in tests.
    pub fn call(&self, context: &CallContext, tool: &str, input_json: &str) -> ToolResult<String> {
        match self.tool(tool) {
            Some(tool) => (tool.run)(context, input_json),
            None => Err(ToolError::unknown_tool()),
        }
    }
}

/// One tool as a manifest describes it.
///
/// ```
/// # use skillgate_sdk::ToolResult;
/// # #[derive(serde::Deserialize, schemars::JsonSchema)]
/// # pub struct Ping {}
/// /// Answers.
/// #[skillgate_sdk::tool]
/// pub fn ping(_: Ping) -> ToolResult<bool> { Ok(true) }
/// # fn main() {
/// let ping = skillgate_sdk::ToolDefinition::of::<ping>();
/// assert_eq!((ping.name(), ping.description()), ("ping", "Answers."));
/// assert_eq!(ping.output_schema()["type"], "boolean");
/// # }
/// ```
#[derive(Debug, Clone, serde::Serialize)]
pub struct ToolDefinition {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input_schema: Value,
    output_schema: Value,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reads_only: bool,
    #[serde(skip)]
    run: fn(&CallContext, &str) -> ToolResult<String>,
}

impl ToolDefinition {
    /// Describes a tool.
    pub fn of<T: Tool>() -> Self {
        Self {
            name: T::NAME,
            title: T::TITLE,
            description: T::DESCRIPTION,
            input_schema: schema::<T::Input>(SchemaSettings::draft2020_12().for_deserialize()),
            output_schema: schema::<T::Output>(SchemaSettings::draft2020_12().for_serialize()),
            reads_only: T::READS_ONLY,
            run: call::<T>,
        }
    }

    /// Returns the name that calls use.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns a few words for people.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Returns what the tool does and when to use it.
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// Tells whether the tool promises to change nothing.
    pub fn reads_only(&self) -> bool {
        self.reads_only
    }

    /// Returns the JSON Schema (2020-12) of the input.
    pub fn input_schema(&self) -> &Value {
        &self.input_schema
    }

    /// Returns the JSON Schema (2020-12) of the answer.
    pub fn output_schema(&self) -> &Value {
        &self.output_schema
    }
}

fn schema<T: JsonSchema>(mut settings: SchemaSettings) -> Value {
    // Agents read schemas: one text without references is shorter to understand.
    settings.inline_subschemas = true;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    // The name of a Rust type says nothing to an agent.
    schema.remove("title");
    Close.transform(&mut schema);
    sorted(schema.to_value())
}

/// Closes every object whose properties are all known, so that a misspelt field is refused and not ignored.
#[derive(Debug, Clone)]
struct Close;

impl Transform for Close {
    fn transform(&mut self, schema: &mut Schema) {
        const COMBINATORS: [&str; 4] = ["allOf", "anyOf", "oneOf", "$ref"];
        let combined = COMBINATORS.iter().any(|key| schema.get(*key).is_some());
        let is_struct = schema.get("type").is_some_and(names_object);
        let is_open = schema.get("additionalProperties").is_none();
        if is_struct && is_open && !combined {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        // The parts of a combination with properties beside it see only some of the properties.
        if !(combined && schema.get("properties").is_some()) {
            schemars::transform::transform_subschemas(self, schema);
        }
    }
}

fn names_object(kind: &Value) -> bool {
    match kind {
        Value::String(name) => name == "object",
        Value::Array(names) => names.iter().any(|name| name == "object"),
        _ => false,
    }
}

/// Sorts keys, whichever map serde_json was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let sorted_entries = entries.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(sorted_entries.collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
    struct Outer {
        inner: Option<Inner>,
        list: Vec<Inner>,
        choice: Choice,
        #[serde(flatten)]
        more: std::collections::BTreeMap<String, bool>,
    }

    #[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
    struct Inner {
        /// How many.
        #[schemars(range(min = 1, max = 9))]
        count: u8,
    }

    #[derive(serde::Deserialize, serde::Serialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Choice {
        First { count: u8 },
        Second,
    }

    #[test]
    fn objects_are_closed_at_every_depth_unless_the_type_is_open() {
        let schema = schema::<Outer>(SchemaSettings::draft2020_12().for_deserialize());
        let closed = |pointer: &str| {
            let path = format!("{pointer}/additionalProperties");
            schema.pointer(&path).cloned()
        };
        assert_eq!(closed("/properties/list/items"), Some(Value::Bool(false)));
        assert_eq!(
            closed("/properties/choice/oneOf/0"),
            Some(Value::Bool(false))
        );
        assert_ne!(
            closed(""),
            Some(Value::Bool(false)),
            "the flattened map is open"
        );
        let inner = schema.pointer("/properties/inner").unwrap().to_string();
        assert!(inner.contains(r#""additionalProperties":false"#), "{inner}");
        assert_eq!(
            schema.pointer("/$schema").unwrap(),
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert!(!schema.to_string().contains("$ref"));
    }

    #[test]
    fn limits_and_descriptions_reach_the_schema() {
        let schema = schema::<Inner>(SchemaSettings::draft2020_12().for_serialize());
        let count = schema.pointer("/properties/count").unwrap();
        assert_eq!(count["description"], "How many.");
        assert_eq!(
            (&count["minimum"], &count["maximum"]),
            (&1.into(), &9.into())
        );
    }

    #[test]
    fn keys_are_sorted() {
        let value = serde_json::json!({ "b": [{ "d": 1, "c": 2 }], "a": null });
        assert_eq!(
            sorted(value).to_string(),
            r#"{"a":null,"b":[{"c":2,"d":1}]}"#
        );
    }
}
