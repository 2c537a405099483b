//! The door in process, over fakes of the ports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "it/audit.rs"]
mod audit;
#[path = "it/auth.rs"]
mod auth;
#[path = "it/calls.rs"]
mod calls;
#[path = "it/community_settings.rs"]
mod community_settings;
#[path = "it/contract.rs"]
mod contract;
#[path = "it/door.rs"]
mod door;
#[path = "it/grants.rs"]
mod grants;
#[path = "it/idempotency.rs"]
mod idempotency;
#[path = "it/mcp.rs"]
mod mcp;
#[path = "it/metrics.rs"]
mod metrics;
#[path = "it/modules.rs"]
mod modules;
#[path = "it/net.rs"]
mod net;
#[path = "it/openapi.rs"]
mod openapi;
#[path = "it/partnerships.rs"]
mod partnerships;
#[path = "it/plans.rs"]
mod plans;
#[path = "it/policies.rs"]
mod policies;
#[path = "it/realtime.rs"]
mod realtime;
#[path = "it/recorded.rs"]
mod recorded;
#[path = "it/secrets.rs"]
mod secrets;
#[path = "it/stdio.rs"]
mod stdio;
#[path = "it/tez.rs"]
mod tez;
#[path = "it/tez_expansions.rs"]
mod tez_expansions;
#[path = "it/ways_out.rs"]
mod ways_out;
#[path = "it/webhooks.rs"]
mod webhooks;
#[path = "it/world.rs"]
mod world;
