pub(crate) mod diff;
pub(crate) mod grant;
pub(crate) mod list;
pub(crate) mod revoke;
pub(crate) mod show;
pub(crate) mod submit;
