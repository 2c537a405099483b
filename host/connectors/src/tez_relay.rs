//! A Tez relay elsewhere, for instance MyPA's.
//!
//! It lets nobody choose ids and knows no key by which a repeat could be told: a share whose answer is lost
//! is looked for in the team's stream, and never sent again here. What the relay keeps of a Tez are the
//! members that it knows; the provenance of context stays with the host.

mod draft;
mod find;
mod pace;
mod read;
mod text;
mod token;

pub use draft::SHARE_BYTES_MAX;
pub use find::FIND_PAGES_MAX;
pub use pace::{REQUESTS_MAX, WINDOW};
pub use token::{SECRET_BYTES_MIN, TOKEN_LIFE_S};

use self::pace::Pace;
use self::read::Page;
use self::token::Minter;
use crate::service::{self, Service, SettingsError};
use crate::transport::{AllowedOrigins, Bounds, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Response, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use skillgate_app::ports::{Clock, RelayUser, STREAM_PAGE_MAX, SharedTez, Tez, TezError};
use skillgate_app::ports::{TezHead, TezRelay};
use skillgate_domain::ids::{CommunityId, TeamId, TezId, UserId};
use skillgate_domain::tez::TezDraft;
use skillgate_domain::time::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a relay may take over one request.
pub const RELAY_TIMEOUT: Duration = Duration::from_secs(8);
/// Longest answer, in bytes: a Tez with as much context as there may be, and room for its spelling.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// As whom a check asks. Nobody has this name, and nobody is made by asking.
const CHECK_USER: &str = "skillgate-check";

/// How to reach a relay.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// Where it is; a path prefix is allowed, a query is not.
    pub base_url: String,
    /// The key that the relay checks tokens with. Never shown to a guest, never logged.
    pub secret: SecretString,
    /// Issuer of the tokens; their audience is the slug with `-api`.
    pub slug: String,
    /// Whose users the relay knows. A relay has no communities: to it, the same user id is the same person.
    pub community: CommunityId,
    /// Where requests may go. The base URL must be among them.
    pub allowed_origins: AllowedOrigins,
}

/// A relay behind an address, for the people of one community.
pub struct RemoteRelay {
    service: Service,
    minter: Minter,
    community: CommunityId,
    pace: Pace,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for RemoteRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RemoteRelay")
    }
}

/// Whether what was lost on the way may have changed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Read,
    Share,
}

impl Effect {
    /// There was an answer, or may have been a request, that says nothing about what happened.
    const fn unknown(self) -> TezError {
        match self {
            Self::Read => TezError::Unavailable,
            Self::Share => TezError::OutcomeUnknown,
        }
    }
}

impl RemoteRelay {
    /// Makes a client. Sends nothing.
    pub fn new(
        config: &RelayConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let origins = &config.allowed_origins;
        Ok(Self {
            service: Service::new("relay", &config.base_url, origins, transport)?,
            minter: Minter::new(&config.secret, &config.slug).ok_or(SettingsError::Credential)?,
            community: config.community.clone(),
            pace: Pace::default(),
            clock,
        })
    }

    /// Asks as one of the community's people, and nobody else. Answers the envelope.
    async fn ask(
        &self,
        user: &RelayUser,
        path: &str,
        share: Option<Vec<u8>>,
    ) -> Result<Value, TezError> {
        if user.community != self.community {
            return Err(TezError::Forbidden);
        }
        let effect = share.as_ref().map_or(Effect::Read, |_| Effect::Share);
        let answer = self.send(&user.user, path, share).await?;
        if answer.status().is_success() {
            return service::json(&answer).ok_or(effect.unknown());
        }
        Err(refusal(&answer, effect))
    }

    async fn send(
        &self,
        user: &UserId,
        path: &str,
        share: Option<Vec<u8>>,
    ) -> Result<Response<Bytes>, TezError> {
        let (method, effect) = match &share {
            Some(_) => (Method::POST, Effect::Share),
            None => (Method::GET, Effect::Read),
        };
        let token = self.minter.mint(user, self.clock.now());
        let token = token.ok_or(TezError::Unavailable)?;
        let slow = |after| TezError::RateLimited { after: Some(after) };
        self.pace.take().map_err(slow)?;
        let request = self.service.request(method, path);
        let request = request.header(AUTHORIZATION, token);
        let bounds = Bounds {
            timeout: RELAY_TIMEOUT,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        let answer = self.service.send(request, share, bounds).await;
        let answer = answer.map_err(|error| lost(&error, effect))?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            let after = service::retry_after(answer.headers());
            self.pace.refused(after);
            return Err(TezError::RateLimited { after });
        }
        Ok(answer)
    }

    async fn page(
        &self,
        reader: &RelayUser,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Page, TezError> {
        let limit = limit.clamp(1, STREAM_PAGE_MAX);
        let mut path = format!("/tez/stream?teamId={team}&limit={limit}");
        if let Some(moment) = before {
            let written = text::moment(moment)
                .ok_or_else(|| TezError::Invalid("there is no such moment".to_owned()))?;
            path.push_str("&before=");
            path.push_str(&written);
        }
        let body = self.ask(reader, &path, None).await?;
        read::page(body, limit).ok_or(TezError::Unavailable)
    }
}

/// Reads what the transport could not bring.
fn lost(error: &TransportError, effect: Effect) -> TezError {
    if error.maybe_sent() {
        effect.unknown()
    } else {
        TezError::Unavailable
    }
}

/// Reads why the relay did not do it, from the status alone: its words are its own.
fn refusal(answer: &Response<Bytes>, effect: Effect) -> TezError {
    match answer.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => TezError::Forbidden,
        StatusCode::NOT_FOUND => TezError::NotFound,
        StatusCode::REQUEST_TIMEOUT => TezError::Unavailable,
        status if status.is_client_error() => {
            let words =
                "the relay does not take this as it is; look at team, recipients and lengths";
            TezError::Invalid(words.to_owned())
        }
        _ => effect.unknown(),
    }
}

#[async_trait]
impl TezRelay for RemoteRelay {
    #[tracing::instrument(name = "relay.share", skip_all)]
    async fn share(
        &self,
        sender: &RelayUser,
        _: TezId,
        draft: &TezDraft,
    ) -> Result<SharedTez, TezError> {
        let body = draft::encode(draft).map_err(TezError::Invalid)?;
        let answer = self.ask(sender, "/tez/share", Some(body)).await?;
        read::shared(&answer["data"]).ok_or(TezError::OutcomeUnknown)
    }

    #[tracing::instrument(name = "relay.find_shared", skip_all)]
    async fn find_shared(
        &self,
        sender: &RelayUser,
        _: TezId,
        draft: &TezDraft,
        since: Timestamp,
    ) -> Result<Option<SharedTez>, TezError> {
        self.find(sender, draft, since).await
    }

    #[tracing::instrument(name = "relay.get", skip_all)]
    async fn get(&self, reader: &RelayUser, id: TezId) -> Result<Tez, TezError> {
        let answer = self.ask(reader, &format!("/tez/{id}"), None).await?;
        let tez = read::tez(&answer["data"]).filter(|tez| tez.head.id == id);
        tez.ok_or(TezError::Unavailable)
    }

    /// What the relay has and skillgate has no words for is left out.
    #[tracing::instrument(name = "relay.stream", skip_all)]
    async fn stream(
        &self,
        reader: &RelayUser,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, TezError> {
        let page = self.page(reader, team, before, limit).await?;
        let heads = page.items.iter().filter_map(read::head);
        Ok(heads.filter(|head| head.team == team).collect())
    }

    /// Asks as nobody in particular: a relay that knows the key answers, or does not know the person.
    #[tracing::instrument(name = "relay.check", skip_all)]
    async fn check(&self) -> Result<(), TezError> {
        let nobody = UserId::parse(CHECK_USER).expect("the name of nobody is a user id");
        let answer = self.send(&nobody, "/unread", None).await?;
        let status = answer.status();
        let known = status.is_success() || status == StatusCode::FORBIDDEN;
        match service::json(&answer) {
            Some(body) if known && (body["data"].is_object() || body["error"].is_object()) => {
                Ok(())
            }
            _ if known => Err(TezError::Unavailable),
            _ => Err(refusal(&answer, Effect::Read)),
        }
    }
}
