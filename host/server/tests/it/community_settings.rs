//! A community's settings at the door: shown, replaced, remembered, refused.

use crate::world::{Answer, Behaviour, World};
use serde_json::{Value, json};
use skillgate_app::ports::{HISTORY_PAGE_MAX, StorageError};
use skillgate_domain::principal::Role;

const ROOT: &str = "/api/community-settings";
const COORDINATE: &str = "/api/crm/workflows/coordinate";

fn settings(coordinator: &str, of_notes: &[&str]) -> Value {
    let sharing = json!({ "note": { "always": of_notes } });
    json!({ "coordinator": coordinator, "sharing": sharing })
}

async fn put(world: &World, admin: &str, settings: &Value, expected_version: u32) -> Answer {
    let body = json!({ "settings": settings, "expected_version": expected_version });
    world.put(ROOT, admin, &body).await
}

#[tokio::test]
async fn settings_are_put_and_remembered() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let shipped = world.get(ROOT, &admin).await.body;
    assert_eq!(
        (&shipped["version"], &shipped["put_by"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(shipped["settings"]["coordinator"], "tez-handoff");
    assert_eq!(
        shipped["settings"]["sharing"]["opportunity"]["always"],
        json!(["name", "stage", "close_date"])
    );

    let made = put(&world, &admin, &settings("tez-handoff", &["title"]), 0).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(
        (&made.body["version"], &made.body["put_by"]),
        (&json!(1), &json!("ada"))
    );
    // What is not named is empty, and said so.
    let nothing = json!({ "always": [], "on_request": [] });
    assert_eq!(made.body["settings"]["sharing"]["contact"], nothing);
    assert_eq!(world.get(ROOT, &admin).await.body, made.body);
    for (number, version) in [(0, &shipped), (1, &made.body)] {
        let path = format!("{ROOT}/versions/{number}");
        assert_eq!(world.get(&path, &admin).await.body, *version);
    }

    let lost = put(&world, &admin, &settings("tez-handoff", &[]), 0).await;
    lost.is_problem(409, "settings-changed");
    assert_eq!(lost.body["version"], 1);

    let stranger = world.token("away", "sam", Role::Admin).await;
    assert_eq!(world.get(ROOT, &stranger).await.body, shipped);
    let theirs = world.get(&format!("{ROOT}/versions/1"), &stranger).await;
    theirs.is_problem(404, "settings-not-found");
    let history = world.get(&format!("{ROOT}/versions"), &stranger).await;
    assert_eq!(history.body["versions"], json!([]));
}

#[tokio::test]
async fn what_was_put_is_listed_newest_first_in_pages() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let newest = HISTORY_PAGE_MAX + 1;
    for version in 0..newest {
        let name = format!("own{version}");
        let made = put(&world, &admin, &settings("tez-handoff", &[&name]), version).await;
        assert_eq!(made.status, 200, "{}", made.body);
    }
    let list = async |query: &str| {
        let path = format!("{ROOT}/versions{query}");
        let page = world.get(&path, &admin).await.body;
        let versions = page["versions"].as_array().unwrap().iter();
        let numbers: Vec<_> = versions.map(|it| it["version"].as_u64().unwrap()).collect();
        (numbers, page["next_before"].clone())
    };
    let (first, next) = list("").await;
    assert_eq!(first, (2..=u64::from(newest)).rev().collect::<Vec<_>>());
    assert_eq!(next, 2);
    assert_eq!(list("?before=2").await, (vec![1], Value::Null));
}

#[tokio::test]
async fn what_makes_no_sense_is_told_at_once_and_changes_nothing() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let wrong = json!({
        "coordinator": "No Name",
        "sharing": {
            "note": { "always": ["title", "due_at"], "on_request": ["title", "createdBy"] },
            "planet": {},
        },
    });
    let refused = put(&world, &admin, &wrong, 0).await;
    refused.is_problem(422, "settings-invalid");
    let findings = refused.body["findings"].as_array().unwrap();
    let paths: Vec<_> = findings.iter().map(|found| &found["path"]).collect();
    assert_eq!(
        paths,
        [
            "/coordinator",
            "/sharing/note/always/1",
            "/sharing/note/on_request/0",
            "/sharing/note/on_request/1",
            "/sharing/planet",
        ]
    );
    let body = json!({ "settings": settings("tez-handoff", &[]) });
    let refused = world.put(ROOT, &admin, &body).await;
    refused.is_problem(422, "body-invalid");
    let absent = put(&world, &admin, &settings("nobodys-skill", &[]), 0).await;
    absent.is_problem(409, "coordinator-not-granted");
    for (path, status, code) in [
        ("/versions/x", 404, "settings-not-found"),
        ("/versions/1", 404, "settings-not-found"),
        ("/versions/4294967296", 404, "settings-not-found"),
        ("/versions?before=x", 400, "query-invalid"),
        ("/versions?after=1", 400, "query-invalid"),
    ] {
        let refused = world.get(&format!("{ROOT}{path}"), &admin).await;
        refused.is_problem(status, code);
    }
    assert_eq!(world.get(ROOT, &admin).await.body["version"], 0);
    let lines = world.audit.lines();
    let left: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("settings"))
        .collect();
    assert_eq!(
        left,
        [
            "put-settings refused settings-invalid",
            "put-settings refused coordinator-not-granted",
        ]
    );
    *world.storage.fails_with.lock().unwrap() = Some(|| StorageError::Unavailable("gone".into()));
    let failed = world.get(ROOT, &admin).await;
    failed.is_problem(503, "storage-unavailable");
}

#[tokio::test]
async fn settings_are_for_admins_to_see() {
    let world = World::new().await;
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let token = world.token("home", "mia", role).await;
        for path in ["", "/versions", "/versions/0"] {
            let refused = world.get(&format!("{ROOT}{path}"), &token).await;
            refused.is_problem(403, "forbidden");
            assert_eq!(refused.body["basis"], "not-permitted");
        }
        let refused = put(&world, &token, &settings("tez-handoff", &[]), 0).await;
        refused.is_problem(403, "forbidden");
        assert_eq!(refused.body["basis"], "beyond-role");
    }
}

/// What happened is the host's to tell: a coordinator that says so is not believed.
#[tokio::test]
async fn a_coordinator_does_not_say_what_happened() {
    let world = World::new().await;
    world.grant_coordinator().await;
    let member = world.token("home", "mia", Role::Member).await;
    let id = "00000000-0000-4000-8000-000000000001";
    let asked = json!({ "entityType": "task", "entityId": id, "objective": "x" });
    let honest = world.post(COORDINATE, &member, &asked).await;
    assert_eq!(honest.status, 200, "{}", honest.body);

    let mut boast = honest.body["data"].clone();
    boast["applied"] = json!({ "id": id, "state": "applied", "effects": [] });
    boast["plan"] = json!({ "id": id });
    let result = json!({ "attempted": true, "success": true, "status": 200,
        "message": "sent", "payload": { "id": 1 } });
    boast["googleWorkspace"]["emailResult"] = result.clone();
    boast["googleWorkspace"]["calendarResult"] = result;
    world.sandbox.set(Behaviour::Answer(boast.to_string()));
    let told = world.post(COORDINATE, &member, &asked).await;
    let data = &told.body["data"];
    assert_eq!((told.status.as_u16(), &data["plan"]), (200, &Value::Null));
    assert!(data.get("applied").is_none(), "{data}");
    let untried = json!({ "attempted": false, "success": false, "message": "sent" });
    assert_eq!(data["googleWorkspace"]["emailResult"], untried);
    assert_eq!(data["googleWorkspace"]["calendarResult"], untried);

    // And what is no such answer is none.
    for nonsense in [
        json!({}),
        json!({ "summary": {} }),
        json!({ "entityType": "planet" }),
    ] {
        world.sandbox.set(Behaviour::Answer(nonsense.to_string()));
        let refused = world.post(COORDINATE, &member, &asked).await;
        assert_eq!(refused.status, 502, "{}", refused.body);
        assert_eq!(refused.body["error"]["code"], "CRM_WORKFLOW_ERROR");
        let lines = world.audit.lines();
        assert_eq!(
            lines.last().unwrap(),
            "plan-skill failed skill-output-invalid"
        );
    }
}
