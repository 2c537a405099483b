//! Tools that need input, in one round or more (SEP-2322). What they know between rounds is in a
//! signed state that the client brings back.

use super::catalogue::{Call, plain, said, unknown};
use super::input::{field, form, is_answerable, one, require, root_uris, roots, sampled, sampling};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResponse, InputRequest, InputRequests, InputRequiredResult, JsonObject, SealOptions,
    Tool,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a client may take between two rounds.
const ROUND_MAX: Duration = Duration::from_mins(10);

/// Where a conversation stands.
#[derive(Debug, Serialize, Deserialize)]
enum Stand {
    Asked,
    Named(String),
}

/// Returns the tools of this family.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        plain(
            "test_input_required_result_elicitation",
            "Needs the name of the user",
        ),
        plain(
            "test_input_required_result_sampling",
            "Needs an answer of the client's model",
        ),
        plain(
            "test_input_required_result_list_roots",
            "Needs the folders of the client",
        ),
        plain(
            "test_input_required_result_request_state",
            "Needs a confirmation, and its state",
        ),
        plain(
            "test_input_required_result_tampered_state",
            "Refuses a state that was changed",
        ),
        plain(
            "test_input_required_result_multiple_inputs",
            "Needs three answers at once",
        ),
        plain(
            "test_input_required_result_multi_round",
            "Needs two answers, one after another",
        ),
        plain(
            "test_input_required_result_capabilities",
            "Needs what the client can answer",
        ),
    ]
}

/// Answers a call of this family.
pub(super) fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    match &*call.request.name {
        "test_input_required_result_elicitation" => elicitation(call),
        "test_input_required_result_sampling" => {
            let question = sampling("What is the capital of France?", 100)?;
            single(call, "capital_question", question, sampled)
        }
        "test_input_required_result_list_roots" => {
            single(call, "client_roots", roots()?, |answer| {
                Ok(format!("Your folders: {}", root_uris(answer)?.join(", ")))
            })
        }
        "test_input_required_result_request_state"
        | "test_input_required_result_tampered_state" => confirmed(call),
        "test_input_required_result_multiple_inputs" => multiple(call),
        "test_input_required_result_multi_round" => multi_round(call),
        "test_input_required_result_capabilities" => answerable(call),
        name => Err(unknown(name)),
    }
}

fn elicitation(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let question = form("What is your name?", &text_field("name"))?;
    single(call, "user_name", question, |answer| {
        let name = field(answer, "name")?;
        let name = name.unwrap_or_else(|| "stranger".to_owned());
        Ok(format!("Hello, {name}!"))
    })
}

fn single(
    call: &Call<'_>,
    key: &str,
    question: InputRequest,
    answered: impl Fn(&Value) -> Result<String, ErrorData>,
) -> Result<CallToolResponse, ErrorData> {
    require(&question, call.context)?;
    match call.answer(key) {
        Some(answer) => Ok(said(answered(answer)?)),
        None => Ok(InputRequiredResult::from_input_requests(one(key, question)).into()),
    }
}

fn confirmed(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let question = form("Please confirm", &json!({ "ok": { "type": "boolean" } }))?;
    require(&question, call.context)?;
    match (stand(call)?, call.answer("confirm")) {
        (Some(Stand::Asked), Some(answer)) => {
            let confirmed = field(answer, "ok")?.as_deref() == Some("true");
            Ok(said(format!("state-ok, confirmed: {confirmed}")))
        }
        _ => needed(call, one("confirm", question), &Stand::Asked),
    }
}

fn multiple(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let questions = InputRequests::from([
        (
            "user_name".to_owned(),
            form("What is your name?", &text_field("name"))?,
        ),
        ("greeting".to_owned(), sampling("Generate a greeting", 50)?),
        ("client_roots".to_owned(), roots()?),
    ]);
    for question in questions.values() {
        require(question, call.context)?;
    }
    let answers = (
        call.answer("user_name"),
        call.answer("greeting"),
        call.answer("client_roots"),
    );
    let (Some(Stand::Asked), (Some(name), Some(greeting), Some(folders))) = (stand(call)?, answers)
    else {
        return needed(call, questions, &Stand::Asked);
    };
    let name = field(name, "name")?.unwrap_or_default();
    let folders = root_uris(folders)?.len();
    let greeting = sampled(greeting)?;
    Ok(said(format!(
        "{greeting} {name} works in {folders} folder(s)."
    )))
}

fn multi_round(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let first = form("Step 1: What is your name?", &text_field("name"))?;
    require(&first, call.context)?;
    let (name, color) = match stand(call)? {
        None => (None, None),
        Some(Stand::Asked) => (answered(call, "step1", "name")?, None),
        Some(Stand::Named(name)) => (Some(name), answered(call, "step2", "color")?),
    };
    match (name, color) {
        (None, _) => needed(call, one("step1", first), &Stand::Asked),
        (Some(name), None) => {
            let second = form("Step 2: What is your favorite color?", &text_field("color"))?;
            needed(call, one("step2", second), &Stand::Named(name))
        }
        (Some(name), Some(color)) => Ok(said(format!("{name} likes {color}."))),
    }
}

fn answered(call: &Call<'_>, key: &str, name: &str) -> Result<Option<String>, ErrorData> {
    let answer = call.answer(key).map(|answer| field(answer, name));
    Ok(answer.transpose()?.map(Option::unwrap_or_default))
}

fn answerable(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let questions = [
        (
            "user_name",
            form("What is your name?", &text_field("name"))?,
        ),
        ("greeting", sampling("Generate a greeting", 50)?),
        ("client_roots", roots()?),
    ];
    let declared = call.context.client_capabilities().unwrap_or_default();
    let questions: InputRequests = questions
        .into_iter()
        .filter(|(_, question)| is_answerable(question, &declared))
        .map(|(key, question)| (key.to_owned(), question))
        .collect();
    let unanswered = questions.keys().any(|key| call.answer(key).is_none());
    if unanswered {
        return Ok(InputRequiredResult::from_input_requests(questions).into());
    }
    Ok(said(format!("{} answers were given.", questions.len())))
}

fn text_field(name: &str) -> Value {
    let mut field = JsonObject::new();
    field.insert(name.to_owned(), json!({ "type": "string" }));
    Value::Object(field)
}

fn needed(
    call: &Call<'_>,
    questions: InputRequests,
    stand: &Stand,
) -> Result<CallToolResponse, ErrorData> {
    let options = SealOptions::new()
        .associated_data(call.request.name.as_bytes())
        .ttl(ROUND_MAX);
    let state = call.state.request_states.seal_json_with(stand, &options);
    let state = state.map_err(|error| {
        ErrorData::internal_error(format!("the state cannot be written: {error}"), None)
    })?;
    Ok(InputRequiredResult::new(Some(questions), Some(state)).into())
}

/// Returns where the conversation stands by the state that came back; nothing at its beginning.
fn stand(call: &Call<'_>) -> Result<Option<Stand>, ErrorData> {
    let Some(state) = &call.request.request_state else {
        return Ok(None);
    };
    let tool = call.request.name.as_bytes();
    let opened = call.state.request_states.open_json_with(state, tool);
    opened.map(Some).map_err(|error| {
        tracing::debug!("a request state was refused: {error}");
        ErrorData::invalid_params("the request state is not one of this server", None)
    })
}
