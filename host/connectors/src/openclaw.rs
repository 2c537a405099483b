//! OpenClaw as the planner: a gateway that answers chat completions.
//!
//! A turn takes seconds and costs money, so each is asked for once. How many run at the same time is
//! bounded, and a gateway that does not answer is left alone for a while, so that it costs its callers
//! nothing.

mod answer;
mod circuit;
mod places;
mod question;

pub use circuit::{FAILURES_MAX, OPEN_FOR};
pub use places::{PLANS_MAX, PLANS_PER_COMMUNITY_MAX};
pub use question::{MODEL_CHARS_MAX, is_model};

use self::circuit::Circuit;
use self::places::Places;
use self::question::Question;
use crate::service::{self, Service, SettingsError};
use crate::transport::{AllowedOrigins, Bounds, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use skillgate_app::ports::{Clock, PlannedText, Planner, PlannerError, PlannerRequest};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Longest turn, unless the configuration says otherwise. A cold one takes ten seconds.
pub const PLAN_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Asks the gateway for a model of a provider's; the body names agents only.
const MODEL_HEADER: HeaderName = HeaderName::from_static("x-openclaw-model");

/// How to reach a gateway.
#[derive(Debug, Clone)]
pub struct OpenClawConfig {
    /// Where it is, for example `http://127.0.0.1:18789`; a path prefix is allowed, a query is not.
    pub base_url: String,
    /// The gateway's token. Never shown to a guest, never logged.
    pub token: SecretString,
    /// The model, where a request names none: an agent of the gateway's, or a provider's model.
    pub default_model: Option<String>,
    /// Where requests may go. The base URL must be among them.
    pub allowed_origins: AllowedOrigins,
    /// Longest turn.
    pub timeout: Duration,
}

impl OpenClawConfig {
    /// A configuration with the usual wait and the gateway's own default agent.
    pub fn new(base_url: String, token: SecretString, allowed_origins: AllowedOrigins) -> Self {
        Self {
            base_url,
            token,
            default_model: None,
            allowed_origins,
            timeout: PLAN_TIMEOUT,
        }
    }
}

/// A gateway that thinks for all communities. Each person has a conversation of their own there.
pub struct OpenClaw {
    service: Service,
    authorization: HeaderValue,
    default_model: Option<String>,
    timeout: Duration,
    places: Places,
    circuit: Circuit,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for OpenClaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenClaw")
    }
}

impl OpenClaw {
    /// Makes a client. Sends nothing.
    pub fn new(
        config: &OpenClawConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let default = config.default_model.clone();
        if default.as_deref().is_some_and(|name| !is_model(name)) {
            return Err(SettingsError::Model);
        }
        let origins = &config.allowed_origins;
        Ok(Self {
            service: Service::new("planner", &config.base_url, origins, transport)?,
            authorization: service::bearer(&config.token).ok_or(SettingsError::Credential)?,
            default_model: default,
            timeout: config.timeout,
            places: Places::default(),
            circuit: Circuit::default(),
            clock,
        })
    }

    async fn ask(&self, question: Question) -> Result<PlannedText, PlannerError> {
        let path = "/v1/chat/completions";
        let mut request = self
            .service
            .request(Method::POST, path)
            .header(AUTHORIZATION, self.authorization.clone());
        if let Some(model) = question.provider_model {
            request = request.header(MODEL_HEADER, model);
        }
        let bounds = Bounds {
            timeout: self.timeout,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.service.send(request, Some(question.body), bounds);
        let answer = answer.await.map_err(|error| lost(&error))?;
        let body = answered(&answer)?;
        let planned = answer::read(&body, &question.model).ok_or(PlannerError::BadAnswer)?;
        if service::repeats(&planned.text, &self.authorization) {
            return Err(PlannerError::BadAnswer);
        }
        Ok(planned)
    }
}

#[async_trait]
impl Planner for OpenClaw {
    fn configured(&self) -> bool {
        true
    }

    #[tracing::instrument(name = "planner.plan", skip_all)]
    async fn plan(&self, request: &PlannerRequest) -> Result<PlannedText, PlannerError> {
        let question = Question::of(request, self.default_model.as_deref());
        let question = question.ok_or(PlannerError::Refused)?;
        let place = self.places.take(&request.community);
        let _place = place.ok_or(PlannerError::Unavailable)?;
        let attempt = self.circuit.enter(self.clock.now());
        let attempt = attempt.ok_or(PlannerError::Unavailable)?;
        let answer = self.ask(question).await;
        // A refusal or a bad answer is one: what one caller asks for closes no way to others.
        let silent = [PlannerError::TimedOut, PlannerError::Unavailable];
        let answered = answer.as_ref().err().is_none_or(|e| !silent.contains(e));
        attempt.ended(answered, self.clock.now());
        answer
    }

    #[tracing::instrument(name = "planner.check", skip_all)]
    async fn check(&self) -> Result<(), PlannerError> {
        let answer = self.service.health("/health").await;
        let body = answered(&answer.map_err(|error| lost(&error))?)?;
        if body["ok"] == true {
            Ok(())
        } else {
            Err(PlannerError::BadAnswer)
        }
    }
}

/// Reads what the transport could not bring.
fn lost(error: &TransportError) -> PlannerError {
    match error {
        TransportError::Timeout => PlannerError::TimedOut,
        TransportError::TooLong => PlannerError::BadAnswer,
        TransportError::NotAllowed(_)
        | TransportError::Address(_)
        | TransportError::Connect
        | TransportError::Broken => PlannerError::Unavailable,
    }
}

/// Opens an answer: its JSON, or why there is none.
fn answered(answer: &Response<Bytes>) -> Result<Value, PlannerError> {
    match answer.status() {
        status if status.is_success() => service::json(answer).ok_or(PlannerError::BadAnswer),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Err(PlannerError::Unavailable)
        }
        status if status.is_client_error() => Err(PlannerError::Refused),
        status if status.is_server_error() => Err(PlannerError::Unavailable),
        _ => Err(PlannerError::BadAnswer),
    }
}

/// Stands where no planner is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPlanner;

#[async_trait]
impl Planner for NoPlanner {
    fn configured(&self) -> bool {
        false
    }

    async fn plan(&self, _: &PlannerRequest) -> Result<PlannedText, PlannerError> {
        Err(PlannerError::NotConfigured)
    }

    async fn check(&self) -> Result<(), PlannerError> {
        Err(PlannerError::NotConfigured)
    }
}
