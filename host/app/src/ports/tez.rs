use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{ContextItem, TezDraft, TezKind, TezStatus, Urgency, Visibility};
use skillgate_domain::time::Timestamp;
use std::time::Duration;

/// Longest page of a team's stream.
pub const STREAM_PAGE_MAX: u32 = 100;

/// On whose behalf a relay is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayUser {
    /// The tenant.
    pub community: CommunityId,
    /// The person.
    pub user: UserId,
}

/// What a relay says of a Tez that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTez {
    /// Its id there.
    pub id: TezId,
    /// The first Tez of its thread; itself where it answers none.
    pub thread: TezId,
    /// When it was shared.
    pub created_at: Timestamp,
}

/// A Tez without its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TezHead {
    /// Its id.
    pub id: TezId,
    /// Its team.
    pub team: TeamId,
    /// The first Tez of its thread.
    pub thread: TezId,
    /// The Tez that it answers.
    pub parent: Option<TezId>,
    /// Who shared it.
    pub sender: UserId,
    /// What it is for.
    pub kind: TezKind,
    /// How soon it matters.
    pub urgency: Urgency,
    /// Who may see it.
    pub visibility: Visibility,
    /// What people read first.
    pub surface_text: String,
    /// What the recipients are asked to do.
    pub action_requested: Option<String>,
    /// Whether it is still shown.
    pub status: TezStatus,
    /// When it was shared.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Which part of a team's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TezStreamQuery {
    /// The team.
    pub team: TeamId,
    /// Only what was shared before.
    pub before: Option<Timestamp>,
    /// 1 to [`STREAM_PAGE_MAX`].
    pub limit: u32,
}

/// A Tez with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tez {
    /// The message.
    pub head: TezHead,
    /// What it rests on.
    pub context: Vec<ContextItem>,
    /// To whom it went.
    pub recipients: Vec<TezAddress>,
}

/// Why a relay did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TezError {
    /// The person is not a member of the team, or may not see the Tez.
    #[error("the relay does not let this user into the team or the Tez")]
    Forbidden,
    /// There is no such Tez.
    #[error("the relay has no such Tez")]
    NotFound,
    /// The relay does not take it as it is. Words of ours, never the relay's.
    #[error("{0}")]
    Invalid(String),
    /// It asks to slow down; nothing happened.
    #[error("the relay asks to slow down")]
    RateLimited {
        /// When to come back, where it says so.
        after: Option<Duration>,
    },
    /// It does not answer, or not as a relay does; nothing happened.
    #[error("the relay does not answer")]
    Unavailable,
    /// The connection broke after the request was sent.
    #[error("nobody can tell whether the relay took the Tez")]
    OutcomeUnknown,
}

impl TezError {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden => "tez-forbidden",
            Self::NotFound => "tez-not-found",
            Self::Invalid(_) => "tez-invalid",
            Self::RateLimited { .. } => "tez-rate-limited",
            Self::Unavailable => "tez-unavailable",
            Self::OutcomeUnknown => "tez-outcome-unknown",
        }
    }
}

/// Where Tez are handed over.
///
/// Nothing here checks a right of skillgate's: the broker does. The relay's own rules (who is in a team,
/// who may see a Tez) are its own.
#[async_trait]
pub trait TezRelay: Send + Sync {
    /// Shares a Tez, once. `id` is the host's for this attempt; a relay that lets its callers choose ids
    /// takes it, so that asking again with the same one shares nothing twice.
    async fn share(
        &self,
        sender: &RelayUser,
        id: TezId,
        draft: &TezDraft,
    ) -> Result<SharedTez, TezError>;

    /// Looks for what an earlier attempt at the same share may have left, not before `since`.
    async fn find_shared(
        &self,
        sender: &RelayUser,
        id: TezId,
        draft: &TezDraft,
        since: Timestamp,
    ) -> Result<Option<SharedTez>, TezError>;

    /// Returns one Tez, to somebody who may see it.
    async fn get(&self, reader: &RelayUser, id: TezId) -> Result<Tez, TezError>;

    /// Returns the newest Tez of a team that the reader may see, shared before a moment; at most
    /// `limit`, which is 1 to [`STREAM_PAGE_MAX`].
    async fn stream(
        &self,
        reader: &RelayUser,
        team: TeamId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, TezError>;

    /// Tells whether the relay answers.
    async fn check(&self) -> Result<(), TezError>;
}
