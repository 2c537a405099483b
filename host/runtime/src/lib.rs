//! The sandbox: one wasmtime engine, a fresh store for every call, limits on everything a guest can make grow.
//!
//! Invariants: a guest gets no ambient WASI, no clock, socket or path; an interface that was not
//! granted is not linked; a compiled file that this host did not write is never loaded; nothing here
//! decides a right (the broker does).

mod aot;
mod bindings;
mod contract;
mod cpu;
mod engine;
mod failure;
mod host;
mod limiter;
mod runtime;
mod state;

pub use aot::AotKey;
pub use engine::{CPU_TICK, config as engine_config};
pub use limiter::{TABLE_ELEMENTS_MAX, TABLES_MAX};
pub use runtime::{AotEvent, READY_COMPONENTS_MAX, Runtime, RuntimeConfig, RuntimeError};
pub use state::HOST_COPY_BYTES_MAX;
