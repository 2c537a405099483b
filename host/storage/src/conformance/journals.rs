//! Journals: kept with the record of their call, never changed, removed when their time is over.

use super::plans::plan;
use super::samples::{at, community, count, execute, record};
use crate::Database;
use crate::testing::Place;
use skillgate_app::journal::JOURNAL_BYTES_MAX;
use skillgate_app::ports::{
    AuditRecord, AuditStore, JournalStore, KeptJournal, OpenPlansMax, PlanInserted, PlanStore,
    StorageError,
};
use skillgate_domain::ids::InvocationId;
use uuid::Uuid;

const ROWS: &str = "SELECT COUNT(*) FROM journals";
const RECORDS: &str = "SELECT COUNT(*) FROM audit";

fn invocation(number: u8) -> InvocationId {
    InvocationId::new(Uuid::from_u128(number.into()))
}

/// The record of a call of `red` at `at(number)`, with its journal.
fn call(number: u8) -> AuditRecord {
    AuditRecord {
        at: at(number.into()),
        invocation: Some(invocation(number)),
        journal: Some(format!("{{\"journal\":\"{number} \u{1f9ee}\\u0000\"}}\n").into()),
        ..record(&format!("{{\"call\":{number}}}"))
    }
}

async fn journal(database: &Database, number: u8) -> Option<KeptJournal> {
    let red = community("red");
    let found = database.journal(&red, invocation(number)).await;
    found.unwrap()
}

pub(super) async fn a_journal_is_kept_with_its_record(place: &Place) {
    let database = place.open().await;
    let plain = record("{}");
    let group = [plain.clone(), call(1), plain, call(2)];
    database.append_audit(&group).await.unwrap();
    for number in [1, 2] {
        let kept = KeptJournal {
            body: call(number).journal.unwrap().to_string(),
            leaf: call(number).leaf,
        };
        assert_eq!(journal(&database, number).await, Some(kept));
    }
    assert_eq!(journal(&database, 3).await, None);
    let of_blue = database.journal(&community("blue"), invocation(1)).await;
    assert_eq!(of_blue.unwrap(), None);
    // A call that makes a plan is recorded with it.
    let max = OpenPlansMax {
        community: 1,
        owner: 1,
    };
    let planned = database.insert_plan(&plan(1), at(0), max, &call(3)).await;
    assert_eq!(planned.unwrap(), PlanInserted::Kept);
    assert!(journal(&database, 3).await.is_some());
    let refused = database.insert_plan(&plan(2), at(0), max, &call(4)).await;
    assert_eq!(refused.unwrap(), PlanInserted::TooMany);
    assert_eq!(journal(&database, 4).await, None);
}

pub(super) async fn the_longest_journal_is_kept(place: &Place) {
    let database = place.open().await;
    let of = |bytes: usize| AuditRecord {
        journal: Some("x".repeat(bytes).into()),
        ..call(1)
    };
    let refused = database.append_audit(&[of(JOURNAL_BYTES_MAX + 1)]).await;
    assert!(refused.is_err());
    assert_eq!(count(&database, RECORDS).await, 0);
    database
        .append_audit(&[of(JOURNAL_BYTES_MAX)])
        .await
        .unwrap();
    assert_eq!(count(&database, ROWS).await, 1);
}

pub(super) async fn a_journal_belongs_to_one_run(place: &Place) {
    let database = place.open().await;
    let of_nobody = AuditRecord {
        invocation: None,
        ..call(1)
    };
    let refused = database.append_audit(&[of_nobody]).await;
    assert!(
        matches!(refused, Err(StorageError::Corrupt(_))),
        "{refused:?}"
    );
    database.append_audit(&[call(1)]).await.unwrap();
    let twice = database.append_audit(&[call(1)]).await;
    assert!(matches!(twice, Err(StorageError::Conflict)), "{twice:?}");
    assert_eq!(count(&database, RECORDS).await, 1);
    assert_eq!(count(&database, ROWS).await, 1);
}

pub(super) async fn journals_are_never_changed(place: &Place) {
    let database = place.open().await;
    database.append_audit(&[call(1)]).await.unwrap();
    for sql in [
        "UPDATE journals SET body = 'another'",
        "UPDATE journals SET record = 7",
        "UPDATE journals SET community = 'blue'",
    ] {
        assert!(execute(&database, sql).await.is_err(), "{sql}");
    }
    // The positive control: they are removed.
    execute(&database, "DELETE FROM journals").await.unwrap();
    assert_eq!(journal(&database, 1).await, None);
}

pub(super) async fn old_journals_go_in_batches_and_their_records_stay(place: &Place) {
    let database = place.open().await;
    let calls: Vec<_> = (1..=4).map(call).collect();
    database.append_audit(&calls).await.unwrap();
    let removed = async |until, rows| database.remove_journals(at(until), rows).await.unwrap();
    assert_eq!(removed(0, 10).await, 0);
    assert_eq!(removed(3, 2).await, 2);
    assert_eq!(journal(&database, 2).await, None, "oldest first");
    assert!(journal(&database, 3).await.is_some());
    assert_eq!(removed(3, 2).await, 1);
    assert_eq!(removed(3, 2).await, 0);
    assert!(journal(&database, 4).await.is_some());
    assert_eq!(count(&database, RECORDS).await, 4);
}
