//! The door's own extractors. Each rejects with a [`Problem`](crate::problem::Problem).

mod auth;
mod body;
mod form;
mod part;

pub(crate) use auth::Auth;
pub(crate) use body::{Input, Json};
pub(crate) use form::{FormParts, module_form};
pub(crate) use part::Part;
