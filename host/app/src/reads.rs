//! Records that were read a moment ago, so that many who ask for the same cost the CRM one request.
//!
//! Invariants: what is kept is sealed, and each reader's own pass opens it. Nothing is older than the age
//! that was set. No read that began before a change was told of is kept after it. Only who asks for
//! [`Reads::recent`] is answered from memory: as a [`Crm`], this asks the CRM each time. What may rest on
//! such an answer, the broker says (`broker/recent.rs`).

mod reconciliation;
mod shelves;

pub use reconciliation::{CLOCKS_APART_MAX, LOOK_EVERY, Reconciliation};
pub use shelves::{
    BYTES_MAX, COMMUNITY_BYTES_MAX, COMMUNITY_RECORDS_MAX, FIELD_SETS_MAX, RECORD_BYTES_MAX,
};

use crate::flight::Flights;
use crate::ports::{Changed, Clock, Crm, CrmError, Meter, Unmetered};
use async_trait::async_trait;
use futures::FutureExt;
use shelves::{Place, Shelves};
use skillgate_domain::crm::{Changes, EntryRef, Link, ObjectKind, Page, Query, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use skillgate_domain::time::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How old an answer from memory may be, where the CRM does not tell what changes.
pub const AGE_MAX: Duration = Duration::from_secs(30);
/// How old it may be where the CRM does.
pub const AGE_MAX_TOLD: Duration = Duration::from_mins(5);

/// A record, and when the CRM was asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// The record.
    pub record: Unredacted,
    /// When it was asked for: what it says is not from before.
    pub at: Timestamp,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Somebody else's question, answered or on its way.
    Memory,
    /// A question that was asked for this answer.
    Crm,
}

/// Why something is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was written here.
    Written,
    /// The CRM told of a change.
    Notice,
    /// The CRM was asked what changed.
    Reconciled,
    /// It is too old.
    Aged,
    /// There was no room for it, or a newer one came.
    Replaced,
}

impl Cause {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Notice => "notice",
            Self::Reconciled => "reconciled",
            Self::Aged => "aged",
            Self::Replaced => "replaced",
        }
    }
}

/// What tells two reads apart: who asks for what, since which change.
type ReadKey = (CommunityId, EntryRef, Selection, u64);
type Reading = Result<Arc<Fetched>, CrmError>;

/// A CRM, and what was read of it a moment ago.
pub struct Reads {
    inner: Arc<Inner>,
    flights: Flights<ReadKey, Reading>,
}

/// What a read in flight keeps alive.
struct Inner {
    crm: Arc<dyn Crm>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    age_max: Duration,
    shelves: Mutex<Shelves>,
}

impl Reads {
    /// Keeps what is read of `crm` for so long; with no time at all, nothing is kept, and only who asks while
    /// the same is on its way shares an answer.
    pub fn new(crm: Arc<dyn Crm>, clock: Arc<dyn Clock>, age_max: Duration) -> Self {
        Self::metered(crm, clock, age_max, Arc::new(Unmetered))
    }

    /// Keeps what is read of `crm` for so long, and counts it with `meter`.
    pub fn metered(
        crm: Arc<dyn Crm>,
        clock: Arc<dyn Clock>,
        age_max: Duration,
        meter: Arc<dyn Meter>,
    ) -> Self {
        let inner = Inner {
            crm,
            clock,
            meter,
            age_max,
            shelves: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
            flights: Flights::new(),
        }
    }

    /// Reads one record, from memory if it is there. Who asks while the same is on its way waits for that.
    pub async fn recent(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<(Arc<Fetched>, Source), CrmError> {
        let inner = &self.inner;
        let place = Place::new(community, target, want);
        let since = match inner.kept(&place) {
            Ok(kept) => {
                inner.meter.record_read("kept");
                return Ok((kept, Source::Memory));
            }
            Err(since) => since,
        };
        let key = (community.clone(), target, want.clone(), since);
        let mut source = Source::Memory;
        let start = || {
            source = Source::Crm;
            let (inner, community, want) = (Arc::clone(inner), community.clone(), want.clone());
            async move { inner.fetch(&community, target, &want).await }.boxed()
        };
        let reading = self.flights.join(key, start).await;
        inner.meter.record_read(match source {
            Source::Memory => "joined",
            Source::Crm => "fetched",
        });
        Ok((reading?, source))
    }

    /// Reads one record from the CRM, whatever is kept of it, and keeps that.
    pub async fn fresh(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Arc<Fetched>, CrmError> {
        self.inner.meter.record_read("fresh");
        self.inner.fetch(community, target, want).await
    }

    /// Has a record read anew by whoever asks from now on.
    pub fn forget(&self, target: EntryRef, cause: Cause) {
        self.inner.forget(target, cause);
    }

    /// Returns how many answers are kept.
    pub fn kept(&self) -> usize {
        self.inner.shelves().len()
    }
}

impl Inner {
    /// Returns what is kept, or since which change nothing is.
    fn kept(&self, place: &Place<'_>) -> Result<Arc<Fetched>, u64> {
        let now = self.clock.now();
        let mut shelves = self.shelves();
        match shelves.get(place) {
            Some(kept) if self.is_good(kept.at, now) => Ok(kept),
            Some(_) => {
                let count = shelves.drop_one(place);
                self.forgotten(Cause::Aged, count);
                Err(shelves.changes(place.target))
            }
            None => Err(shelves.changes(place.target)),
        }
    }

    /// A clock that was set back makes an age that nobody knows.
    fn is_good(&self, at: Timestamp, now: Timestamp) -> bool {
        at <= now && now < at.plus(self.age_max)
    }

    async fn fetch(&self, community: &CommunityId, target: EntryRef, want: &Selection) -> Reading {
        let since = self.shelves().changes(target);
        let at = self.clock.now();
        let record = match self.crm.get(community, target, want).await {
            Ok(record) => record,
            Err(error) => {
                if error == CrmError::NotFound {
                    self.forget(target, Cause::Replaced);
                }
                return Err(error);
            }
        };
        let fetched = Arc::new(Fetched { record, at });
        if !self.age_max.is_zero() {
            let place = Place::new(community, target, want);
            let replaced = self.shelves().put(&place, &fetched, since);
            self.forgotten(Cause::Replaced, replaced);
        }
        Ok(fetched)
    }

    fn forget(&self, target: EntryRef, cause: Cause) {
        let count = self.shelves().forget(target);
        self.forgotten(cause, count);
    }

    fn forgotten(&self, cause: Cause, count: usize) {
        if count > 0 {
            self.meter.records_forgotten(cause.code(), count);
        }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records that are being written: forgotten where that begins, and again where it ends, also when nobody
/// waits for its end or knows what came of it.
struct Writing<'a> {
    inner: &'a Inner,
    targets: Vec<EntryRef>,
}

impl<'a> Writing<'a> {
    fn begin(inner: &'a Inner, targets: Vec<EntryRef>) -> Self {
        let writing = Self { inner, targets };
        writing.forget();
        writing
    }

    fn forget(&self) {
        for target in &self.targets {
            self.inner.forget(*target, Cause::Written);
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}

#[async_trait]
impl Crm for Reads {
    async fn get(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.inner.crm.get(community, target, want).await
    }

    async fn search(
        &self,
        community: &CommunityId,
        query: &Query,
        want: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        self.inner.crm.search(community, query, want).await
    }

    async fn create(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let object = changes.object;
        let _writing = Writing::begin(&self.inner, vec![EntryRef { object, id }]);
        self.inner.crm.create(community, id, changes, want).await
    }

    async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let object = changes.object;
        let _writing = Writing::begin(&self.inner, vec![EntryRef { object, id }]);
        self.inner.crm.update(community, id, changes, want).await
    }

    async fn link(
        &self,
        community: &CommunityId,
        id: RecordId,
        link: &Link,
    ) -> Result<(), CrmError> {
        let _writing = Writing::begin(&self.inner, vec![link.source, link.target]);
        self.inner.crm.link(community, id, link).await
    }

    async fn changed(&self, object: ObjectKind, since: Timestamp) -> Result<Changed, CrmError> {
        self.inner.crm.changed(object, since).await
    }

    async fn check(&self) -> Result<(), CrmError> {
        self.inner.crm.check().await
    }
}

#[cfg(test)]
mod tests;
