//! Sessions of the era that has them: so many, each of one caller, and not for ever.

use crate::limits::{MCP_SESSION_IDLE_MAX, MCP_SESSIONS_MAX, MCP_SESSIONS_OF_CALLER_MAX};
use futures::Stream;
use http::request::Parts;
use rmcp::model::{ClientJsonRpcMessage, GetExtensions, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::ServerSseMessage;
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionHandle, LocalSessionManager, LocalSessionManagerError, SessionError,
};
use rmcp::transport::streamable_http_server::{RestoreOutcome, SessionId, SessionManager};
use skillgate_domain::ids::{AgentId, CommunityId, TokenId, UserId};
use skillgate_domain::principal::Principal;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

/// Whose a session is. A token of another issuer is a new one every hour, so the person counts there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Owner {
    community: CommunityId,
    user: UserId,
    agent: Option<AgentId>,
    token: Option<TokenId>,
}

impl Owner {
    fn of(caller: &Principal) -> Self {
        Self {
            community: caller.community.clone(),
            user: caller.user.clone(),
            agent: caller.agent.clone(),
            token: caller.token,
        }
    }
}

#[derive(Debug)]
struct Owned {
    owner: Owner,
    used: Instant,
}

/// Why a session is not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionsError {
    /// There are [`MCP_SESSIONS_MAX`].
    #[error("there are too many sessions")]
    Full,
    /// Nobody was authenticated for it.
    #[error("the session is nobody's")]
    Nobodys,
    /// It ended, or never was.
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

/// The stream that the answer to one request of a session goes out on: among the extensions of each request.
#[derive(Debug, Clone)]
pub struct AnswerStream {
    session: LocalSessionHandle,
    http_request_id: u64,
}

impl AnswerStream {
    /// Closes the stream; the client is to come back for the rest after `retry`.
    pub async fn close_until(&self, retry: Duration) -> Result<(), SessionError> {
        self.session
            .close_sse_stream(self.http_request_id, Some(retry))
            .await
    }
}

/// Sessions in memory. One costs some 50 kB, so there are so many, and of one caller fewer: beyond that, the one
/// that was not used for longest ends.
#[derive(Debug)]
pub(crate) struct Sessions {
    local: LocalSessionManager,
    owned: Mutex<HashMap<SessionId, Owned>>,
}

impl Default for Sessions {
    fn default() -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(MCP_SESSION_IDLE_MAX);
        Self {
            local,
            owned: Mutex::default(),
        }
    }
}

impl Sessions {
    /// Tells whether there is such a session of this caller's, and that it is used.
    pub(super) fn used_by(&self, id: &str, caller: &Principal) -> bool {
        let mut owned = self.lock();
        let Some(session) = owned.get_mut(id) else {
            return false;
        };
        let same = session.owner == Owner::of(caller);
        if same {
            session.used = Instant::now();
        }
        same
    }

    /// Tells whether there is room for another session.
    pub(super) async fn have_room(&self) -> bool {
        self.local.sessions.read().await.len() < MCP_SESSIONS_MAX
    }

    /// Says whose a session is; returns the one that has to end for it.
    fn keep(&self, id: &SessionId, owner: Owner) -> Option<SessionId> {
        let mut sessions = self.lock();
        let of_owner = sessions.iter().filter(|(_, it)| it.owner == owner);
        let oldest = of_owner.clone().min_by_key(|(_, it)| it.used);
        let ends = oldest.filter(|_| of_owner.count() >= MCP_SESSIONS_OF_CALLER_MAX);
        let ends = ends.map(|(id, _)| id.clone());
        let used = Instant::now();
        sessions.insert(id.clone(), Owned { owner, used });
        ends
    }

    async fn session(&self, id: &SessionId) -> Result<LocalSessionHandle, SessionsError> {
        let sessions = self.local.sessions.read().await;
        let session = sessions.get(id).cloned();
        Ok(session.ok_or_else(|| LocalSessionManagerError::SessionNotFound(id.clone()))?)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Owned>> {
        self.owned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns who sent a message.
fn sender(message: &ClientJsonRpcMessage) -> Option<Owner> {
    let JsonRpcMessage::Request(request) = message else {
        return None;
    };
    let parts = request.request.extensions().get::<Parts>()?;
    parts.extensions.get::<Principal>().map(Owner::of)
}

impl SessionManager for Sessions {
    type Error = SessionsError;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        if !self.have_room().await {
            return Err(SessionsError::Full);
        }
        Ok(self.local.create_session().await?)
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        let owner = sender(&message).ok_or(SessionsError::Nobodys)?;
        let answer = self.local.initialize_session(id, message).await?;
        if let Some(ends) = self.keep(id, owner) {
            self.close_session(&ends).await?;
        }
        Ok(answer)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        Ok(self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        self.lock().remove(id);
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let session = self.session(id).await?;
        let receiver = session.establish_request_wise_channel().await;
        let receiver = receiver.map_err(LocalSessionManagerError::from)?;
        if let Some(http_request_id) = receiver.http_request_id {
            message.insert_extension(AnswerStream {
                session: session.clone(),
                http_request_id,
            });
        }
        let pushed = session.push_message(message, receiver.http_request_id);
        pushed.await.map_err(LocalSessionManagerError::from)?;
        Ok(ReceiverStream::new(receiver.inner))
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), Self::Error> {
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        Ok(self.local.resume(id, last_event_id).await?)
    }

    async fn restore_session(
        &self,
        id: SessionId,
    ) -> Result<RestoreOutcome<Self::Transport>, Self::Error> {
        Ok(self.local.restore_session(id).await?)
    }
}
