//! Partnerships of communities.

pub(crate) mod cancel;
pub(crate) mod invite;
pub(crate) mod list;
pub(crate) mod respond;
pub(crate) mod show;
