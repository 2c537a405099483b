//! What is removed once nobody asks for it any more: it holds values, which are personal. The audit
//! trail stays, in digests.

use crate::ports::{Clock, PlanStore, StorageError};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// How long an expired plan and its receipts are kept, for whoever asks what became of it.
pub const PLANS_KEPT: Duration = Duration::from_hours(7 * 24);
/// Most rows that are removed in one transaction.
pub const ROWS_MAX: u32 = 500;
/// From one look to the next.
pub const LOOK_EVERY: Duration = Duration::from_mins(10);

/// Removes what is over.
pub struct Retention {
    plans: Arc<dyn PlanStore>,
    clock: Arc<dyn Clock>,
}

impl Retention {
    /// Wires the job to its ports.
    pub fn new(plans: Arc<dyn PlanStore>, clock: Arc<dyn Clock>) -> Self {
        Self { plans, clock }
    }

    /// Removes what is over now. Returns how much that was.
    pub async fn remove(&self) -> Result<u64, StorageError> {
        let before = self.past(PLANS_KEPT);
        let mut removed = 0;
        loop {
            let batch = self.plans.remove_expired_plans(before, ROWS_MAX).await?;
            removed += batch;
            if batch < u64::from(ROWS_MAX) {
                return Ok(removed);
            }
        }
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
