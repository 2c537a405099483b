//! The use cases of skillgate, the ports they need, and the broker that every host call goes through.
//!
//! Invariants: no SQL, no HTTP, no wasmtime here. A door decodes, calls one use case, encodes. A host
//! function decodes, calls the broker once, encodes.

pub mod access;
pub mod audit;
pub mod broker;
pub mod budgets;
pub mod bundle;
pub mod cache;
pub mod communities;
pub mod coordinate;
pub mod credentials;
pub mod digest;
pub mod effect;
pub mod events;
pub mod flight;
mod form;
pub mod gate;
pub mod idempotency;
pub mod integrations;
pub mod invocations;
pub mod journal;
pub mod json;
pub mod mail;
pub mod members;
pub mod modules;
pub mod notices;
pub mod partnerships;
pub mod plans;
pub mod policies;
pub mod ports;
pub mod progress;
pub mod reads;
pub mod records;
pub mod recovery;
pub mod relay;
pub mod replay;
pub mod retention;
pub mod run;
pub mod schema;
pub mod secrets;
pub mod settings;
pub mod snapshot;
pub mod time;
pub mod tokens;
pub mod versions;
pub mod ways_out;
