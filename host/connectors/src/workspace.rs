//! The PA Workspace: mailbox and calendar of personal assistants.
//!
//! It knows no key by which a repeat could be told, so nothing is sent twice, and "nothing happened" is
//! said only where that is sure.

use crate::service::{self, Service, SettingsError};
use crate::transport::{AllowedOrigins, Bounds, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::ports::{WORKSPACE_PAYLOAD_BYTES_MAX, Workspace, WorkspaceDone, WorkspaceError};
use skillgate_domain::workspace::{
    ACTION_DURATION_MAX, ADDRESS_CHARS_MAX, BODY_CHARS_MAX, CalendarAction, Email,
    SUBJECT_CHARS_MAX, SUMMARY_CHARS_MAX,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long the workspace may take to do what it is asked.
pub const ACTION_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes; see [`WORKSPACE_PAYLOAD_BYTES_MAX`] for what is shown of it.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// What the workspace calls everything that skillgate logs.
const ACTION_TYPE: &str = "crm_follow_up";

/// How to reach a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceConfig {
    /// Where it is; a path prefix is allowed, a query is not.
    pub base_url: String,
    /// The host's own token, for callers who bring none. Never shown to a guest, never logged.
    pub service_token: Option<SecretString>,
    /// Where requests may go. The base URL must be among them.
    pub allowed_origins: AllowedOrigins,
}

/// A workspace behind an address.
pub struct PaWorkspace {
    service: Service,
    own: Option<HeaderValue>,
}

impl fmt::Debug for PaWorkspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaWorkspace")
    }
}

impl PaWorkspace {
    /// Makes a client. Sends nothing.
    pub fn new(
        config: &WorkspaceConfig,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, SettingsError> {
        let own = config.service_token.as_ref();
        let own = own.map(|token| service::bearer(token).ok_or(SettingsError::Credential));
        let origins = &config.allowed_origins;
        Ok(Self {
            service: Service::new("workspace", &config.base_url, origins, transport)?,
            own: own.transpose()?,
        })
    }

    /// A caller's token that no header carries is no credential: the host's own does not stand in for it.
    fn credential(&self, token: Option<&SecretString>) -> Result<HeaderValue, WorkspaceError> {
        let credential = match token {
            Some(token) => service::bearer(token),
            None => self.own.clone(),
        };
        credential.ok_or(WorkspaceError::NoCredential)
    }

    async fn act(
        &self,
        path: &str,
        token: Option<&SecretString>,
        body: &Value,
    ) -> Result<WorkspaceDone, WorkspaceError> {
        let credential = self.credential(token)?;
        let request = self
            .service
            .request(Method::POST, path)
            .header(AUTHORIZATION, credential.clone());
        let bounds = Bounds {
            timeout: ACTION_TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let body = body.to_string().into_bytes();
        match self.service.send(request, Some(body), bounds).await {
            Ok(answer) => outcome(&answer, &credential),
            Err(error) => Err(lost(&error)),
        }
    }
}

#[async_trait]
impl Workspace for PaWorkspace {
    fn configured(&self) -> bool {
        true
    }

    /// An e-mail past the limits of the domain is refused here, with the status that says so.
    #[tracing::instrument(name = "workspace.send_email", skip_all)]
    async fn send_email(
        &self,
        token: Option<&SecretString>,
        email: &Email,
    ) -> Result<WorkspaceDone, WorkspaceError> {
        let fits = [&email.from, &email.to]
            .iter()
            .all(|a| is_line(a, ADDRESS_CHARS_MAX))
            && is_line(&email.subject, SUBJECT_CHARS_MAX)
            && email.body.chars().count() <= BODY_CHARS_MAX;
        if !fits {
            return Err(unfit());
        }
        let body = json!({
            "paEmail": email.from,
            "to": email.to,
            "subject": email.subject,
            "body": email.body,
        });
        self.act("/api/email/send", token, &body).await
    }

    /// An action past the limits of the domain is refused here, with the status that says so.
    #[tracing::instrument(name = "workspace.log_action", skip_all)]
    async fn log_action(
        &self,
        token: Option<&SecretString>,
        action: &CalendarAction,
    ) -> Result<WorkspaceDone, WorkspaceError> {
        let fits = is_line(&action.assistant, ADDRESS_CHARS_MAX)
            && is_line(&action.summary, SUMMARY_CHARS_MAX)
            && action.duration <= ACTION_DURATION_MAX;
        if !fits {
            return Err(unfit());
        }
        let body = json!({
            "paEmail": action.assistant,
            "actionType": ACTION_TYPE,
            "summary": action.summary,
            "durationMs": u64::try_from(action.duration.as_millis()).unwrap_or(u64::MAX),
        });
        self.act("/api/calendar/log-action", token, &body).await
    }

    #[tracing::instrument(name = "workspace.check", skip_all)]
    async fn check(&self) -> Result<(), WorkspaceError> {
        match self.service.health("/health/ready").await {
            Ok(answer) if answer.status().is_success() && !is_page(&answer) => Ok(()),
            Ok(answer) if answer.status().is_client_error() => {
                Err(WorkspaceError::Refused(answer.status().as_u16()))
            }
            Ok(_) | Err(_) => Err(WorkspaceError::Unavailable),
        }
    }
}

/// Tells whether `text` is one line of 1 to `chars_max` characters.
fn is_line(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn unfit() -> WorkspaceError {
    WorkspaceError::Refused(StatusCode::UNPROCESSABLE_ENTITY.as_u16())
}

/// Reads what the transport could not bring.
fn lost(error: &TransportError) -> WorkspaceError {
    if error.maybe_sent() {
        WorkspaceError::OutcomeUnknown
    } else {
        WorkspaceError::Unavailable
    }
}

/// Reads what an answer says about the action.
///
/// A gateway that answers 502, 503 or 504 may have passed the request on; where a redirect leads says
/// nothing about what was done before it; a page is not an answer of the workspace's.
fn outcome(
    answer: &Response<Bytes>,
    credential: &HeaderValue,
) -> Result<WorkspaceDone, WorkspaceError> {
    match answer.status() {
        status if status.is_success() && !is_page(answer) => Ok(WorkspaceDone {
            status: status.as_u16(),
            payload: payload(answer, credential),
        }),
        // Too many requests: it was counted, and not done.
        StatusCode::TOO_MANY_REQUESTS => Err(WorkspaceError::Unavailable),
        status if status.is_client_error() => Err(WorkspaceError::Refused(status.as_u16())),
        _ => Err(WorkspaceError::OutcomeUnknown),
    }
}

/// What repeats the credential is not shown to anybody.
fn payload(answer: &Response<Bytes>, credential: &HeaderValue) -> Option<Value> {
    let short = answer.body().len() <= WORKSPACE_PAYLOAD_BYTES_MAX;
    let payload = short.then(|| service::json(answer)).flatten()?;
    (!service::repeats(&payload.to_string(), credential)).then_some(payload)
}

/// Tells whether the answer is for people: of a proxy or a login, with whatever status.
fn is_page(answer: &Response<Bytes>) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| {
        kind.as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"text/html")
    })
}

/// Stands where no workspace is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoWorkspace;

#[async_trait]
impl Workspace for NoWorkspace {
    fn configured(&self) -> bool {
        false
    }

    async fn send_email(
        &self,
        _: Option<&SecretString>,
        _: &Email,
    ) -> Result<WorkspaceDone, WorkspaceError> {
        Err(WorkspaceError::NotConfigured)
    }

    async fn log_action(
        &self,
        _: Option<&SecretString>,
        _: &CalendarAction,
    ) -> Result<WorkspaceDone, WorkspaceError> {
        Err(WorkspaceError::NotConfigured)
    }

    async fn check(&self) -> Result<(), WorkspaceError> {
        Err(WorkspaceError::NotConfigured)
    }
}
