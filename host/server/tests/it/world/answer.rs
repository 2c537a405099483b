use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// An answer as a client sees it.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body, where it is JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts that this is a problem in its whole form.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(
            (self.status.as_u16(), &self.body["code"]),
            (status, &json!(code)),
            "{}",
            self.body
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("/problems/{code}"));
        assert_eq!(
            self.body["request_id"],
            self.header("x-request-id").unwrap()
        );
        assert!(self.body["title"].is_string() && self.body["detail"].is_string());
    }
}

impl Answer {
    /// Asserts that this is a refusal of a kind, as it looks at the path that was asked.
    #[track_caller]
    pub(crate) fn is_refusal(&self, status: u16, code: &str) {
        if self.header("content-type") == Some("application/problem+json") {
            return self.is_problem(status, code);
        }
        // What MyPA's clients know, and what those of a relay know.
        let surfaces = code.to_ascii_uppercase().replace('-', "_");
        if self.body["error"]["code"] == surfaces {
            return self.is_relay_error(status, &surfaces);
        }
        let relays = match code {
            "authentication-required" => "UNAUTHORIZED",
            "token-not-valid" => "INVALID_TOKEN",
            "forbidden" | "tez-forbidden" => "FORBIDDEN",
            "route-not-found" | "tez-not-found" | "context-not-found" | "expansion-not-found" => {
                "NOT_FOUND"
            }
            "method-not-allowed" => "METHOD_NOT_ALLOWED",
            other => panic!("the relay has no code for {other}"),
        };
        self.is_relay_error(status, relays);
    }

    /// Asserts that this is a refusal in the relay's form.
    #[track_caller]
    pub(crate) fn is_relay_error(&self, status: u16, code: &str) {
        let error = &self.body["error"];
        let told = (self.status.as_u16(), &error["code"]);
        assert_eq!(told, (status, &json!(code)), "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/json"));
        let message = &error["message"];
        let whole = json!({ "error": { "code": code, "message": message } });
        assert!(message.is_string() && self.body == whole, "{}", self.body);
        assert!(self.header("x-request-id").is_some());
    }
}
