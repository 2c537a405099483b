//! A query text, parsed and made plain: fragments unfolded, variables filled in.

use async_graphql_parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql_parser::{Error, parse_query};
use serde_json::{Map, Value, json};

/// Deepest nesting of brackets; the parser recurses on each.
pub(crate) const NESTING_MAX: usize = 100;
/// Most fields of one document after unfolding its fragments.
const FIELDS_MAX: usize = 5_000;

/// A selected field.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    /// Name in the answer: the alias, or the field's own.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) children: Vec<Self>,
    /// Line and column, for messages.
    pub(super) at: (usize, usize),
}

impl Selected {
    /// Returns an argument; `Null` when it was not sent.
    pub(super) fn argument(&self, name: &str) -> &Value {
        self.arguments.get(name).unwrap_or(&Value::Null)
    }
}

/// One operation.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) is_mutation: bool,
    pub(super) fields: Vec<Selected>,
}

/// Parses `query`; the error is an entry of `errors`.
pub(super) fn parse(
    query: &str,
    variables: &Value,
    operation: Option<&str>,
) -> Result<Document, Value> {
    check_nesting(query)?;
    let document = parse_query(query).map_err(|error| syntax(&error, query))?;
    let definition = pick(&document, operation)?;
    let reader = Reader {
        document: &document,
        variables: with_defaults(definition, variables),
    };
    let mut fields = Vec::new();
    let mut count = 0;
    reader.unfold(
        &definition.selection_set.node,
        &mut Vec::new(),
        &mut count,
        &mut fields,
    )?;
    Ok(Document {
        is_mutation: definition.ty == OperationType::Mutation,
        fields,
    })
}

fn message(text: impl Into<String>) -> Value {
    json!({"message": text.into()})
}

fn check_nesting(query: &str) -> Result<(), Value> {
    let mut depth = 0_usize;
    for byte in query.bytes() {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING_MAX {
            return Err(message(format!(
                "Syntax Error: Nested deeper than {NESTING_MAX}."
            )));
        }
    }
    Ok(())
}

fn syntax(error: &Error, query: &str) -> Value {
    let at = error.positions().next();
    let at = at.map_or((1, 1), |at| (at.line, at.column));
    let last_line = query.lines().count().max(1);
    let last_column = query.lines().last().map_or(0, |line| line.chars().count()) + 1;
    let found = if at >= (last_line, last_column) {
        "<EOF>"
    } else {
        "an unexpected token"
    };
    json!({
        "message": format!("Syntax Error: Expected Name, found {found}."),
        "locations": [{"line": at.0, "column": at.1}],
    })
}

fn pick<'d>(
    document: &'d ExecutableDocument,
    name: Option<&str>,
) -> Result<&'d OperationDefinition, Value> {
    match (&document.operations, name) {
        (DocumentOperations::Single(single), _) => Ok(&single.node),
        (DocumentOperations::Multiple(many), Some(name)) => many
            .iter()
            .find(|(known, _)| known.as_str() == name)
            .map(|(_, found)| &found.node)
            .ok_or_else(|| message(format!("Unknown operation named \"{name}\"."))),
        (DocumentOperations::Multiple(many), None) => match many.values().next() {
            Some(only) if many.len() == 1 => Ok(&only.node),
            _ => Err(message(
                "Must provide operation name if query contains multiple operations.",
            )),
        },
    }
}

/// Returns the variables with the defaults of those that were not sent.
fn with_defaults(definition: &OperationDefinition, variables: &Value) -> Map<String, Value> {
    let mut all = variables.as_object().cloned().unwrap_or_default();
    for variable in &definition.variable_definitions {
        let name = variable.node.name.node.as_str();
        if let (false, Some(default)) = (all.contains_key(name), &variable.node.default_value)
            && let Ok(value) = default.node.clone().into_json()
        {
            all.insert(name.to_owned(), value);
        }
    }
    all
}

struct Reader<'d> {
    document: &'d ExecutableDocument,
    variables: Map<String, Value>,
}

impl<'d> Reader<'d> {
    fn unfold(
        &self,
        set: &'d SelectionSet,
        open: &mut Vec<&'d str>,
        count: &mut usize,
        fields: &mut Vec<Selected>,
    ) -> Result<(), Value> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    *count += 1;
                    if *count > FIELDS_MAX {
                        return Err(message(format!(
                            "Query too complex - more than {FIELDS_MAX} fields"
                        )));
                    }
                    let field = &field.node;
                    let mut children = Vec::new();
                    self.unfold(&field.selection_set.node, open, count, &mut children)?;
                    fields.push(Selected {
                        key: field.response_key().node.to_string(),
                        name: field.name.node.to_string(),
                        arguments: self.arguments(field)?,
                        children,
                        at: (item.pos.line, item.pos.column),
                    });
                }
                Selection::InlineFragment(inline) => {
                    self.unfold(&inline.node.selection_set.node, open, count, fields)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let fragment = self
                        .document
                        .fragments
                        .get(name)
                        .ok_or_else(|| message(format!("Unknown fragment \"{name}\".")))?;
                    if open.contains(&name) {
                        return Err(message(format!(
                            "Cannot spread fragment \"{name}\" within itself."
                        )));
                    }
                    open.push(name);
                    self.unfold(&fragment.node.selection_set.node, open, count, fields)?;
                    open.pop();
                }
            }
        }
        Ok(())
    }

    /// Fills in variables; one that was not sent is `null`.
    fn arguments(
        &self,
        field: &async_graphql_parser::types::Field,
    ) -> Result<Map<String, Value>, Value> {
        let mut filled = Map::new();
        for (name, value) in &field.arguments {
            let value = value
                .node
                .clone()
                .into_const_with(|variable| {
                    let sent = self.variables.get(variable.as_str()).cloned();
                    serde_json::from_value(sent.unwrap_or(Value::Null))
                })
                .and_then(serde_json::to_value)
                .map_err(|_| message("Variables are not readable."))?;
            filled.insert(name.node.to_string(), value);
        }
        Ok(filled)
    }
}
