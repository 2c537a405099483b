//! The surface that MyPA's clients know.

pub(crate) mod apply_plan;
mod body;
pub(crate) mod collection;
pub(crate) mod coordinate;
pub(crate) mod follow_ups;
pub(crate) mod show;
pub(crate) mod status;
pub(crate) mod tez_context;
pub(crate) mod upsert_task;
pub(crate) mod workflow_status;

pub(crate) use body::{Data, DataWith};
