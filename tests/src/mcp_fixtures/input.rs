//! Questions to the client, as they are written in requests and input-required results.

#![expect(deprecated, reason = "the suite asks for sampling and roots, too")]

use super::is_stateless;
use rmcp::model::{
    ClientCapabilities, CreateMessageResult, ElicitResult, ElicitationAction,
    ElicitationCapability, InputRequest, InputRequests, JsonObject, ListRootsResult,
    RootsCapabilities, SamplingCapability, SamplingMessageContentBlock,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Returns a form with `properties`, all of them required.
pub(super) fn form(message: &str, properties: &Value) -> Result<InputRequest, ErrorData> {
    let required: Vec<_> = properties
        .as_object()
        .into_iter()
        .flat_map(JsonObject::keys)
        .collect();
    question(json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": message,
            "requestedSchema": { "type": "object", "properties": properties, "required": required },
        },
    }))
}

/// Returns a question to the model of the client.
pub(super) fn sampling(text: &str, max_tokens: u32) -> Result<InputRequest, ErrorData> {
    question(json!({
        "method": "sampling/createMessage",
        "params": {
            "messages": [{ "role": "user", "content": { "type": "text", "text": text } }],
            "maxTokens": max_tokens,
        },
    }))
}

/// Returns a question for the folders that the client works in.
pub(super) fn roots() -> Result<InputRequest, ErrorData> {
    question(json!({ "method": "roots/list", "params": {} }))
}

/// Returns one question, by its key.
pub(super) fn one(key: &str, request: InputRequest) -> InputRequests {
    InputRequests::from([(key.to_owned(), request)])
}

fn question(request: Value) -> Result<InputRequest, ErrorData> {
    serde_json::from_value(request).map_err(|error| {
        ErrorData::internal_error(format!("the question is malformed: {error}"), None)
    })
}

/// Refuses the call if the client has not said that it can answer `request`.
pub(super) fn require(
    request: &InputRequest,
    context: &RequestContext<RoleServer>,
) -> Result<(), ErrorData> {
    let needed = needed(request);
    if covers(&context.client_capabilities().unwrap_or_default(), &needed) {
        return Ok(());
    }
    if is_stateless(context) {
        return Err(ErrorData::missing_required_client_capability(needed));
    }
    let missing = json!(needed);
    Err(ErrorData::invalid_request(
        format!("the client has not declared {missing}"),
        None,
    ))
}

/// Returns whether `declared` has the capability that `request` needs.
pub(super) fn is_answerable(request: &InputRequest, declared: &ClientCapabilities) -> bool {
    covers(declared, &needed(request))
}

fn needed(request: &InputRequest) -> ClientCapabilities {
    let mut needed = ClientCapabilities::default();
    match request {
        InputRequest::CreateMessage(_) => needed.sampling = Some(SamplingCapability::default()),
        InputRequest::Elicitation(_) => needed.elicitation = Some(ElicitationCapability::default()),
        InputRequest::ListRoots(_) => needed.roots = Some(RootsCapabilities::default()),
        _ => {}
    }
    needed
}

fn covers(declared: &ClientCapabilities, needed: &ClientCapabilities) -> bool {
    (needed.sampling.is_none() || declared.sampling.is_some())
        && (needed.elicitation.is_none() || declared.elicitation.is_some())
        && (needed.roots.is_none() || declared.roots.is_some())
}

/// Returns the text that the model of the client gave.
pub(super) fn sampled(answer: &Value) -> Result<String, ErrorData> {
    let result: CreateMessageResult = parsed(answer)?;
    let text = result.message.content.first();
    let text = text.and_then(SamplingMessageContentBlock::as_text);
    Ok(text.map_or_else(String::new, |text| text.text.clone()))
}

/// Returns the addresses of the client's folders.
pub(super) fn root_uris(answer: &Value) -> Result<Vec<String>, ErrorData> {
    let result: ListRootsResult = parsed(answer)?;
    Ok(result.roots.into_iter().map(|root| root.uri).collect())
}

/// Returns a form as it was answered.
pub(super) fn filled_in(answer: &Value) -> Result<ElicitResult, ErrorData> {
    parsed(answer)
}

/// Returns a field of an accepted form; nothing if the form was not accepted.
pub(super) fn field(answer: &Value, name: &str) -> Result<Option<String>, ErrorData> {
    let result = filled_in(answer)?;
    if result.action != ElicitationAction::Accept {
        return Ok(None);
    }
    let field = result
        .content
        .as_ref()
        .and_then(|content| content.get(name));
    match field {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(value.to_string())),
        _ => Err(ErrorData::invalid_params(
            format!("the form was answered without `{name}`"),
            None,
        )),
    }
}

fn parsed<T: DeserializeOwned>(answer: &Value) -> Result<T, ErrorData> {
    T::deserialize(answer).map_err(|error| {
        ErrorData::invalid_params(format!("the answer is malformed: {error}"), None)
    })
}
