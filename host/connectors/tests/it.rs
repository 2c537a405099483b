//! Stories: the real client against the embedded CRM, in process; against a wire that fails; and the
//! transport against small servers on loopback.

#[path = "it/support.rs"]
mod support;

#[path = "it/config.rs"]
mod config;
#[path = "it/fields.rs"]
mod fields;
#[path = "it/limits.rs"]
mod limits;
#[path = "it/links.rs"]
mod links;
#[path = "it/lost_answers.rs"]
mod lost_answers;
#[path = "it/metadata.rs"]
mod metadata;
#[path = "it/search.rs"]
mod search;
#[path = "it/transport.rs"]
mod transport;
#[path = "it/traps.rs"]
mod traps;
