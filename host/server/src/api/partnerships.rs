//! Partnerships of communities.

use crate::problem::Kind;

pub(crate) mod cancel;
pub(crate) mod end;
pub(crate) mod history;
pub(crate) mod invite;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod partners;
pub(crate) mod respond;
pub(crate) mod show;
pub(crate) mod update;

/// What may refuse whoever asks about a partnership.
const OF_ONE: &[Kind] = &[
    Kind::InvalidPath,
    Kind::Forbidden,
    Kind::PartnershipNotFound,
];
/// What may refuse a move of a partnership beside that.
const MOVE: &[Kind] = &[Kind::PartnershipNotMoved];
/// What may refuse what a move says beside that.
const SAID: &[Kind] = &[Kind::PartnershipInvalid];
