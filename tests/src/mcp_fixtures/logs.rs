//! Tools that log to the client.

#![expect(
    deprecated,
    reason = "2025-11-25 has logging, and the suite asks for it"
)]

use super::catalogue::{Call, plain, said, unknown};
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, LoggingLevel, LoggingMessageNotificationParam, Tool};
use serde_json::json;
use std::time::Duration;

const STEP: Duration = Duration::from_millis(50);

/// Returns the tools of this family.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        plain(
            "test_tool_with_logging",
            "Logs at its start, in between, and at its end",
        ),
        plain("test_logging_tool", "Logs if the request asks for logs"),
    ]
}

/// Answers a call of this family.
pub(super) async fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    match &*call.request.name {
        "test_tool_with_logging" => {
            log(call, "Tool execution started").await;
            call.pause(STEP).await?;
            log(call, "Tool processing data").await;
            call.pause(STEP).await?;
            log(call, "Tool execution completed").await;
        }
        "test_logging_tool" => log(call, "This is for those who asked for it").await,
        name => return Err(unknown(name)),
    }
    Ok(said("The tool has logged what was asked for."))
}

async fn log(call: &Call<'_>, message: &str) {
    let level = LoggingLevel::Info;
    let wanted = |least: LoggingLevel| level as u8 >= least as u8;
    if !call.log_level.is_some_and(wanted) {
        return;
    }
    let params = LoggingMessageNotificationParam::new(level, json!(message));
    let params = params.with_logger("mcp-fixtures");
    if let Err(error) = call.context.peer.notify_logging_message(params).await {
        tracing::debug!("nobody reads the logs: {error}");
    }
}
