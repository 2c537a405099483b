//! Whether the host can work: storage answers, the CRM answers and accepts our credential.

use crate::limits::{READY_CHECK_MAX, READY_FRESH};
use skillgate_app::ports::{Crm, CrmError, Storage, StorageError};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// What is ready, and what keeps the rest from it: stable words, no text of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Why storage is not ready.
    pub storage: Result<(), &'static str>,
    /// Why the CRM is not ready.
    pub crm: Result<(), &'static str>,
}

impl Report {
    /// Tells whether everything is ready.
    pub fn is_ready(&self) -> bool {
        self.storage.is_ok() && self.crm.is_ok()
    }
}

/// Checks readiness, at most once in [`READY_FRESH`], however often it is asked for.
pub struct Readiness {
    storage: Arc<dyn Storage>,
    crm: Arc<dyn Crm>,
    last: Mutex<Option<(Instant, Report)>>,
}

impl Readiness {
    /// Wires the checks to their ports.
    pub fn new(storage: Arc<dyn Storage>, crm: Arc<dyn Crm>) -> Self {
        Self {
            storage,
            crm,
            last: Mutex::default(),
        }
    }

    /// Returns the last report while it is fresh, else checks. Others wait for the same check.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        if let Some((at, report)) = *last
            && at.elapsed() < READY_FRESH
        {
            return report;
        }
        let (storage, crm) = tokio::join!(
            timeout(READY_CHECK_MAX, self.storage.ping()),
            timeout(READY_CHECK_MAX, self.crm.check()),
        );
        let report = Report {
            storage: storage.map_or(Err("timeout"), |done| done.map_err(|e| storage_word(&e))),
            crm: crm.map_or(Err("timeout"), |done| done.map_err(|e| crm_word(&e))),
        };
        *last = Some((Instant::now(), report));
        report
    }
}

const fn storage_word(error: &StorageError) -> &'static str {
    match error {
        StorageError::Busy(_) => "busy",
        StorageError::Full(_) => "full",
        StorageError::Conflict | StorageError::Corrupt(_) | StorageError::Unavailable(_) => {
            "unavailable"
        }
    }
}

const fn crm_word(error: &CrmError) -> &'static str {
    match error {
        CrmError::Forbidden => "credential-refused",
        CrmError::RateLimited { .. } => "rate-limited",
        CrmError::Unavailable(_) => "unreachable",
        CrmError::NotFound
        | CrmError::Conflict { .. }
        | CrmError::Invalid(_)
        | CrmError::OutcomeUnknown => "unexpected-answer",
    }
}
