//! What the stories share: a whole host in one process, guests that behave and guests that do not.

pub mod crm;
pub mod guests;
pub mod host;
pub mod skills;
