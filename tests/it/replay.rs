//! Replays: a recorded call runs again, offline, and what differs is shown.

use serde_json::{Value, json};
use skillgate_app::audit::Verifiers;
use skillgate_app::audit::export::export;
use skillgate_app::audit::verify::verify;
use skillgate_app::ports::{AuditFilter, AuditStore, Inadmissible, JournalStore};
use skillgate_app::replay::{ReplayError, Replayed};
use skillgate_app::retention::{JOURNALS_KEPT, Retention};
use skillgate_domain::ids::{CommunityId, InvocationId, SkillName};
use skillgate_domain::plan::Mode;
use skillgate_domain::principal::{Principal, Role, TokenScope};
use skillgate_tests::crm::{FaultyCrm, OneContact};
use skillgate_tests::guests;
use skillgate_tests::host::{
    Setup, TestHost, admin, agent, audit_key, community, embedded_crm, manifest, principal,
};
use skillgate_tests::skills;
use sqlx::{AssertSqlSafe, SqlitePool};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const EVERYTHING: &[&str] = &["crm", "log", "clock", "config"];
const CRM: &str = "crm";
const GUEST: &str = "guest";

/// A host with the CRM skill over a CRM whose writes are counted.
async fn with_crm_skill() -> (TestHost, Arc<FaultyCrm>) {
    let crm = Arc::new(FaultyCrm::over(embedded_crm().await));
    let host = TestHost::start(crm.clone()).await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    (host, crm)
}

/// A host with the guest `recorded` and its setting, and one call of it.
async fn with_guest(setup: Setup) -> (TestHost, Arc<OneContact>, InvocationId) {
    let crm = Arc::new(OneContact::default());
    let host = TestHost::start_with(crm.clone(), setup).await;
    install(&host, &guests::component("recorded")).await;
    let made = called(&host, GUEST, "run", &json!({}), Mode::Execute).await;
    (host, crm, made)
}

async fn install(host: &TestHost, component: &[u8]) {
    let mut manifest = manifest(GUEST, EVERYTHING);
    manifest["config"] =
        json!({ "stage": { "description": "Where it begins.", "default": "NEW" } });
    host.install(&manifest, component).await.unwrap();
}

/// Calls a tool, however that ends, and returns the run.
async fn called(
    host: &TestHost,
    skill: &str,
    tool: &str,
    input: &Value,
    mode: Mode,
) -> InvocationId {
    call_as(host, &agent(), skill, tool, input, mode).await
}

async fn call_as(
    host: &TestHost,
    caller: &Principal,
    skill: &str,
    tool: &str,
    input: &Value,
    mode: Mode,
) -> InvocationId {
    drop(host.invoke(caller, skill, tool, input, (mode, None)).await);
    let any = AuditFilter::default();
    let newest = host.storage.audit_page(&community(), &any, 1).await;
    let leaf: Value = serde_json::from_str(&newest.unwrap()[0].leaf).unwrap();
    InvocationId::parse(leaf["call"]["invocation"].as_str().unwrap()).unwrap()
}

async fn replay(
    host: &TestHost,
    made: InvocationId,
    component: Option<Vec<u8>>,
) -> Result<Replayed, ReplayError> {
    let component = component.map(Arc::from);
    host.replays.replay(&admin(), made, component).await
}

async fn body(host: &TestHost, made: InvocationId) -> Option<String> {
    let kept = host.storage.journal(&community(), made).await.unwrap();
    kept.map(|kept| kept.body)
}

fn lead() -> Value {
    json!({
        "name": "Analytical engine",
        "person": { "email": "ada@engines.example", "first_name": "Ada", "last_name": "Lovelace" },
        "company": { "name": "Engines", "domain": "engines.example" },
    })
}

fn words(replayed: &Replayed) -> Vec<String> {
    let words = replayed.differences.iter().map(ToString::to_string);
    words.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_component_does_the_same_and_nothing_happens() {
    let (host, crm) = with_crm_skill().await;
    let reader = Principal {
        scope: TokenScope {
            may_write: false,
            ..TokenScope::FULL
        },
        ..agent()
    };
    let search = json!({ "text": "lovelace" });
    let nobody = json!({ "id": "0190f5fe-7c00-7a00-8000-00000000000f", "status": "DONE" });
    let calls = [
        ("create_lead", lead(), Mode::Plan, agent()),
        ("create_lead", lead(), Mode::Execute, agent()),
        ("create_lead", lead(), Mode::Execute, agent()),
        ("create_lead", lead(), Mode::Execute, reader),
        ("search_contacts", search, Mode::Execute, agent()),
        ("upsert_task", nobody, Mode::Execute, agent()),
    ];
    let mut made = Vec::new();
    for (tool, input, mode, caller) in calls {
        made.push(call_as(&host, &caller, CRM, tool, &input, mode).await);
    }
    let writes = crm.writes();
    assert_eq!(writes, 3);
    // What the CRM has by now does not matter.
    for made in made {
        let replayed = replay(&host, made, None).await.unwrap();
        assert_eq!(words(&replayed), [""; 0], "{:?}", replayed.run.tool);
        assert!(replayed.is_same());
    }
    assert_eq!(crm.writes(), writes);
    let planned = host.recorded("plan-skill").await;
    assert_eq!(planned.len(), 1, "a replay keeps no plan");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_component_is_compared_before_anybody_grants_it() {
    let (host, crm, made) = with_guest(Setup::default()).await;
    assert!(replay(&host, made, None).await.unwrap().is_same());
    let read = crm.calls();
    let mut all = Vec::new();
    for (from, to) in [
        ("\"hello\"", "\"howdy\""),
        (
            "(local.set $left (i32.const 1))",
            "(local.set $left (i32.const 3))",
        ),
        ("\"stage\"", "\"owner\""),
        ("000000000001\"", "000000000002\""),
        (
            "(call $get (i32.const 0) (i32.const 3072) (i32.const 36) (i32.const 4096))",
            "",
        ),
        ("{\\\"ok\\\":true}", "{\\\"ok\\\":1234}"),
        ("(call $ok)))", "(unreachable)))"),
    ] {
        let other = guests::changed("recorded", from, to);
        let replayed = replay(&host, made, Some(other)).await.unwrap();
        assert!(!replayed.is_same(), "{from}");
        assert_ne!(replayed.component, replayed.run.component);
        all.push(words(&replayed).join("\n"));
    }
    insta::assert_snapshot!(all.join("\n\n"));
    assert_eq!(crm.calls(), read, "nothing reached the CRM");
    // A file with the same bytes is the same component.
    let same = Some(guests::component("recorded"));
    assert!(replay(&host, made, same).await.unwrap().is_same());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_cannot_run_under_the_grant_is_told_why() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let good = guests::component("good");
    host.install(&manifest(GUEST, &["log", "clock"]), &good)
        .await
        .unwrap();
    let made = called(&host, GUEST, "run", &json!({}), Mode::Execute).await;
    let wider = replay(&host, made, Some(guests::component("recorded"))).await;
    assert!(
        matches!(
            &wider,
            Err(ReplayError::NotRunnable(Inadmissible::Imports(more))) if more.len() == 2
        ),
        "{wider:?}"
    );
    let text = replay(&host, made, Some(b"hello".to_vec())).await;
    assert!(
        matches!(
            text,
            Err(ReplayError::NotRunnable(Inadmissible::NotAComponent(_)))
        ),
        "{text:?}"
    );
    assert!(replay(&host, made, None).await.unwrap().is_same());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_see_a_journal_learns_nothing_of_it() {
    let (host, _, made) = with_guest(Setup::default()).await;
    let as_whom = async |caller: Principal| {
        let done = host.replays.replay(&caller, made, None).await;
        done.map(|done| done.is_same())
    };
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let refused = as_whom(principal(role, "ada")).await;
        assert!(
            matches!(refused, Err(ReplayError::Forbidden(_))),
            "{role:?}"
        );
    }
    let stranger = Principal {
        community: CommunityId::parse("hillside").unwrap(),
        ..admin()
    };
    let refused = as_whom(stranger).await;
    assert!(matches!(refused, Err(ReplayError::NotFound)), "{refused:?}");
    let narrow = Principal {
        scope: TokenScope {
            skills: Some([SkillName::parse("other").unwrap()].into()),
            ..TokenScope::FULL
        },
        ..admin()
    };
    let refused = as_whom(narrow).await;
    assert!(
        matches!(refused, Err(ReplayError::OutOfScope(_))),
        "{refused:?}"
    );
    let unknown = replay(&host, InvocationId::new(Uuid::nil()), None).await;
    assert!(matches!(unknown, Err(ReplayError::NotFound)), "{unknown:?}");
    assert!(as_whom(admin()).await.unwrap());

    let word = |leaf: &Value| {
        assert_eq!(leaf["target"]["kind"], "invocation");
        let code = leaf["code"].as_str().unwrap_or("-").to_owned();
        format!("{} {code}", leaf["outcome"].as_str().unwrap())
    };
    let leaves = host.recorded("replay-call").await;
    let recorded: Vec<_> = leaves.iter().rev().map(word).collect();
    let mut expected = vec!["refused forbidden"; 4];
    expected.extend([
        "refused skill-out-of-scope",
        "refused journal-not-found",
        "done -",
    ]);
    assert_eq!(recorded, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_holds_what_the_skill_saw_and_no_more() {
    let (host, _) = with_crm_skill().await;
    called(&host, CRM, "create_lead", &lead(), Mode::Execute).await;
    // The same CRM through a skill that may read less.
    let found = host
        .invoke(
            &agent(),
            CRM,
            "search_contacts",
            &json!({ "text": "lovelace" }),
            (Mode::Execute, None),
        )
        .await
        .unwrap();
    let seen = body(&host, found.invocation).await.unwrap();
    assert!(seen.contains("ada@engines.example") && seen.contains("Ada"));

    let id = found.output["contacts"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let reader = guests::changed("crm_reader", "00000000-0000-4000-8000-000000000001", &id);
    host.install(&manifest("reader", &["crm"]), &reader)
        .await
        .unwrap();
    let made = called(&host, "reader", "run", &json!({}), Mode::Execute).await;
    let seen = body(&host, made).await.unwrap();
    assert!(seen.contains("Ada"), "{seen}");
    for hidden in ["engines.example", "Lovelace"] {
        assert!(!seen.contains(hidden), "{hidden}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_longer_than_a_journal_ends_in_the_middle() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    // Twenty thousand looks at the clock, then a read.
    let one = "(local.set $left (i32.const 1))";
    let many = guests::changed(
        "recorded",
        one,
        &one.replace("(i32.const 1)", "(i32.const 20000)"),
    );
    install(&host, &many).await;
    let made = called(&host, GUEST, "run", &json!({}), Mode::Execute).await;
    let replayed = replay(&host, made, None).await.unwrap();
    assert_eq!(words(&replayed), [""; 0]);
    assert_eq!((replayed.ends_after, replayed.is_same()), (Some(0), false));

    let input = json!({ "text": "x".repeat(300_000) });
    let long = called(&host, GUEST, "run", &input, Mode::Execute).await;
    let refused = replay(&host, long, None).await;
    assert!(matches!(refused, Err(ReplayError::NoInput)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_was_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("host.db").display());
    let setup = || Setup {
        database: Some(address.clone()),
        ..Setup::default()
    };
    let (host, _, one) = with_guest(setup()).await;
    let two = called(&host, GUEST, "run", &json!({ "a": 1 }), Mode::Execute).await;
    let behind = SqlitePool::connect(&address).await.unwrap();
    let change = async |sql: &str| {
        let sql = AssertSqlSafe(sql.to_owned());
        sqlx::query(sql).execute(&behind).await
    };
    let swap = "UPDATE journals SET body = (SELECT j.body FROM journals j
        WHERE j.invocation <> journals.invocation)";
    assert!(change(swap).await.is_err());
    change("DROP TRIGGER journals_stay").await.unwrap();
    change("CREATE TABLE kept AS SELECT * FROM journals")
        .await
        .unwrap();
    assert!(replay(&host, one, None).await.unwrap().is_same());
    let others = format!(
        "DELETE FROM journals WHERE record = (SELECT min(record) FROM journals);
         UPDATE journals SET invocation = x'{}'",
        one.uuid().simple()
    );
    for sql in [
        "UPDATE journals SET body = replace(body, 'Ada', 'Eve')",
        "UPDATE journals SET record = record - 1",
        &others,
    ] {
        change(sql).await.unwrap();
        let refused = replay(&host, one, None).await;
        assert!(
            matches!(refused, Err(ReplayError::Changed)),
            "{sql}: {refused:?}"
        );
        let back = "DELETE FROM journals; INSERT INTO journals SELECT * FROM kept";
        change(back).await.unwrap();
    }
    for made in [one, two] {
        assert!(replay(&host, made, None).await.unwrap().is_same());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_go_after_their_time_and_the_trail_stays() {
    let (host, _, old) = with_guest(Setup::default()).await;
    let (moment, kept) = (Duration::from_millis(1), JOURNALS_KEPT);
    host.clock.advance(moment);
    let young = called(&host, GUEST, "run", &json!({}), Mode::Execute).await;
    host.clock.advance(kept.saturating_sub(moment));
    let store = host.storage.clone();
    let retention = || {
        Retention::new(
            store.clone(),
            store.clone(),
            store.clone(),
            host.clock.clone(),
        )
    };
    assert_eq!(retention().remove().await.unwrap(), 1);
    let gone = replay(&host, old, None).await;
    assert!(matches!(gone, Err(ReplayError::NotFound)), "{gone:?}");
    assert!(replay(&host, young, None).await.unwrap().is_same());
    let none = retention().keeping_journals(Duration::ZERO);
    assert_eq!(none.remove().await.unwrap(), 1);
    assert_eq!(body(&host, young).await, None);

    let verifiers = Verifiers::parse([audit_key().public()]).unwrap();
    let store = Arc::clone(&host.storage);
    let _folder = host.stop().await;
    let mut file = Vec::new();
    let size = export(&*store, "stories", &mut file).await.unwrap();
    let found = verify(&mut file.as_slice(), &verifiers, None).unwrap();
    assert_eq!(found.records, size);
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains("\"journal\":\"sha256:"), "its digest stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reaches_no_guest_leaves_no_journal() {
    let setup = Setup {
        journals: false,
        ..Setup::default()
    };
    let (host, _, made) = with_guest(setup).await;
    assert_eq!(body(&host, made).await, None, "the recorder is off");

    let (host, _, made) = with_guest(Setup::default()).await;
    assert!(body(&host, made).await.is_some());
    let refused = host.call(GUEST, &json!([])).await;
    refused.unwrap_err();
    let any = AuditFilter::default();
    let newest = host.storage.audit_page(&community(), &any, 1).await;
    let leaf: Value = serde_json::from_str(&newest.unwrap()[0].leaf).unwrap();
    assert_eq!(leaf["call"]["journal"], Value::Null);
}
