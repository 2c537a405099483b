//! The Tez relay, at its own paths.

pub(crate) mod add_member;
pub(crate) mod create_team;
pub(crate) mod expansions;
pub(crate) mod export;
pub(crate) mod redact;
pub(crate) mod register_contact;
pub(crate) mod reply;
pub(crate) mod set_status;
pub(crate) mod share;
pub(crate) mod show;
pub(crate) mod stream;
pub(crate) mod thread;
pub(crate) mod unread;
