//! Where answers are kept: by record, community and fields, and never more than there is room for.
//!
//! Each community has room of its own; where all of them together have none left, the one that keeps most
//! gives way. What was asked for least recently goes first.

use super::Fetched;
use skillgate_domain::crm::{EntryRef, ObjectKind, Selection};
use skillgate_domain::ids::CommunityId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// Most bytes of one answer that is kept; a longer one is read each time.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// Most answers that are kept for one community.
pub const COMMUNITY_RECORDS_MAX: usize = 4_096;
/// Most bytes that are kept for one community.
pub const COMMUNITY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most bytes that are kept in all.
pub const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Most choices of fields of one record that are kept for one community.
pub const FIELD_SETS_MAX: usize = 8;
/// What an answer takes besides its values, in bytes; measured generously.
const OVERHEAD_BYTES: usize = 512;
/// Counters of changes. Records that share one only lose what was on its way when the other changed.
const COUNTERS: usize = 1_024;

/// Where one answer has its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    community: &'a CommunityId,
    pub(super) target: EntryRef,
    want: &'a Selection,
}

impl<'a> Place<'a> {
    pub(super) const fn new(
        community: &'a CommunityId,
        target: EntryRef,
        want: &'a Selection,
    ) -> Self {
        Self {
            community,
            target,
            want,
        }
    }
}

struct Kept {
    want: Selection,
    fetched: Arc<Fetched>,
    bytes: usize,
    /// Grows with each use.
    used: u64,
}

/// What is kept for one community.
#[derive(Default)]
struct Room {
    bytes: usize,
    /// By last use, the least recent first.
    order: BTreeMap<u64, EntryRef>,
}

/// Everything that is kept.
pub(super) struct Shelves {
    records: HashMap<EntryRef, HashMap<CommunityId, Vec<Kept>>>,
    rooms: HashMap<CommunityId, Room>,
    bytes: usize,
    uses: u64,
    changes: Vec<u64>,
    hasher: RandomState,
}

impl Default for Shelves {
    fn default() -> Self {
        Self {
            records: HashMap::new(),
            rooms: HashMap::new(),
            bytes: 0,
            uses: 0,
            changes: vec![0; COUNTERS],
            hasher: RandomState::new(),
        }
    }
}

impl Shelves {
    pub(super) fn len(&self) -> usize {
        self.rooms.values().map(|room| room.order.len()).sum()
    }

    /// Returns the kinds of record of which something is kept.
    pub(super) fn kinds(&self) -> BTreeSet<ObjectKind> {
        self.records.keys().map(|target| target.object).collect()
    }

    /// Returns when the oldest answer of a kind was asked for.
    pub(super) fn oldest(&self, object: ObjectKind) -> Option<skillgate_domain::time::Timestamp> {
        let of_kind = self.records.iter().filter(|(at, _)| at.object == object);
        let kept = of_kind.flat_map(|(_, homes)| homes.values().flatten());
        kept.map(|kept| kept.fetched.at).min()
    }

    /// Returns a number that grows when a record is forgotten.
    pub(super) fn changes(&self, target: EntryRef) -> u64 {
        self.changes[self.counter(target)]
    }

    fn counter(&self, target: EntryRef) -> usize {
        let counters = u64::try_from(COUNTERS).unwrap_or(u64::MAX);
        let place = self.hasher.hash_one(target) % counters;
        usize::try_from(place).unwrap_or_default()
    }

    /// Returns what is kept at its place, which is thereby used.
    pub(super) fn get(&mut self, place: &Place<'_>) -> Option<Arc<Fetched>> {
        let all = self.records.get_mut(&place.target)?;
        let all = all.get_mut(place.community)?;
        let kept = all.iter_mut().find(|kept| kept.want == *place.want)?;
        self.uses += 1;
        let order = &mut self.rooms.get_mut(place.community)?.order;
        order.remove(&kept.used);
        order.insert(self.uses, place.target);
        kept.used = self.uses;
        Some(Arc::clone(&kept.fetched))
    }

    /// Keeps an answer, if its record was not forgotten since `since`. Returns how many others went: those
    /// of an older state of the record, and those for which there is no room.
    pub(super) fn put(&mut self, place: &Place<'_>, fetched: &Arc<Fetched>, since: u64) -> usize {
        if self.changes(place.target) != since {
            return 0;
        }
        let other = |kept: &Kept| kept.fetched.record.is_another_state(&fetched.record);
        let newer = |kept: &Kept| kept.fetched.at > fetched.at;
        let mut gone = self.drop_where(place.target, |kept| other(kept) && !newer(kept));
        let homes = self.records.get(&place.target);
        let mut all = homes.into_iter().flat_map(|homes| homes.values().flatten());
        if all.any(|kept| other(kept) || (newer(kept) && kept.want == *place.want)) {
            return gone;
        }
        let bytes = OVERHEAD_BYTES + fetched.record.bytes() + names(place.want);
        self.drop_one(place);
        if bytes > RECORD_BYTES_MAX {
            return gone;
        }
        let (target, community) = (place.target, place.community);
        gone += self.make_room_beside(place);
        self.uses += 1;
        let kept = Kept {
            want: place.want.clone(),
            fetched: Arc::clone(fetched),
            bytes,
            used: self.uses,
        };
        let homes = self.records.entry(target).or_default();
        homes.entry(community.clone()).or_default().push(kept);
        let room = self.rooms.entry(community.clone()).or_default();
        room.order.insert(self.uses, target);
        room.bytes += bytes;
        self.bytes += bytes;
        gone + self.make_room(community)
    }

    /// Forgets a record, in every community and with every choice of fields. What is on its way is not
    /// kept. Returns how many answers that were.
    pub(super) fn forget(&mut self, target: EntryRef) -> usize {
        let counter = self.counter(target);
        self.changes[counter] += 1;
        self.drop_where(target, |_| true)
    }

    /// Forgets a record unless all that is kept of it is what it was after its last change.
    pub(super) fn forget_unless(&mut self, target: EntryRef, updated_at: Option<&str>) -> usize {
        let homes = self.records.get(&target);
        let mut kept = homes.into_iter().flat_map(|homes| homes.values().flatten());
        let known = |kept: &Kept| kept.fetched.record.changed_at(updated_at);
        if homes.is_some() && kept.all(known) {
            return 0;
        }
        self.forget(target)
    }

    /// Forgets every record of a kind.
    pub(super) fn forget_kind(&mut self, object: ObjectKind) -> usize {
        for changes in &mut self.changes {
            *changes += 1;
        }
        let of_kind = self.records.keys().filter(|target| target.object == object);
        let targets: Vec<_> = of_kind.copied().collect();
        let gone = targets.into_iter();
        gone.map(|target| self.drop_where(target, |_| true)).sum()
    }

    /// Drops what is not good any more.
    pub(super) fn sweep(&mut self, is_good: impl Fn(&Fetched) -> bool) -> usize {
        let targets: Vec<_> = self.records.keys().copied().collect();
        let gone = targets.into_iter();
        gone.map(|target| self.drop_where(target, |kept| !is_good(&kept.fetched)))
            .sum()
    }

    /// Drops what is kept at one place.
    pub(super) fn drop_one(&mut self, place: &Place<'_>) -> usize {
        self.drop_of(place.target, place.community, |kept| {
            kept.want == *place.want
        })
    }

    fn drop_where(&mut self, target: EntryRef, which: impl Fn(&Kept) -> bool) -> usize {
        let Some(homes) = self.records.get(&target) else {
            return 0;
        };
        let communities: Vec<_> = homes.keys().cloned().collect();
        let gone = communities.iter();
        gone.map(|community| self.drop_of(target, community, &which))
            .sum()
    }

    fn drop_of(
        &mut self,
        target: EntryRef,
        community: &CommunityId,
        which: impl Fn(&Kept) -> bool,
    ) -> usize {
        let Some(homes) = self.records.get_mut(&target) else {
            return 0;
        };
        let Some(all) = homes.get_mut(community) else {
            return 0;
        };
        let gone: Vec<_> = all.extract_if(.., |kept| which(kept)).collect();
        if all.is_empty() {
            homes.remove(community);
        }
        if homes.is_empty() {
            self.records.remove(&target);
        }
        if let Some(room) = self.rooms.get_mut(community) {
            for kept in &gone {
                room.order.remove(&kept.used);
                room.bytes -= kept.bytes;
                self.bytes -= kept.bytes;
            }
            if room.order.is_empty() {
                self.rooms.remove(community);
            }
        }
        gone.len()
    }

    /// Leaves room for one more choice of fields of a record.
    fn make_room_beside(&mut self, place: &Place<'_>) -> usize {
        let homes = self.records.get(&place.target);
        let all = homes.and_then(|homes| homes.get(place.community));
        let Some(all) = all.filter(|all| all.len() >= FIELD_SETS_MAX) else {
            return 0;
        };
        let least = all.iter().map(|kept| kept.used).min();
        self.drop_of(place.target, place.community, |kept| {
            Some(kept.used) == least
        })
    }

    fn make_room(&mut self, community: &CommunityId) -> usize {
        let mut gone = 0;
        let full = |room: &Room| {
            room.bytes > COMMUNITY_BYTES_MAX || room.order.len() > COMMUNITY_RECORDS_MAX
        };
        while self.rooms.get(community).is_some_and(full) {
            gone += self.drop_least_used(community);
        }
        while self.bytes > BYTES_MAX {
            let rooms = self.rooms.iter();
            let most = rooms.max_by_key(|(_, room)| room.bytes);
            let Some(community) = most.map(|(community, _)| community.clone()) else {
                break;
            };
            gone += self.drop_least_used(&community);
        }
        gone
    }

    fn drop_least_used(&mut self, community: &CommunityId) -> usize {
        let room = self.rooms.get(community);
        let least = room.and_then(|room| room.order.first_key_value());
        let Some((used, target)) = least.map(|(used, target)| (*used, *target)) else {
            return 0;
        };
        self.drop_of(target, community, |kept| kept.used == used)
    }
}

fn names(want: &Selection) -> usize {
    let custom = want.custom.iter();
    custom.map(|name| name.as_str().len()).sum()
}

#[cfg(test)]
mod tests;
