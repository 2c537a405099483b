//! A small CRM on SQLite that answers in Twenty's REST and GraphQL dialect: the embedded default.
//!
//! It reproduces a running Twenty 2.19 as recorded, traps and misleading status codes included, so
//! that one client serves both. It is not a better Twenty: where the real server loses data or
//! answers 400 for a permission, so does this one.
//!
//! ```no_run
//! # async fn run(clock: skillgate_crm_embedded::Clock, ids: skillgate_crm_embedded::IdSource)
//! # -> Result<(), skillgate_crm_embedded::OpenError> {
//! use skillgate_crm_embedded::{EmbeddedCrm, Options};
//!
//! let crm = EmbeddedCrm::open(Options::in_memory("local-key".into(), clock, ids)).await?;
//! let router = crm.router(); // serve on loopback, or call in process as a tower service
//! # drop(router);
//! # Ok(())
//! # }
//! ```
//!
//! Layers, outermost first: `rest` and `graphql` decode and encode; `records` holds what can be
//! done; `filter`, `order`, `cursor` and `value` are the dialect's grammar; `store` is SQLite.

mod auth;
mod crm;
mod cursor;
mod fault;
mod filter;
mod graphql;
mod metadata;
mod order;
mod rate_limit;
mod records;
mod rest;
mod schema;
mod search_text;
mod seed;
mod store;
mod value;

pub use crm::{Clock, EmbeddedCrm, Generation, IdSource, OpenError, Options};
pub use rate_limit::{Budget, DEFAULT_BUDGETS};
pub use rest::{BODY_BYTES_MAX, HEAD_BYTES_MAX};
pub use seed::{MESSAGE_ID, WORKSPACE_MEMBER_ID};
pub use store::Database;
