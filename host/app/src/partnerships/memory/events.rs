use super::{Kept, MemoryPartnerships};
use crate::ports::{
    AuditRecord, EventQuery, EventStore, Feed, PAGE_MAX, RelayCount, Relayed, RelayedTo, Report,
    StorageError,
};
use async_trait::async_trait;
use skillgate_domain::event::{Audience, Event, Happened, PartnershipNews};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::{Message, MoveKind, Partnership, Side, Status};
use skillgate_domain::time::{Day, Timestamp};
use std::time::Duration;

impl Kept {
    fn tell(&mut self, community: &CommunityId, at: Timestamp, happened: Happened) -> u64 {
        let events = self.events.entry(community.clone()).or_default();
        let number = events.last().map_or(0, |event| event.number) + 1;
        events.push(Event {
            number,
            at,
            happened,
        });
        number
    }

    /// Tells both sides of a move.
    pub(super) fn tell_both(
        &mut self,
        after: &Partnership,
        moved: MoveKind,
        (by, words): (Option<Side>, Option<&Message>),
    ) {
        for side in [Side::Source, Side::Target] {
            let news = PartnershipNews {
                partnership: after.id,
                version: after.version,
                moved,
                status: after.standing.status(),
                partner: after.community(side.other()).clone(),
                was_invited: side == Side::Target,
                relationship: after.invitation.relationship,
                invite_message: after.invitation.message.clone(),
                by,
                words: words.cloned(),
            };
            let happened = Happened::Partnership(news);
            self.tell(after.community(side), after.updated_at, happened);
        }
    }

    fn sent(&self, to: &CommunityId, from: &CommunityId, since: Timestamp) -> u64 {
        let events = self.events.get(to).into_iter().flatten();
        let sent = events.filter(|event| {
            event.at > since
                && matches!(&event.happened, Happened::AtPartner(sender, _) if sender == from)
        });
        u64::try_from(sent.count()).unwrap_or(u64::MAX)
    }

    fn relay(&mut self, report: &Report) -> Relayed {
        let Report {
            community,
            notification,
            at,
        } = report;
        let of_partners = self.all().filter_map(|it| {
            let side = it.side_of(community)?;
            let status = it.standing.status();
            let is_active = matches!(status, Status::Accepted | Status::Suspended);
            is_active.then(|| (it.clone(), side))
        });
        let of_partners: Vec<_> = of_partners.collect();
        let since = |hours| at.minus(Duration::from_hours(hours));
        let mut partners = Vec::new();
        for (partnership, side) in of_partners {
            let partner = partnership.community(side.other());
            let sent = |hours| self.sent(partner, community, since(hours));
            let passed = partnership.passes_on(side, notification, (sent(1), sent(24)));
            if passed.is_ok() {
                let happened = Happened::AtPartner(community.clone(), notification.clone());
                self.tell(partner, *at, happened);
            }
            let count = RelayCount {
                day: Day::of(*at),
                withheld: passed.err(),
                count: 1,
            };
            self.relays.push((community.clone(), count));
            partners.push(RelayedTo {
                partnership: partnership.id,
                partner: partner.clone(),
                withheld: passed.err(),
            });
        }
        let happened = Happened::Here(notification.clone());
        let event = self.tell(community, *at, happened);
        Relayed { event, partners }
    }
}

#[async_trait]
impl EventStore for MemoryPartnerships {
    async fn relay(
        &self,
        report: &Report,
        change: &(dyn for<'r> Fn(&'r Relayed) -> AuditRecord + Send + Sync),
    ) -> Result<Option<Relayed>, StorageError> {
        let relayed = {
            let mut kept = self.kept();
            if !kept.communities.contains_key(&report.community) {
                return Ok(None);
            }
            kept.relay(report)
        };
        let record = change(&relayed);
        self.recorded(&record).await?;
        Ok(Some(relayed))
    }

    async fn events(&self, query: EventQuery<'_>) -> Result<Vec<Event>, StorageError> {
        let kept = self.kept();
        let events = kept.events.get(query.community).into_iter().flatten();
        let seen = events.filter(|event| {
            let for_all = event.happened.audience() == Audience::Everybody;
            event.number > query.after && (for_all || query.audience == Audience::Admins)
        });
        let limit = query.limit.min(PAGE_MAX) as usize;
        Ok(seen.take(limit).cloned().collect())
    }

    async fn feeds(&self, communities: &[&CommunityId]) -> Result<Vec<Feed>, StorageError> {
        let kept = self.kept();
        let feeds = communities.iter().filter_map(|community| {
            let events = kept.events.get(community)?;
            Some(Feed {
                community: (*community).clone(),
                oldest: events.first().map(|event| event.number),
                last: events.last()?.number,
            })
        });
        Ok(feeds.collect())
    }

    async fn remove_events(&self, until: Timestamp, _: u32) -> Result<u64, StorageError> {
        let mut removed = 0;
        for events in self.kept().events.values_mut() {
            let before = events.len();
            events.retain(|event| event.at > until);
            removed += before - events.len();
        }
        Ok(u64::try_from(removed).unwrap_or(u64::MAX))
    }
}
