//! Asks the CRM from time to time what changed: a notice comes once, or never.

use super::{Cause, Reads};
use crate::ports::{Changed, Crm, CrmError};
use skillgate_domain::crm::{EntryRef, ObjectKind};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// From one look to the next. Each costs at most one request for each kind of record that is kept.
pub const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How far the CRM's clock may be from ours, and how long a change may take from its time to where others
/// see it.
pub const CLOCKS_APART_MAX: Duration = Duration::from_secs(30);

/// Forgets what changed in the CRM, and what is too old.
pub struct Reconciliation {
    reads: Arc<Reads>,
    /// When each kind was last asked for with success.
    looked: Mutex<BTreeMap<ObjectKind, Timestamp>>,
}

impl Reconciliation {
    /// Wires the job to what was read.
    pub fn new(reads: Arc<Reads>) -> Self {
        Self {
            reads,
            looked: Mutex::default(),
        }
    }

    /// Looks from time to time, for ever.
    pub async fn run(&self) {
        let mut timer = tokio::time::interval(LOOK_EVERY);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            self.look().await;
        }
    }

    /// Looks once. What is never kept for longer than from one look to the next needs none: its age is
    /// enough.
    pub async fn look(&self) {
        self.sweep();
        if self.reads.inner.age_max <= LOOK_EVERY {
            return;
        }
        let kinds = self.reads.inner.shelves().kinds();
        for object in kinds {
            if let Err(error) = self.look_at(object).await {
                // What is kept grows too old by itself; others need the requests more.
                tracing::debug!("the CRM was not asked what changed: {error}");
                return;
            }
        }
    }

    /// Nobody is answered with what is too old; nor does it stay in memory.
    fn sweep(&self) {
        let inner = &self.reads.inner;
        let now = inner.clock.now();
        let is_good = |at| inner.is_good(at, now);
        let aged = inner.shelves().sweep(|fetched| is_good(fetched.at));
        inner.forgotten(Cause::Aged, aged);
    }

    async fn look_at(&self, object: ObjectKind) -> Result<(), CrmError> {
        let now = self.reads.inner.clock.now();
        let Some(since) = self.since(object) else {
            return Ok(());
        };
        let changed = self.reads.changed(object, since).await?;
        self.forget(object, changed);
        self.looked().insert(object, now);
        Ok(())
    }

    /// What was kept at the last look was looked at then; nothing matters from before the oldest answer.
    fn since(&self, object: ObjectKind) -> Option<Timestamp> {
        let oldest = self.reads.inner.shelves().oldest(object)?;
        let since = self.looked().get(&object).copied().unwrap_or(oldest);
        let apart = i64::try_from(CLOCKS_APART_MAX.as_millis()).unwrap_or(i64::MAX);
        Some(since.max(oldest).plus_ms(-apart))
    }

    fn forget(&self, object: ObjectKind, changed: Changed) {
        let inner = &self.reads.inner;
        let mut shelves = inner.shelves();
        let mut gone = 0;
        if changed.more {
            gone += shelves.forget_kind(object);
        }
        for (id, updated_at) in changed.records {
            gone += shelves.forget_unless(EntryRef { object, id }, updated_at.as_deref());
        }
        drop(shelves);
        inner.forgotten(Cause::Reconciled, gone);
    }

    fn looked(&self) -> std::sync::MutexGuard<'_, BTreeMap<ObjectKind, Timestamp>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
