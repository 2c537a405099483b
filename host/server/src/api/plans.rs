pub(crate) mod apply;
pub(crate) mod show;
