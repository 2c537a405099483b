//! Lists that change on demand, and who is told: sessions through their peer, listeners through a
//! subscription.

use super::catalogue::{Call, plain, said};
use super::resources::WATCHED;
use futures::future::join_all;
use rmcp::model::{
    CallToolResponse, Prompt, PromptMessage, ResourceUpdatedNotificationParam, Role, Tool,
};
use rmcp::service::{SubscriptionSendError, SubscriptionSink};
use rmcp::{ErrorData, Peer, RoleServer, ServiceError};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};

const CHANGES_KEPT: usize = 64;
/// A session that does not read holds nobody up for longer, and is told nothing any more: rmcp would
/// keep everything that it is told, and never end it.
const TELLING_MAX: Duration = Duration::from_secs(1);
const CHANGING_PROMPT: &str = "test_changing_prompt";

/// A list that is no longer what it was.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Tools,
    Prompts,
}

/// The other side of a session.
#[derive(Clone)]
pub(super) struct SessionPeer {
    peer: Peer<RoleServer>,
    watches: Arc<AtomicBool>,
    is_deaf: Arc<AtomicBool>,
}

/// Which entries are in the lists now, and who hears of it.
pub(super) struct Changes {
    told: Sender<Change>,
    has_tool: AtomicBool,
    has_prompt: AtomicBool,
    made: AtomicU64,
    sessions: Mutex<Vec<SessionPeer>>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            told: Sender::new(CHANGES_KEPT),
            has_tool: AtomicBool::new(false),
            has_prompt: AtomicBool::new(false),
            made: AtomicU64::new(0),
            sessions: Mutex::default(),
        }
    }
}

impl Changes {
    /// Returns the changes from now on.
    pub(super) fn subscribe(&self) -> Receiver<Change> {
        self.told.subscribe()
    }

    /// Tells a session of the changes from now on.
    pub(super) fn register(&self, session: SessionPeer) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(SessionPeer::hears);
        sessions.push(session);
    }

    /// Returns the tool that comes and goes, while it is there.
    pub(super) fn tool(&self) -> Option<Tool> {
        let tool = || plain("test_changing_tool", "Is there after every second change");
        self.has_tool.load(Ordering::Relaxed).then(tool)
    }

    /// Returns the prompt that comes and goes, while it is there.
    pub(super) fn prompt(&self) -> Option<Prompt> {
        let description = "Is there after every second change";
        let prompt = || Prompt::new(CHANGING_PROMPT, Some(description), None);
        self.has_prompt.load(Ordering::Relaxed).then(prompt)
    }

    /// Returns what the prompt says that comes and goes, while it is there.
    pub(super) fn prompted(&self, name: &str) -> Option<Vec<PromptMessage>> {
        let prompt = self.prompt().filter(|prompt| prompt.name == name)?;
        Some(vec![PromptMessage::new_text(Role::User, prompt.name)])
    }

    /// Returns what the watched resource says.
    pub(super) fn watched_text(&self) -> String {
        let made = self.made.load(Ordering::Relaxed);
        format!("The lists have changed {made} times.")
    }

    async fn make(&self, change: Change) {
        let entry = match change {
            Change::Tools => &self.has_tool,
            Change::Prompts => &self.has_prompt,
        };
        entry.fetch_xor(true, Ordering::Relaxed);
        self.made.fetch_add(1, Ordering::Relaxed);
        if self.told.send(change).is_err() {
            tracing::debug!("nobody listens for changes");
        }
        let sessions: Vec<_> = {
            let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            let hearing = sessions.iter().filter(|session| session.hears());
            hearing.cloned().collect()
        };
        join_all(sessions.iter().map(|session| session.tell(change))).await;
    }
}

impl SessionPeer {
    /// The session behind `peer`, which may watch the resource that changes.
    pub(super) fn new(peer: Peer<RoleServer>, watches: Arc<AtomicBool>) -> Self {
        let is_deaf = Arc::default();
        Self {
            peer,
            watches,
            is_deaf,
        }
    }

    fn hears(&self) -> bool {
        !self.is_deaf.load(Ordering::Relaxed) && !self.peer.is_transport_closed()
    }

    async fn tell(&self, change: Change) {
        let telling = async {
            match change {
                Change::Tools => self.peer.notify_tool_list_changed().await?,
                Change::Prompts => self.peer.notify_prompt_list_changed().await?,
            }
            if self.watches.load(Ordering::Relaxed) {
                let updated = ResourceUpdatedNotificationParam::new(WATCHED);
                self.peer.notify_resource_updated(updated).await?;
            }
            Ok::<(), ServiceError>(())
        };
        match tokio::time::timeout(TELLING_MAX, telling).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!("a session was not told of a change: {error}"),
            Err(_) => {
                self.is_deaf.store(true, Ordering::Relaxed);
                tracing::debug!("a session does not read what it is told");
            }
        }
    }
}

/// Tells a listener of `changes` until it is gone.
pub(super) async fn forward(mut changes: Receiver<Change>, sink: &SubscriptionSink) {
    loop {
        let news: &[Change] = match changes.recv().await {
            Ok(Change::Tools) => &[Change::Tools],
            Ok(Change::Prompts) => &[Change::Prompts],
            Err(RecvError::Lagged(_)) => &[Change::Tools, Change::Prompts],
            Err(RecvError::Closed) => return,
        };
        for change in news {
            if let Err(error) = tell(sink, *change).await {
                tracing::debug!("a listener was not told of a change: {error}");
                return;
            }
        }
    }
}

async fn tell(sink: &SubscriptionSink, change: Change) -> Result<(), SubscriptionSendError> {
    asked_for(match change {
        Change::Tools => sink.notify_tool_list_changed().await,
        Change::Prompts => sink.notify_prompt_list_changed().await,
    })?;
    asked_for(sink.notify_resource_updated(WATCHED).await)
}

/// The sink itself keeps back what was not asked for, which is no failure.
fn asked_for(told: Result<(), SubscriptionSendError>) -> Result<(), SubscriptionSendError> {
    match told {
        Err(SubscriptionSendError::NotificationNotAccepted(_)) => Ok(()),
        told => told,
    }
}

/// Returns the tools that change the lists.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        plain("test_trigger_tool_change", "Adds or removes a tool"),
        plain("test_trigger_prompt_change", "Adds or removes a prompt"),
    ]
}

/// Changes the list that the called tool is for.
pub(super) async fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let change = match &*call.request.name {
        "test_trigger_tool_change" => Change::Tools,
        _ => Change::Prompts,
    };
    call.state.changes.make(change).await;
    Ok(said("The list has changed."))
}

/// Answers for the tool that comes and goes.
pub(super) fn answer() -> CallToolResponse {
    said("This tool is there, for now.")
}
