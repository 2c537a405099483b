//! Stories over the whole host.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on fails here")]

mod admission;
mod aot;
mod bad_input;
mod crm_skill;
mod hostile;
mod limits;
mod metrics;
mod remote_crm;
mod tokens;
