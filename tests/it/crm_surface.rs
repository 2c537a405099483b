//! The surface that MyPA's clients know, over a whole host with the embedded CRM.

use axum::http::Method;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_tests::host::TestHost;
use skillgate_tests::http::{Answer, Client};
use skillgate_tests::skills;

const NOBODY: &str = "0190f5fe-7c00-7a00-8000-000000000001";

async fn world() -> (TestHost, Client) {
    let host = TestHost::start_embedded().await;
    let (manifest, component) = skills::tez_handoff();
    host.install(&manifest, &component).await.unwrap();
    let client = Client::of(&host, Role::Member, "mia").await;
    (host, client)
}

async fn create(client: &Client, collection: &str, payload: Value) -> Value {
    let path = format!("/api/crm/{collection}");
    let made = client.post(&path, &json!({ "payload": payload })).await;
    made.with(201)["data"].clone()
}

fn ada() -> Value {
    json!({
        "name": { "firstName": "Ada", "lastName": "Lovelace" },
        "emails": { "primaryEmail": "Ada@Engines.example" },
        "jobTitle": "Analyst",
    })
}

fn refused(answer: Answer, status: u16, code: &str) -> Value {
    let body = answer.with(status);
    assert_eq!(body["error"]["code"], code, "{body}");
    body["error"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_made_changed_and_found() {
    let (_host, mia) = world().await;
    let made = create(&mia, "people", ada()).await;
    assert_eq!(made["entityType"], "person");
    assert_eq!(made["summary"]["name"], "Ada Lovelace");
    assert_eq!(made["summary"]["email"], "ada@engines.example");
    assert_eq!(made["summary"]["company"], Value::Null);
    assert_eq!(made["entity"]["name"]["lastName"], "Lovelace");
    let id = made["summary"]["id"].as_str().unwrap();

    let change = json!({ "payload": { "jobTitle": "Countess", "emails": { "additionalEmails": ["a@l.example"] } } });
    let path = format!("/api/crm/people/{id}");
    let changed = mia.patch(&path, &change).await.with(200)["data"].clone();
    assert_eq!(changed["entityId"], id);
    assert_eq!(changed["summary"]["jobTitle"], "Countess");
    let emails =
        json!({ "primaryEmail": "ada@engines.example", "additionalEmails": ["a@l.example"] });
    assert_eq!(changed["entity"]["emails"], emails);

    let found = mia
        .get("/api/crm/people?q=lovelace&limit=5")
        .await
        .with(200);
    assert_eq!(found["data"]["items"][0]["id"], id);
    let meta = json!({ "q": "lovelace", "count": 1, "limit": 5, "offset": 0, "total": 1, "hasMore": false });
    assert_eq!(found["meta"], meta);
    let none = mia.get("/api/crm/people?q=babbage").await.with(200);
    assert_eq!(none["data"]["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_by_offset() {
    let (_host, mia) = world().await;
    for number in 0..7 {
        create(&mia, "tasks", json!({ "title": format!("Call {number}") })).await;
    }
    let mut seen = Vec::new();
    for (offset, count, more) in [(0, 3, true), (3, 3, true), (6, 1, false), (9, 0, false)] {
        let path = format!("/api/crm/tasks?limit=3&offset={offset}");
        let page = mia.get(&path).await.with(200);
        let meta = json!({ "q": null, "count": count, "limit": 3, "offset": offset, "total": 7, "hasMore": more });
        assert_eq!(page["meta"], meta, "{offset}");
        let items = page["data"]["items"].as_array().unwrap().iter();
        seen.extend(items.map(|item| item["title"].as_str().unwrap().to_owned()));
    }
    let jumped = mia.get("/api/crm/tasks?limit=2&offset=5").await.with(200);
    assert_eq!(jumped["data"]["items"][0]["title"], seen[5].as_str());
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 7);
    let far = mia.get("/api/crm/tasks?offset=1001").await;
    refused(far, 400, "VALIDATION_ERROR");
    mia.get("/api/crm/tasks?offset=1000").await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_put_once_and_listed_when_it_is_due() {
    let (_host, mia) = world().await;
    let ada = create(&mia, "people", ada()).await;
    let ada = ada["summary"]["id"].as_str().unwrap();
    let due = |at: &str| json!({ "title": "Call Ada", "dueAt": at });
    let about = json!([{ "entityType": "person", "entityId": ada }]);
    let asked = |at: &str| json!({ "payload": due(at), "about": about });
    // It is noon on 1 March 2026.
    let first = asked("2026-02-28T09:00:00Z");
    let put = mia.put("/api/crm/tasks", &first).await.with(201)["data"].clone();
    assert_eq!(put["summary"]["status"], "TODO");
    let moved = asked("2026-03-03T09:00:00Z");
    let again = mia.put("/api/crm/tasks", &moved).await.with(200)["data"].clone();
    assert_eq!(
        (&again["entityId"], &again["created"]),
        (&put["entityId"], &json!(false))
    );
    let late = json!({ "payload": { "title": "Write the minutes", "dueAt": "2026-02-01" } });
    mia.put("/api/crm/tasks", &late).await.with(201);

    let path = format!("/api/crm/follow-ups?days=7&entityType=person&entityId={ada}");
    let hers = mia.get(&path).await.with(200);
    assert_eq!(
        (&hers["meta"]["count"], &hers["data"]["items"][0]["overdue"]),
        (&json!(1), &json!(false))
    );
    let all = mia.get("/api/crm/follow-ups").await.with(200);
    let titles: Vec<_> = all["data"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["summary"]["title"].as_str().unwrap(),
                item["overdue"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(titles, [("Write the minutes", true), ("Call Ada", false)]);
    let done = json!({ "entityId": put["entityId"], "payload": { "status": "DONE" } });
    mia.put("/api/crm/tasks", &done).await.with(200);
    assert_eq!(mia.get(&path).await.with(200)["meta"]["total"], 0);

    // What it cannot be attached to is told, and the task is there.
    let nobody = json!({ "payload": { "title": "Lost" }, "about": [{ "entityType": "person", "entityId": NOBODY }] });
    let lost = mia.put("/api/crm/tasks", &nobody).await.with(201);
    let unlinked = &lost["data"]["unlinked"];
    assert_eq!(
        (&unlinked["entityId"], &unlinked["code"]),
        (&json!(NOBODY), &json!("record-not-found"))
    );
    for query in [
        "days=91",
        "limit=0",
        "limit=101",
        "entityType=task&entityId=1",
        "entityType=person",
    ] {
        let answer = mia.get(&format!("/api/crm/follow-ups?{query}")).await;
        refused(answer, 400, "VALIDATION_ERROR");
    }
    for body in [
        json!({ "payload": {} }),
        json!({ "payload": { "status": "TODO" } }),
    ] {
        refused(
            mia.put("/api/crm/tasks", &body).await,
            400,
            "VALIDATION_ERROR",
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_record_comes_with_what_may_be_passed_on() {
    let (_host, mia) = world().await;
    let deal = json!({
        "name": "Acme Renewal",
        "stage": "PROPOSAL",
        "amount": { "amountMicros": 1_500_500_000, "currencyCode": "EUR" },
    });
    let made = create(&mia, "opportunities", deal).await;
    let id = made["summary"]["id"].as_str().unwrap();
    assert_eq!(made["summary"]["amount"], 1500.5);
    let shown = mia
        .get(&format!("/api/crm/opportunity/{id}"))
        .await
        .with(200)["data"]
        .clone();
    let content = format!(
        "CRM opportunity snapshot: opportunity_id={id}, title=Acme Renewal, stage=PROPOSAL"
    );
    assert_eq!(shown["tezContextLayer"]["content"], content);
    assert_eq!(shown["relayContext"][0]["source"], "verified");
    let fields = json!(["name", "stage"]);
    assert_eq!(shown["relayContext"][0]["provenance"]["fields"], fields);
    assert_eq!(
        shown["relayContext"][0]["provenance"]["type"],
        "crm.opportunity"
    );

    let asked = json!({ "entityType": "opportunity", "entityId": id });
    let made = mia.post("/api/crm/tez-context", &asked).await.with(200);
    assert_eq!(made["data"]["contextLayers"][0]["content"], content);
    assert_eq!(made["data"]["summary"]["amount"], 1500.5);
    assert!(made["meta"]["usage"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn coordinate_drafts_a_hand_off() {
    let (_host, mia) = world().await;
    let made = create(
        &mia,
        "opportunities",
        json!({ "name": "Acme Renewal", "stage": "PROPOSAL" }),
    )
    .await;
    let id = made["summary"]["id"].as_str().unwrap();
    let asked = json!({
        "entityType": "opportunity",
        "entityId": id,
        "objective": "Move deal to next stage",
        "tez": { "type": "escalation", "urgency": "high" },
        "openclaw": { "enabled": true, "model": "openclaw" },
        "googleWorkspace": {
            "enabled": true, "sendEmail": true, "logCalendar": true,
            "paEmail": "pa@mypa.example", "emailTo": "owner@example.com",
        },
    });
    let answer = mia
        .post("/api/crm/workflows/coordinate", &asked)
        .await
        .with(200);
    let data = &answer["data"];
    assert_eq!(data["summary"]["title"], "Acme Renewal");
    let draft = &data["tezDraft"];
    assert_eq!(
        (&draft["type"], &draft["visibility"]),
        (&json!("handoff"), &json!("team"))
    );
    assert_eq!(
        draft["surfaceText"],
        "CRM opportunity handoff for Acme Renewal: Move deal to next stage"
    );
    assert_eq!(draft["context"], data["relayContext"]);
    let layers: Vec<_> = ["layer", "source"]
        .map(|member| &draft["context"][0][member])
        .into();
    assert_eq!(layers, ["hint", "stated"]);
    assert_eq!(data["openclaw"]["available"], false);
    let workspace = &data["googleWorkspace"];
    assert_eq!(
        (&workspace["configured"], &workspace["dryRun"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        workspace["emailDraft"]["subject"],
        "Follow-up: Acme Renewal"
    );
    assert_eq!(workspace["calendarAction"]["durationMs"], 300_000);
    assert_eq!(workspace["emailResult"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_coordinate_does_not_take_is_told_field_by_field() {
    let (_host, mia) = world().await;
    let made = create(&mia, "tasks", json!({ "title": "Call" })).await;
    let id = made["summary"]["id"].clone();
    let with = |change: &[(&str, Value)]| {
        let mut asked = json!({ "entityType": "task", "entityId": id, "objective": "x" });
        for (pointer, value) in change {
            let mut at = &mut asked;
            for step in pointer.split('.') {
                at = &mut at[step];
            }
            *at = value.clone();
        }
        asked
    };
    let text = |length: usize| json!("é".repeat(length));
    let ids = |count: usize| json!(vec![NOBODY; count]);
    // Each at its edge, and past it.
    let edges = [
        ("objective", text(1000), text(1001)),
        ("entityId", id.clone(), text(201)),
        ("tez.recipients", ids(100), ids(101)),
        ("tez.recipients", json!([NOBODY]), json!(["mia"])),
        ("tez.teamId", json!(NOBODY), json!("sales")),
        ("tez.surfaceText", text(5000), text(5001)),
        ("tez.type", json!("escalation"), json!("memo")),
        ("tez.urgency", json!("fyi"), json!("asap")),
        ("tez.visibility", json!("private"), json!("public")),
        ("openclaw.model", text(120), text(121)),
        ("openclaw.temperature", json!(2), json!(2.01)),
        ("openclaw.enabled", json!(false), json!("no")),
        ("googleWorkspace.emailSubject", text(300), text(301)),
        ("googleWorkspace.emailBody", text(10_000), text(10_001)),
        ("googleWorkspace.calendarSummary", text(300), text(301)),
        (
            "googleWorkspace.durationMs",
            json!(86_400_000),
            json!(86_400_001),
        ),
        ("googleWorkspace.durationMs", json!(1), json!(0)),
        ("googleWorkspace.durationMs", json!(5), json!(5.5)),
        ("entityType", json!("task"), json!("lead")),
    ];
    let path = "/api/crm/workflows/coordinate";
    for (field, good, bad) in edges {
        mia.post(path, &with(&[(field, good)])).await.with(200);
        let refusal = refused(
            mia.post(path, &with(&[(field, bad)])).await,
            400,
            "VALIDATION_ERROR",
        );
        let told = refusal["details"][0]["path"].as_str().unwrap();
        assert!(told.starts_with(field), "{field}: {refusal}");
    }
    let both = with(&[("entityType", json!("lead")), ("objective", json!(""))]);
    let refusal = refused(mia.post(path, &both).await, 400, "VALIDATION_ERROR");
    assert_eq!(refusal["details"].as_array().unwrap().len(), 2, "{refusal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found_and_what_is_no_json_not_read() {
    let (_host, mia) = world().await;
    let path = "/api/crm/workflows/coordinate";
    for id in [NOBODY, "person_42", "a/b", "a?b", "a%2fb", "../people"] {
        let asked = json!({ "entityType": "person", "entityId": id, "objective": "x" });
        refused(mia.post(path, &asked).await, 404, "CRM_ENTITY_NOT_FOUND");
    }
    refused(
        mia.get(&format!("/api/crm/person/{NOBODY}")).await,
        404,
        "CRM_ENTITY_NOT_FOUND",
    );
    refused(
        mia.get("/api/crm/person/a%2fb").await,
        404,
        "CRM_ENTITY_NOT_FOUND",
    );
    refused(
        mia.get(&format!("/api/crm/lead/{NOBODY}")).await,
        400,
        "VALIDATION_ERROR",
    );
    let long = "x".repeat(201);
    refused(
        mia.get(&format!("/api/crm/person/{long}")).await,
        400,
        "VALIDATION_ERROR",
    );
    let payload = json!({ "payload": { "title": "x" } });
    refused(
        mia.patch(&format!("/api/crm/tasks/{NOBODY}"), &payload)
            .await,
        404,
        "CRM_ENTITY_NOT_FOUND",
    );
    for (body, status, code) in [
        ("{", 400, "VALIDATION_ERROR"),
        ("[]", 400, "VALIDATION_ERROR"),
        (
            r#"{"entityType":"task","entityType":"task"}"#,
            400,
            "VALIDATION_ERROR",
        ),
        (r#"{"entityType":"task"}"#, 400, "VALIDATION_ERROR"),
    ] {
        let sent = mia.send_bytes(Method::POST, path, body.into(), &[]).await;
        refused(sent, status, code);
    }
    let long = vec![b' '; 1024 * 1024];
    refused(
        mia.send_bytes(Method::POST, path, long, &[]).await,
        413,
        "BODY_TOO_LARGE",
    );
    let empty = mia.post("/api/crm/people", &json!({ "payload": {} })).await;
    let refusal = refused(empty, 400, "VALIDATION_ERROR");
    assert_eq!(refusal["details"][0]["path"], "payload");
    let forged = json!({ "payload": { "jobTitle": "x", "createdBy": { "source": "EMAIL" } } });
    let refusal = refused(
        mia.post("/api/crm/people", &forged).await,
        400,
        "VALIDATION_ERROR",
    );
    assert_eq!(refusal["details"][0]["path"], "payload.createdBy");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_told_so_and_recorded() {
    let (host, mia) = world().await;
    let partner = Client::of(&host, Role::Partner, "pat").await;
    for path in [
        "/api/crm/status",
        "/api/crm/people",
        "/api/settings/team",
        "/api/pa/context",
    ] {
        refused(partner.get(path).await, 403, "FORBIDDEN");
        mia.get(path).await.with(200);
    }
    refused(
        partner
            .post("/api/crm/people", &json!({ "payload": ada() }))
            .await,
        403,
        "FORBIDDEN",
    );
    refused(
        mia.get("/api/crm/nothing/at/all").await,
        404,
        "ROUTE_NOT_FOUND",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_say_what_the_host_is_connected_to() {
    let (_host, mia) = world().await;
    let status = mia.get("/api/crm/status").await.with(200)["data"].clone();
    assert_eq!(
        (&status["configured"], &status["reachable"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(status["openclawConfigured"], false);
    let workflows = mia.get("/api/crm/workflows/status").await.with(200)["data"].clone();
    assert_eq!(
        workflows["twenty"],
        json!({ "configured": true, "reason": null })
    );
    let team = mia.get("/api/settings/team").await.with(200)["data"].clone();
    assert_eq!(
        (&team["twentyConfigured"], &team["twentyApiUrl"]),
        (&json!(true), &Value::Null)
    );
    let context = mia.get("/api/pa/context").await.with(200)["data"].clone();
    assert_eq!(context["integrations"]["twentyConfigured"], true);
    let test = |name: &str| json!({ "integration": name });
    let path = "/api/settings/team/test-integration";
    let twenty = mia.post(path, &test("twenty")).await.with(200);
    assert_eq!(twenty["data"]["success"], true);
    let openclaw = mia.post(path, &test("openclaw")).await.with(200);
    assert_eq!(openclaw["data"]["success"], false);
    refused(
        mia.post(path, &test("salesforce")).await,
        400,
        "INVALID_INTEGRATION",
    );
}
