//! All tools among the fixtures, and who answers for which.

#![expect(deprecated, reason = "2025-11-25 has levels of logging")]

use super::{FixtureState, asking, changes, content, is_stateless, logs, rounds, streams, tasks};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, JsonObject,
    LoggingLevel, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

/// One call of a tool, with what its fixture may need.
pub(super) struct Call<'a> {
    pub(super) request: &'a CallToolRequestParams,
    pub(super) context: &'a RequestContext<RoleServer>,
    pub(super) state: &'a FixtureState,
    pub(super) log_level: Option<LoggingLevel>,
}

impl Call<'_> {
    /// Returns whether the call is of an era without sessions.
    pub(super) fn is_stateless(&self) -> bool {
        is_stateless(self.context)
    }

    /// Returns an argument that has to be text.
    pub(super) fn text(&self, name: &str) -> Result<&str, ErrorData> {
        let argument = self.argument(name).and_then(Value::as_str);
        argument.ok_or_else(|| {
            ErrorData::invalid_params(format!("the argument `{name}` has to be a string"), None)
        })
    }

    /// Returns an argument, if it is there.
    pub(super) fn argument(&self, name: &str) -> Option<&Value> {
        self.request.arguments.as_ref()?.get(name)
    }

    /// Returns what the client answered to an input request, if it did.
    pub(super) fn answer(&self, key: &str) -> Option<&Value> {
        self.request.input_responses.as_ref()?.get(key)
    }

    /// Waits for a while, unless the call is cancelled.
    pub(super) async fn pause(&self, while_: Duration) -> Result<(), ErrorData> {
        tokio::select! {
            () = tokio::time::sleep(while_) => Ok(()),
            () = self.context.ct.cancelled() => {
                Err(ErrorData::internal_error("the call was cancelled", None))
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Family {
    Content,
    Streams,
    Logs,
    Asking,
    Rounds,
    Changes,
    Tasks,
}

/// By name, which is the order of the list, too.
static TOOLS: LazyLock<BTreeMap<Cow<'static, str>, (Family, Tool)>> = LazyLock::new(|| {
    let families = [
        (Family::Content, content::tools()),
        (Family::Streams, streams::tools()),
        (Family::Logs, logs::tools()),
        (Family::Asking, asking::tools()),
        (Family::Rounds, rounds::tools()),
        (Family::Changes, changes::tools()),
        (Family::Tasks, tasks::tools()),
    ];
    let tools = families
        .into_iter()
        .flat_map(|(family, tools)| tools.into_iter().map(move |tool| (family, tool)));
    tools
        .map(|(family, tool)| (tool.name.clone(), (family, tool)))
        .collect()
});

/// Returns the tools of all fixtures, by name.
pub(super) fn tools() -> impl Iterator<Item = Tool> {
    TOOLS.values().map(|(_, tool)| tool.clone())
}

/// Returns the tool `name`, if it is a fixture.
pub(super) fn tool(name: &str) -> Option<Tool> {
    TOOLS.get(name).map(|(_, tool)| tool.clone())
}

/// Answers a call of a fixture.
pub(super) async fn call(call: Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let name = &*call.request.name;
    let family = TOOLS.get(name).map(|(family, _)| *family);
    match family {
        Some(Family::Content) => content::call(&call),
        Some(Family::Streams) => streams::call(&call).await,
        Some(Family::Logs) => logs::call(&call).await,
        Some(Family::Asking) => asking::call(&call).await,
        Some(Family::Rounds) => rounds::call(&call),
        Some(Family::Changes) => changes::call(&call).await,
        Some(Family::Tasks) => tasks::call(&call).await,
        None => Err(unknown(name)),
    }
}

/// Returns the refusal of a tool that is not there.
pub(super) fn unknown(name: &str) -> ErrorData {
    ErrorData::invalid_params(format!("there is no tool `{name}`"), None)
}

/// Returns a tool that takes nothing.
pub(super) fn plain(name: &'static str, description: &'static str) -> Tool {
    taking(name, description, &json!({}), &[])
}

/// Returns a tool that takes `properties`.
pub(super) fn taking(
    name: &'static str,
    description: &'static str,
    properties: &Value,
    required: &[&str],
) -> Tool {
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties.clone());
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    Tool::new(name, description, schema)
}

/// Returns a text as the answer to a call.
pub(super) fn said(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}
