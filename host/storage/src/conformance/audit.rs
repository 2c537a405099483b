//! The audit trail, and that every change takes its record with it.

use super::samples::{
    at, change, community, count, execute, grant, policies, record, settings, submission,
    submitted, token,
};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::audit::Tree;
use skillgate_app::ports::{
    AUDIT_PAGE_MAX, AuditFilter, AuditRecord, AuditStore, Checkpoint, PendingWrite, PolicyStore,
    SettingsInForce, SettingsStore, Storage, StorageError, TreeHead, WriteChange,
};
use skillgate_domain::grant::EndCause;
use skillgate_domain::ids::{InvocationId, RecordId, SkillName, UserId};
use uuid::Uuid;

fn leaf(number: u64) -> String {
    format!(r#"{{"n":{number}}}"#)
}

fn records(numbers: std::ops::Range<u64>) -> Vec<AuditRecord> {
    numbers.map(|number| record(&leaf(number))).collect()
}

fn tree(size: u64) -> TreeHead {
    let mut tree = Tree::default();
    (0..size).for_each(|number| tree.push(leaf(number).as_bytes()));
    tree.head()
}

async fn size(database: &Database) -> u64 {
    database.audit_head().await.unwrap().size
}

pub(super) async fn records_are_numbered_and_make_a_tree(place: &Place) {
    let database = place.open().await;
    assert_eq!(database.audit_head().await.unwrap(), TreeHead::default());
    assert_eq!(
        database.append_audit(&records(0..1)).await.unwrap(),
        tree(1)
    );
    assert_eq!(
        database.append_audit(&records(1..700)).await.unwrap(),
        tree(700)
    );
    assert_eq!(database.append_audit(&[]).await.unwrap(), tree(700));
    assert_eq!(database.audit_head().await.unwrap(), tree(700));

    let first = database.audit_from(0).await.unwrap();
    assert_eq!(first.len(), usize::try_from(AUDIT_PAGE_MAX).unwrap());
    let rest = database.audit_from(500).await.unwrap();
    assert_eq!(rest.len(), 200);
    for (number, row) in (0..).zip(first.iter().chain(&rest)) {
        assert_eq!((row.number, &row.leaf), (number, &leaf(number)));
    }
    assert_eq!(database.audit_from(700).await.unwrap(), []);
    assert_eq!(database.audit_from(u64::MAX).await.unwrap(), []);
}

pub(super) async fn concurrent_appends_leave_no_gap(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    let append = |n: u64| {
        let database = if n.is_multiple_of(2) { &one } else { &other };
        async move { database.append_audit(&records(n * 10..n * 10 + 10)).await }
    };
    for appended in join_all((0..20).map(append)).await {
        appended.unwrap();
    }
    let rows = one.audit_from(0).await.unwrap();
    let mut tree = Tree::default();
    for (number, row) in (0..).zip(&rows) {
        assert_eq!(row.number, number);
        tree.push(row.leaf.as_bytes());
    }
    assert_eq!(tree.head(), other.audit_head().await.unwrap());
    assert_eq!(tree.size(), 200);
}

pub(super) async fn whoever_was_overtaken_goes_on_behind_the_others(place: &Place) {
    let (one, other) = (place.open().await, place.open().await);
    let mut next = 0;
    for (host, count) in [
        (&one, 3),
        (&one, 1),
        (&other, 2),
        (&one, 4),
        (&one, 2),
        (&other, 1),
    ] {
        let head = host.append_audit(&records(next..next + count)).await;
        next += count;
        assert_eq!(head.unwrap(), tree(next));
    }
    // A change that takes its record with it overtakes the writer of its own host, too.
    let token = token(1);
    let change = record(&leaf(next));
    one.insert_token(&token, &change).await.unwrap();
    let head = one.append_audit(&records(next + 1..next + 2)).await;
    assert_eq!(head.unwrap(), tree(next + 2));
    assert_eq!(size(&other).await, next + 2);
}

pub(super) async fn a_head_changed_from_outside_is_read_again(place: &Place) {
    let database = place.open().await;
    database.append_audit(&records(0..2)).await.unwrap();
    let moved = "UPDATE audit_head SET size = 3";
    execute(&database, moved).await.unwrap();
    // One hash cannot be the head of a tree of three, so that nothing is added to it.
    let refused = database.append_audit(&records(2..3)).await;
    assert!(
        matches!(refused, Err(StorageError::Corrupt(_))),
        "{refused:?}"
    );
    assert_eq!(count(&database, "SELECT COUNT(*) FROM audit").await, 2);
}

pub(super) async fn every_change_takes_its_record_with_it(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let grant = grant(1, &of);
    let kept = database
        .insert_grant(&grant, EndCause::Replaced, &change())
        .await;
    assert!(kept.unwrap());
    assert!(
        database
            .set_frozen(&of.community, &of.skill, Some(at(1)), &change())
            .await
            .unwrap()
    );
    database.insert_token(&token(1), &change()).await.unwrap();
    let red = community("red");
    assert!(
        database
            .revoke_token(&red, token(1).id, at(1), &change())
            .await
            .unwrap()
    );
    assert!(
        database
            .revoke_grant(&red, of.id, grant.id, at(1), &change())
            .await
            .unwrap()
    );
    database
        .insert_policy(&policies(1), &change())
        .await
        .unwrap();
    database
        .insert_settings(&settings(1), &change())
        .await
        .unwrap();
    assert_eq!(size(&database).await, 8);
}

pub(super) async fn what_does_not_happen_leaves_no_record(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    database.insert_token(&token(1), &change()).await.unwrap();
    database
        .insert_policy(&policies(1), &change())
        .await
        .unwrap();
    database
        .insert_settings(&settings(1), &change())
        .await
        .unwrap();
    let refused = [
        database.insert_policy(&policies(1), &change()).await,
        database.insert_settings(&settings(1), &change()).await,
        database.insert_token(&token(1), &change()).await,
        database.insert_submission(&of, &[1], &change()).await,
        database
            .insert_grant(&grant(1, &submission(9)), EndCause::Replaced, &change())
            .await
            .map(drop),
    ];
    for refused in refused {
        refused.unwrap_err();
    }
    let elsewhere = community("blue");
    assert!(
        !database
            .revoke_token(&elsewhere, token(1).id, at(1), &change())
            .await
            .unwrap()
    );
    let unknown = grant(7, &of).id;
    assert!(
        !database
            .revoke_grant(&of.community, of.id, unknown, at(1), &change())
            .await
            .unwrap()
    );
    assert_eq!(size(&database).await, 4);
}

/// A record that cannot be kept takes the change back with it.
pub(super) async fn what_cannot_be_recorded_does_not_happen(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    database.insert_token(&token(1), &change()).await.unwrap();
    let unkept = AuditRecord {
        at: skillgate_domain::time::Timestamp::from_unix_ms(i64::MAX),
        ..change()
    };
    let red = community("red");
    let refused = [
        database.insert_token(&token(2), &unkept).await,
        database
            .insert_submission(&submission(2), &[2], &unkept)
            .await,
        database
            .insert_grant(&grant(1, &of), EndCause::Replaced, &unkept)
            .await
            .map(drop),
        database.insert_policy(&policies(1), &unkept).await,
        database.insert_settings(&settings(1), &unkept).await,
        database
            .revoke_token(&red, token(1).id, at(1), &unkept)
            .await
            .map(drop),
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(StorageError::Corrupt(_))),
            "{refused:?}"
        );
    }
    assert_eq!(size(&database).await, 2);
    assert_eq!(database.newest_policy_version(&red).await.unwrap(), 0);
    let in_force = database.settings_in_force(&red).await.unwrap();
    assert_eq!(in_force.version, 0);
    assert_eq!(database.token(token(2).id).await.unwrap(), None);
    assert_eq!(database.token(token(1).id).await.unwrap(), Some(token(1)));
    assert_eq!(database.submissions(&red).await.unwrap(), [of]);
    assert_eq!(database.active_grants(&red).await.unwrap(), []);
}

pub(super) async fn nothing_recorded_is_changed_or_removed(place: &Place) {
    let database = place.open().await;
    database.append_audit(&records(0..2)).await.unwrap();
    let note = "note".to_owned();
    let checkpoint = Checkpoint {
        head: tree(2),
        at: at(0),
        note,
    };
    database.insert_checkpoint(&checkpoint).await.unwrap();
    for attempt in [
        "UPDATE audit SET leaf = '{}'",
        "UPDATE audit SET number = 7 WHERE number = 1",
        "DELETE FROM audit WHERE number = 1",
        "DELETE FROM audit",
        "UPDATE checkpoints SET size = 1",
        "DELETE FROM checkpoints",
        "INSERT INTO audit_head (id, size, frontier) VALUES (2, 0, '')",
    ] {
        let refused = execute(&database, attempt).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{attempt}: {refused:?}"
        );
    }
    assert_eq!(database.audit_from(0).await.unwrap().len(), 2);
    assert_eq!(database.last_checkpoint().await.unwrap(), Some(checkpoint));
}

/// A filter with one part set.
fn only(set: impl FnOnce(&mut AuditFilter)) -> AuditFilter {
    let mut filter = AuditFilter::default();
    set(&mut filter);
    filter
}

fn run() -> InvocationId {
    InvocationId::new(Uuid::from_u128(5))
}

fn filters() -> Vec<(AuditFilter, &'static [u64])> {
    vec![
        (AuditFilter::default(), &[4, 3, 2, 0]),
        (only(|f| f.before = Some(3)), &[2, 0]),
        (only(|f| f.before = Some(u64::MAX)), &[4, 3, 2, 0]),
        (only(|f| f.action = Some("crm-create".to_owned())), &[2]),
        (only(|f| f.outcome = Some("done".to_owned())), &[4, 3, 0]),
        (only(|f| f.user = UserId::parse("ada").ok()), &[4, 2, 0]),
        (only(|f| f.skill = SkillName::parse("crm").ok()), &[4, 2, 0]),
        (only(|f| f.skill = SkillName::parse("tez").ok()), &[]),
        (only(|f| f.invocation = Some(run())), &[4]),
        (only(|f| f.from = Some(at(10))), &[4, 3]),
        (only(|f| f.until = Some(at(20))), &[3, 2, 0]),
        (only(|f| f.from = Some(at(i64::MAX / 2))), &[]),
        (only(|f| f.action = Some("' OR 1=1 --".to_owned())), &[]),
    ]
}

/// Five records that differ in what filters look at; one is of another community.
fn different() -> Vec<AuditRecord> {
    let mut all: Vec<_> = (0..5).map(|number| record(&leaf(number))).collect();
    all[1].community = community("blue");
    (all[2].action, all[2].outcome) = ("crm-create", "intended");
    (all[3].user, all[3].skill, all[3].at) = (None, None, at(10));
    (all[4].invocation, all[4].at) = (Some(run()), at(20));
    all
}

pub(super) async fn a_page_has_what_its_filter_lets_through(place: &Place) {
    let database = place.open().await;
    database.append_audit(&different()).await.unwrap();
    let (red, none) = (community("red"), community("none"));
    for (filter, numbers) in filters() {
        let page = database.audit_page(&red, &filter, 100).await.unwrap();
        let found: Vec<_> = page.iter().map(|row| row.number).collect();
        assert_eq!(found, numbers, "{filter:?}");
    }
    let any = AuditFilter::default();
    assert_eq!(database.audit_page(&red, &any, 2).await.unwrap().len(), 2);
    assert_eq!(database.audit_page(&none, &any, 2).await.unwrap(), []);
}

pub(super) async fn checkpoints_are_kept_by_size(place: &Place) {
    let database = place.open().await;
    assert_eq!(database.last_checkpoint().await.unwrap(), None);
    let checkpoint = |size: u64| Checkpoint {
        head: tree(size),
        at: at(0),
        note: format!("log\n{size}\n"),
    };
    for size in [1, 7, 3] {
        database.insert_checkpoint(&checkpoint(size)).await.unwrap();
    }
    let again = Checkpoint {
        note: "another".to_owned(),
        ..checkpoint(7)
    };
    database.insert_checkpoint(&again).await.unwrap();
    assert_eq!(
        database.last_checkpoint().await.unwrap(),
        Some(checkpoint(7))
    );
    let after = database.checkpoints_after(1).await.unwrap();
    assert_eq!(after, [checkpoint(3), checkpoint(7)]);
    assert_eq!(database.checkpoints_after(7).await.unwrap(), []);
}

pub(super) async fn a_write_is_listed_until_its_end(place: &Place) {
    let database = place.open().await;
    let pending = |number: u8| PendingWrite {
        id: RecordId::new(Uuid::from_u128(number.into())),
        community: community("red"),
        deadline: at(number.into()),
        intent: leaf(number.into()),
    };
    let begin = |number| AuditRecord {
        write: Some(WriteChange::Begin(pending(number))),
        ..change()
    };
    let end = |number| AuditRecord {
        write: Some(WriteChange::End(pending(number).id)),
        ..change()
    };
    // After the first group, the database is asked once for each.
    database.append_audit(&[change()]).await.unwrap();
    database
        .append_audit(&[begin(3), begin(1), begin(2)])
        .await
        .unwrap();
    assert_eq!(database.overdue_writes(at(1)).await.unwrap(), []);
    assert_eq!(
        database.overdue_writes(at(3)).await.unwrap(),
        [pending(1), pending(2)]
    );
    database.append_audit(&[end(1), end(9)]).await.unwrap();
    assert_eq!(
        database.overdue_writes(at(9)).await.unwrap(),
        [pending(2), pending(3)]
    );
    // The same write does not begin twice, and the records go with it.
    let twice = database.append_audit(&[change(), begin(2)]).await;
    assert!(matches!(twice, Err(StorageError::Conflict)), "{twice:?}");
    assert_eq!(size(&database).await, 6);
}

pub(super) async fn the_writes_of_an_hour_are_counted_by_skill(place: &Place) {
    let database = place.open().await;
    let of = |action, outcome, skill: &str, home, ms| AuditRecord {
        action,
        outcome,
        skill: Some(SkillName::parse(skill).unwrap()),
        community: community(home),
        at: at(ms),
        ..change()
    };
    let records = [
        of("crm-create", "intended", "crm", "red", 9),
        of("crm-create", "intended", "crm", "red", 10),
        of("crm-create", "done", "crm", "red", 10),
        of("crm-update", "intended", "crm", "red", 11),
        of("crm-link", "intended", "tez", "red", 12),
        of("crm-link", "intended", "tez", "blue", 12),
        of("apply-plan", "intended", "crm", "red", 13),
    ];
    database.append_audit(&records).await.unwrap();
    let since = async |home, ms| {
        let home = community(home);
        let mut counts = database.writes_since(&home, at(ms)).await.unwrap();
        counts.sort();
        let named = counts.iter().map(|(skill, n)| (skill.to_string(), *n));
        named.collect::<Vec<_>>()
    };
    let (crm, tez) = ("crm".to_owned(), "tez".to_owned());
    assert_eq!(since("red", 10).await, [(crm, 2), (tez.clone(), 1)]);
    assert_eq!(since("blue", 0).await, [(tez, 1)]);
    assert_eq!(since("red", 13).await, []);
}

pub(super) async fn a_head_that_cannot_be_is_corrupt(place: &Place) {
    let database = place.open().await;
    database.append_audit(&records(0..3)).await.unwrap();
    execute(&database, "UPDATE audit_head SET size = 4")
        .await
        .unwrap();
    let refused = database.append_audit(&records(3..4)).await;
    assert!(
        matches!(refused, Err(StorageError::Corrupt(_))),
        "{refused:?}"
    );
    assert_eq!(count(&database, "SELECT COUNT(*) FROM audit").await, 3);
}
