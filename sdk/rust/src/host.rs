//! The one switch between the host's imports and the fake host of tests.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::installed_host::{
    config_get, create, get, link, log_write, now_ms, search, snapshot_of, update, upsert,
};
#[cfg(target_arch = "wasm32")]
pub(crate) use crate::wit::skillgate::skill::{
    clock::now_ms,
    config::get as config_get,
    crm::{create, get, link, search, update, upsert},
    log::write as log_write,
    tez::snapshot_of,
};
