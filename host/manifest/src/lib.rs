//! Module manifests: text to domain types, or a list of findings.
//!
//! Invariant: nothing here opens a file or a connection, and a schema never leads to one. Every
//! finding says where, what is wrong and what to do, and a manifest's author sees all of them at once.
//!
//! [`wire`] holds the one JSON form of capabilities and limits, which storage and the doors use too.

#[cfg(test)]
mod examples;
mod explain;
mod finding;
mod json;
mod license;
mod lookalike;
mod manual;
mod parse;
mod schema;
mod similar;
mod tools;
pub mod wire;

pub use finding::{FINDINGS_MAX, under};
pub use json::MANIFEST_DEPTH_MAX;
pub use license::COMPATIBLE_LICENSES;
pub use parse::{MANIFEST_VERSION, parse};
pub use schema::{MANIFEST_SCHEMA, PERMISSIONS_SCHEMA};
