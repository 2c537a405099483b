//! Requests to services outside, as the module's grant allows them.
//!
//! The manifest says under `capabilities.http` what is asked of whom, and which credential goes with it; the host
//! adds the credential, and takes it out of what is answered.
//!
//! ```
//! use skillgate_sdk::{http::{self, Method}, testing::{Host, answer}};
//!
//! let url = "https://api.example.org/v1/people/ada";
//! let host = Host::new().answers(Method::Get, url, answer(200, r#"{"company":"Engines"}"#));
//! let person: serde_json::Value = host.run(|| http::get(url).fetch()?.json()).unwrap();
//! assert_eq!(person["company"], "Engines");
//! assert_eq!(host.requests()[0].url, url);
//! ```

use crate::tez::{Failure, FailureCode};
use crate::{Retry, ToolError};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::wit::skillgate::skill::http::{
    Header, Method, Outcome, Request as Sent, Response, Unanswered,
};

use crate::wit::skillgate::skill::http as wit;

/// A request that is being put together.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "nothing is sent before `send` or `fetch`"]
pub struct Request(pub(crate) wit::Request);

/// Asks for what is there.
pub fn get(url: impl Into<String>) -> Request {
    Request::new(Method::Get, url)
}

/// Asks for the headers of what is there.
pub fn head(url: impl Into<String>) -> Request {
    Request::new(Method::Head, url)
}

/// Hands something in.
pub fn post(url: impl Into<String>) -> Request {
    Request::new(Method::Post, url)
}

/// Replaces what is there.
pub fn put(url: impl Into<String>) -> Request {
    Request::new(Method::Put, url)
}

/// Changes what is there.
pub fn patch(url: impl Into<String>) -> Request {
    Request::new(Method::Patch, url)
}

/// Removes what is there.
pub fn delete(url: impl Into<String>) -> Request {
    Request::new(Method::Delete, url)
}

impl Request {
    /// Begins a request.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self(wit::Request {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            redirects: 0,
        })
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Sends these bytes.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.0.body = body.into();
        self
    }

    /// Sends this as JSON. What JSON cannot hold is sent as nothing.
    pub fn json(self, body: &impl Serialize) -> Self {
        let text = serde_json::to_vec(body).unwrap_or_default();
        self.header("content-type", "application/json").body(text)
    }

    /// Follows up to so many redirects, of a request that changes nothing: 0 to 5. Each must be allowed itself.
    pub fn following(mut self, redirects: u8) -> Self {
        self.0.redirects = redirects;
        self
    }

    /// Sends it once. What changes something outside counts as one write, and in a call that only plans it becomes
    /// an effect of the plan.
    pub fn send(&self) -> Result<Outcome, Unanswered> {
        crate::host::http_send(&self.0)
    }

    /// Sends it once, where there must be an answer: a request that changes nothing always has one or fails.
    pub fn fetch(&self) -> Result<Response, Unanswered> {
        match self.send()? {
            Outcome::Answered(response) => Ok(response),
            Outcome::Planned => Err(Unanswered::new(
                FailureCode::Unavailable,
                "This is only planned, so that nothing was answered.",
            )),
        }
    }
}

impl Unanswered {
    /// Says why nothing was sent.
    pub fn new(code: FailureCode, message: &str) -> Self {
        Self {
            failure: Failure::new(code, Retry::Never, message),
            sent: false,
        }
    }
}

impl Response {
    /// Tells whether the status says that it went well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Finds a header by its name, in lower case.
    pub fn get_header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.name == name);
        header.map(|header| header.value.as_str())
    }

    /// Returns the body as text.
    pub fn text(&self) -> Result<&str, Unanswered> {
        std::str::from_utf8(&self.body).map_err(|_| unreadable("The answer is no text."))
    }

    /// Reads the body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Unanswered> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|_| unreadable("The answer is not the JSON that was expected."))
    }
}

fn unreadable(message: &str) -> Unanswered {
    Unanswered {
        failure: Failure::new(FailureCode::Unavailable, Retry::Never, message),
        sent: true,
    }
}

impl From<Unanswered> for ToolError {
    fn from(unanswered: Unanswered) -> Self {
        unanswered.failure.into()
    }
}
