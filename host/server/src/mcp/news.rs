//! Who may call what changes while agents are connected: they are told, and ask anew.

use crate::limits::{MCP_LOOK_EVERY, MCP_TELLING_MAX};
use skillgate_app::invocations::{CallableTool, Invocations, InvokeError};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::principal::Principal;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What of a community decides who may call what, as long as somebody waits for a change of it.
struct Looked {
    state: watch::Sender<u64>,
    _ends: DropGuard,
}

/// Looks for changes in the communities of those who wait for one.
pub(super) struct News {
    invocations: Arc<Invocations>,
    communities: Mutex<HashMap<CommunityId, Weak<Looked>>>,
    tasks: TaskTracker,
}

/// Tells the list of tools that somebody knows from others.
#[derive(Debug, Default)]
pub(super) struct Mark(AtomicU64);

impl Mark {
    /// Says that the list is known now; returns whether another one was.
    pub(super) fn set(&self, tools: &[CallableTool], visible: &[bool]) -> bool {
        let mut hasher = DefaultHasher::new();
        for (tool, _) in tools.iter().zip(visible).filter(|(_, visible)| **visible) {
            tool.hash(&mut hasher);
        }
        let mark = hasher.finish().max(1);
        ![0, mark].contains(&self.0.swap(mark, Ordering::Relaxed))
    }

    /// Tells whether any list is known.
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}

impl News {
    pub(super) fn new(invocations: Arc<Invocations>, tasks: TaskTracker) -> Self {
        Self {
            invocations,
            communities: Mutex::default(),
            tasks,
        }
    }

    /// Calls `tell` whenever the caller's tools become others than those that are known there. Ends when it cannot
    /// be told.
    pub(super) async fn follow<T: Future<Output = bool> + Send>(
        &self,
        caller: &Principal,
        known: &Mark,
        tell: impl Fn() -> T + Send,
    ) {
        let looked = self.looked_at(&caller.community);
        let mut changes = looked.state.subscribe();
        // What was known already may be an older list.
        changes.mark_changed();
        while changes.changed().await.is_ok() {
            if !known.is_set() {
                continue;
            }
            // What cannot be listed now is found out when it is asked for.
            if self.is_news(caller, known).await.unwrap_or_default()
                && !matches!(timeout(MCP_TELLING_MAX, tell()).await, Ok(true))
            {
                return;
            }
        }
    }

    async fn is_news(&self, caller: &Principal, known: &Mark) -> Result<bool, InvokeError> {
        let directory = self.invocations.directory(&caller.community).await?;
        let tools = &directory.tools;
        let visible = self.invocations.callable(caller, tools).await?;
        Ok(known.set(tools, &visible))
    }

    /// Returns what changes with the community; somebody looks as long as it is held.
    fn looked_at(&self, community: &CommunityId) -> Arc<Looked> {
        let communities = self.communities.lock();
        let mut communities = communities.unwrap_or_else(PoisonError::into_inner);
        if let Some(looked) = communities.get(community).and_then(Weak::upgrade) {
            return looked;
        }
        communities.retain(|_, looked| looked.strong_count() > 0);
        let ended = CancellationToken::new();
        let looked = Arc::new(Looked {
            state: watch::Sender::new(0),
            _ends: ended.clone().drop_guard(),
        });
        communities.insert(community.clone(), Arc::downgrade(&looked));
        let looking = look(
            Arc::clone(&self.invocations),
            community.clone(),
            Arc::downgrade(&looked),
        );
        self.tasks.spawn(ended.run_until_cancelled_owned(looking));
        looked
    }
}

/// Looks at what decides who may call what in a community, until nobody waits for it.
async fn look(invocations: Arc<Invocations>, community: CommunityId, looked: Weak<Looked>) {
    let mut every = interval(MCP_LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut seen = None;
    loop {
        every.tick().await;
        // While storage does not answer, nothing is known to have changed.
        let Ok(number) = invocations.rights_number().await else {
            continue;
        };
        if seen == Some(number) {
            continue;
        }
        let state = invocations.callable_state(&community).await;
        let Some(looked) = looked.upgrade() else {
            return;
        };
        if let Ok(state) = state {
            seen = Some(number);
            let other = |known: &mut u64| std::mem::replace(known, state) != state;
            looked.state.send_if_modified(other);
        }
    }
}
