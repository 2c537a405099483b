//! Asks the host at an address what OpenClaw is told by it, in the revision that OpenClaw speaks.

use super::SERVER;
use super::folder::Digests;
use crate::outcome::Exit;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::request::Builder;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skillgate_connectors::transport::{Bounds, Guard, TransportError};
use skillgate_domain::skill::Manual;
use skillgate_server::ResourceUrl;
use std::collections::BTreeMap;
use std::time::Duration;

const VERSION: &str = "2025-11-25";
const SESSION: &str = "mcp-session-id";
/// What one answer may be.
const BOUNDS: Bounds = Bounds {
    timeout: Duration::from_secs(10),
    answer_bytes_max: 8 * 1024 * 1024,
};
/// Most pages of a list that are read.
const PAGES_MAX: usize = 64;

/// Why it is not known what the host tells.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    #[error("{0}; is skillgate serve running there?")]
    NoAnswer(#[from] TransportError),
    #[error("it does not take the token; make one with skillgate token create")]
    Token,
    #[error("it takes no requests under this name; look at mcp.hosts")]
    Name,
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    #[error("its answer to {0} is none of the protocol")]
    Answer(&'static str),
}

impl AskError {
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::NoAnswer(_) => Exit::Unavailable,
            Self::Token | Self::Name => Exit::Configuration,
            Self::Status(_) | Self::Answer(_) => Exit::Failed,
        }
    }
}

/// What the host tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Names of tools.
    pub(super) tools: Vec<String>,
    /// What is to be read of skills, by their names.
    pub(super) manuals: BTreeMap<String, ToldManual>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ToldManual {
    pub(super) texts: Digests,
    /// Whether OpenClaw uses it only where the host is configured.
    pub(super) asks_for_host: bool,
}

/// Asks what there is for whom `token` speaks.
pub(super) async fn ask(
    guard: &Guard,
    url: &ResourceUrl,
    token: &SecretString,
) -> Result<Told, AskError> {
    let authorization = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
    let mut authorization = authorization.map_err(|_| AskError::Token)?;
    authorization.set_sensitive(true);
    let mut session = Session {
        guard,
        url: url.to_string(),
        authorization,
        id: None,
    };
    session.begin().await?;
    let told = session.told().await;
    // Whether it is ended now or later changes nothing.
    drop(session.send(Method::DELETE, Value::Null).await);
    told
}

struct Session<'a> {
    guard: &'a Guard,
    url: String,
    authorization: HeaderValue,
    id: Option<HeaderValue>,
}

impl Session<'_> {
    fn request(&self, method: Method) -> Builder {
        let request = Request::builder()
            .method(method)
            .uri(&self.url)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", VERSION);
        match &self.id {
            Some(id) => request.header(SESSION, id.clone()),
            None => request,
        }
    }

    async fn send(&self, method: Method, message: Value) -> Result<Response<Bytes>, AskError> {
        let body = match message {
            Value::Null => Bytes::new(),
            message => Bytes::from(message.to_string()),
        };
        let request = self.request(method).body(body);
        let request = request.map_err(|_| TransportError::Connect)?;
        let answer = self.guard.send(request, BOUNDS).await?;
        match answer.status() {
            status if status.is_success() => Ok(answer),
            StatusCode::UNAUTHORIZED => Err(AskError::Token),
            StatusCode::FORBIDDEN => Err(AskError::Name),
            status => Err(AskError::Status(status)),
        }
    }

    async fn ask(&mut self, method: &'static str, params: Value) -> Result<Value, AskError> {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = self.send(Method::POST, message).await?;
        if let Some(id) = answer.headers().get(SESSION) {
            self.id = Some(id.clone());
        }
        result(&answer).ok_or(AskError::Answer(method))
    }

    async fn begin(&mut self) -> Result<(), AskError> {
        let hello = json!({
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": { "name": "skillgate", "version": env!("CARGO_PKG_VERSION") },
        });
        self.ask("initialize", hello).await?;
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.send(Method::POST, ready).await.map(drop)
    }

    async fn told(&mut self) -> Result<Told, AskError> {
        let tools = self.all("tools/list", "tools").await?;
        let manuals = self.all("skills/list", "skills").await?;
        let name = |tool: &Value| tool["name"].as_str().map(str::to_owned);
        Ok(Told {
            tools: tools.iter().filter_map(name).collect(),
            manuals: manuals.iter().filter_map(manual).collect(),
        })
    }

    /// Reads all pages of a list.
    async fn all(&mut self, method: &'static str, list: &str) -> Result<Vec<Value>, AskError> {
        let (mut all, mut params) = (Vec::new(), json!({}));
        for _ in 0..PAGES_MAX {
            let mut page = self.ask(method, params).await?;
            match page[list].take() {
                Value::Array(items) => all.extend(items),
                _ => return Err(AskError::Answer(method)),
            }
            match page["nextCursor"].take() {
                Value::String(next) => params = json!({ "cursor": next }),
                _ => return Ok(all),
            }
        }
        Err(AskError::Answer(method))
    }
}

/// Reads the result in an answer, which is JSON or a stream of events.
fn result(answer: &Response<Bytes>) -> Option<Value> {
    let text = std::str::from_utf8(answer.body()).ok()?;
    let kind = answer.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let mut messages: Vec<_> = if kind.starts_with("text/event-stream") {
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        data.filter_map(read).collect()
    } else {
        read(text).into_iter().collect()
    };
    let messages = messages.iter_mut();
    let mut results = messages.filter_map(|message| message.get_mut("result").map(Value::take));
    results.find(Value::is_object)
}

/// Reads what is told of a manual.
fn manual(told: &Value) -> Option<(String, ToldManual)> {
    let folder = told["uri"].as_str()?.strip_suffix(Manual::MAIN)?;
    let name = folder.strip_prefix("skill://")?.strip_suffix('/')?;
    let text = |text: &Value| {
        let path = text["uri"].as_str()?.strip_prefix(folder)?;
        Some((path.to_owned(), text["digest"].as_str()?.to_owned()))
    };
    let texts = told["resources"].as_array()?.iter().filter_map(text);
    let asked = &told["frontmatter"]["metadata"]["openclaw"]["requires"]["config"];
    let host = format!("mcp.servers.{SERVER}");
    let manual = ToldManual {
        texts: texts.collect(),
        asks_for_host: asked
            .as_array()
            .is_some_and(|all| all.contains(&json!(host))),
    };
    Some((name.to_owned(), manual))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Json, Router};
    use skillgate_connectors::transport::{AllowedOrigins, InProcess};
    use std::sync::Arc;

    const URL: &str = "http://127.0.0.1:8787/mcp";

    /// Asks a host that answers each message with what `answer` makes of it.
    async fn asked(answer: fn(&Value) -> (StatusCode, Value)) -> Result<Told, AskError> {
        let handler = move |body: String| async move {
            let message = serde_json::from_str(&body).unwrap_or_default();
            let (status, result) = answer(&message);
            (
                status,
                Json(json!({ "jsonrpc": "2.0", "id": 1, "result": result })),
            )
        };
        let wire = InProcess::<_, axum::body::Body>::new(Router::new().fallback(handler));
        let origins = AllowedOrigins::parse(["http://127.0.0.1:8787"]).unwrap();
        let guard = Guard::new(origins, Arc::new(wire));
        let url = ResourceUrl::parse(URL).unwrap();
        ask(&guard, &url, &SecretString::from("sgt_x")).await
    }

    /// Answers with a tool on each of some pages.
    fn paged(message: &Value, pages: usize) -> (StatusCode, Value) {
        let cursor = message["params"]["cursor"].as_str().unwrap_or("1");
        let page: usize = cursor.parse().unwrap();
        let mut listed = json!({ "tools": [{ "name": "a" }], "skills": [] });
        if message["method"] == "tools/list" && page < pages {
            listed["nextCursor"] = (page + 1).to_string().into();
        }
        (StatusCode::OK, listed)
    }

    #[tokio::test]
    async fn a_list_has_so_many_pages() {
        let told = asked(|message| paged(message, PAGES_MAX)).await.unwrap();
        assert_eq!(told.tools.len(), PAGES_MAX);
        let told = asked(|message| paged(message, PAGES_MAX + 1)).await;
        assert!(matches!(told, Err(AskError::Answer("tools/list"))));
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told() {
        let of = async |answer| asked(answer).await.unwrap_err().to_string();
        let refused = of(|_| (StatusCode::UNAUTHORIZED, json!({}))).await;
        assert!(refused.contains("token"), "{refused}");
        let refused = of(|_| (StatusCode::FORBIDDEN, json!({}))).await;
        assert!(refused.contains("mcp.hosts"), "{refused}");
        let refused = of(|_| (StatusCode::FOUND, json!({}))).await;
        assert!(refused.contains("302"), "{refused}");
        let refused = of(|_| (StatusCode::OK, json!("hush"))).await;
        assert!(refused.contains("initialize") && !refused.contains("hush"));
    }

    #[test]
    fn an_answer_is_json_or_an_event() {
        let of = |kind: &str, text: &'static str| {
            let answer = Response::builder().header(CONTENT_TYPE, kind);
            result(&answer.body(Bytes::from_static(text.as_bytes())).unwrap())
        };
        let (json, events) = ("application/json", "text/event-stream");
        let good = r#"{"id":1,"result":{"a":1}}"#;
        assert_eq!(of(json, good), Some(json!({ "a": 1 })));
        let text = "data: \nid: 0\n\ndata: {\"id\":1,\"result\":{\"a\":1}}\n\n";
        assert_eq!(of(events, text), Some(json!({ "a": 1 })));
        for (kind, text) in [
            (json, ""),
            (json, "[]"),
            (json, r#"{"id":1,"error":{"code":-32600}}"#),
            (events, good),
            (json, text),
        ] {
            assert_eq!(of(kind, text), None, "{text}");
        }
    }
}
