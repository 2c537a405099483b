//! The one JSON form of capabilities, limits, settings and a partnership's permissions: manifests, grants, answers
//! and the database write it alike.

mod capabilities;
mod limits;
mod outbound;
mod partnership;
mod settings;

pub(crate) use capabilities::{FIELD_LISTS, crm_from_json, field_findings, interfaces_from_json};
pub use capabilities::{capabilities_from_json, capabilities_to_json};
pub use limits::{limits_from_json, limits_to_json};
pub(crate) use outbound::outbound_from_json;
pub use partnership::{permissions_from_json, permissions_to_json};
pub use settings::{new_settings_from_json, settings_from_json, settings_to_json};
