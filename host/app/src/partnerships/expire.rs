use super::Partnerships;
use crate::ports::{Moved, PAGE_MAX, StorageError};
use skillgate_domain::audit::Actor;
use skillgate_domain::partnership::{Change, Move, MoveKind, Mover, Partnership, Side};
use skillgate_domain::principal::Action;
use std::time::Duration;

/// From one look for invitations that have expired to the next.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(30);

impl Partnerships {
    /// Lets an invitation go that nobody answered in time. Whoever sees it first does; it happens once.
    pub(super) async fn expire(&self, before: &Partnership) -> Result<bool, StorageError> {
        let change = Change {
            by: Mover::System,
            at: self.trail.clock().now(),
            moved: Move::Expired,
        };
        let Some(after) = before.after(&change) else {
            return Ok(false);
        };
        let action = Action::CancelInvitation;
        let record = self.record(Actor::Host, Side::Source, action, &after);
        let moved = Moved {
            after,
            change,
            record,
        };
        let is_ours = self.store.move_partnership(&[moved]).await?;
        if is_ours {
            self.meter.partnership_moved(MoveKind::Expired.name());
        }
        Ok(is_ours)
    }

    /// Lets invitations go that nobody answered in time, at once and then again and again. Never returns.
    pub async fn run(&self) {
        loop {
            if let Err(error) = self.expire_overdue().await {
                tracing::warn!("invitations that have expired stay open: {error}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Lets every invitation go that nobody answered in time. Returns how many there were; any number of hosts may
    /// do so at once.
    pub async fn expire_overdue(&self) -> Result<usize, StorageError> {
        let mut count = 0;
        loop {
            let now = self.trail.clock().now();
            let overdue = self.store.overdue_invitations(now).await?;
            let mut moved = 0;
            for invitation in &overdue {
                moved += usize::from(self.expire(invitation).await?);
            }
            count += moved;
            // Where others do the same, they leave nothing.
            if overdue.len() < PAGE_MAX as usize || moved == 0 {
                return Ok(count);
            }
        }
    }
}
