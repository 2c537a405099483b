//! What the conformance suite asks for by fixed name, around a handler of one's own. For tests only.
//!
//! [`Fixtures`] answers for the names it knows and passes everything else on, so the suite measures
//! the handler inside as well. Lists are the inner ones, page by page, and the fixtures at the end.

mod asking;
mod catalogue;
mod changes;
mod completion;
mod content;
mod handler;
mod input;
mod logs;
mod prompts;
mod resources;
mod rounds;
mod session;
mod streams;
mod tasks;

use changes::Changes;
use rmcp::model::{RequestStateCodec, RequestStateError};
use rmcp::service::RequestContext;
use rmcp::task_manager::TaskManager;
use rmcp::{RoleServer, ServerHandler};
use session::Session;
use std::sync::Arc;

/// What outlives one request: the lists that change, tasks, and the key of request states.
pub struct FixtureState {
    changes: Changes,
    tasks: TaskManager,
    request_states: RequestStateCodec,
}

impl FixtureState {
    /// A state whose request states are signed with `key`.
    pub fn new(key: [u8; 32]) -> Result<Self, RequestStateError> {
        Ok(Self {
            changes: Changes::default(),
            tasks: TaskManager::new(),
            request_states: RequestStateCodec::try_new(key)?,
        })
    }
}

/// A handler with the fixtures around it: one for each session, or for each stateless request.
pub struct Fixtures<H> {
    inner: H,
    state: Arc<FixtureState>,
    session: Session,
}

impl<H: ServerHandler> Fixtures<H> {
    /// Adds the fixtures to `inner`.
    pub fn new(inner: H, state: Arc<FixtureState>) -> Self {
        let session = Session::default();
        Self {
            inner,
            state,
            session,
        }
    }

    fn inner_has_tasks(&self) -> bool {
        self.inner.get_info().capabilities.supports_tasks()
    }
}

/// Returns whether the request is of an era without sessions, from 2026-07-28 on.
fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|version| !version.has_initialize())
}
