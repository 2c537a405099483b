//! Persistence on SQLite (embedded default) and PostgreSQL, and scratch files on the disk, behind the ports of the
//! application.
//!
//! Invariants: each query is written once for both databases; what differs is in [`dialect`] and in the
//! migrations, which have the same numbers and names for both. A row that the model does not allow is
//! an error, never a guess. One conformance suite runs on both.

mod audit;
mod communities;
mod community_settings;
#[cfg(test)]
mod conformance;
mod convert;
mod counts;
mod database;
mod dialect;
mod error;
mod events;
mod generations;
mod grants;
mod held;
mod http_usage;
mod idempotency;
mod journals;
mod mails;
mod members;
mod module_state;
mod offers;
mod partnerships;
mod plans;
mod policies;
mod ports;
mod relay;
mod rights;
mod scratch;
mod secrets;
mod shared_read;
mod submissions;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tokens;
mod versions;

pub use database::{BUSY_TIMEOUT, CONNECTIONS_MAX, Database, Settings};
pub use error::OpenError;
pub use scratch::{ScratchOpenError, Scratches};
