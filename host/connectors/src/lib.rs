//! Outbound HTTP: the guarded transport and the Twenty CRM client.
//!
//! Nothing leaves the host except through [`transport::Guard`], which compares every request with the
//! origins that the configuration names. Nothing here decides a right: the broker did, before it called.

pub mod transport;
pub mod twenty;
