//! What is kept, for how long, and what ends it. The CRM counts what it is asked.

mod reconciled;

use super::*;
use crate::ports::UnavailableCause;
use futures::future::join_all;
use skillgate_domain::crm::{Field, FieldKey, FieldValue, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use tokio::sync::Semaphore;
use uuid::Uuid;

const NOON_MS: i64 = 1_772_366_400_000;
const AGE: Duration = Duration::from_mins(1);

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A CRM whose records say how often they were written.
struct Counting {
    gets: AtomicU32,
    version: AtomicU32,
    /// What the next reads and writes answer instead.
    fails: Mutex<Vec<CrmError>>,
    /// Reads look at the record, and answer when one of these is there.
    go: Semaphore,
    changed: Mutex<Vec<Result<Changed, CrmError>>>,
    asked: Mutex<Vec<(ObjectKind, i64)>>,
}

impl Counting {
    fn fails(&self, error: CrmError) {
        self.fails.lock().unwrap().push(error);
    }

    fn outcome(&self) -> Result<(), CrmError> {
        self.fails.lock().unwrap().pop().map_or(Ok(()), Err)
    }

    fn gets(&self) -> u32 {
        self.gets.swap(0, Ordering::SeqCst)
    }

    /// The CRM changes by itself.
    fn write(&self) {
        self.version.fetch_add(1, Ordering::SeqCst);
    }

    fn record(&self, target: EntryRef) -> Unredacted {
        let version = self.version.load(Ordering::SeqCst);
        let title = FieldValue::Text(format!("v{version}"));
        Unredacted::seal(Record {
            object: target.object,
            id: target.id,
            updated_at: Some(format!("{version}")),
            fields: BTreeMap::from([(FieldKey::Standard(Field::ContactJobTitle), title)]),
        })
    }
}

#[async_trait]
impl Crm for Counting {
    async fn get(
        &self,
        _: &CommunityId,
        target: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.gets.fetch_add(1, Ordering::SeqCst);
        let answer = self.outcome().map(|()| self.record(target));
        self.go.acquire().await.unwrap().forget();
        self.go.add_permits(1);
        answer
    }

    async fn search(
        &self,
        _: &CommunityId,
        _: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        Err(CrmError::NotFound)
    }

    async fn create(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.write();
        self.outcome()?;
        let object = changes.object;
        Ok(self.record(EntryRef { object, id }))
    }

    async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.create(community, id, changes, want).await
    }

    async fn link(&self, _: &CommunityId, _: RecordId, _: &Link) -> Result<(), CrmError> {
        self.write();
        self.outcome()
    }

    async fn changed(&self, object: ObjectKind, since: Timestamp) -> Result<Changed, CrmError> {
        let before = since.unix_ms() - NOON_MS;
        self.asked.lock().unwrap().push((object, before));
        let told = self.changed.lock().unwrap().pop();
        told.unwrap_or(Ok(Changed::default()))
    }

    async fn check(&self) -> Result<(), CrmError> {
        Ok(())
    }
}

struct World {
    crm: Arc<Counting>,
    clock: Arc<HandClock>,
    reads: Arc<Reads>,
}

impl World {
    fn new() -> Self {
        Self::keeping(AGE)
    }

    fn keeping(age_max: Duration) -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(NOON_MS)));
        let crm = Arc::new(Counting {
            gets: AtomicU32::new(0),
            version: AtomicU32::new(0),
            fails: Mutex::default(),
            go: Semaphore::new(1),
            changed: Mutex::default(),
            asked: Mutex::default(),
        });
        let reads = Arc::new(Reads::new(crm.clone(), clock.clone(), age_max));
        Self { crm, clock, reads }
    }

    fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Reads a contact, and says which state of it and where from.
    async fn read(&self, n: u128) -> Result<(String, Source), CrmError> {
        self.read_as("home", contact(n), &titles()).await
    }

    async fn read_as(
        &self,
        home: &str,
        target: EntryRef,
        want: &Selection,
    ) -> Result<(String, Source), CrmError> {
        let (fetched, source) = self.reads.recent(&home_of(home), target, want).await?;
        Ok((state(&fetched.record), source))
    }

    /// Starts a read that the CRM has looked at and not yet answered.
    async fn hold(&self) {
        self.crm.go.acquire().await.unwrap().forget();
    }

    fn release(&self) {
        self.crm.go.add_permits(1);
    }
}

/// Which state of the record this is, as its version tells.
fn state(record: &Unredacted) -> String {
    let versions = (0..100).map(|version: u32| version.to_string());
    let mut known = versions.filter(|version| record.changed_at(Some(version)));
    known.next().unwrap()
}

fn home_of(name: &str) -> CommunityId {
    CommunityId::parse(name).unwrap()
}

fn contact(n: u128) -> EntryRef {
    EntryRef {
        object: ObjectKind::Contact,
        id: RecordId::new(Uuid::from_u128(n)),
    }
}

fn company(n: u128) -> EntryRef {
    EntryRef {
        object: ObjectKind::Company,
        ..contact(n)
    }
}

fn titles() -> Selection {
    std::iter::once(FieldKey::Standard(Field::ContactJobTitle)).collect()
}

fn changes() -> Changes {
    Changes {
        object: ObjectKind::Contact,
        set: BTreeMap::new(),
        clear: BTreeSet::new(),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "compared with what a read answers"
)]
fn told(state: &str, source: Source) -> Result<(String, Source), CrmError> {
    Ok((state.to_owned(), source))
}

#[tokio::test]
async fn what_was_read_is_answered_until_it_is_too_old() {
    let world = World::new();
    let age = i64::try_from(AGE.as_millis()).unwrap();
    assert_eq!(world.read(1).await, told("0", Source::Crm));
    world.crm.write();
    world.pass(age - 1);
    assert_eq!(world.read(1).await, told("0", Source::Memory));
    world.pass(1);
    assert_eq!(world.read(1).await, told("1", Source::Crm));
    assert_eq!(world.crm.gets(), 2);
    // A clock that was set back: nobody knows how old it is.
    world.pass(-1);
    assert_eq!(world.read(1).await, told("1", Source::Crm));
}

#[tokio::test]
async fn an_answer_says_when_the_crm_was_asked() {
    let world = World::new();
    let at = async || {
        let (home, want) = (home_of("home"), titles());
        let read = world.reads.recent(&home, contact(1), &want).await;
        read.unwrap().0.at.unix_ms() - NOON_MS
    };
    assert_eq!(at().await, 0);
    world.pass(500);
    assert_eq!(at().await, 0, "it is as old as it is");
    world.reads.forget(contact(1), Cause::Notice);
    assert_eq!(at().await, 500);
}

#[tokio::test]
async fn without_an_age_every_record_is_read_anew() {
    let world = World::keeping(Duration::ZERO);
    for _ in 0..2 {
        assert_eq!(world.read(1).await, told("0", Source::Crm));
    }
    assert_eq!((world.crm.gets(), world.reads.kept()), (2, 0));
    world.hold().await;
    let release = async { world.release() };
    let (one, other, ()) = tokio::join!(world.read(1), world.read(1), release);
    assert_eq!(one, told("0", Source::Crm));
    assert_eq!(other, told("0", Source::Memory), "at the same time");
    assert_eq!(world.crm.gets(), 1);
}

#[tokio::test]
async fn records_fields_and_communities_are_kept_apart() {
    let world = World::new();
    let reads: [(&str, EntryRef, Selection); 5] = [
        ("home", contact(1), titles()),
        ("home", contact(2), titles()),
        ("home", company(1), titles()),
        ("home", contact(1), Selection::EMPTY),
        ("away", contact(1), titles()),
    ];
    for source in [Source::Crm, Source::Memory] {
        for (home, target, want) in &reads {
            let read = world.read_as(home, *target, want).await;
            assert_eq!(read, told("0", source), "{home} {target:?} {want:?}");
        }
    }
    assert_eq!((world.crm.gets(), world.reads.kept()), (5, 5));
    // A change of the record is one for all who read it, and for nothing else.
    world.reads.forget(contact(1), Cause::Notice);
    assert_eq!(world.reads.kept(), 2);
}

#[tokio::test]
async fn a_newer_state_takes_the_older_ones_away() {
    let world = World::new();
    world.read(1).await.unwrap();
    world.read(2).await.unwrap();
    world.crm.write();
    let other = world.read_as("away", contact(1), &Selection::EMPTY).await;
    assert_eq!(other, told("1", Source::Crm));
    assert_eq!(world.read(1).await, told("1", Source::Crm));
    assert_eq!(
        world.read(2).await,
        told("0", Source::Memory),
        "nobody saw that"
    );
}

#[tokio::test]
async fn identical_reads_at_the_same_time_are_one_request() {
    let world = World::new();
    world.hold().await;
    let reading = join_all((0..100).map(|n| world.read(n % 5)));
    let release = async { world.release() };
    let (answers, ()) = tokio::join!(reading, release);
    assert_eq!(world.crm.gets(), 5);
    let asked = answers.iter().filter(|one| **one == told("0", Source::Crm));
    assert_eq!(asked.count(), 5);
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_takes_no_answer_from_the_others() {
    let world = World::new();
    world.hold().await;
    let leader = tokio::time::timeout(Duration::from_millis(1), world.read(1));
    let release = async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        world.release();
    };
    let (left, followed, ()) = tokio::join!(leader, world.read(1), release);
    assert!(left.is_err());
    assert_eq!(followed, told("0", Source::Memory));
    assert_eq!(world.crm.gets(), 1);
    assert_eq!(world.read(1).await, told("0", Source::Memory));
}

#[tokio::test]
async fn a_failure_is_shared_and_not_kept() {
    for error in [
        CrmError::Unavailable(UnavailableCause::Timeout),
        CrmError::NotFound,
        CrmError::RateLimited { after: AGE },
    ] {
        let world = World::new();
        world.crm.fails(error.clone());
        world.hold().await;
        let release = async { world.release() };
        let (one, other, ()) = tokio::join!(world.read(1), world.read(1), release);
        assert_eq!((one, other), (Err(error.clone()), Err(error)));
        assert_eq!(world.crm.gets(), 1);
        assert_eq!(world.read(1).await, told("0", Source::Crm));
    }
}

#[tokio::test]
async fn what_is_gone_is_gone_for_everybody() {
    let world = World::new();
    world.read(1).await.unwrap();
    world.crm.fails(CrmError::NotFound);
    let (away, want) = (home_of("away"), titles());
    let gone = world.reads.fresh(&away, contact(1), &want).await;
    assert_eq!(gone, Err(CrmError::NotFound));
    world.crm.fails(CrmError::NotFound);
    assert_eq!(world.read(1).await, Err(CrmError::NotFound));
}

/// The CRM has looked at the record, then it changes, and then the answer comes.
#[tokio::test]
async fn an_answer_from_before_a_change_is_not_kept_after_it() {
    let world = World::new();
    world.hold().await;
    let change = async {
        tokio::task::yield_now().await;
        assert_eq!(world.crm.gets.load(Ordering::SeqCst), 1, "it is on its way");
        world.crm.write();
        world.reads.forget(contact(1), Cause::Notice);
        // Who asks from now on does not wait for what began before.
        let (later, ()) = tokio::join!(world.read(1), async { world.release() });
        later
    };
    let (early, later) = tokio::join!(world.read(1), change);
    assert_eq!(early, told("0", Source::Crm), "asked before the change");
    assert_eq!(later, told("1", Source::Crm));
    assert_eq!(world.read(1).await, told("1", Source::Memory));
    assert_eq!(world.crm.gets(), 2);
}

#[tokio::test]
async fn an_own_write_is_seen_by_the_next_read_whatever_came_of_it() {
    for outcome in [
        None,
        Some(CrmError::OutcomeUnknown),
        Some(CrmError::Forbidden),
    ] {
        let world = World::new();
        let home = home_of("home");
        let link = Link {
            source: contact(1),
            target: company(1),
        };
        for write in ["create", "update", "link"] {
            world.read(1).await.unwrap();
            assert_eq!(world.read(1).await.unwrap().1, Source::Memory);
            let before = world.crm.version.load(Ordering::SeqCst);
            if let Some(error) = &outcome {
                world.crm.fails(error.clone());
            }
            let (changes, want) = (changes(), titles());
            let id = contact(1).id;
            let done = match write {
                "create" => world.reads.create(&home, id, &changes, &want).await.err(),
                "update" => world.reads.update(&home, id, &changes, &want).await.err(),
                _ => world.reads.link(&home, id, &link).await.err(),
            };
            assert_eq!(done, outcome, "{write}");
            let after = (before + 1).to_string();
            assert_eq!(world.read(1).await, told(&after, Source::Crm), "{write}");
        }
    }
}

/// A read that begins while a write is under way may see the state before it.
#[tokio::test]
async fn a_read_beside_a_write_is_not_kept() {
    let world = World::new();
    let (home, changes, want) = (home_of("home"), changes(), titles());
    world.hold().await;
    let mut reading = Box::pin(world.read(1));
    assert!(futures::poll!(&mut reading).is_pending());
    world
        .reads
        .update(&home, contact(1).id, &changes, &want)
        .await
        .unwrap();
    world.release();
    assert_eq!(reading.await, told("0", Source::Crm));
    assert_eq!(world.read(1).await, told("1", Source::Crm));
}

#[tokio::test]
async fn as_a_crm_it_asks_each_time() {
    let world = World::new();
    world.read(1).await.unwrap();
    for _ in 0..2 {
        let home = home_of("home");
        world.reads.get(&home, contact(1), &titles()).await.unwrap();
    }
    assert_eq!(world.crm.gets(), 3);
    world
        .reads
        .fresh(&home_of("home"), contact(1), &titles())
        .await
        .unwrap();
    assert_eq!(world.crm.gets(), 1);
}
