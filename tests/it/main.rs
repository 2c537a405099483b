//! Stories over the whole host.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails here")]

mod admission;
mod aot;
mod audit;
mod bad_input;
mod broken_trail;
mod coordinate;
mod coverage;
mod credentials;
mod crm_failures;
mod crm_skill;
mod crm_surface;
mod files;
mod freshness;
mod grants;
mod hostile;
mod idempotency;
mod limits;
mod mcp;
mod mcp_conformance;
mod metrics;
mod outside;
mod plans;
mod policies;
mod reads_only;
mod remote_crm;
mod replay;
mod requests;
mod scope;
mod settings;
mod state;
mod tez;
mod tez_expansions;
mod tokens;
mod transcript;
