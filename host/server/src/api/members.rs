//! Who belongs to a community.

pub(crate) mod list;
pub(crate) mod mail;
pub(crate) mod put;
pub(crate) mod remove;
pub(crate) mod show;

use crate::problem::Kind;

/// Refusals of whatever is about one person.
const OF_ONE: &[Kind] = &[
    Kind::InvalidPath,
    Kind::Forbidden,
    Kind::CommunityNotFound,
    Kind::MemberNotFound,
];
