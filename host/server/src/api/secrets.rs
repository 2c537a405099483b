//! Nothing of a request about a secret is kept for a repeat, not even a digest: a short secret could be found
//! again by trying. Repeats are told what is there.

pub(crate) mod list;
pub(crate) mod put;
pub(crate) mod remove;
pub(crate) mod rotate;
