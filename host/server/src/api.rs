//! One file for each endpoint: decode, call one use case, encode.

pub(crate) mod audit;
pub(crate) mod communities;
pub(crate) mod community_settings;
pub(crate) mod crm;
pub(crate) mod docs;
pub(crate) mod egress;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod mail;
pub(crate) mod members;
pub(crate) mod metrics;
pub(crate) mod modules;
pub(crate) mod pa;
pub(crate) mod partnerships;
pub(crate) mod plans;
pub(crate) mod policies;
pub(crate) mod problems;
pub(crate) mod protected_resource;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod skills;
pub(crate) mod tez;
pub(crate) mod tokens;
pub(crate) mod webhooks;
