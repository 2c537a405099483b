//! Questions for more of a record than a Tez says.

pub(crate) mod ask;
pub(crate) mod decide;
pub(crate) mod list;
pub(crate) mod to_decide;
