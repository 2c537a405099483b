//! What a personal assistant asks for at its start.

pub(crate) mod context;
