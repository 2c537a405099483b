//! The one JSON form of capabilities and limits: manifests, grants, answers and the database write it alike.

mod capabilities;
mod limits;

pub use capabilities::{capabilities_from_json, capabilities_to_json};
pub(crate) use capabilities::{crm_from_json, field_findings, interfaces_from_json};
pub use limits::{limits_from_json, limits_to_json};
