//! Sends calls: budget, wire, meaning of the answer, retries of what cannot take effect twice.

use super::call::Call;
use super::config::{ANSWER_BYTES_MAX, ConfigError, Timeouts, TwentyConfig};
use super::queue::{TURN_WAIT_MAX, Turns};
use super::refusal::{self, Refusal};
use crate::transport::{Bounds, Guard, Transport, TransportError};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use skillgate_app::ports::{CrmError, Meter, UnavailableCause};
use skillgate_domain::ids::CommunityId;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often a read is sent when connections break or the server fails. A read that timed out is not sent
/// again: the caller's time is used up.
pub(super) const READ_ATTEMPTS: u32 = 2;
/// How often a call is sent when the server's budget turns out to be used up.
pub(super) const BUDGET_ATTEMPTS: u32 = 3;
/// Wait that is advised when the server does not say: the time of one token.
pub(super) const BACK_OFF: Duration = Duration::from_millis(660);

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failure {
    /// Twenty answered, and did not do it.
    Refused(Refusal),
    /// There is no answer, or none that can be read.
    Lost(UnavailableCause, Applied),
    /// The call was not sent.
    NotSent(CrmError),
}

/// Whether a lost call took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Applied {
    /// It was not sent.
    No,
    /// The server said that it failed: what is in the CRM now will not change by itself.
    Answered,
    /// It may have been, or may yet be.
    Maybe,
}

impl From<Failure> for CrmError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Lost(cause, _) => Self::Unavailable(cause),
            Failure::NotSent(error) => error,
        }
    }
}

/// Speaks HTTP with one workspace.
pub(super) struct Client {
    guard: Guard,
    base_url: String,
    authorization: HeaderValue,
    timeouts: Timeouts,
    turns: Turns,
    meter: Arc<dyn Meter>,
}

impl Client {
    pub(super) fn new(
        config: &TwentyConfig,
        transport: Arc<dyn Transport>,
        meter: Arc<dyn Meter>,
    ) -> Result<Self, ConfigError> {
        config.allowed_origins.check(&config.base_url)?;
        if config.base_url.contains('?') {
            return Err(ConfigError::Query);
        }
        if config.budget.requests == 0 || config.budget.window < Duration::from_millis(1) {
            return Err(ConfigError::Budget);
        }
        let bearer = format!("Bearer {}", config.api_key.expose_secret());
        let mut authorization = HeaderValue::try_from(bearer).map_err(|_| ConfigError::ApiKey)?;
        authorization.set_sensitive(true);
        Ok(Self {
            guard: Guard::new(config.allowed_origins.clone(), transport),
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            authorization,
            timeouts: config.timeouts,
            turns: Turns::new(config.budget),
            meter,
        })
    }

    /// Tells who joined a request that was in flight already.
    pub(super) fn meter(&self) -> &dyn Meter {
        self.meter.as_ref()
    }

    /// Tells whether nobody waits, and at least this share of the budget is left, in percent.
    pub(super) fn has_spare(&self, percent: u32) -> bool {
        self.turns.has_spare(percent)
    }

    /// Returns how many requests wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.turns.waiting()
    }

    /// Sends a read, and sends it again when that may help.
    pub(super) async fn read(
        &self,
        community: &CommunityId,
        call: &Call,
    ) -> Result<Value, Failure> {
        let mut attempt = 1;
        loop {
            let answer = self.send(community, call).await;
            let again = match &answer {
                Err(Failure::Lost(cause, _)) => *cause != UnavailableCause::Timeout,
                Err(Failure::Refused(Refusal::Server)) => true,
                _ => false,
            };
            if !again || attempt == READ_ATTEMPTS {
                return answer;
            }
            attempt += 1;
            self.pause().await;
        }
    }

    /// Waits a moment before another attempt.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.timeouts.retry_pause).await;
    }

    /// Sends a call once, or more often when the server's budget was used up: then nothing happened.
    pub(super) async fn send(
        &self,
        community: &CommunityId,
        call: &Call,
    ) -> Result<Value, Failure> {
        let mut attempt = 1;
        loop {
            if call.cost() > 0 {
                let turn = self.turns.take(community, call.cost()).await;
                turn.map_err(Failure::NotSent)?;
            }
            let answer = self.exchange(call).await;
            let Err(Failure::Refused(Refusal::Slow(after))) = answer else {
                return answer;
            };
            let wait = self.turns.refused(after);
            if attempt == BUDGET_ATTEMPTS || wait > TURN_WAIT_MAX || call.cost() == 0 {
                return Err(Failure::Refused(Refusal::Slow(Some(wait))));
            }
            attempt += 1;
        }
    }

    async fn exchange(&self, call: &Call) -> Result<Value, Failure> {
        let bounds = Bounds {
            timeout: call.timeout(&self.timeouts),
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let request = self.request(call)?;
        let started = Instant::now();
        let answer = self.guard.send(request, bounds).await;
        let (status, took) = (
            answer.as_ref().map_or(0, |answer| answer.status().as_u16()),
            started.elapsed(),
        );
        tracing::debug!(
            crm.call = call.name(),
            http.status = status,
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "the CRM was asked"
        );
        let meaning = match answer {
            Ok(answer) => self.meaning(call, &answer),
            Err(error) => Err(lost(&error)),
        };
        self.meter.crm_request(call.name(), outcome(&meaning), took);
        meaning
    }

    fn request(&self, call: &Call) -> Result<Request<Bytes>, Failure> {
        let body = call.body();
        let mut request = Request::builder()
            .method(call.method())
            .uri(format!("{}{}", self.base_url, call.path()))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request
            .body(body.unwrap_or_default())
            .map_err(|_| Failure::Lost(UnavailableCause::Connect, Applied::No))
    }

    fn meaning(&self, call: &Call, answer: &Response<Bytes>) -> Result<Value, Failure> {
        let meaning = read_answer(call, answer);
        if let Ok(_) | Err(Failure::Refused(Refusal::NotFound)) = &meaning
            && call.cost() > 0
        {
            self.turns.accepted(remaining(answer.headers()));
        }
        meaning
    }
}

/// Names how a request ended, in numbers.
const fn outcome(meaning: &Result<Value, Failure>) -> &'static str {
    match meaning {
        Ok(_) => "answered",
        Err(Failure::Refused(Refusal::Slow(_))) => "rate-limited",
        Err(Failure::Refused(_)) => "refused",
        Err(Failure::Lost(cause, _)) => match cause {
            UnavailableCause::Connect => "no-connection",
            UnavailableCause::Timeout => "timeout",
            UnavailableCause::ServerError => "server-error",
            UnavailableCause::Unreadable => "unreadable",
            UnavailableCause::QueueFull => "queue-full",
        },
        Err(Failure::NotSent(_)) => "not-sent",
    }
}

/// Reads what the transport could not bring.
fn lost(error: &TransportError) -> Failure {
    let cause = match error {
        TransportError::Timeout => UnavailableCause::Timeout,
        TransportError::TooLong => UnavailableCause::Unreadable,
        TransportError::NotAllowed(_)
        | TransportError::Address(_)
        | TransportError::Connect
        | TransportError::Broken => UnavailableCause::Connect,
    };
    let applied = if error.maybe_sent() {
        Applied::Maybe
    } else {
        Applied::No
    };
    Failure::Lost(cause, applied)
}

/// Reads an answer: its JSON, or why there is none.
pub(super) fn read_answer(call: &Call, answer: &Response<Bytes>) -> Result<Value, Failure> {
    let unreadable = Failure::Lost(UnavailableCause::Unreadable, Applied::Maybe);
    let body = serde_json::from_slice::<Value>(answer.body());
    let status = answer.status();
    if status.is_success() {
        let body = body.map_err(|_| unreadable.clone())?;
        return match call {
            Call::GraphQl(_) => graphql(answer.headers(), body).ok_or(unreadable)?,
            _ if body.is_object() || body.is_array() => Ok(body),
            _ => Err(unreadable),
        };
    }
    let refusal = body
        .ok()
        .and_then(|body| refusal::of_rest(status, answer.headers(), &body));
    match refusal {
        Some(refusal) if !is_gateway(status) => Err(Failure::Refused(refusal)),
        _ if status == StatusCode::TOO_MANY_REQUESTS => Err(Failure::Refused(Refusal::Slow(None))),
        _ if status.is_server_error() => {
            Err(Failure::Lost(UnavailableCause::ServerError, Applied::Maybe))
        }
        _ => Err(unreadable),
    }
}

/// A gateway speaks of what it could not do itself; the server behind it may still be at it.
fn is_gateway(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

/// Opens a GraphQL answer. An answer with errors is a failure, whatever else is in it.
fn graphql(headers: &HeaderMap, mut body: Value) -> Option<Result<Value, Failure>> {
    if let Some(errors) = body["errors"].as_array().filter(|list| !list.is_empty()) {
        let refusal = refusal::of_graphql(headers, errors);
        return Some(Err(Failure::Refused(refusal)));
    }
    let data = body.get_mut("data")?.take();
    data.is_object().then_some(Ok(data))
}

fn remaining(headers: &HeaderMap) -> Option<u32> {
    headers
        .get("x-ratelimit-remaining")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}
