//! The pure model of skillgate: ids, CRM records, capabilities, rights, redaction.
//!
//! Invariant: nothing here does I/O, reads a clock, draws a random number or knows a wire format.
//! Everything is a value or a function of values, so that every rule can be tested by a table.

pub mod audit;
pub mod capability;
pub mod community;
pub mod crm;
pub mod digest;
pub mod egress;
pub mod event;
pub mod grant;
pub mod ids;
pub mod limits;
pub mod member;
pub mod partnership;
pub mod plan;
pub mod policy;
pub mod principal;
pub mod right;
pub mod scope;
pub mod settings;
pub mod sharing;
pub mod skill;
pub mod state;
pub mod tez;
pub mod time;
mod words;
pub mod workspace;
