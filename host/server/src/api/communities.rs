//! What others see of communities.

pub(crate) mod change;
pub(crate) mod register;
pub(crate) mod search;
pub(crate) mod show;
