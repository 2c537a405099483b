//! Tools that ask the client something, in both eras: with a request of their own inside a session,
//! with an input-required result where there is none.

use super::catalogue::{Call, plain, said, taking, unknown};
use super::input::{filled_in, form, one, require, sampled, sampling};
use rmcp::model::{
    CallToolResponse, ElicitRequestParams, InputRequest, InputRequiredResult, ServerRequest, Tool,
};
use rmcp::service::PeerRequestOptions;
use rmcp::{ErrorData, ServiceError};
use serde_json::{Value, json};
use std::time::Duration;

/// How long people and models may think.
const ANSWERING_MAX: Duration = Duration::from_mins(1);
const KEY: &str = "question";

enum Asked {
    Answered(Value),
    Pending(InputRequiredResult),
}

/// Returns the tools of this family.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        taking(
            "test_sampling",
            "Asks the model of the client",
            &json!({ "prompt": { "type": "string", "description": "What to ask it" } }),
            &["prompt"],
        ),
        taking(
            "test_elicitation",
            "Asks the user for a name and an address",
            &json!({ "message": { "type": "string", "description": "What to tell the user" } }),
            &["message"],
        ),
        plain(
            "test_elicitation_sep1034_defaults",
            "Asks with a default in each field",
        ),
        plain(
            "test_elicitation_sep1330_enums",
            "Asks with each kind of choice",
        ),
        plain(
            "test_missing_capability",
            "Works only for clients that can sample",
        ),
        plain(
            "test_streaming_elicitation",
            "Asks the user while its answer is awaited",
        ),
    ]
}

/// Answers a call of this family.
pub(super) async fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let name = &*call.request.name;
    let question = match name {
        "test_sampling" => sampling(call.text("prompt")?, 100)?,
        "test_elicitation" => form(call.text("message")?, &contact())?,
        "test_elicitation_sep1034_defaults" => optional(form("Check these values", &defaults())?),
        "test_elicitation_sep1330_enums" => optional(form("Choose", &choices())?),
        "test_streaming_elicitation" => form("What is your name?", &name_property())?,
        "test_missing_capability" => {
            require(&sampling("Are you there?", 1)?, call.context)?;
            return Ok(said("The client can sample."));
        }
        name => return Err(unknown(name)),
    };
    let answer = match ask(call, question).await? {
        Asked::Answered(answer) => answer,
        Asked::Pending(result) => return Ok(result.into()),
    };
    Ok(said(match name {
        "test_sampling" => format!("LLM response: {}", sampled(&answer)?),
        "test_elicitation" => format!("User response: {}", outcome(&answer)?),
        _ => format!("Elicitation completed: {}", outcome(&answer)?),
    }))
}

async fn ask(call: &Call<'_>, question: InputRequest) -> Result<Asked, ErrorData> {
    require(&question, call.context)?;
    if call.is_stateless() {
        let answered = call.answer(KEY).cloned().map(Asked::Answered);
        return Ok(answered.unwrap_or_else(|| {
            let questions = one(KEY, question);
            Asked::Pending(InputRequiredResult::from_input_requests(questions))
        }));
    }
    let request: ServerRequest = match question {
        InputRequest::CreateMessage(request) => request.into(),
        InputRequest::Elicitation(request) => request.into(),
        InputRequest::ListRoots(request) => request.into(),
        _ => return Err(ErrorData::internal_error("nobody can ask that", None)),
    };
    let options = PeerRequestOptions::with_timeout(ANSWERING_MAX);
    let sent = call.context.peer.send_cancellable_request(request, options);
    let asked = sent.await.map_err(unanswered)?;
    let answer = asked.await_response().await.map_err(unanswered)?;
    Ok(Asked::Answered(json!(answer)))
}

fn unanswered(error: ServiceError) -> ErrorData {
    match error {
        ServiceError::McpError(error) => error,
        error => ErrorData::internal_error(format!("the client has not answered: {error}"), None),
    }
}

fn outcome(answer: &Value) -> Result<String, ErrorData> {
    let result = filled_in(answer)?;
    let (action, content) = (json!(result.action), json!(result.content));
    let action = action.as_str().unwrap_or_default();
    Ok(format!("action={action}, content={content}"))
}

/// Makes all fields of a form optional: what has a default need not be filled in.
fn optional(mut question: InputRequest) -> InputRequest {
    if let InputRequest::Elicitation(request) = &mut question
        && let ElicitRequestParams::FormElicitationParams {
            requested_schema, ..
        } = &mut request.params
    {
        requested_schema.required = None;
    }
    question
}

fn contact() -> Value {
    json!({
        "username": { "type": "string", "description": "User's response" },
        "email": { "type": "string", "description": "User's email address" },
    })
}

fn name_property() -> Value {
    json!({ "name": { "type": "string" } })
}

fn defaults() -> Value {
    json!({
        "name": { "type": "string", "default": "John Doe" },
        "age": { "type": "integer", "default": 30 },
        "score": { "type": "number", "default": 95.5 },
        "status": {
            "type": "string",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": { "type": "boolean", "default": true },
    })
}

fn choices() -> Value {
    let options = ["option1", "option2", "option3"];
    let titled = |kind: &str| {
        json!([
            { "const": "value1", "title": format!("First {kind}") },
            { "const": "value2", "title": format!("Second {kind}") },
            { "const": "value3", "title": format!("Third {kind}") },
        ])
    };
    json!({
        "untitledSingle": { "type": "string", "enum": options },
        "titledSingle": { "type": "string", "oneOf": titled("Option") },
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": { "type": "array", "items": { "type": "string", "enum": options } },
        "titledMulti": { "type": "array", "items": { "anyOf": titled("Choice") } },
    })
}
