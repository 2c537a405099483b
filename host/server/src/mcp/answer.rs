//! Answers and refusals in the words of the protocol. What went wrong with a call is a result of the call, so that
//! the model reads it; its code is the same as at every other door.

use super::tools::{NamedTool, RESULT};
use crate::problem::{Kind, Problem};
use rmcp::model::{CallToolResult, ContentBlock, ErrorData};
use serde_json::{Map, Value};
use skillgate_app::invocations::{Answer, CallableTool, InvokeError};
use skillgate_domain::principal::Principal;

/// Characters of a caller's own text that are repeated in a refusal.
const SHOWN_CHARS_MAX: usize = 80;

/// Answers a call. The text is short: agents show the model the structured content as well.
pub(super) fn answered((named, it): (&NamedTool, &CallableTool), answer: Answer) -> CallToolResult {
    let output = if named.answers_objects {
        answer.output
    } else {
        Value::Object(Map::from_iter([(RESULT.to_owned(), answer.output)]))
    };
    let mut result = CallToolResult::success(vec![ContentBlock::text(format!(
        "{}: done.",
        it.tool.title
    ))]);
    result.structured_content = Some(output);
    result
}

/// Says why a call was refused or failed.
pub(super) fn refused(error: impl Into<Problem>, caller: &Principal) -> CallToolResult {
    let problem: Problem = error.into();
    let told = problem.to_json(caller.origin.request.as_str());
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let line = format!("{} ({}): {}", text("title"), text("code"), text("detail"));
    let mut result = CallToolResult::error(vec![ContentBlock::text(line)]);
    result.structured_content = Some(told);
    result
}

/// Says why something else than a call was refused.
pub(super) fn refusal(error: InvokeError) -> ErrorData {
    let problem = Problem::from(error);
    let message = problem.kind().meaning();
    match problem.kind() {
        Kind::Forbidden => ErrorData::invalid_request(message, None),
        _ => ErrorData::internal_error(message, None),
    }
}

/// Says that a list has no page behind a cursor.
pub(super) fn no_such_page() -> ErrorData {
    ErrorData::invalid_params("the cursor is none of this list; begin anew", None)
}

/// Repeats a caller's text, cut and without control characters.
pub(super) fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(SHOWN_CHARS_MAX).map(plain).collect()
}
