//! The door's own extractors. Each rejects with a [`Problem`](crate::problem::Problem).

mod auth;
mod body;
mod checked;
mod delivery;
mod entity;
mod form;
mod part;
mod query;

pub(crate) use auth::{Auth, Authenticated};
pub(crate) use body::{Confidential, Input, Json, LongJson, OptionalJson, read};
pub(crate) use checked::{Checked, Published, invalid, invalid_query, published};
pub(crate) use delivery::Delivery;
pub(crate) use entity::{Entity, EntityId, entity_id};
pub(crate) use form::{FormParts, module_form};
pub(crate) use part::{Part, PolicyNumber, SettingsNumber};
pub(crate) use query::Query;
