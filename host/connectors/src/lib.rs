//! Outbound HTTP: the guarded transport, and the clients of what the host works with: the Twenty CRM, a
//! planner, a workspace, a Tez relay.
//!
//! Nothing leaves the host except through [`transport::Guard`], which compares every request with the
//! origins that the configuration names. Nothing here decides a right: the broker did, before it called.

pub mod egress;
pub mod openclaw;
mod service;
pub mod tez_relay;
pub mod transport;
pub mod twenty;
pub mod workspace;

pub use service::{RETRY_AFTER_MAX, SettingsError};
