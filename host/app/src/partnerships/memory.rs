//! Communities and their partnerships in memory, for tests.

mod counts;
mod events;

use crate::audit::memory::MemoryAudit;
use crate::ports::{
    AuditRecord, AuditStore, Begun, CommunityPut, CommunityStore, Group, Moved, PAGE_MAX,
    PartnershipQuery, PartnershipStore, PastMove, RelayCount, StorageError,
};
use async_trait::async_trait;
use skillgate_domain::community::Community;
use skillgate_domain::event::Event;
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::{
    INVITATIONS_MAX, Invitation, MoveKind, Partnership, Side, Status, Terms,
};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps them until it is dropped, and the records of changes in a trail in memory.
pub struct MemoryPartnerships {
    audit: Arc<MemoryAudit>,
    kept: Mutex<Kept>,
    /// How many of the next moves somebody else is first of.
    pub crowd: AtomicU32,
}

#[derive(Default)]
struct Kept {
    communities: BTreeMap<CommunityId, Community>,
    changes: BTreeMap<CommunityId, u64>,
    partnerships: BTreeMap<PartnershipId, (Partnership, Terms, Vec<PastMove>)>,
    events: BTreeMap<CommunityId, Vec<Event>>,
    relays: Vec<(CommunityId, RelayCount)>,
}

impl Kept {
    fn live(&self, one: &CommunityId, other: &CommunityId) -> Option<&Partnership> {
        self.all().find(|it| {
            let sides = [it.side_of(one), it.side_of(other)];
            it.standing.status().is_live() && sides.iter().all(Option::is_some)
        })
    }

    fn all(&self) -> impl DoubleEndedIterator<Item = &Partnership> {
        self.partnerships.values().map(|(it, ..)| it)
    }
}

impl MemoryPartnerships {
    /// Keeps records in `audit`.
    pub fn new(audit: Arc<MemoryAudit>) -> Self {
        Self {
            audit,
            kept: Mutex::default(),
            crowd: AtomicU32::default(),
        }
    }

    /// Lets a community be unknown again. Its partnerships stay.
    pub fn forget(&self, community: &CommunityId) {
        self.kept().communities.remove(community);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn recorded(&self, record: &AuditRecord) -> Result<(), StorageError> {
        let recorded = self.audit.append_audit(std::slice::from_ref(record));
        recorded.await.map(drop)
    }
}

#[async_trait]
impl CommunityStore for MemoryPartnerships {
    async fn put_community(
        &self,
        community: &Community,
        change: &AuditRecord,
    ) -> Result<CommunityPut, StorageError> {
        {
            let mut kept = self.kept();
            let mut others = kept.communities.values();
            if others.any(|it| it.short_id == community.short_id && it.id != community.id) {
                return Ok(CommunityPut::ShortIdTaken);
            }
            let present = kept.communities.get(&community.id);
            if present.map_or(0, |it| it.version) + 1 != community.version {
                return Ok(CommunityPut::Changed);
            }
            let id = community.id.clone();
            let change = kept.changes.values().max().map_or(1, |last| last + 1);
            kept.changes.insert(id.clone(), change);
            kept.communities.insert(id, community.clone());
        }
        self.recorded(change).await?;
        Ok(CommunityPut::Kept)
    }

    async fn community(&self, id: &CommunityId) -> Result<Option<Community>, StorageError> {
        Ok(self.kept().communities.get(id).cloned())
    }

    async fn changed_communities(
        &self,
        number: u64,
    ) -> Result<Vec<(u64, Community)>, StorageError> {
        let kept = self.kept();
        let changed = kept.changes.iter().filter(|(_, change)| **change > number);
        let mut changed: Vec<_> = changed
            .filter_map(|(id, change)| Some((*change, kept.communities.get(id)?.clone())))
            .collect();
        changed.sort_by_key(|(change, _)| *change);
        changed.truncate(PAGE_MAX as usize);
        Ok(changed)
    }

    async fn communities(&self, ids: &[&CommunityId]) -> Result<Vec<Community>, StorageError> {
        let kept = self.kept();
        let known = ids.iter().filter_map(|id| kept.communities.get(id));
        Ok(known.cloned().collect())
    }
}

#[async_trait]
impl PartnershipStore for MemoryPartnerships {
    async fn begin_partnership(
        &self,
        invitation: &Invitation,
        terms: &Terms,
        change: &(dyn Fn(PartnershipId) -> AuditRecord + Send + Sync),
    ) -> Result<Begun, StorageError> {
        let begun = {
            let mut kept = self.kept();
            let both = [&invitation.source, &invitation.target];
            if !both.iter().all(|id| kept.communities.contains_key(id)) {
                return Ok(Begun::Unknown);
            }
            if let Some(live) = kept.live(both[0], both[1]) {
                return Ok(Begun::Already(Box::new(live.clone())));
            }
            let waits = |it: &&Partnership| {
                let is_own = it.invitation.source == invitation.source;
                is_own && it.standing.status() == Status::Pending && !it.has_expired(invitation.at)
            };
            if kept.all().filter(waits).count() >= INVITATIONS_MAX {
                return Ok(Begun::TooMany);
            }
            let last = kept.partnerships.keys().next_back();
            let id = PartnershipId::new(last.map_or(0, |id| id.number()) + 1);
            let begun = Partnership::begin(id, invitation.clone(), terms.clone());
            let row = (begun.clone(), terms.clone(), Vec::new());
            kept.partnerships.insert(id, row);
            let said = (Some(Side::Source), None);
            kept.tell_both(&begun, MoveKind::Invited, said);
            begun
        };
        self.recorded(&change(begun.id)).await?;
        Ok(Begun::Now(Box::new(begun)))
    }

    async fn move_partnership(&self, moves: &[Moved]) -> Result<bool, StorageError> {
        let one_less = |crowd: u32| crowd.checked_sub(1);
        if self.crowd.fetch_update(SeqCst, SeqCst, one_less).is_ok() {
            return Ok(false);
        }
        {
            let mut kept = self.kept();
            for Moved { after, change, .. } in moves {
                let Some((it, _, past)) = kept.partnerships.get_mut(&after.id) else {
                    return Ok(false);
                };
                if it.version + 1 != after.version {
                    return Ok(false);
                }
                *it = after.clone();
                past.push(PastMove {
                    version: after.version,
                    change: change.clone(),
                });
                let said = (change.by.side(), change.moved.words());
                kept.tell_both(after, change.moved.kind(), said);
            }
        }
        for moved in moves {
            self.recorded(&moved.record).await?;
        }
        Ok(true)
    }

    async fn partnership(&self, id: PartnershipId) -> Result<Option<Partnership>, StorageError> {
        let kept = self.kept();
        Ok(kept.partnerships.get(&id).map(|(it, ..)| it.clone()))
    }

    async fn live_partnership(
        &self,
        one: &CommunityId,
        other: &CommunityId,
    ) -> Result<Option<Partnership>, StorageError> {
        Ok(self.kept().live(one, other).cloned())
    }

    async fn live_partners(
        &self,
        community: &CommunityId,
        among: &[&CommunityId],
    ) -> Result<Vec<(CommunityId, Status)>, StorageError> {
        let kept = self.kept();
        let live = kept.all().filter_map(|it| {
            let (side, status) = (it.side_of(community)?, it.standing.status());
            let partner = it.community(side.other()).clone();
            let is_asked_for = among.contains(&&partner);
            (status.is_live() && is_asked_for).then_some((partner, status))
        });
        Ok(live.collect())
    }

    async fn partnerships(
        &self,
        query: PartnershipQuery<'_>,
    ) -> Result<Vec<Partnership>, StorageError> {
        let kept = self.kept();
        let of_group = |it: &&Partnership| {
            let (side, status) = (it.side_of(query.community), it.standing.status());
            let wanted = match query.group {
                Group::Active => matches!(status, Status::Accepted | Status::Suspended),
                Group::Outgoing => status == Status::Pending && side == Some(Side::Source),
                Group::Incoming => status == Status::Pending && side == Some(Side::Target),
                Group::Over(since) => !status.is_live() && it.updated_at >= since,
            };
            side.is_some() && wanted && query.before.is_none_or(|before| it.id < before)
        };
        let found = kept.all().rev().filter(of_group);
        Ok(found
            .take(query.limit.min(PAGE_MAX) as usize)
            .cloned()
            .collect())
    }

    async fn partnership_moves(
        &self,
        id: PartnershipId,
    ) -> Result<Option<(Terms, Vec<PastMove>)>, StorageError> {
        let kept = self.kept();
        let found = kept.partnerships.get(&id);
        Ok(found.map(|(_, terms, moves)| (terms.clone(), moves.clone())))
    }

    async fn overdue_invitations(&self, now: Timestamp) -> Result<Vec<Partnership>, StorageError> {
        let kept = self.kept();
        let overdue = kept.all().filter(|it| it.has_expired(now));
        Ok(overdue.take(PAGE_MAX as usize).cloned().collect())
    }
}
