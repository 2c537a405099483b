use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use skillgate_domain::crm::{Changes, EntryRef, Link, ObjectKind, Page, Query, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use skillgate_domain::time::Timestamp;
use std::time::Duration;

/// Most records that [`Crm::changed`] tells of.
pub const CHANGES_MAX: u32 = 100;

/// Records of a kind that changed, or were deleted so that they can come back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Which, and when each changed last: nothing of one that is deleted.
    pub records: Vec<(RecordId, Option<String>)>,
    /// Whether there are more of them.
    pub more: bool,
}

/// The CRM of a community, under the host's own credential.
///
/// Nothing here checks a right: the broker does, before it calls. Answers are sealed, so that only the
/// broker's pass can open them. `want` names the fields worth fetching; an adapter may return more.
///
/// An adapter retries by itself only what cannot take effect twice: reads, and creations under the
/// given id.
#[async_trait]
pub trait Crm: Send + Sync {
    /// Reads one record, as it is after the question. A soft-deleted one is not found.
    async fn get(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Unredacted, CrmError>;

    /// Finds records. Words of [`Query::text`] are looked for only in fields of `want`, so that what may
    /// not be read cannot be probed by words. An amount is compared by its micros, whatever the currency.
    async fn search(
        &self,
        community: &CommunityId,
        query: &Query,
        want: &Selection,
    ) -> Result<Page<Unredacted>, CrmError>;

    /// Creates a record under `id`. Calling again with the same id does not make a second one.
    async fn create(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError>;

    /// Changes the named fields of a record and no others, parts of composite fields included.
    async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError>;

    /// Attaches a task or note to a record, under `id`. Linking twice is the same as once.
    async fn link(
        &self,
        community: &CommunityId,
        id: RecordId,
        link: &Link,
    ) -> Result<(), CrmError>;

    /// Tells which records of a kind changed or were deleted at this moment or later, the first
    /// [`CHANGES_MAX`] of them. This is work that can wait: where the request budget is short, it is refused
    /// at once. What is deleted for good is not told of.
    async fn changed(&self, _: ObjectKind, _: Timestamp) -> Result<Changed, CrmError> {
        Err(CrmError::Invalid(
            "this CRM does not tell what changed".to_owned(),
        ))
    }

    /// Asks for something small, to tell whether the CRM answers and accepts the credential.
    async fn check(&self) -> Result<(), CrmError>;
}

/// Whether the same request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// It would fail again.
    Never,
    /// Nothing happened.
    Safe,
    /// It may have taken effect.
    CheckFirst,
}

/// Why the CRM could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnavailableCause {
    /// No connection.
    #[error("no connection")]
    Connect,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// An answer of the 5xx family.
    #[error("a server error")]
    ServerError,
    /// An answer that is not what the protocol says: HTML, truncated, too large, of another shape.
    #[error("an unreadable answer")]
    Unreadable,
    /// Too many requests of ours wait for the CRM's request budget.
    #[error("a full queue")]
    QueueFull,
}

/// Why the CRM did not do what it was asked. Carries no text of the CRM: that may hold names of
/// tables, values of other records, or worse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrmError {
    /// No such record, or a deleted one.
    #[error("the CRM has no such record")]
    NotFound,
    /// Another record, possibly a deleted one, has the same unique value.
    #[error("another record of the CRM has the same unique value")]
    Conflict {
        /// The record that holds the value, when it is known.
        holder: Option<RecordId>,
    },
    /// A field, value or cursor that this CRM does not accept.
    #[error("{0}")]
    Invalid(String),
    /// The host's credential is wrong, or too weak for this.
    #[error("the CRM does not allow this to the host's credential")]
    Forbidden,
    /// The CRM asked to slow down; nothing happened.
    #[error("the CRM's request budget is used up")]
    RateLimited {
        /// When to try again.
        after: Duration,
    },
    /// The CRM could not be reached; nothing happened.
    #[error("the CRM gave {0}")]
    Unavailable(UnavailableCause),
    /// The connection broke after a write was sent.
    #[error("the CRM did not confirm a write that was sent to it")]
    OutcomeUnknown,
}

impl CrmError {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "record-not-found",
            Self::Conflict { .. } => "record-conflict",
            Self::Invalid(_) => "crm-invalid",
            Self::Forbidden => "crm-forbidden",
            Self::RateLimited { .. } => "crm-rate-limited",
            Self::Unavailable(_) => "crm-unavailable",
            Self::OutcomeUnknown => "outcome-unknown",
        }
    }

    /// Tells whether the same request may be sent again.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::NotFound | Self::Conflict { .. } | Self::Invalid(_) | Self::Forbidden => {
                Retry::Never
            }
            Self::RateLimited { .. } | Self::Unavailable(_) => Retry::Safe,
            Self::OutcomeUnknown => Retry::CheckFirst,
        }
    }
}
