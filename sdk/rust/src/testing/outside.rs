//! Services outside.

use super::state::{State, promised_to_read};
use crate::http::{Method, Outcome, Response, Unanswered};
use crate::tez::FailureCode;
use crate::wit::skillgate::skill::http::Request;

/// Makes an answer of a service.
///
/// ```
/// let answer = skillgate_sdk::testing::answer(404, "nobody");
/// assert!(!answer.is_success() && answer.text().unwrap() == "nobody");
/// ```
pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

impl State {
    /// What nobody answers, no rule allows.
    pub(super) fn send(&mut self, request: &Request) -> Result<Outcome, Unanswered> {
        let reads = matches!(request.method, Method::Get | Method::Head);
        if self.reads_only && !reads {
            let message = promised_to_read().message;
            return Err(Unanswered::new(FailureCode::Denied, &message));
        }
        let answer = self
            .answers
            .iter()
            .find(|(method, url, _)| *method == request.method && *url == request.url);
        let (_, _, answer) = answer.ok_or_else(|| {
            let message = "No rule of the grant allows this request.";
            Unanswered::new(FailureCode::Denied, message)
        })?;
        self.requests.push(request.clone());
        Ok(match request.method {
            _ if reads => Outcome::Answered(answer.clone()),
            _ if self.plans => Outcome::Planned,
            _ => Outcome::Answered(answer.clone()),
        })
    }
}
