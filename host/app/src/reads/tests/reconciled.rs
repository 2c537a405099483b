//! What the CRM is asked of changes, how often, and what is made of its answers.

use super::*;

fn moved(records: &[(u128, Option<&str>)], more: bool) -> Changed {
    let records = records.iter();
    let records = records.map(|(n, at)| (contact(*n).id, at.map(str::to_owned)));
    Changed {
        records: records.collect(),
        more,
    }
}

impl World {
    fn tells(&self, changed: Result<Changed, CrmError>) {
        self.crm.changed.lock().unwrap().push(changed);
    }

    /// What the CRM was asked: kinds, and since when, from noon.
    fn asked(&self) -> Vec<(ObjectKind, i64)> {
        std::mem::take(&mut self.crm.asked.lock().unwrap())
    }
}

#[tokio::test]
async fn what_changed_is_read_anew_and_nothing_else() {
    let world = World::new();
    let job = Reconciliation::new(world.reads.clone());
    for n in 1..=4 {
        world.read(n).await.unwrap();
    }
    world.crm.write();
    // One changed, one did not since it was read, one was deleted, and one is nobody's here.
    let answer = [(1, Some("1")), (2, Some("0")), (3, None), (9, Some("1"))];
    world.tells(Ok(moved(&answer, false)));
    job.look().await;
    for (n, expected) in [
        (1, told("1", Source::Crm)),
        (2, told("0", Source::Memory)),
        (3, told("1", Source::Crm)),
        (4, told("0", Source::Memory)),
    ] {
        assert_eq!(world.read(n).await, expected, "{n}");
    }
}

#[tokio::test]
async fn more_changes_than_are_told_end_all_of_their_kind() {
    let world = World::new();
    let job = Reconciliation::new(world.reads.clone());
    world.read(1).await.unwrap();
    let other = async || world.read_as("home", company(1), &titles()).await;
    other().await.unwrap();
    // Companies are asked for after contacts, and answers are taken from the end.
    world.tells(Ok(moved(&[], false)));
    world.tells(Ok(moved(&[(7, Some("1"))], true)));
    job.look().await;
    assert_eq!(world.read(1).await.unwrap().1, Source::Crm);
    assert_eq!(other().await.unwrap().1, Source::Memory);
}

#[tokio::test]
async fn only_kinds_that_are_kept_are_asked_for_since_the_last_look() {
    let world = World::new();
    let job = Reconciliation::new(world.reads.clone());
    let apart = i64::try_from(CLOCKS_APART_MAX.as_millis()).unwrap();
    job.look().await;
    assert_eq!(world.asked(), [], "nothing is kept");
    world.read(1).await.unwrap();
    world.pass(5_000);
    job.look().await;
    assert_eq!(
        world.asked(),
        [(ObjectKind::Contact, -apart)],
        "since it was read"
    );
    world.pass(5_000);
    job.look().await;
    assert_eq!(world.asked(), [(ObjectKind::Contact, 5_000 - apart)]);
    // Where the CRM did not answer, the next look goes back as far.
    world.tells(Err(CrmError::RateLimited { after: AGE }));
    world.pass(5_000);
    job.look().await;
    world.pass(5_000);
    job.look().await;
    let since = (ObjectKind::Contact, 10_000 - apart);
    assert_eq!(world.asked(), [since, since]);
    assert_eq!(
        world.read(1).await.unwrap().1,
        Source::Memory,
        "until it is too old"
    );
}

#[tokio::test]
async fn one_refusal_ends_the_look() {
    let world = World::new();
    let job = Reconciliation::new(world.reads.clone());
    world.read(1).await.unwrap();
    world.read_as("home", company(1), &titles()).await.unwrap();
    world.tells(Err(CrmError::RateLimited { after: AGE }));
    job.look().await;
    assert_eq!(world.asked().len(), 1);
}

/// The CRM says that a record changed while an older state of it is on its way.
#[tokio::test]
async fn an_answer_from_before_a_look_is_not_kept_after_it() {
    let world = World::new();
    let job = Reconciliation::new(world.reads.clone());
    world.read(2).await.unwrap();
    world.hold().await;
    let mut reading = Box::pin(world.read(1));
    assert!(futures::poll!(&mut reading).is_pending());
    world.crm.write();
    world.tells(Ok(moved(&[(1, Some("1"))], false)));
    job.look().await;
    world.release();
    assert_eq!(reading.await, told("0", Source::Crm));
    assert_eq!(world.read(1).await, told("1", Source::Crm));
}

#[tokio::test]
async fn what_is_never_kept_for_long_needs_no_look_but_does_not_stay() {
    let world = World::keeping(LOOK_EVERY);
    let job = Reconciliation::new(world.reads.clone());
    world.read(1).await.unwrap();
    job.look().await;
    assert_eq!((world.asked(), world.reads.kept()), (Vec::new(), 1));
    world.pass(i64::try_from(LOOK_EVERY.as_millis()).unwrap());
    job.look().await;
    assert_eq!((world.asked(), world.reads.kept()), (Vec::new(), 0));
}
