//! The one switch between the host's imports and the fake host of tests.

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::installed_host::{
    ask, config_get, create, due_tasks, file_append, file_list, file_metadata, file_read,
    file_remove, file_rename, file_write, get, has_planner, has_workspace, http_send, link,
    log_action, log_write, make_folder, now_ms, progress_report, search, send_email, share,
    snapshot_of, state_commit, state_get, state_list, stream, update, upsert, upsert_task,
};
#[cfg(target_arch = "wasm32")]
pub(crate) use crate::wit::skillgate::skill::{
    clock::now_ms,
    config::get as config_get,
    crm::{create, due_tasks, get, link, search, update, upsert, upsert_task},
    files::{
        append as file_append, list as file_list, make_folder, metadata as file_metadata,
        read as file_read, remove as file_remove, rename as file_rename, write as file_write,
    },
    http::send as http_send,
    log::write as log_write,
    planner::{ask, is_configured as has_planner},
    progress::report as progress_report,
    state::{commit as state_commit, get as state_get, list as state_list},
    tez::{snapshot_of, stream},
    tez_sharing::share,
    workspace::{is_configured as has_workspace, log_action, send_email},
};
