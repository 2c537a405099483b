use super::samples::{at, change, community, count, execute};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::digest::sha256;
use skillgate_app::ports::{
    Claim, KeptPlan, OpenPlansMax, PlanInserted, PlanProgress, PlanStore, StorageError,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{InvocationId, PlanId, UserId};
use skillgate_domain::plan::{PLAN_BYTES_MAX, PLAN_LIFETIME, Receipt};
use uuid::Uuid;

const ROWS: &str = "SELECT COUNT(*) FROM plans";
const RECEIPTS: &str = "SELECT COUNT(*) FROM plan_receipts";
const RECORDS: &str = "SELECT COUNT(*) FROM audit";
const OPEN_MAX: OpenPlansMax = OpenPlansMax {
    community: 3,
    owner: 3,
};

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn key(number: u8) -> Digest {
    sha256(&[number])
}

/// A plan of `red` that expires at `at(1000 + number)`.
pub(super) fn plan(number: u8) -> KeptPlan {
    let body = format!("{{\"number\":{number}}}");
    KeptPlan {
        id: PlanId::new(Uuid::from_u128(u128::from(number))),
        community: community("red"),
        owner: user("ada"),
        awaited_by: None,
        digest: sha256(body.as_bytes()),
        expires_at: at(1_000 + i64::from(number)),
        body,
    }
}

fn claim(by: u128, until: i64) -> Claim {
    Claim {
        by: InvocationId::new(Uuid::from_u128(by)),
        until: at(until),
    }
}

async fn kept(database: &Database, number: u8) -> PlanId {
    let plan = plan(number);
    let kept = database
        .insert_plan(&plan, at(0), OPEN_MAX, &change())
        .await;
    assert_eq!(kept.unwrap(), PlanInserted::Kept);
    plan.id
}

async fn progress(database: &Database, id: PlanId) -> PlanProgress {
    let found = database.plan(&community("red"), id).await.unwrap();
    found.unwrap().1
}

async fn claimed(database: &Database, id: PlanId, claim: Claim, now: i64) -> bool {
    let claimed = database.claim_plan(id, &claim, at(now), &change()).await;
    claimed.unwrap()
}

pub(super) async fn a_plan_reads_back(place: &Place) {
    let database = place.open().await;
    let id = kept(&database, 1).await;
    let found = database.plan(&community("red"), id).await.unwrap();
    assert_eq!(found, Some((plan(1), PlanProgress::default())));
    assert_eq!(database.plan(&community("blue"), id).await.unwrap(), None);
    let twice = database
        .insert_plan(&plan(1), at(0), OPEN_MAX, &change())
        .await;
    assert!(matches!(twice, Err(StorageError::Conflict)), "{twice:?}");
}

pub(super) async fn a_community_has_a_limited_number_of_open_plans(place: &Place) {
    let database = place.open().await;
    for number in 1..=3 {
        kept(&database, number).await;
    }
    let insert = async |plan: &KeptPlan, now| {
        let record = change();
        let kept = database.insert_plan(plan, at(now), OPEN_MAX, &record);
        kept.await.unwrap() == PlanInserted::Kept
    };
    let records = count(&database, RECORDS).await;
    assert!(!insert(&plan(4), 0).await);
    assert_eq!(count(&database, RECORDS).await, records);
    let of_blue = KeptPlan {
        community: community("blue"),
        ..plan(5)
    };
    assert!(insert(&of_blue, 0).await);
    // An expired plan, and one that is being applied, are not open.
    assert!(insert(&plan(4), 1_001).await);
    assert!(!insert(&plan(6), 1_001).await);
    assert!(claimed(&database, plan(2).id, claim(1, 9_000), 1_001).await);
    assert!(insert(&plan(6), 1_001).await);
}

pub(super) async fn a_person_has_a_limited_number_of_open_plans(place: &Place) {
    let database = place.open().await;
    let max = OpenPlansMax {
        community: 9,
        owner: 2,
    };
    let insert = async |owner: &str, number| {
        let plan = KeptPlan {
            owner: user(owner),
            ..plan(number)
        };
        database.insert_plan(&plan, at(0), max, &change()).await
    };
    for (owner, number, expected) in [
        ("ada", 1, PlanInserted::Kept),
        ("ada", 2, PlanInserted::Kept),
        ("ada", 3, PlanInserted::TooMany),
        ("bob", 4, PlanInserted::Kept),
    ] {
        assert_eq!(insert(owner, number).await.unwrap(), expected, "{number}");
    }
    let open = async |owner: &str, now, max| {
        let (red, owner) = (community("red"), user(owner));
        let open = database.open_plans(&red, &owner, at(now), max).await;
        let open = open.unwrap();
        open.iter().map(|plan| plan.id).collect::<Vec<_>>()
    };
    let (one, two) = (plan(1).id, plan(2).id);
    assert_eq!(open("ada", 0, 9).await, [two, one]);
    assert_eq!(open("ada", 0, 1).await, [two]);
    assert_eq!(open("ada", 1_001, 9).await, [two]);
    assert_eq!(open("bob", 0, 9).await, [plan(4).id]);
    assert!(claimed(&database, two, claim(1, 9_000), 0).await);
    assert_eq!(open("ada", 0, 9).await, [one]);
}

pub(super) async fn a_call_waits_for_one_plan(place: &Place) {
    let database = place.open().await;
    let waits = |number: u8, awaited_by| KeptPlan {
        awaited_by: Some(key(awaited_by)),
        ..plan(number)
    };
    let insert = async |plan: &KeptPlan, now| {
        let record = change();
        let kept = database.insert_plan(plan, at(now), OPEN_MAX, &record);
        kept.await.unwrap()
    };
    let awaited = async |number| {
        let found = database.awaited_plan(&community("red"), &key(number)).await;
        found.unwrap().map(|(plan, _)| plan)
    };
    assert_eq!(insert(&waits(1, 1), 0).await, PlanInserted::Kept);
    let records = count(&database, RECORDS).await;
    assert_eq!(insert(&waits(2, 1), 0).await, PlanInserted::AwaitsAnother);
    assert_eq!(count(&database, RECORDS).await, records);
    assert_eq!(insert(&waits(3, 3), 0).await, PlanInserted::Kept);
    assert_eq!(awaited(1).await, Some(waits(1, 1)));
    assert_eq!(awaited(2).await, None);
    let elsewhere = database.awaited_plan(&community("blue"), &key(1)).await;
    assert_eq!(elsewhere.unwrap(), None);
    // Nobody took it in time: another may be asked for.
    assert_eq!(insert(&waits(4, 1), 1_001).await, PlanInserted::Kept);
    assert_eq!(awaited(1).await, Some(waits(4, 1)));
    // What was taken stays, for an hour longer.
    assert!(claimed(&database, plan(4).id, claim(1, 1_100), 1_001).await);
    let later = at(1_004).plus(PLAN_LIFETIME);
    let expected = [
        (later.plus_ms(-1), PlanInserted::AwaitsAnother),
        (later, PlanInserted::Kept),
    ];
    for (now, expected) in expected {
        let (plan, record) = (waits(5, 1), change());
        let inserted = database.insert_plan(&plan, now, OPEN_MAX, &record).await;
        assert_eq!(inserted.unwrap(), expected);
    }
}

pub(super) async fn one_of_many_is_told(place: &Place) {
    let database = place.open().await;
    let waiting = KeptPlan {
        awaited_by: Some(key(1)),
        ..plan(1)
    };
    let record = change();
    let kept = database.insert_plan(&waiting, at(0), OPEN_MAX, &record);
    assert_eq!(kept.await.unwrap(), PlanInserted::Kept);
    let tell = async |host: &Database| host.tell_plan(waiting.id, &change()).await.unwrap();
    assert!(!tell(&database).await, "nothing became of it yet");
    let holder = claim(1, 100);
    assert!(claimed(&database, waiting.id, holder, 0).await);
    let ended = database.end_plan(waiting.id, holder.by, &record).await;
    assert!(ended.unwrap());
    let before = count(&database, RECORDS).await;
    let others = [place.open().await, place.open().await];
    let told = join_all(others.iter().chain([&database]).map(tell)).await;
    assert_eq!(told.iter().filter(|told| **told).count(), 1, "{told:?}");
    assert_eq!(count(&database, RECORDS).await, before + 1);
    let awaited = database.awaited_plan(&community("red"), &key(1)).await;
    assert_eq!(awaited.unwrap(), None);
    assert!(progress(&database, waiting.id).await.told);
}

pub(super) async fn a_plan_is_declined_or_applied(place: &Place) {
    let database = place.open().await;
    let (one, two) = (kept(&database, 1).await, kept(&database, 2).await);
    let decline = async |id, now| {
        let by = claim(7, 0).by;
        database.decline_plan(id, by, at(now), &change()).await
    };
    assert!(claimed(&database, one, claim(1, 100), 0).await);
    let records = count(&database, RECORDS).await;
    // Somebody had it, even if they did not go on.
    assert!(!decline(one, 500).await.unwrap());
    assert!(!decline(two, 1_002).await.unwrap(), "it expired");
    assert_eq!(count(&database, RECORDS).await, records);
    assert!(decline(two, 500).await.unwrap());
    assert!(!decline(two, 500).await.unwrap());
    assert_eq!(count(&database, RECORDS).await, records + 1);
    assert!(!claimed(&database, two, claim(2, 900), 600).await);
    let declined = progress(&database, two).await;
    assert!(declined.declined && declined.ended && !declined.told);
}

pub(super) async fn the_longest_plan_is_kept(place: &Place) {
    let database = place.open().await;
    let of = |length: usize| KeptPlan {
        body: "x".repeat(length),
        ..plan(1)
    };
    let kept = async |plan: &KeptPlan| database.insert_plan(plan, at(0), OPEN_MAX, &change()).await;
    let refused = kept(&of(PLAN_BYTES_MAX + 1)).await;
    assert!(refused.is_err());
    assert_eq!(count(&database, ROWS).await, 0);
    assert_eq!(kept(&of(PLAN_BYTES_MAX)).await.unwrap(), PlanInserted::Kept);
}

pub(super) async fn one_of_many_gets_a_plan(place: &Place) {
    let database = place.open().await;
    let id = kept(&database, 1).await;
    let before = count(&database, RECORDS).await;
    let others = [place.open().await, place.open().await];
    let hosts = others.iter().chain([&database]);
    let claims = (1..).zip(hosts).map(|(by, host)| {
        let claim = claim(by, 100);
        async move { claimed(host, id, claim, 0).await }
    });
    let got = join_all(claims).await;
    assert_eq!(got.iter().filter(|got| **got).count(), 1, "{got:?}");
    assert_eq!(count(&database, RECORDS).await, before + 1);
    let holder = progress(&database, id).await.claim.unwrap();
    // When the claim ends, somebody else may go on; the first then keeps nothing.
    assert!(!claimed(&database, id, claim(7, 200), 99).await);
    assert!(claimed(&database, id, claim(7, 200), 100).await);
    let record = change();
    let kept = database.keep_receipt(id, &holder, 0, &Receipt::Done, &record);
    assert!(!kept.await.unwrap());
    assert!(!database.end_plan(id, holder.by, &change()).await.unwrap());
    assert_eq!(count(&database, RECORDS).await, before + 2);
    assert_eq!(progress(&database, id).await.receipts, []);
}

pub(super) async fn receipts_stay_in_their_order(place: &Place) {
    let database = place.open().await;
    let id = kept(&database, 1).await;
    let holder = claim(1, 100);
    let keep = async |number, receipt: &Receipt, until| {
        let renewed = claim(1, until);
        database
            .keep_receipt(id, &renewed, number, receipt, &change())
            .await
    };
    assert!(
        !keep(0, &Receipt::Done, 100).await.unwrap(),
        "nobody has it"
    );
    assert!(claimed(&database, id, holder, 0).await);
    let receipts = [
        Receipt::Done,
        Receipt::Unknown,
        Receipt::Failed("record-not-found".to_owned()),
    ];
    for (number, receipt) in (0..).zip(&receipts) {
        let until = 200 + i64::from(number);
        assert!(keep(number, receipt, until).await.unwrap());
    }
    let twice = keep(1, &Receipt::Done, 900).await;
    assert!(matches!(twice, Err(StorageError::Conflict)), "{twice:?}");
    let by = holder.by;
    assert!(database.end_plan(id, by, &change()).await.unwrap());
    assert!(!database.end_plan(id, by, &change()).await.unwrap());
    assert!(!keep(3, &Receipt::Done, 900).await.unwrap());
    let ended = PlanProgress {
        claim: Some(claim(1, 202)),
        ended: true,
        declined: false,
        told: false,
        receipts: receipts.into(),
    };
    assert_eq!(progress(&database, id).await, ended);
    assert!(!claimed(&database, id, claim(2, 9_000), 8_000).await);
}

pub(super) async fn plans_and_receipts_are_never_changed(place: &Place) {
    let database = place.open().await;
    let id = kept(&database, 1).await;
    let holder = claim(1, 100);
    assert!(claimed(&database, id, holder, 0).await);
    let record = change();
    let kept = database.keep_receipt(id, &holder, 0, &Receipt::Done, &record);
    assert!(kept.await.unwrap());
    assert!(database.end_plan(id, holder.by, &change()).await.unwrap());
    for sql in [
        "UPDATE plans SET body = 'another'",
        "UPDATE plans SET digest = body",
        "UPDATE plans SET owner = 'bob'",
        "UPDATE plans SET awaited_by = digest",
        "UPDATE plans SET ended = (1 = 0)",
        "UPDATE plan_receipts SET outcome = 'unknown'",
    ] {
        assert!(execute(&database, sql).await.is_err(), "{sql}");
    }
    // The positive control: claims change.
    execute(&database, "UPDATE plans SET claimed_until = expires_at")
        .await
        .unwrap();
}

pub(super) async fn expired_plans_go_with_their_receipts(place: &Place) {
    let database = place.open().await;
    for number in 1..=3 {
        kept(&database, number).await;
    }
    let holder = claim(1, 5_000);
    assert!(claimed(&database, plan(1).id, holder, 0).await);
    let record = change();
    let receipt = database.keep_receipt(plan(1).id, &holder, 0, &Receipt::Done, &record);
    assert!(receipt.await.unwrap());
    let removed = async |before, rows| {
        let removed = database.remove_expired_plans(at(before), rows).await;
        removed.unwrap()
    };
    assert_eq!(removed(1_000, 10).await, 0);
    // The first is still being applied.
    assert_eq!(removed(1_003, 1).await, 1);
    assert_eq!(removed(1_003, 10).await, 1);
    assert_eq!(removed(1_003, 10).await, 0);
    assert_eq!(count(&database, RECEIPTS).await, 1);
    assert_eq!(removed(5_000, 10).await, 1);
    assert_eq!(count(&database, RECEIPTS).await, 0);
}
