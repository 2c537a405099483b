//! What is removed once nobody asks for it any more: it holds values, which are personal. The audit
//! trail stays, in digests.

use crate::events::EVENTS_KEPT;
use crate::ports::{Clock, EventStore, JournalStore, PlanStore, StorageError};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long an expired plan and its receipts are kept, for whoever asks what became of it.
pub const PLANS_KEPT: Duration = Duration::from_hours(7 * 24);
/// How long the journals of calls are kept, where the operator says nothing.
pub const JOURNALS_KEPT: Duration = Duration::from_hours(7 * 24);
/// Most rows that are removed in one transaction.
pub const ROWS_MAX: u32 = 500;
/// From one look to the next.
pub const LOOK_EVERY: Duration = Duration::from_mins(10);

/// Removes what is over.
pub struct Retention {
    plans: Arc<dyn PlanStore>,
    journals: Arc<dyn JournalStore>,
    events: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    journals_kept: Duration,
}

impl Retention {
    /// Wires the job to its ports. Journals are kept for [`JOURNALS_KEPT`].
    pub fn new(
        plans: Arc<dyn PlanStore>,
        journals: Arc<dyn JournalStore>,
        events: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            plans,
            journals,
            events,
            clock,
            journals_kept: JOURNALS_KEPT,
        }
    }

    /// Says how long journals are kept.
    #[must_use]
    pub fn keeping_journals(self, journals_kept: Duration) -> Self {
        Self {
            journals_kept,
            ..self
        }
    }

    /// Removes what is over now. Returns how much that was.
    pub async fn remove(&self) -> Result<u64, StorageError> {
        let before = self.past(PLANS_KEPT);
        let plans = all(|| self.plans.remove_expired_plans(before, ROWS_MAX)).await?;
        let until = self.past(self.journals_kept);
        let journals = all(|| self.journals.remove_journals(until, ROWS_MAX)).await?;
        let until = self.past(EVENTS_KEPT);
        let events = all(|| self.events.remove_events(until, ROWS_MAX)).await?;
        Ok(plans + journals + events)
    }

    /// Removes what is over, at once and then again and again. Never returns.
    pub async fn run(&self) {
        loop {
            if let Err(error) = self.remove().await {
                tracing::warn!("what is over was not removed: {error}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn past(&self, span: Duration) -> Timestamp {
        let ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.clock.now().plus_ms(-ms)
    }
}

/// Removes one batch after the other until there is no more.
async fn all<F: Future<Output = Result<u64, StorageError>>>(
    batch: impl Fn() -> F,
) -> Result<u64, StorageError> {
    let mut removed = 0;
    loop {
        let rows = batch().await?;
        removed += rows;
        if rows < u64::from(ROWS_MAX) {
            return Ok(removed);
        }
    }
}
