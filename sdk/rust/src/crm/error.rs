use super::{Error, ErrorCode};
use crate::Retry;

/// ```
/// use skillgate_sdk::{Retry, crm};
///
/// let error = crm::Error::new(crm::ErrorCode::Unavailable, Retry::Safe, "The CRM did not answer.");
/// assert_eq!(error.retry(), Retry::Safe);
/// assert!(!error.is_conflict() && !error.is_not_found());
/// ```
impl Error {
    /// Makes an error, for tests and for wrappers of this client.
    pub fn new(code: ErrorCode, retry: Retry, message: impl Into<String>) -> Self {
        Self {
            code,
            retry,
            retry_after_ms: None,
            message: message.into(),
            conflicting_id: None,
        }
    }

    /// Tells whether the same call may be made again.
    pub fn retry(&self) -> Retry {
        self.retry
    }

    /// Tells whether the record does not exist, or may not be known to exist.
    pub fn is_not_found(&self) -> bool {
        self.code == ErrorCode::NotFound
    }

    /// Tells whether another record holds the unique value. See `conflicting_id`.
    pub fn is_conflict(&self) -> bool {
        self.code == ErrorCode::Conflict
    }
}
