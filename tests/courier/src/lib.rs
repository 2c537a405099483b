//! A guest for tests: it sends and keeps what it is told to, and tells what it is answered.

pub mod files;
mod memory;
pub mod state;

use skillgate_sdk::http::{Method, Outcome, Request};
use skillgate_sdk::{ToolError, ToolResult, progress};

/// A request.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    redirects: u8,
    /// How often it is sent.
    #[serde(default = "once")]
    times: u32,
    /// What is looked for in the guest's memory afterwards.
    search: Option<memory::Pattern>,
}

const fn once() -> u32 {
    1
}

/// What was answered, the last time.
#[derive(Default, serde::Serialize, schemars::JsonSchema)]
pub struct Answer {
    planned: bool,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    /// Of what failed.
    code: Option<String>,
    retry: Option<String>,
    message: Option<String>,
    sent: Option<bool>,
    /// Whether that was in the memory.
    found: Option<bool>,
}

/// Sends a request.
#[skillgate_sdk::tool(title = "Send")]
pub fn send(input: Send) -> ToolResult<Answer> {
    let mut answer = Answer::default();
    for sent in 0..input.times {
        let next = format!("Sending number {}", sent + 1);
        progress::report(sent, Some(input.times), &next);
        answer = send_once(&input)?;
    }
    answer.found = input.search.as_ref().map(memory::Pattern::is_in_memory);
    Ok(answer)
}

fn send_once(input: &Send) -> ToolResult<Answer> {
    let method = match input.method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => {
            return Err(ToolError::invalid_input("There is no such method."));
        }
    };
    let mut request = Request::new(method, &input.url).body(input.body.as_bytes());
    for (name, value) in &input.headers {
        request = request.header(name, value);
    }
    Ok(match request.following(input.redirects).send() {
        Ok(Outcome::Planned) => Answer {
            planned: true,
            ..Answer::default()
        },
        Ok(Outcome::Answered(response)) => Answer {
            status: Some(response.status),
            body: String::from_utf8_lossy(&response.body).into_owned(),
            headers: response
                .headers
                .into_iter()
                .map(|it| (it.name, it.value))
                .collect(),
            ..Answer::default()
        },
        Err(unanswered) => Answer {
            code: Some(format!("{:?}", unanswered.failure.code)),
            retry: Some(format!("{:?}", unanswered.failure.retry)),
            message: Some(unanswered.failure.message),
            sent: Some(unanswered.sent),
            ..Answer::default()
        },
    })
}

skillgate_sdk::skill![send, state::keep, files::file];
