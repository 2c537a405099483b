//! Settings, as the surface that MyPA's clients know has them.

pub(crate) mod team;
pub(crate) mod test_integration;
