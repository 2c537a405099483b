//! What others tell the host of their own.

pub(crate) mod twenty;
