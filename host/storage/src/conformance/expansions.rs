use super::relay::{found, full_tez, keep, kept, opened, tez, tez_id, user};
use super::samples::{at, change, community, count, execute};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    DecisionPut, EXPANSIONS_OF_ASKER_MAX, EXPANSIONS_OF_TEZ_MAX, ExpansionPut, ExpansionStore,
    KeptTez, RelayStore, THREAD_TEZ_MAX,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{ContextId, ExpansionId, RecordId, TezId};
use skillgate_domain::tez::expansion::{Decision, Expansion};
use skillgate_domain::tez::{REDACTED, Redaction};
use std::collections::BTreeSet;
use uuid::Uuid;

const RECORDS: &str = "SELECT COUNT(*) FROM audit";

fn id(number: u32) -> ExpansionId {
    ExpansionId::new(Uuid::from_u128(number.into()))
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The item of `full_tez(1)` that was made from a record.
fn context() -> ContextId {
    ContextId::new(Uuid::from_u128(1_001))
}

/// A question of mia's to ada, asked at `number` and open until 1,000 later.
fn expansion(number: u32, fields: &[&str]) -> Expansion {
    Expansion {
        id: id(number),
        community: community("red"),
        tez: tez_id(1),
        team: tez(1).head.team,
        context: context(),
        record: (ObjectKind::Opportunity, RecordId::new(Uuid::from_u128(7))),
        asker: user("mia"),
        owner: user("ada"),
        fields: names(fields),
        reason: "To prépare".to_owned(),
        asked_at: at(number.into()),
        expires_at: at(i64::from(number) + 1_000),
        decision: None,
    }
}

fn decision(ms: i64, approved: &[&str], reply: Option<u32>) -> Decision {
    Decision {
        at: at(ms),
        approved: names(approved),
        note: Some("Handle with care".to_owned()),
        reply: reply.map(tez_id),
    }
}

/// An answer in the thread of `full_tez(1)`.
fn reply(number: u32) -> KeptTez {
    let mut reply = tez(number);
    reply.head.thread = tez_id(1);
    reply.head.parent = Some(tez_id(1));
    reply
}

async fn shared(place: &Place) -> Database {
    let database = opened(place).await;
    kept(&database, &full_tez(1)).await;
    database
}

async fn ask(database: &Database, expansion: &Expansion) -> ExpansionPut {
    let asked = database.insert_expansion(expansion, &change()).await;
    asked.unwrap()
}

async fn decide(
    database: &Database,
    expansion: &Expansion,
    decision: &Decision,
    reply: Option<&KeptTez>,
) -> DecisionPut {
    let changes = vec![change(); 1 + usize::from(reply.is_some())];
    let decided = database
        .decide_expansion(expansion, decision, reply, &changes)
        .await;
    decided.unwrap()
}

async fn find(database: &Database, number: u32) -> Option<Expansion> {
    let (red, tez) = (community("red"), tez_id(1));
    let found = database.find_expansion(&red, tez, id(number)).await;
    found.unwrap()
}

pub(super) async fn a_question_reads_back(place: &Place) {
    let database = shared(place).await;
    let asked = expansion(1, &["amount", "close_date"]);
    assert_eq!(ask(&database, &asked).await, ExpansionPut::Kept);
    assert_eq!(find(&database, 1).await, Some(asked.clone()));
    let (red, blue) = (community("red"), community("blue"));
    assert_eq!(
        database.expansions_of(&red, tez_id(1)).await.unwrap(),
        [asked]
    );
    for (of, tez, number) in [(&blue, 1, 1), (&red, 2, 1), (&red, 1, 2)] {
        let found = database.find_expansion(of, tez_id(tez), id(number)).await;
        assert_eq!(found.unwrap(), None);
    }
    assert_eq!(database.expansions_of(&blue, tez_id(1)).await.unwrap(), []);
}

pub(super) async fn who_waits_does_not_ask_the_same_again(place: &Place) {
    let database = shared(place).await;
    let first = expansion(1, &["amount"]);
    let asks = (1..=4).map(|number| {
        let database = database.clone();
        async move { ask(&database, &expansion(number, &["amount"])).await }
    });
    let records = count(&database, RECORDS).await;
    let put = join_all(asks).await;
    let was_kept = |put: &&ExpansionPut| **put == ExpansionPut::Kept;
    assert_eq!(put.iter().filter(was_kept).count(), 1, "{put:?}");
    assert_eq!(count(&database, RECORDS).await, records + 1);
    // Another field, or another person, is another question.
    let others = [
        expansion(5, &["close_date"]),
        Expansion {
            asker: user("eve"),
            ..expansion(6, &["amount"])
        },
    ];
    for other in &others {
        assert_eq!(ask(&database, other).await, ExpansionPut::Kept);
    }
    // What was answered, or was not in time, can be asked anew.
    let decided = decide(&database, &others[0], &decision(9, &[], None), None).await;
    assert_eq!(decided, DecisionPut::Kept);
    let again = expansion(10, &["close_date"]);
    assert_eq!(ask(&database, &again).await, ExpansionPut::Kept);
    let late = Expansion {
        asked_at: first.expires_at.plus(std::time::Duration::from_millis(3)),
        ..expansion(11, &["amount"])
    };
    assert_eq!(ask(&database, &late).await, ExpansionPut::Kept);
    assert_eq!(find(&database, 1).await, None);
}

pub(super) async fn questions_have_limits(place: &Place) {
    let database = shared(place).await;
    let of = |number: u32, asker: &str| Expansion {
        asker: user(asker),
        ..expansion(number, &[&format!("f{number}")])
    };
    for number in 1..=EXPANSIONS_OF_ASKER_MAX {
        assert_eq!(ask(&database, &of(number, "mia")).await, ExpansionPut::Kept);
    }
    let records = count(&database, RECORDS).await;
    let one_more = of(EXPANSIONS_OF_ASKER_MAX + 1, "mia");
    assert_eq!(ask(&database, &one_more).await, ExpansionPut::Full);
    assert_eq!(count(&database, RECORDS).await, records);
    for number in EXPANSIONS_OF_ASKER_MAX + 1..=EXPANSIONS_OF_TEZ_MAX {
        let asker = format!("u{}", number / EXPANSIONS_OF_ASKER_MAX);
        assert_eq!(
            ask(&database, &of(number, &asker)).await,
            ExpansionPut::Kept
        );
    }
    let one_more = of(EXPANSIONS_OF_TEZ_MAX + 1, "somebody");
    assert_eq!(ask(&database, &one_more).await, ExpansionPut::Full);
    let all = database.expansions_of(&community("red"), tez_id(1)).await;
    let numbers = all.unwrap().into_iter().map(|it| it.id.uuid().as_u128());
    assert!(numbers.eq((1..=u128::from(EXPANSIONS_OF_TEZ_MAX)).rev()));
}

pub(super) async fn questions_to_somebody_come_in_pages(place: &Place) {
    let database = shared(place).await;
    for number in 1..=5 {
        let field = format!("f{number}");
        ask(&database, &expansion(number, &[&field])).await;
    }
    let decided = decision(9, &[], None);
    decide(&database, &expansion(4, &["f4"]), &decided, None).await;
    let page = async |owner: &str, waiting: Option<i64>, before: Option<u32>, limit| {
        let (red, owner) = (community("red"), user(owner));
        let before = before.map(id);
        let page = database.expansions_for(&red, &owner, waiting.map(at), before, limit);
        let page = page.await.unwrap().into_iter();
        page.map(|it| it.id.uuid().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(page("ada", None, None, 3).await, [5, 4, 3]);
    assert_eq!(page("ada", None, Some(3), 3).await, [2, 1]);
    assert_eq!(page("ada", Some(9), None, 3).await, [5, 3, 2]);
    assert_eq!(page("ada", Some(9), Some(2), 3).await, [1]);
    // Each waits until 1,000 after it was asked.
    assert_eq!(page("ada", Some(1_002), None, 9).await, [5, 3]);
    assert_eq!(page("mia", None, None, 9).await, [0; 0]);
    let (blue, ada) = (community("blue"), user("ada"));
    let elsewhere = database.expansions_for(&blue, &ada, None, None, 9).await;
    assert_eq!(elsewhere.unwrap(), []);
}

pub(super) async fn a_question_is_decided_once_with_its_answer(place: &Place) {
    let database = shared(place).await;
    let asked = expansion(1, &["amount", "close_date"]);
    ask(&database, &asked).await;
    let records = count(&database, RECORDS).await;
    let many = (2..=5).map(|number| {
        let (database, asked) = (database.clone(), asked.clone());
        async move {
            let (decision, reply) = (decision(9, &["amount"], Some(number)), reply(number));
            decide(&database, &asked, &decision, Some(&reply)).await
        }
    });
    let put = join_all(many).await;
    let kept = |put: &&DecisionPut| **put == DecisionPut::Kept;
    assert_eq!(put.iter().filter(kept).count(), 1, "{put:?}");
    assert_eq!(count(&database, RECORDS).await, records + 2);
    let found_one = find(&database, 1).await.unwrap();
    let answer = found_one.decision.unwrap();
    let number = answer.reply.unwrap().uuid().as_u128();
    let number = u32::try_from(number).unwrap();
    assert_eq!(answer, decision(9, &["amount"], Some(number)));
    // Of the answers, that one is there.
    for other in 2..=5 {
        let there = found(&database, other, "ada").await.is_some();
        assert_eq!(there, other == number, "{other}");
    }
}

/// Whatever stands in the way of the answer, nothing is decided.
pub(super) async fn nothing_is_decided_without_its_answer(place: &Place) {
    let database = shared(place).await;
    let asked = expansion(1, &["amount"]);
    ask(&database, &asked).await;
    let records = count(&database, RECORDS).await;
    let at_its_end = decision(1_001, &["amount"], Some(2));
    let late = decide(&database, &asked, &at_its_end, Some(&reply(2))).await;
    assert_eq!(late, DecisionPut::Closed);
    // A Tez of this id is there already.
    let taken = decision(9, &["amount"], Some(1));
    let mut same_id = reply(2);
    same_id.head.id = tez_id(1);
    let changes = [change(), change()];
    let refused = database.decide_expansion(&asked, &taken, Some(&same_id), &changes);
    assert!(refused.await.is_err());
    for number in 3..=THREAD_TEZ_MAX {
        kept(&database, &reply(number)).await;
    }
    assert!(keep(&database, &reply(THREAD_TEZ_MAX + 1)).await.unwrap());
    let records_of_replies = i64::from(THREAD_TEZ_MAX) - 1;
    let decided = decision(9, &["amount"], Some(2));
    let full = decide(&database, &asked, &decided, Some(&reply(2))).await;
    assert_eq!(full, DecisionPut::ThreadFull);
    assert_eq!(find(&database, 1).await, Some(asked.clone()));
    assert_eq!(found(&database, 2, "ada").await, None);
    assert_eq!(
        count(&database, RECORDS).await,
        records + records_of_replies
    );
    // The positive control: without an answer there is place.
    let none = decide(&database, &asked, &decision(9, &[], None), None).await;
    assert_eq!(none, DecisionPut::Kept);
}

pub(super) async fn a_question_is_never_another_one(place: &Place) {
    let database = shared(place).await;
    let asked = expansion(1, &["amount"]);
    ask(&database, &asked).await;
    for wrong in [
        "UPDATE tez_expansions SET fields = 'amount owner_id'",
        "UPDATE tez_expansions SET asker = 'eve'",
        "UPDATE tez_expansions SET reason = 'another'",
        "UPDATE tez_expansions SET decided_at = expires_at, approved = 'amount'",
        "UPDATE tez_expansions SET approved = ''",
        "UPDATE tez_expansions SET decided_at = expires_at, approved = '', fields = 'b'",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(refused.is_err(), "{wrong}");
    }
    assert_eq!(find(&database, 1).await, Some(asked.clone()));
    decide(&database, &asked, &decision(9, &[], None), None).await;
    let undone = "UPDATE tez_expansions SET decided_at = NULL, approved = NULL, note = NULL";
    assert!(execute(&database, undone).await.is_err());
    let own = Expansion {
        asker: user("ada"),
        ..expansion(2, &["amount"])
    };
    assert!(database.insert_expansion(&own, &change()).await.is_err());
}

fn redaction() -> Redaction {
    Redaction {
        at: at(50),
        by: user("ada"),
        reason: "the wrong customer".to_owned(),
    }
}

async fn redact(database: &Database, of: &str, tez: TezId) -> bool {
    let (of, record) = (community(of), change());
    let (which, redaction) = ((tez, context()), redaction());
    let done = database.redact_context(&of, which, &redaction, &record);
    done.await.unwrap()
}

pub(super) async fn an_item_is_taken_out_once_and_for_good(place: &Place) {
    let database = shared(place).await;
    kept(&database, &full_tez(2)).await;
    let records = count(&database, RECORDS).await;
    assert!(!redact(&database, "blue", tez_id(1)).await);
    assert!(!redact(&database, "red", tez_id(2)).await);
    assert!(redact(&database, "red", tez_id(1)).await);
    assert!(!redact(&database, "red", tez_id(1)).await);
    assert_eq!(count(&database, RECORDS).await, records + 1);
    let mut expected = full_tez(1);
    expected.head.updated_at = at(50);
    let item = &mut expected.context[1];
    item.item.content = REDACTED.to_owned();
    (item.item.mime_type, item.item.derived_from) = (None, None);
    item.redaction = Some(redaction());
    assert_eq!(found(&database, 1, "ada").await.unwrap().tez, expected);
    assert_eq!(found(&database, 2, "ada").await.unwrap().tez, full_tez(2));
}

/// The databases let exactly this change through, and no other.
pub(super) async fn nothing_else_of_an_item_changes(place: &Place) {
    let database = shared(place).await;
    let whole = "content = '[redacted]', mime_type = NULL, derived_from = NULL, \
                 redacted_at = created_at, redacted_by = 'ada', redaction_reason = 'why'";
    for more in [
        "content = 'another'",
        "derived_from = NULL",
        "redacted_at = created_at",
        "redacted_at = created_at, redacted_by = 'ada', redaction_reason = 'why'",
    ] {
        let wrong = format!("UPDATE tez_context SET {more}");
        assert!(
            execute(&database, wrong.clone().leak()).await.is_err(),
            "{wrong}"
        );
    }
    for beside in [
        "number = number + 10",
        "layer = 'hint'",
        "source = 'stated'",
        "confidence = 1",
        "provenance = NULL",
        "created_by = 'eve'",
    ] {
        let wrong = format!("UPDATE tez_context SET {whole}, {beside} WHERE number = 1");
        assert!(
            execute(&database, wrong.clone().leak()).await.is_err(),
            "{wrong}"
        );
    }
    for wrong in [
        whole.replace("'[redacted]'", "'something else'"),
        whole.replace("redacted_by = 'ada'", "redacted_by = NULL"),
        whole.replace("redaction_reason = 'why'", "redaction_reason = ''"),
        whole.replace("derived_from = NULL", "derived_from = 'x'"),
    ] {
        let wrong = format!("UPDATE tez_context SET {wrong} WHERE number = 1");
        assert!(
            execute(&database, wrong.clone().leak()).await.is_err(),
            "{wrong}"
        );
    }
    assert_eq!(found(&database, 1, "ada").await.unwrap().tez, full_tez(1));
    // The positive control, and that it is the last change.
    let right = format!("UPDATE tez_context SET {whole} WHERE number = 1");
    let right: &str = right.leak();
    execute(&database, right).await.unwrap();
    for again in [
        right,
        "UPDATE tez_context SET redaction_reason = 'another' WHERE number = 1",
        "UPDATE tez_context SET redacted_at = NULL, redacted_by = NULL, redaction_reason = NULL \
         WHERE number = 1",
    ] {
        assert!(execute(&database, again).await.is_err(), "{again}");
    }
}
