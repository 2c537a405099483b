//! What communities are told of.

pub(crate) mod list;
pub(crate) mod report;
