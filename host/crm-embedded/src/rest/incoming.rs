//! A request, read whole: raw path, query, body as the body parser of the real server sees it.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use crate::fault::Fault;
use crate::value::has_nul;

/// Largest body, in bytes; above, the server answers 500.
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Largest request line and headers together, in bytes; above, the server answers 431.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What came as the body.
#[derive(Debug)]
pub(crate) enum Sent {
    /// No body, or a content type nobody parses.
    Nothing,
    /// A JSON object or list, or form fields.
    Json(Value),
    /// Plain text.
    Text(String),
}

/// One request.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Method,
    /// As it was sent: neither decoded nor normalised.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) sent: Sent,
}

impl Incoming {
    /// Returns a parameter that was sent exactly once. A repeated one is silently ignored.
    pub(crate) fn single(&self, name: &str) -> Option<&str> {
        let mut values = self.query.iter().filter(|(key, _)| key == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    /// Returns whether a switch is `true`.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.single(name) == Some("true")
    }

    /// Returns the body as an object. `unread` is the message when there is no body.
    pub(crate) fn object(&self, unread: &str) -> Result<Value, Fault> {
        match &self.sent {
            Sent::Nothing => Err(Fault::TypeError(unread.to_owned())),
            Sent::Text(text) => Err(Fault::TypeError(format!(
                "Cannot create property 'position' on string '{text}'"
            ))),
            Sent::Json(value) => Ok(value.clone()),
        }
    }
}

/// Returns the size of everything before the body.
pub(super) fn head_bytes(request: &Request) -> usize {
    let line = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    line + headers
}

/// Reads a request to its end.
pub(crate) async fn read(request: Request) -> Result<Incoming, Fault> {
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| Fault::BodyTooLarge)?;
    let kind = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let sent = if bytes.is_empty() {
        Sent::Nothing
    } else {
        parse(kind, &bytes)?
    };
    if matches!(&sent, Sent::Json(value) if has_nul(value)) {
        return Err(Fault::NulByte);
    }
    let query = head.uri.query().unwrap_or_default();
    Ok(Incoming {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        sent,
    })
}

fn parse(kind: &str, bytes: &[u8]) -> Result<Sent, Fault> {
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match kind.as_str() {
        "application/json" => json_body(bytes),
        "application/x-www-form-urlencoded" => {
            let fields: Map<String, Value> = form_urlencoded::parse(bytes)
                .map(|(name, value)| (name.into_owned(), json!(value)))
                .collect();
            Ok(Sent::Json(Value::Object(fields)))
        }
        "text/plain" => Ok(Sent::Text(String::from_utf8_lossy(bytes).into_owned())),
        _ => Ok(Sent::Nothing),
    }
}

/// Only objects and lists are JSON bodies; the parser names the first token it cannot use.
fn json_body(bytes: &[u8]) -> Result<Sent, Fault> {
    let first = bytes
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace());
    if !matches!(first, Some(b'{' | b'[')) {
        let shown = first.map_or_else(String::new, |byte| char::from(byte).to_string());
        return Err(Fault::Parser(json!(format!(
            "Unexpected token '{shown}' in JSON at position 0"
        ))));
    }
    serde_json::from_slice(bytes)
        .map(Sent::Json)
        .map_err(|error| {
            Fault::Parser(if error.is_eof() {
                json!("Unexpected end of JSON input")
            } else {
                let (line, column) = (error.line(), error.column());
                json!(format!(
                    "Unexpected token in JSON at line {line} column {column}"
                ))
            })
        })
}
