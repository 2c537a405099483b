use super::Realtime;
use super::connected::ToCheck;
use crate::limits::{SOCKET_LOOK_EVERY, SOCKET_RIGHTS_FRESH};
use crate::problem::Problem;
use skillgate_app::ports::Feed;
use skillgate_domain::event::Audience;
use skillgate_domain::ids::CommunityId;
use socketioxide::SocketIo;
use std::collections::HashMap;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

impl Realtime {
    /// Tells those who are connected what their communities are told, until nobody is or the host stops.
    pub(super) async fn follow(&self, io: SocketIo, stop: CancellationToken) {
        let mut every = interval(SOCKET_LOOK_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => {
                    io.close().await;
                    return;
                }
                _ = every.tick() => {}
            }
            let Some(told) = self.connected.told() else {
                return;
            };
            // While storage does not answer, there is nothing to tell; it is looked up again.
            if let Err(problem) = self.look(told).await {
                tracing::warn!("what communities are told waits: {}", problem.kind().code());
            }
            self.connected.cut_off();
        }
    }

    async fn look(&self, told: HashMap<CommunityId, u64>) -> Result<(), Problem> {
        let now = Instant::now();
        let old = self.connected.not_looked_at_for(SOCKET_RIGHTS_FRESH, now);
        if !old.is_empty() {
            let rights = self.rights_number().await?;
            self.check(old, rights).await?;
        }
        let communities: Vec<&CommunityId> = told.keys().collect();
        let feeds = self.app.events.feeds(&communities).await?;
        for feed in feeds {
            let before = told.get(&feed.community).copied();
            if let Some(before) = before.filter(|before| *before < feed.last) {
                self.tell(&feed, before).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, feed: &Feed, mut after: u64) -> Result<(), Problem> {
        loop {
            let page = self.app.events.page(feed, Audience::Admins, after);
            let page = page.await?;
            // Rights are looked at behind what is told: whoever lost theirs before it happened does not hear of it.
            let rights = self.rights_number().await?;
            let older = self.connected.with_older_rights(&feed.community, rights);
            self.check(older, rights).await?;
            self.connected.tell(&feed.community, &page);
            if !page.more {
                return Ok(());
            }
            after = page.read_up_to;
        }
    }

    /// Looks at rights anew. Where that cannot be done, nobody is told and nobody is cut off.
    async fn check(&self, sockets: Vec<ToCheck>, rights: i64) -> Result<(), Problem> {
        for it in sockets {
            let hears = match self.hears(&it.bearer).await {
                Ok((_, audience)) => Ok(audience),
                Err(problem) if problem.kind().status().is_server_error() => return Err(problem),
                Err(problem) => Err(problem.kind().code()),
            };
            let looked = (rights, Instant::now());
            self.connected.checked(&it, hears, looked);
        }
        Ok(())
    }
}
