use crate::transport::{AllowedOrigins, OriginError};
use secrecy::SecretString;
use std::time::Duration;

/// Longest read of records.
pub const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest write. The first Markdown text after a start takes Twenty up to two seconds.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(8);
/// Longest read of metadata: half a megabyte, and slow after a start.
pub const METADATA_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause before a second attempt.
pub const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Longest answer, in bytes.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How to reach a Twenty workspace.
#[derive(Debug, Clone)]
pub struct TwentyConfig {
    /// Where it is, for example `https://crm.example.org`; a path prefix is allowed, a query is not.
    pub base_url: String,
    /// The host's own key. Never shown to a guest, never logged.
    pub api_key: SecretString,
    /// Where requests may go. The base URL must be among them.
    pub allowed_origins: AllowedOrigins,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How often to ask.
    pub budget: RequestBudget,
}

impl TwentyConfig {
    /// A configuration with the usual waits and Twenty's own request budget.
    pub fn new(base_url: String, api_key: SecretString, allowed_origins: AllowedOrigins) -> Self {
        Self {
            base_url,
            api_key,
            allowed_origins,
            timeouts: Timeouts::default(),
            budget: RequestBudget::default(),
        }
    }
}

/// Longest wait for each kind of call, and the pause between two attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Reads of records.
    pub read: Duration,
    /// Writes.
    pub write: Duration,
    /// Reads of metadata.
    pub metadata: Duration,
    /// Pause before a second attempt.
    pub retry_pause: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            read: READ_TIMEOUT,
            write: WRITE_TIMEOUT,
            metadata: METADATA_TIMEOUT,
            retry_pause: RETRY_PAUSE,
        }
    }
}

/// What the workspace accepts from all its API keys together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBudget {
    /// Requests in one window.
    pub requests: u32,
    /// The window.
    pub window: Duration,
}

impl Default for RequestBudget {
    /// Twenty's default: 100 requests in 60 s.
    fn default() -> Self {
        Self {
            requests: 100,
            window: Duration::from_mins(1),
        }
    }
}

/// Why a client cannot be made from a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The base URL is not one of the allowed origins, or not a plain URL.
    #[error("the CRM's base URL: {0}")]
    BaseUrl(#[from] OriginError),
    /// The base URL has a query.
    #[error("the CRM's base URL has a query")]
    Query,
    /// The key cannot stand in a header.
    #[error("the CRM's API key has characters that a header cannot carry")]
    ApiKey,
    /// No request would ever be sent.
    #[error(
        "the request budget needs at least one request in a window of at least one millisecond"
    )]
    Budget,
}
