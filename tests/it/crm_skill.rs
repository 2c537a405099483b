//! The first-party skill over the embedded CRM, through every room of the host: door, right, sandbox,
//! broker, client, CRM.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{RunFailure, ToolErrorCode};
use skillgate_domain::principal::{Principal, Role, TokenScope};
use skillgate_tests::host::{TestHost, agent, principal};
use skillgate_tests::skills;
use std::collections::BTreeSet;

async fn host() -> TestHost {
    let host = TestHost::start_embedded().await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    host
}

async fn tool(host: &TestHost, tool: &str, input: Value) -> Value {
    host.call_tool(&agent(), "crm", tool, &input)
        .await
        .unwrap_or_else(|error| panic!("{tool}: {error:?}"))
}

async fn tool_refused(
    host: &TestHost,
    caller: &Principal,
    tool: &str,
    input: Value,
) -> ToolErrorCode {
    match host.call_tool(caller, "crm", tool, &input).await {
        Err(InvokeError::Run(RunFailure::Tool(error))) => error.code,
        other => panic!("{tool}: {other:?}"),
    }
}

fn lead() -> Value {
    json!({
        "name": "Analytical engine",
        "person": { "email": "Ada@Engines.example", "first_name": "Ada", "last_name": "Lovelace" },
        "company": { "name": "Engines", "domain": "engines.example" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_made_once_and_found_ever_after() {
    let host = host().await;
    let first = tool(&host, "create_lead", lead()).await;
    for part in ["company", "person", "opportunity"] {
        assert_eq!(first[part]["outcome"], "created", "{part}");
    }
    let again = tool(&host, "create_lead", lead()).await;
    for part in ["company", "person", "opportunity"] {
        assert_eq!(again[part]["outcome"], "found", "{part}");
        assert_eq!(again[part]["id"], first[part]["id"], "{part}");
    }
    let found = tool(&host, "search_contacts", json!({ "text": "lovelace ada" })).await;
    assert_eq!(found["total"], 1);
    assert_eq!(found["contacts"][0]["email"], "ada@engines.example");
    let deal = tool(
        &host,
        "get_opportunity",
        json!({ "id": first["opportunity"]["id"] }),
    )
    .await;
    assert_eq!(deal["stage"], "NEW");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_is_planned_listed_and_done() {
    let host = host().await;
    let lead = tool(&host, "create_lead", lead()).await;
    let task = json!({
        "title": "Call Ada",
        "due_at": "2026-03-03T09:00:00Z",
        "contact_id": lead["person"]["id"],
    });
    let made = tool(&host, "upsert_task", task.clone()).await;
    let again = tool(&host, "upsert_task", task).await;
    assert_eq!(made["task"]["id"], again["task"]["id"]);

    let about_ada = json!({ "contact_id": lead["person"]["id"] });
    for input in [json!({}), about_ada] {
        let due = tool(&host, "list_upcoming_follow_ups", input).await;
        assert_eq!(due["total"], 1);
        assert_eq!(due["follow_ups"][0]["title"], "Call Ada");
        assert_eq!(due["follow_ups"][0]["overdue"], false);
    }
    tool(&host, "complete_task", json!({ "id": made["task"]["id"] })).await;
    assert_eq!(
        tool(&host, "list_upcoming_follow_ups", json!({})).await["total"],
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_changed_and_remembered() {
    let host = host().await;
    let lead = tool(&host, "create_lead", lead()).await;
    let (person, deal) = (&lead["person"]["id"], &lead["opportunity"]["id"]);
    tool(
        &host,
        "update_contact",
        json!({ "id": person, "job_title": "Countess" }),
    )
    .await;
    let contact = tool(&host, "get_contact", json!({ "id": person })).await;
    assert_eq!(contact["job_title"], "Countess");
    assert_eq!(
        contact["email"], "ada@engines.example",
        "what was not named is as it was"
    );
    tool(
        &host,
        "update_opportunity",
        json!({ "id": deal, "stage": "PROPOSAL" }),
    )
    .await;
    let proposals = json!({ "object": "opportunity", "status": "PROPOSAL" });
    assert_eq!(tool(&host, "search_records", proposals).await["total"], 1);
    tool(
        &host,
        "add_note",
        json!({ "title": "Met", "body": "Said *hi*", "contact_id": person }),
    )
    .await;
    let notes = tool(
        &host,
        "search_records",
        json!({ "object": "note", "text": "met" }),
    )
    .await;
    assert_eq!(notes["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_reading_reads_and_does_not_write() {
    let host = host().await;
    tool(&host, "create_lead", lead()).await;
    let mut reader = agent();
    reader.scope = TokenScope {
        skills: None,
        may_write: false,
    };
    let found = host
        .call_tool(&reader, "crm", "search_contacts", &json!({ "text": "ada" }))
        .await
        .unwrap();
    assert_eq!(found["total"], 1);
    let id = found["contacts"][0]["id"].clone();
    let change = json!({ "id": id, "job_title": "Thief" });
    assert_eq!(
        tool_refused(&host, &reader, "update_contact", change).await,
        ToolErrorCode::Denied
    );
    let contact = tool(&host, "get_contact", json!({ "id": id })).await;
    assert!(contact.get("job_title").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_finds_nothing_and_harms_nothing() {
    let host = host().await;
    tool(&host, "create_lead", lead()).await;
    for text in [
        "O'Brien\",\"x(),or(id[neq]:\"0",
        "%",
        "_",
        "\\",
        "a%' OR 1=1 --",
        "{\"eq\":1}",
    ] {
        let found = tool(&host, "search_contacts", json!({ "text": text })).await;
        assert_eq!(found["total"], 0, "{text}");
    }
    assert_eq!(
        tool(&host, "search_contacts", json!({ "text": "ada" })).await["total"],
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_none_are_refused_by_the_schema_or_the_host() {
    let host = host().await;
    for id in ["a/b", "a?b", "a%2fb", "", "../people", &"0".repeat(10_000)] {
        let refusal = host
            .call_tool(&agent(), "crm", "get_contact", &json!({ "id": id }))
            .await
            .unwrap_err();
        assert!(
            matches!(refusal, InvokeError::InvalidInput(_)),
            "{id}: {refusal:?}"
        );
    }
    let missing = json!({ "id": "0190f5fe-7c00-7a00-8000-000000000001" });
    assert_eq!(
        tool_refused(&host, &agent(), "get_contact", missing).await,
        ToolErrorCode::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_other_skills_is_refused() {
    let host = host().await;
    let mut caller = principal(Role::Service, "reports");
    caller.scope.skills = Some(BTreeSet::new());
    let refusal = host
        .call_tool(&caller, "crm", "search_contacts", &json!({ "text": "ada" }))
        .await;
    assert!(matches!(refusal, Err(InvokeError::OutOfScope(_))));
}
