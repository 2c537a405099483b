pub(crate) mod call;
pub(crate) mod list;
pub(crate) mod show;
