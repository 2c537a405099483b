//! What a call is answered from memory, and what it may not do with that.

use super::super::ErrorCode;
use super::*;
use crate::ports::Retry;
use crate::reads::{Cause, Reads};
use skillgate_domain::plan::Mode;
use skillgate_domain::right::Right;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const AGE: Duration = Duration::from_mins(1);
const OLD: &str = "old@engines.example";
const NEW: &str = "new@engines.example";
const NONE: [&str; 0] = [];

struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_772_366_400_000 + self.0.load(Ordering::SeqCst))
    }
}

/// A CRM with one contact, which changes when it is told to.
struct Changing {
    calls: Mutex<Vec<&'static str>>,
    email: Mutex<&'static str>,
    fails: Mutex<Option<CrmError>>,
}

impl Changing {
    fn asked(&self, call: &'static str, target: EntryRef) -> Result<Unredacted, CrmError> {
        self.calls.lock().unwrap().push(call);
        if let Some(error) = self.fails.lock().unwrap().take() {
            return Err(error);
        }
        let email = text(*self.email.lock().unwrap());
        let phone = (FieldKey::Standard(Field::ContactPhone), text("secret"));
        Ok(Unredacted::seal(Record {
            object: target.object,
            id: target.id,
            updated_at: None,
            fields: BTreeMap::from([(FieldKey::Standard(Field::ContactEmail), email), phone]),
        }))
    }

    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn fails(&self, error: CrmError) {
        *self.fails.lock().unwrap() = Some(error);
    }
}

#[async_trait]
impl Crm for Changing {
    async fn get(
        &self,
        _: &CommunityId,
        target: EntryRef,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.asked("get", target)
    }

    async fn search(
        &self,
        _: &CommunityId,
        query: &Query,
        _: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        let (object, id) = (query.object, KNOWN);
        Ok(Page {
            items: vec![self.asked("search", EntryRef { object, id })?],
            next_cursor: None,
            total: 1,
        })
    }

    async fn create(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let object = changes.object;
        self.asked("create", EntryRef { object, id })
    }

    async fn update(
        &self,
        _: &CommunityId,
        id: RecordId,
        changes: &Changes,
        _: &Selection,
    ) -> Result<Unredacted, CrmError> {
        let object = changes.object;
        self.asked("update", EntryRef { object, id })
    }

    async fn link(&self, _: &CommunityId, _: RecordId, link: &Link) -> Result<(), CrmError> {
        self.asked("link", link.source).map(drop)
    }

    async fn check(&self) -> Result<(), CrmError> {
        Ok(())
    }
}

/// A broker that answers from memory, and everything about it.
struct World {
    broker: Broker,
    crm: Arc<Changing>,
    reads: Arc<Reads>,
    clock: Arc<HandClock>,
}

impl World {
    async fn new() -> Self {
        let (broker, _) = broker().await;
        let crm = Arc::new(Changing {
            calls: Mutex::default(),
            email: Mutex::new(OLD),
            fails: Mutex::default(),
        });
        let clock = Arc::new(HandClock(AtomicI64::new(0)));
        let reads = Arc::new(Reads::new(crm.clone(), clock.clone(), AGE));
        Self {
            broker: broker.reading(reads.clone()),
            crm,
            reads,
            clock,
        }
    }

    /// Somebody else reads the contact, so that it is in memory.
    async fn warm(&self) {
        self.broker.get(&run(true), target()).await.unwrap();
        assert_eq!(self.crm.calls(), ["get"]);
    }

    /// Somebody changes the contact behind the host's back.
    fn changes(&self) {
        *self.crm.email.lock().unwrap() = NEW;
    }
}

fn target() -> EntryRef {
    contact(KNOWN)
}

fn email_of(record: &Record) -> &FieldValue {
    &record.fields[&FieldKey::Standard(Field::ContactEmail)]
}

fn job(title: &str) -> Changes {
    set(Field::ContactJobTitle, text(title))
}

fn link() -> Link {
    Link {
        source: EntryRef {
            object: ObjectKind::Task,
            id: KNOWN,
        },
        target: target(),
    }
}

#[tokio::test]
async fn calls_that_only_read_are_answered_from_memory() {
    let world = World::new().await;
    world.warm().await;
    for mode in [Mode::Execute, Mode::Plan] {
        let run = run(true).in_mode(mode);
        for _ in 0..3 {
            world.broker.get(&run, target()).await.unwrap();
        }
        let exhausted = world.broker.get(&run, target()).await;
        let budget = BrokerError::BudgetExhausted(Budget::CrmReads);
        assert_eq!(
            exhausted,
            Err(budget),
            "it costs the call what a read costs"
        );
        assert_eq!(run.touched().reads.len(), 1, "and is recorded as one");
    }
    assert_eq!(world.crm.calls(), NONE);
}

/// What is kept is sealed: whoever may see less sees less, of the same answer.
#[tokio::test]
async fn memory_shows_nobody_what_they_may_not_see() {
    let world = World::new().await;
    world.warm().await;
    let seen = world.broker.get(&run(true), target()).await.unwrap();
    let names: Vec<_> = seen.fields.keys().map(FieldKey::name).collect();
    assert_eq!(names, ["email"], "the CRM gave a telephone number too");
    let mut nothing = run(true);
    let all = PolicyRight::of(|_, _| true);
    nothing.right = Right::compile(Capabilities::default(), all, &nothing.principal.scope);
    let refused = world.broker.get(&nothing, target()).await;
    assert!(
        matches!(refused, Err(BrokerError::Denied(_))),
        "{refused:?}"
    );
    assert_eq!(world.crm.calls(), NONE);
}

/// Every way to write, executed and planned.
#[tokio::test]
async fn a_write_rests_on_nothing_that_was_read_before_its_call() {
    for mode in [Mode::Execute, Mode::Plan] {
        for write in ["create", "update", "upsert", "link"] {
            for changed in [false, true] {
                let world = World::new().await;
                world.warm().await;
                let run = run(true).in_mode(mode);
                world.broker.get(&run, target()).await.unwrap();
                assert_eq!(world.crm.calls(), NONE, "from memory");
                if changed {
                    world.changes();
                }
                let name = format!("{write} {mode:?} {changed}");
                let done = written(&world.broker, &run, write).await;
                let calls = world.crm.calls();
                if changed {
                    assert_eq!(done, Err(BrokerError::Outdated), "{name}");
                    let asks = |call: &&str| ["get", "search"].contains(call);
                    assert!(calls.iter().all(asks), "{name}: {calls:?}");
                    assert_eq!(run.crm_calls().1, 0, "{name}");
                    let planned = run.draft().map(|mut draft| draft.take().len());
                    assert_eq!(planned.unwrap_or(0), 0, "{name}");
                } else {
                    assert_eq!(done, Ok(()), "{name}");
                    assert!(calls.contains(&"get"), "{name}");
                }
            }
        }
    }
}

async fn written(broker: &Broker, run: &Run, write: &str) -> Result<(), BrokerError> {
    match write {
        "create" => broker.create(run, &job("Analyst")).await.map(drop),
        "update" => broker.update(run, KNOWN, &job("Analyst")).await.map(drop),
        "link" => broker.link(run, &link()).await,
        _ => {
            let mut changes = job("Analyst");
            let email = FieldKey::Standard(Field::ContactEmail);
            changes.set.insert(email, text(OLD));
            broker.upsert(run, &changes).await.map(drop)
        }
    }
}

#[tokio::test]
async fn a_call_that_saw_an_old_state_writes_nothing_until_it_looks_again() {
    let world = World::new().await;
    world.warm().await;
    let run = run(true);
    world.broker.get(&run, target()).await.unwrap();
    world.changes();
    for _ in 0..2 {
        let refused = world.broker.update(&run, KNOWN, &job("Analyst")).await;
        let error = refused.unwrap_err();
        assert_eq!(error, BrokerError::Outdated);
        let told = error.told();
        assert_eq!(
            (told.code, told.retry),
            (ErrorCode::Unavailable, Retry::Safe)
        );
    }
    // The comparison brought the new state.
    let seen = world.broker.get(&run, target()).await.unwrap();
    assert_eq!(email_of(&seen), &text(NEW));
    world
        .broker
        .update(&run, KNOWN, &job("Analyst"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_record_that_is_gone_is_another_by_now() {
    let world = World::new().await;
    world.warm().await;
    let run = run(true);
    world.broker.get(&run, target()).await.unwrap();
    world.crm.fails(CrmError::NotFound);
    let refused = world.broker.update(&run, KNOWN, &job("Analyst")).await;
    assert_eq!(refused.unwrap_err(), BrokerError::Outdated);
    // Where the CRM does not answer, nobody can tell, and nothing is written either.
    let away = CrmError::Unavailable(UnavailableCause::Connect);
    world.crm.fails(away.clone());
    let refused = world.broker.update(&run, KNOWN, &job("Analyst")).await;
    assert_eq!(refused.unwrap_err(), BrokerError::Crm(away));
}

#[tokio::test]
async fn after_its_first_effect_a_call_asks_the_crm() {
    for mode in [Mode::Execute, Mode::Plan] {
        let world = World::new().await;
        world.warm().await;
        let run = run(true).in_mode(mode);
        world
            .broker
            .update(&run, KNOWN, &job("Analyst"))
            .await
            .unwrap();
        world.broker.get(&super::run(true), target()).await.unwrap();
        world.crm.calls();
        world.broker.get(&run, target()).await.unwrap();
        assert_eq!(world.crm.calls(), ["get"], "{mode:?}");
    }
}

#[tokio::test]
async fn a_snapshot_says_when_the_crm_was_asked() {
    let world = World::new().await;
    let at = async || {
        let snapshot = world.broker.snapshot(&run(true), target()).await.unwrap();
        snapshot.fetched_at.unix_ms() - 1_772_366_400_000
    };
    assert_eq!(at().await, 0);
    world.clock.0.store(1_000, Ordering::SeqCst);
    assert_eq!(at().await, 0);
    world.reads.forget(target(), Cause::Notice);
    assert_eq!(at().await, 1_000);
}
