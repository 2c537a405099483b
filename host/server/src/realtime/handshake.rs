use super::connected::{Joined, Live, Place};
use super::{Bearer, Realtime};
use crate::auth::{bearer, origin};
use crate::mcp::Stopping;
use crate::problem::{Kind, Problem};
use secrecy::SecretString;
use serde::Deserialize;
use skillgate_domain::event::Audience;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::principal::Door;
use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// What a client says of itself when it connects.
#[derive(Deserialize)]
pub(super) struct Auth {
    /// Its token; else the handshake has it as a bearer.
    token: Option<String>,
}

/// Why a client is not connected: the code of a problem.
pub(super) struct NotLetIn(&'static str);

impl fmt::Display for NotLetIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<Problem> for NotLetIn {
    fn from(problem: Problem) -> Self {
        Self(problem.kind().code())
    }
}

/// What is known of a socket between its handshake and its first message.
#[derive(Clone)]
struct LetIn {
    bearer: Arc<Bearer>,
    community: CommunityId,
    audience: Audience,
    rights: i64,
    last: u64,
    place: Arc<Place>,
}

impl Realtime {
    /// Tells whether a client may be connected, and keeps what it may hear with the socket.
    pub(super) async fn let_in(
        &self,
        socket: &SocketRef,
        auth: Option<Auth>,
    ) -> Result<(), NotLetIn> {
        let parts = socket.req_parts();
        let credential = match auth.and_then(|auth| auth.token) {
            Some(token) => token,
            None => bearer(&parts.headers)?.to_owned(),
        };
        let bearer = Bearer {
            credential: SecretString::from(credential),
            origin: origin(Door::Http, &parts.extensions)?,
        };
        // Before what rests on it is looked at.
        let rights = self.rights_number().await?;
        let (caller, audience) = self.hears(&bearer).await?;
        let place = self.connected.place(&caller);
        let place = place.ok_or(Problem::new(Kind::HostBusy))?;
        let feeds = self.app.events.feeds(&[&caller.community]).await;
        let feed = feeds.map_err(Problem::from)?.pop();
        socket.extensions.insert(LetIn {
            bearer: Arc::new(bearer),
            community: caller.community,
            audience,
            rights,
            last: feed.map_or(0, |feed| feed.last),
            place: Arc::new(place),
        });
        Ok(())
    }

    /// Has a socket hear what it may from now on.
    pub(super) fn join(self: &Arc<Self>, io: SocketIo, socket: SocketRef) {
        self.handshakes.end();
        let Some(let_in) = socket.extensions.remove::<LetIn>() else {
            return;
        };
        let stopping = socket.req_parts().extensions.get::<Stopping>().cloned();
        let live = Live::new(
            socket,
            (let_in.bearer, let_in.place),
            let_in.audience,
            (let_in.rights, Instant::now()),
        );
        let joined = self.connected.join(&let_in.community, live, let_in.last);
        if joined == Joined::First {
            let realtime = Arc::clone(self);
            let stop = stopping.map(|Stopping(stop)| stop).unwrap_or_default();
            let follow = async move { realtime.follow(io, stop).await };
            self.app.tasks.spawn(follow);
        }
    }

    pub(super) async fn rights_number(&self) -> Result<i64, Problem> {
        let number = self.app.invocations.rights_number().await;
        number.map_err(Problem::from)
    }
}
