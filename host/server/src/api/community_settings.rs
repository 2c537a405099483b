pub(crate) mod history;
pub(crate) mod put;
pub(crate) mod show;
pub(crate) mod version;
