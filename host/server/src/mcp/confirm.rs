//! Asking the person behind an agent in the agent's own program, where the operator trusts such programs to ask and
//! the program says that it can: inside a session with a request, without one with an answer that wants more input.

use crate::limits::{MCP_ASKING_MAX, MCP_QUESTION_CHARS_MAX};
use crate::views;
use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, ElicitRequest, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationSchema, InputRequest, InputRequests, InputRequiredResult, ServerRequest,
};
use rmcp::service::{PeerRequestOptions, RequestContext};
use serde_json::{Value, json};
use skillgate_app::plans::PlanStanding;

/// What the question is called, and the box in it.
const CONFIRM: &str = "confirm";

/// What came of asking.
pub(super) enum Asked {
    /// The person has said yes or no.
    Said(bool),
    /// The program asks, and calls again.
    Wanted(InputRequiredResult),
    /// Nobody was asked, or nobody has answered.
    Nobody,
}

/// Asks a person to confirm a plan.
pub(super) async fn ask(
    context: &RequestContext<RoleServer>,
    request: &CallToolRequestParams,
    plan: &PlanStanding,
) -> Asked {
    let Some(question) = question(plan).filter(|_| can_ask(context)) else {
        return Asked::Nobody;
    };
    let version = context.protocol_version();
    if version.is_none_or(|version| version.has_initialize()) {
        let answered = inside_session(context, question).await;
        return answered.map_or(Asked::Nobody, |answer| said(&answer));
    }
    // What was said to another plan is no word for this one.
    let digest = plan.digest.to_string();
    let said_before = request
        .input_responses
        .as_ref()
        .and_then(|all| all.get(CONFIRM));
    if let Some(answer) = said_before
        && request.request_state.as_ref() == Some(&digest)
        && let Ok(answer) = serde_json::from_value(json!(answer))
    {
        return said(&answer);
    }
    let question = InputRequest::Elicitation(ElicitRequest::new(question));
    let questions = InputRequests::from([(CONFIRM.to_owned(), question)]);
    Asked::Wanted(InputRequiredResult::new(Some(questions), Some(digest)))
}

async fn inside_session(
    context: &RequestContext<RoleServer>,
    question: ElicitRequestParams,
) -> Option<ElicitResult> {
    let request = ServerRequest::from(ElicitRequest::new(question));
    let options = PeerRequestOptions::with_timeout(MCP_ASKING_MAX);
    let sent = context.peer.send_cancellable_request(request, options);
    let answer = sent.await.ok()?.await_response().await.ok()?;
    serde_json::from_value(json!(answer)).ok()
}

/// Tells whether the program says that it asks its user.
fn can_ask(context: &RequestContext<RoleServer>) -> bool {
    let capabilities = context.client_capabilities();
    let asks = capabilities.and_then(|capabilities| capabilities.elicitation);
    asks.is_some_and(|how| how.form.is_some() || how.url.is_none())
}

/// Whoever puts it off has not said no.
fn said(answer: &ElicitResult) -> Asked {
    match answer.action {
        ElicitationAction::Accept => {
            let content = answer.content.as_ref();
            let confirmed = content.and_then(|content| content[CONFIRM].as_bool());
            confirmed.map_or(Asked::Nobody, Asked::Said)
        }
        ElicitationAction::Decline => Asked::Said(false),
        _ => Asked::Nobody,
    }
}

/// Nobody is asked about more than is shown.
fn question(plan: &PlanStanding) -> Option<ElicitRequestParams> {
    let shown = serde_json::to_value(views::plan(plan)).ok()?;
    let words = views::plan_words(&shown);
    if words.chars().count() > MCP_QUESTION_CHARS_MAX {
        return None;
    }
    let schema: ElicitationSchema = serde_json::from_value(schema()).ok()?;
    Some(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: format!("Shall this be done?\n{words}"),
        requested_schema: schema,
    })
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            CONFIRM: { "type": "boolean", "title": "Yes, do this", "default": false },
        },
        "required": [CONFIRM],
    })
}
