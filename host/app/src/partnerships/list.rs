use super::{PartnershipError, Partnerships};
use crate::communities::known;
use crate::ports::{Group, PartnershipQuery, PastMove, StorageError};
use skillgate_domain::audit::Target;
use skillgate_domain::community::Community;
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::{Open, Partnership, Side, Status, Terms};
use skillgate_domain::principal::{Action, Principal};
use std::time::Duration;

/// Most partnerships on a page.
pub const PARTNERSHIPS_PAGE: u32 = 100;
/// How long a partnership that is over is listed as recent.
pub const RECENT: Duration = Duration::from_hours(90 * 24);

/// A partnership as one of its sides sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The partnership, as it is now.
    pub partnership: Partnership,
    /// The side that looks.
    pub side: Side,
    /// The other community.
    pub partner: Community,
    /// What this side can do now.
    pub open: Open,
}

/// Some partnerships, the newest invitation first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most [`PARTNERSHIPS_PAGE`].
    pub partnerships: Vec<Seen>,
    /// Where the next page begins, if there is one.
    pub next: Option<PartnershipId>,
}

/// Where the page of each kind begins: behind which partnership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursors {
    /// Of accepted ones.
    pub active: Option<PartnershipId>,
    /// Of invitations that the community was sent.
    pub incoming: Option<PartnershipId>,
    /// Of invitations that it sent.
    pub outgoing: Option<PartnershipId>,
    /// Of those that came to an end.
    pub recent: Option<PartnershipId>,
}

/// A page of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Accepted ones, suspended ones included.
    pub active: Page,
    /// Invitations that the community was sent.
    pub incoming: Page,
    /// Invitations that it sent.
    pub outgoing: Page,
    /// Those that came to an end within [`RECENT`].
    pub recent: Page,
}

impl Partnerships {
    /// Shows all that a community's admins have to look at: a page of each kind.
    pub async fn overview(
        &self,
        caller: &Principal,
        community: &CommunityId,
        cursors: Cursors,
    ) -> Result<Overview, PartnershipError> {
        self.may(caller, community, Action::ListPartnerships)
            .await?;
        let recent = Group::Over(self.trail.clock().now().minus(RECENT));
        Ok(Overview {
            active: self
                .listed(community, Group::Active, cursors.active)
                .await?,
            incoming: self
                .listed(community, Group::Incoming, cursors.incoming)
                .await?,
            outgoing: self
                .listed(community, Group::Outgoing, cursors.outgoing)
                .await?,
            recent: self.listed(community, recent, cursors.recent).await?,
        })
    }

    /// Shows with whom a community works together now, to everybody in it.
    pub async fn partners(
        &self,
        caller: &Principal,
        community: &CommunityId,
        before: Option<PartnershipId>,
    ) -> Result<Page, PartnershipError> {
        self.may(caller, community, Action::ListPartners).await?;
        let mut page = self.listed(community, Group::Active, before).await?;
        page.partnerships
            .retain(|it| it.partnership.standing.status() == Status::Accepted);
        Ok(page)
    }

    /// Asks whether the caller may see its community's partnerships. A no is on record.
    pub(super) async fn may(
        &self,
        caller: &Principal,
        community: &CommunityId,
        action: Action,
    ) -> Result<(), PartnershipError> {
        let done = self.permit(caller, community, action).await;
        let target = Target::Community;
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    /// Shows one.
    pub async fn show(
        &self,
        caller: &Principal,
        (community, id): (&CommunityId, PartnershipId),
    ) -> Result<Seen, PartnershipError> {
        self.may(caller, community, Action::ListPartnerships)
            .await?;
        let (found, side) = self.own(caller, id).await?;
        self.seen(found, side).await
    }

    /// Shows what happened to one, and the terms that were offered first.
    pub async fn history(
        &self,
        caller: &Principal,
        (community, id): (&CommunityId, PartnershipId),
    ) -> Result<(Seen, Terms, Vec<PastMove>), PartnershipError> {
        let seen = self.show(caller, (community, id)).await?;
        let moves = self.store.partnership_moves(id).await?;
        let (offered, moves) = moves.ok_or(PartnershipError::NotFound)?;
        Ok((seen, offered, moves))
    }

    async fn listed(
        &self,
        community: &CommunityId,
        group: Group,
        before: Option<PartnershipId>,
    ) -> Result<Page, StorageError> {
        let query = PartnershipQuery {
            community,
            group,
            before,
            limit: PARTNERSHIPS_PAGE + 1,
        };
        let mut found = self.store.partnerships(query).await?;
        let page = PARTNERSHIPS_PAGE as usize;
        let is_last = found.len() <= page;
        found.truncate(page);
        let next = found.last().filter(|_| !is_last).map(|it| it.id);
        let partnerships = self.all_seen(found, community).await?;
        Ok(Page { partnerships, next })
    }

    async fn all_seen(
        &self,
        found: Vec<Partnership>,
        by: &CommunityId,
    ) -> Result<Vec<Seen>, StorageError> {
        let sided = found.into_iter().filter_map(|it| {
            let side = it.side_of(by)?;
            Some((it, side))
        });
        let sided: Vec<_> = sided.collect();
        let partners = sided.iter().map(|(it, side)| it.community(side.other()));
        let known = known(&*self.communities, partners).await?;
        let now = self.trail.clock().now();
        let seen = sided.into_iter().filter_map(|(it, side)| {
            let partner = it.community(side.other());
            let partner = known.get(partner)?.clone();
            let partnership = it.as_of(now);
            Some(Seen {
                open: partnership.open_to(side, now),
                partnership,
                side,
                partner,
            })
        });
        Ok(seen.collect())
    }

    /// Tells how one side sees a partnership.
    pub(super) async fn seen(
        &self,
        found: Partnership,
        side: Side,
    ) -> Result<Seen, PartnershipError> {
        let by = found.community(side).clone();
        let seen = self.all_seen(vec![found], &by).await?;
        // A community that is removed takes its partnerships with it.
        seen.into_iter().next().ok_or(PartnershipError::NotFound)
    }
}
