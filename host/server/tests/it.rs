//! The door in process, over fakes of the ports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "it/auth.rs"]
mod auth;
#[path = "it/calls.rs"]
mod calls;
#[path = "it/contract.rs"]
mod contract;
#[path = "it/door.rs"]
mod door;
#[path = "it/metrics.rs"]
mod metrics;
#[path = "it/modules.rs"]
mod modules;
#[path = "it/net.rs"]
mod net;
#[path = "it/openapi.rs"]
mod openapi;
#[path = "it/world.rs"]
mod world;
