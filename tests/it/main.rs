//! Stories over the whole host.

mod admission;
mod aot;
mod bad_input;
mod crm_skill;
mod hostile;
