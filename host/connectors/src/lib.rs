//! The ways out: the guarded transport of HTTP, the clients of what the host works with (the Twenty CRM, a planner, a
//! workspace, a Tez relay), the requests of modules, and mail.
//!
//! What the host itself sends leaves through [`transport::Guard`], which compares every request with the
//! origins that the configuration names; what modules send, through [`outbound`]; mail, through [`smtp`]. All connect
//! only where [`egress`] lets them. Nothing here decides a right: the broker did, before it called.

pub mod egress;
pub mod openclaw;
pub mod outbound;
mod service;
pub mod smtp;
pub mod tez_relay;
pub mod transport;
pub mod twenty;
pub mod workspace;

pub use service::{RETRY_AFTER_MAX, SettingsError};
