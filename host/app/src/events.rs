//! What a community's people are told of: reported by its platform, passed on to partners as far as they may know, and
//! looked up by whoever missed it.
//!
//! Invariants: whether a partner is told, the domain decides; how much it was sent, the database counts. Nobody is
//! shown more than their audience, and whether somebody is an admin is asked anew each time.

use crate::access::{Access, AccessError};
use crate::audit::{self, AuditError, Trail};
use crate::communities::{Known, known};
use crate::digest;
use crate::ports::{
    CommunityStore, EventQuery, EventStore, Feed, Meter, Relayed, Report, StorageError, Unmetered,
};
use skillgate_domain::audit::{Actor, Facts, RelayFacts, Target};
use skillgate_domain::event::{Audience, Event, Happened, Notification};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::policy::{Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use std::sync::Arc;
use std::time::Duration;

/// Most events on a page.
pub const EVENTS_PAGE: u32 = 100;
/// How long events are kept for whoever missed them.
pub const EVENTS_KEPT: Duration = Duration::from_hours(30 * 24);

/// Why nothing was told.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// No such community, or not the caller's.
    #[error("there is no such community, or it is not registered")]
    NotFound,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for EventError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::NotFound => Some("community-not-found"),
            Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for EventError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

/// Some events of a community, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// At most [`EVENTS_PAGE`].
    pub events: Vec<Event>,
    /// The communities that they speak of.
    pub known: Known,
    /// The oldest event that is still kept; whoever has not read up to the one before it has missed some for good.
    pub oldest: Option<u64>,
    /// What the next page begins behind; this page has all up to there that the caller may see.
    pub read_up_to: u64,
    /// Whether there is more now.
    pub more: bool,
}

/// The use cases of what communities are told.
pub struct Events {
    access: Arc<Access>,
    store: Arc<dyn EventStore>,
    communities: Arc<dyn CommunityStore>,
    trail: Trail,
    meter: Arc<dyn Meter>,
}

impl Events {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        store: Arc<dyn EventStore>,
        communities: Arc<dyn CommunityStore>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            store,
            communities,
            trail,
            meter: Arc::new(Unmetered),
        }
    }

    /// Counts whom something went to with `meter`.
    #[must_use]
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Tells the people of the caller's community what happened in it, and those partners that may know.
    pub async fn report(
        &self,
        caller: &Principal,
        community: &CommunityId,
        notification: Notification,
    ) -> Result<(Relayed, Known), EventError> {
        let done = self
            .report_if_allowed(caller, community, notification)
            .await;
        let (action, target) = (Action::ReportEvent, Target::Community);
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    async fn report_if_allowed(
        &self,
        caller: &Principal,
        community: &CommunityId,
        notification: Notification,
    ) -> Result<(Relayed, Known), EventError> {
        self.permit(caller, community, Action::ReportEvent).await?;
        let (kind, content) = (notification.kind, digest::notification(&notification));
        let report = Report {
            community: community.clone(),
            notification,
            at: self.trail.clock().now(),
        };
        let change = |relayed: &Relayed| {
            let withheld = relayed.partners.iter().filter(|it| it.withheld.is_some());
            let withheld = withheld.count();
            let told = relayed.partners.len() - withheld;
            let facts = Facts::Relay(RelayFacts {
                event: relayed.event,
                kind,
                content,
                relayed: u32::try_from(told).unwrap_or(u32::MAX),
                withheld: u32::try_from(withheld).unwrap_or(u32::MAX),
            });
            let actor = Actor::Caller(Box::new(caller.clone()));
            let (action, target) = (Action::ReportEvent, Target::Community);
            self.trail.change(actor, community, action, target, facts)
        };
        let relayed = self.store.relay(&report, &change).await?;
        let relayed = relayed.ok_or(EventError::NotFound)?;
        for partner in &relayed.partners {
            self.meter.partner_told(partner.outcome());
        }
        let partners = relayed.partners.iter().map(|it| &it.partner);
        let known = known(&*self.communities, partners).await?;
        Ok((relayed, known))
    }

    /// Shows what the caller missed of what its community was told: events behind `after`.
    pub async fn missed(
        &self,
        caller: &Principal,
        community: &CommunityId,
        after: u64,
    ) -> Result<EventPage, EventError> {
        let audience = self.audience(caller, community).await?;
        let feed = self.store.feeds(&[community]).await?.pop();
        let feed = feed.unwrap_or_else(|| Feed {
            community: community.clone(),
            oldest: None,
            last: 0,
        });
        Ok(self.page(&feed, audience, after).await?)
    }

    /// Tells what the caller may hear in its community. A no is on record.
    pub async fn audience(
        &self,
        caller: &Principal,
        community: &CommunityId,
    ) -> Result<Audience, EventError> {
        let audience = self.audience_of(caller, community).await;
        let (action, target) = (Action::ListEvents, Target::Community);
        self.trail
            .refusal(caller, action, target, &audience)
            .await?;
        audience
    }

    async fn audience_of(
        &self,
        caller: &Principal,
        community: &CommunityId,
    ) -> Result<Audience, EventError> {
        self.permit(caller, community, Action::ListEvents).await?;
        match self
            .permit(caller, community, Action::ListPartnerships)
            .await
        {
            Ok(()) => Ok(Audience::Admins),
            Err(EventError::Forbidden(_)) => Ok(Audience::Everybody),
            Err(error) => Err(error),
        }
    }

    /// Returns the events behind `after` that an audience may see. How far they go was asked before, so that nothing is
    /// passed over that came in between.
    pub async fn page(
        &self,
        feed: &Feed,
        audience: Audience,
        after: u64,
    ) -> Result<EventPage, StorageError> {
        let (oldest, last) = (feed.oldest, feed.last);
        let query = EventQuery {
            community: &feed.community,
            audience,
            after,
            limit: EVENTS_PAGE,
        };
        let events = self.store.events(query).await?;
        let is_full = events.len() >= EVENTS_PAGE as usize;
        let newest = events.last().map_or(0, |event| event.number);
        let read_up_to = if is_full { newest } else { newest.max(last) };
        let partners = events.iter().filter_map(|event| match &event.happened {
            Happened::Partnership(news) => Some(&news.partner),
            Happened::AtPartner(partner, _) => Some(partner),
            Happened::Here(_) => None,
        });
        Ok(EventPage {
            known: known(&*self.communities, partners).await?,
            events,
            oldest,
            read_up_to: read_up_to.max(after.min(last)),
            more: is_full,
        })
    }

    /// Tells how far the events of some communities go.
    pub async fn feeds(&self, communities: &[&CommunityId]) -> Result<Vec<Feed>, StorageError> {
        self.store.feeds(communities).await
    }

    async fn permit(
        &self,
        caller: &Principal,
        community: &CommunityId,
        action: Action,
    ) -> Result<(), EventError> {
        if *community != caller.community {
            return Err(EventError::NotFound);
        }
        let resource = Resource::of(community, ResourceKind::Community);
        Ok(self.access.permit(caller, action, &resource).await?)
    }
}
