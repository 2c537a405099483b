//! What one session remembers: its log level, and what it waits for.

#![expect(deprecated, reason = "2025-11-25 has levels of logging")]

use super::changes::{Change, SessionPeer};
use super::is_stateless;
use rmcp::model::LoggingLevel;
use rmcp::service::RequestContext;
use rmcp::{Peer, RoleServer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::Receiver;

/// One session, or one stateless request.
pub(super) struct Session {
    log_level: Mutex<LoggingLevel>,
    watches: Arc<AtomicBool>,
    awaited: Mutex<Vec<Receiver<Change>>>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            log_level: Mutex::new(LoggingLevel::Info),
            watches: Arc::default(),
            awaited: Mutex::default(),
        }
    }
}

impl Session {
    /// Sets the level below which nothing is logged to this session.
    pub(super) fn set_log_level(&self, level: LoggingLevel) {
        *self
            .log_level
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = level;
    }

    /// Returns the least level that is logged for a request; none if it wants no logs at all.
    pub(super) fn log_level(&self, context: &RequestContext<RoleServer>) -> Option<LoggingLevel> {
        if is_stateless(context) {
            return context.meta.log_level();
        }
        Some(
            *self
                .log_level
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Begins to watch the resource that changes.
    pub(super) fn watch(&self) {
        self.watches.store(true, Ordering::Relaxed);
    }

    /// Ends watching it.
    pub(super) fn unwatch(&self) {
        self.watches.store(false, Ordering::Relaxed);
    }

    /// Returns the other side of this session, for being told of changes.
    pub(super) fn peer(&self, peer: Peer<RoleServer>) -> SessionPeer {
        SessionPeer::new(peer, Arc::clone(&self.watches))
    }

    /// Keeps changes for a subscription that is about to begin.
    pub(super) fn await_changes(&self, changes: Receiver<Change>) {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.push(changes);
    }

    /// Returns the changes since a subscription was about to begin.
    pub(super) fn awaited_changes(&self) -> Option<Receiver<Change>> {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        awaited.pop()
    }
}
