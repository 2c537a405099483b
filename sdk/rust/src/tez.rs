//! Messages that are handed from one person's assistant to another's, with the context they rest on.
//!
//! What leaves a community is decided by the community: [`snapshot`] answers a record as the caller may see it,
//! and beside it the one line that may go to somebody else.
//!
//! ```
//! use skillgate_sdk::{crm, testing::Host, tez};
//!
//! let host = Host::new();
//! let deal = host.add(crm::Opportunity {
//!     name: Some("Engine No. 1".into()),
//!     amount: Some(crm::Money { amount_micros: 5_000_000, currency: "EUR".into() }),
//!     ..Default::default()
//! });
//! let snapshot = host.run(|| tez::snapshot::<crm::Opportunity>(&deal.id)).unwrap();
//! assert_eq!(snapshot.name, "Engine No. 1");
//! assert!(snapshot.entry.fields.amount.is_some() && !snapshot.content.contains("amount"));
//! ```

use crate::crm::{Entry, EntryRef, Object};
use crate::{Retry, ToolError};

pub use crate::wit::skillgate::skill::tez::{Line, Provenance, StreamQuery};
pub use crate::wit::skillgate::skill::tez_sharing::{
    ContextItem, Draft, Layer, Source, Visibility, Words,
};
pub use crate::wit::skillgate::skill::types::{
    Failure, FailureCode, Outcome, TezKind as Kind, TezUrgency as Urgency,
};

/// A record for somebody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot<T> {
    /// The record as the caller may see it. Not all of it may be passed on.
    pub entry: Entry<T>,
    /// What people call it, as far as that may be passed on.
    pub name: String,
    /// What may be passed on, in one line.
    pub content: String,
    /// What its recipient's assistant may make of it.
    pub question: String,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Reads a record for somebody else. Counts as one read.
pub fn snapshot<T: Object>(id: impl Into<String>) -> Result<Snapshot<T>, Failure> {
    let wit = crate::host::snapshot_of(&EntryRef::new(T::KIND, id))?;
    let entry = Entry::from_wit(wit.entry)
        .map_err(|error| Failure::new(FailureCode::Unavailable, Retry::Never, error.message))?;
    Ok(Snapshot {
        entry,
        name: wit.name,
        content: wit.content,
        question: wit.question,
        provenance: wit.provenance,
    })
}

/// Hands a Tez over, as the caller. In a call that only plans it becomes an effect of the plan. Counts as one
/// write.
///
/// ```
/// use skillgate_sdk::{testing::Host, tez::{self, Draft, Kind, Urgency, Visibility}};
///
/// let host = Host::new();
/// let outcome = host.run(|| tez::share(&Draft {
///     team_id: "0190f5fe-7c00-7a00-8000-000000000001".into(),
///     kind: Kind::Note,
///     urgency: Urgency::Fyi,
///     visibility: Visibility::Team,
///     surface_text: "We have a deal.".into(),
///     action_requested: None,
///     recipients: Vec::new(),
///     context: Vec::new(),
/// }));
/// assert!(outcome.unwrap().planned);
/// assert_eq!(host.shared()[0].surface_text, "We have a deal.");
/// ```
pub fn share(draft: &Draft) -> Result<Outcome, Failure> {
    crate::host::share(draft)
}

/// Lists the newest active Tez of a team that the caller may see. Counts as one read.
///
/// ```
/// use skillgate_sdk::{testing::Host, tez::{self, Kind, Line, StreamQuery, Urgency}};
///
/// let team = "0190f5fe-7c00-7a00-8000-000000000001";
/// let host = Host::new().tez(team, Line {
///     id: "0190f5fe-7c00-7a00-8000-000000000002".into(),
///     thread_id: "0190f5fe-7c00-7a00-8000-000000000002".into(),
///     sender_id: "carol".into(),
///     kind: Kind::Question,
///     urgency: Urgency::High,
///     surface_text: "May we ship on Monday?".into(),
///     action_requested: Some("Say yes or no".into()),
///     created_at: "2026-03-01T09:30:00.000Z".into(),
/// });
/// let query = StreamQuery { team_id: team.into(), before: None, limit: 10 };
/// let found = host.run(|| tez::stream(&query)).unwrap();
/// assert_eq!(found[0].sender_id, "carol");
/// ```
pub fn stream(query: &StreamQuery) -> Result<Vec<Line>, Failure> {
    crate::host::stream(query)
}

impl Failure {
    /// Makes a failure, for tests and for wrappers of this client.
    pub fn new(code: FailureCode, retry: Retry, message: impl Into<String>) -> Self {
        Self {
            code,
            retry,
            retry_after_ms: None,
            message: message.into(),
        }
    }
}

impl From<Failure> for ToolError {
    fn from(failure: Failure) -> Self {
        use crate::ErrorCode as Code;
        Self {
            code: match failure.code {
                FailureCode::Denied => Code::Denied,
                FailureCode::NotFound => Code::NotFound,
                FailureCode::InvalidInput => Code::InvalidInput,
                FailureCode::BudgetExhausted => Code::BudgetExhausted,
                FailureCode::RateLimited => Code::RateLimited,
                FailureCode::Unavailable => Code::Unavailable,
                FailureCode::OutcomeUnknown => Code::OutcomeUnknown,
                FailureCode::NotConfigured => Code::Failed,
            },
            retry: failure.retry,
            retry_after_ms: failure.retry_after_ms,
            message: failure.message,
        }
    }
}
