//! Write skillgate skills in Rust.
//!
//! A skill is a set of tools. A tool is a function from an input type to an output type; its schemas are
//! made from the types and its description from the doc comment, so nothing is written twice.
//!
//! ```
//! use skillgate_sdk::{ToolResult, crm, testing::Host};
//!
//! /// Whom to look for.
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! pub struct FindContacts {
//!     /// A name or an e-mail address, or a part of one.
//!     #[schemars(length(min = 1, max = 200))]
//!     text: String,
//! }
//!
//! /// Who was found.
//! #[derive(serde::Serialize, schemars::JsonSchema)]
//! pub struct Found {
//!     emails: Vec<String>,
//! }
//!
//! /// Finds people in the CRM by name or e-mail.
//! #[skillgate_sdk::tool(title = "Find contacts")]
//! pub fn find_contacts(input: FindContacts) -> ToolResult<Found> {
//!     let page = crm::contacts().text(input.text).limit(20).fetch()?;
//!     let emails = page.into_iter().filter_map(|entry| entry.fields.email).collect();
//!     Ok(Found { emails })
//! }
//!
//! skillgate_sdk::skill![find_contacts];
//!
//! # fn main() {
//! let host = Host::new();
//! host.add(crm::Contact { email: Some("ada@example.org".into()), ..Default::default() });
//! let answer = host.call(&definition(), "find_contacts", serde_json::json!({ "text": "ada" }));
//! assert_eq!(answer.unwrap()["emails"][0], "ada@example.org");
//! # }
//! ```
//!
//! Built for `wasm32-unknown-unknown`, the same crate exports the `guest` interface of `wit/`, and the client
//! functions call the host. Built for any other target, they talk to the [`testing::Host`] of the thread.

#[cfg(test)]
extern crate self as skillgate_sdk;

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod allocator;
mod definition;
mod error;
mod host;
mod skill;
mod tool;

pub mod clock;
pub mod config;
pub mod crm;
pub mod files;
pub mod http;
pub mod log;
pub mod planner;
pub mod progress;
pub mod state;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod tez;
#[doc(hidden)]
pub mod wit;
pub mod workspace;

pub use clock::Timestamp;
pub use definition::{SkillDefinition, ToolDefinition};
pub use error::{ErrorCode, Retry, ToolError, ToolResult};
pub use skillgate_sdk_macros::tool;
pub use tool::{CallContext, Tool};

/// For the macros of this crate only.
#[doc(hidden)]
pub mod __private {
    pub use crate::tool::{Outcome, call};
}
