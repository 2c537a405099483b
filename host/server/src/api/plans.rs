pub(crate) mod apply;
pub(crate) mod decline;
pub(crate) mod list;
pub(crate) mod show;
