//! Partnerships of communities.

pub(crate) mod cancel;
pub(crate) mod end;
pub(crate) mod history;
pub(crate) mod invite;
pub(crate) mod list;
pub(crate) mod partners;
pub(crate) mod respond;
pub(crate) mod show;
pub(crate) mod update;
