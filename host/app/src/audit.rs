//! The audit trail: an append-only log whose records are leaves of a Merkle tree (RFC 6962) and whose
//! size and root are signed from time to time (C2SP `tlog-checkpoint`).
//!
//! What is recorded here is durable before its answer leaves. What cannot be recorded does not happen.

mod checkpoint;
pub mod export;
mod leaf;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod query;
mod recorder;
mod trail;
mod tree;
pub mod verify;

pub use checkpoint::{CheckpointError, KeyError, SigningKey, Verifiers};
pub use leaf::{LEAF_VERSION, leaf, record};
pub use query::{AuditQueries, QueryError};
pub use recorder::{
    AuditError, AuditSettings, GROUP_MAX, OpenError, QUEUE_MAX, Receipt, Recorder, Writer,
};
pub use trail::{Refusal, Trail};
pub use tree::{NotAHead, Tree};
