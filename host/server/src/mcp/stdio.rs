//! The door for agents that start the program themselves: every line of its standard input is a message, and every
//! line of its standard output one of ours. No message rests on one before it: each is asked anew whose it is.

mod connection;

use super::door::{McpDoor, Shared};
use super::{MESSAGE_BYTES_MAX, Stopping};
use crate::app::App;
use crate::limits::{MCP_MESSAGES_MAX, SHUTDOWN_GRACE};
use crate::observe::new_request_id;
use crate::problem::{Kind, Problem};
use connection::{Connection, Lines, Still};
use http::Request;
use http::request::Parts;
use rmcp::model::{
    ClientNotification, ClientRequest, ErrorData, ProtocolVersion, ServerConfig, ServerResult,
};
use rmcp::service::{
    NotificationContext, QuitReason, RequestContext, ServerInitializeError, Service, ServiceExt,
};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{RoleServer, ServerHandler};
use secrecy::SecretString;
use skillgate_domain::principal::{Door, Origin};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Why a connection did not end as one does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// A line has more than [`MESSAGE_BYTES_MAX`] bytes.
    #[error("a line of standard input has more than {MESSAGE_BYTES_MAX} bytes")]
    TooLong,
    /// Neither era begins like that.
    #[error("the agent began with another message than the protocol says")]
    NotBegun,
    /// The first message was refused.
    #[error("the agent's first message was refused: {0}")]
    Refused(Cow<'static, str>),
    /// Nothing can be written any more.
    #[error("the connection broke")]
    Broken,
}

impl AgentError {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "message-too-large",
            Self::NotBegun => "not-begun",
            Self::Refused(_) => "refused",
            Self::Broken => "connection",
        }
    }
}

/// Answers the agent at the other end of `input` and `output`, whose messages are those of whom `credential` speaks
/// for. Returns when the input ends or `shutdown` is done, and nothing of the agent's is under way any more.
pub async fn serve_agent(
    app: &App,
    credential: SecretString,
    (input, output): (
        impl AsyncRead + Send + Unpin + 'static,
        impl AsyncWrite + Send + Unpin + 'static,
    ),
    shutdown: impl Future<Output = ()>,
) -> Result<(), AgentError> {
    let (stopping, leave) = (CancellationToken::new(), CancellationToken::new());
    let too_long = Arc::<AtomicBool>::default();
    let sender = Arc::new(Sender {
        app: app.clone(),
        credential,
        stopping: Stopping(stopping.clone()),
    });
    let agent = Agent {
        door: McpDoor::new(Arc::new(Shared::new(app.clone()))),
        sender: Arc::clone(&sender),
        room: Semaphore::new(MCP_MESSAGES_MAX),
    };
    let input = Lines::new(input, Arc::clone(&too_long), stopping.clone());
    let lines = Connection::new(AsyncRwTransport::new_server(input, output), sender);
    let ending = leave.clone();
    let mut serving = Box::pin(async move {
        let running = agent.serve_with_ct(lines, ending).await;
        ended(match running {
            Ok(running) => Ok(running.waiting().await),
            Err(error) => Err(error),
        })
    });
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = shutdown => {
            stopping.cancel();
            leave.cancel();
            serving.await
        }
    };
    stopping.cancel();
    app.tasks.close();
    if timeout(SHUTDOWN_GRACE, app.tasks.wait()).await.is_err() {
        tracing::warn!("some work did not end in time and was cut off");
    }
    if too_long.load(Ordering::Relaxed) {
        return Err(AgentError::TooLong);
    }
    ended
}

/// Tells whether a connection ended because one of both sides left.
fn ended<E>(ended: Result<Result<QuitReason, E>, ServerInitializeError>) -> Result<(), AgentError> {
    match ended {
        Ok(Ok(QuitReason::Closed | QuitReason::Cancelled))
        | Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => {
            Ok(())
        }
        // What it sent instead is not repeated.
        Err(ServerInitializeError::ExpectedInitializeRequest(_)) => Err(AgentError::NotBegun),
        Err(ServerInitializeError::InitializeFailed(error)) => {
            Err(AgentError::Refused(error.message))
        }
        Ok(_) | Err(_) => Err(AgentError::Broken),
    }
}

/// Who speaks at the other end, as long as the token is good.
struct Sender {
    app: App,
    credential: SecretString,
    stopping: Stopping,
}

impl Sender {
    /// Returns what the door finds with a message that came by HTTP: who sent it, and when to stop.
    async fn parts(&self, origin: Origin) -> Result<Parts, Problem> {
        let tokens = &self.app.tokens;
        let caller = tokens.authenticate(&self.credential, origin).await?;
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.extensions.insert(caller);
        parts.extensions.insert(self.stopping.clone());
        Ok(parts)
    }

    fn origin(&self) -> Origin {
        Origin {
            door: Door::Mcp,
            address: None,
            request: new_request_id(&self.app),
        }
    }
}

impl Still for Arc<Sender> {
    async fn still(&self) -> bool {
        self.parts(self.origin()).await.is_ok()
    }
}

/// Asks of every message whose it is, and has the door answer it.
struct Agent {
    door: McpDoor,
    sender: Arc<Sender>,
    /// Places for messages that are answered.
    room: Semaphore,
}

impl Agent {
    /// Returns a place for a message, and who sent it.
    async fn admit(&self, origin: Origin) -> Result<(SemaphorePermit<'_>, Parts), ErrorData> {
        let id = origin.request.clone();
        let refused = |problem: Problem| refusal(&problem, id.as_str());
        let place = self.room.try_acquire();
        let place = place.map_err(|_| refused(Problem::new(Kind::HostBusy)))?;
        Ok((place, self.sender.parts(origin).await.map_err(refused)?))
    }
}

impl Service<RoleServer> for Agent {
    async fn handle_request(
        &self,
        request: ClientRequest,
        mut context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let origin = self.sender.origin();
        let span = tracing::info_span!("mcp.stdio", request.id = origin.request.as_str());
        let answer = async {
            let (_place, sender) = self.admit(origin).await?;
            context.extensions.insert(sender);
            self.door.handle_request(request, context).await
        };
        answer.instrument(span).await
    }

    /// Nobody is told what becomes of a notification.
    async fn handle_notification(
        &self,
        notification: ClientNotification,
        mut context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let (_place, sender) = self.admit(self.sender.origin()).await?;
        context.extensions.insert(sender);
        self.door.handle_notification(notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        ServerHandler::get_info(&self.door)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        ServerHandler::supported_protocol_versions(&self.door)
    }
}

/// Says in the protocol's words why a message is not answered; the code is the same as at every other door.
fn refusal(problem: &Problem, request_id: &str) -> ErrorData {
    let (message, data) = (problem.kind().meaning(), Some(problem.to_json(request_id)));
    match problem.kind() {
        Kind::TokenNotValid => ErrorData::invalid_request(message, data),
        _ => ErrorData::internal_error(message, data),
    }
}
