//! Calls that are narrowed to some records: what a hand-off names is all that its skill sees.

use serde_json::{Value, json};
use skillgate_app::invocations::{Answer, InvokeError};
use skillgate_app::ports::{RunFailure, ToolErrorCode};
use skillgate_domain::crm::{EntryRef, ObjectKind};
use skillgate_domain::ids::RecordId;
use skillgate_domain::plan::Mode;
use skillgate_domain::scope::RecordScope;
use skillgate_tests::host::{TestHost, agent};
use skillgate_tests::skills;

async fn host() -> TestHost {
    let host = TestHost::start_embedded().await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    host
}

fn lead(person: &str, company: &str) -> Value {
    json!({
        "name": format!("{person} and {company}"),
        "person": { "email": format!("{person}@{company}.example"), "last_name": "Lovelace" },
        "company": { "name": company, "domain": format!("{company}.example") },
    })
}

async fn make(host: &TestHost, person: &str, company: &str) -> Value {
    let lead = lead(person, company);
    let made = host.call_tool(&agent(), "crm", "create_lead", &lead).await;
    made.unwrap()
}

fn record(object: ObjectKind, view: &Value) -> EntryRef {
    let id = view["id"].as_str().unwrap();
    EntryRef {
        object,
        id: RecordId::parse(id).unwrap(),
    }
}

async fn narrowed(
    host: &TestHost,
    records: &[EntryRef],
    mode: Mode,
    tool: &str,
    input: &Value,
) -> Result<Answer, ToolErrorCode> {
    let scope = RecordScope::new(records.iter().copied()).unwrap();
    let how = (mode, Some(scope));
    match host.invoke(&agent(), "crm", tool, input, how).await {
        Ok(answer) => Ok(answer),
        Err(InvokeError::Run(RunFailure::Tool(error))) => Err(error.code),
        Err(other) => panic!("{tool}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_call_sees_and_changes_its_records_only() {
    let host = host().await;
    let mut leads = Vec::new();
    for person in ["ada", "bea"] {
        leads.push(make(&host, person, person).await);
    }
    let ada = [record(ObjectKind::Contact, &leads[0]["person"])];
    for mode in [Mode::Execute, Mode::Plan] {
        let ask = async |tool: &str, input: Value| {
            let answer = narrowed(&host, &ada, mode, tool, &input).await;
            answer.map(|answer| answer.output)
        };
        let words = json!({ "text": "lovelace" });
        let found = ask("search_contacts", words.clone()).await.unwrap();
        assert_eq!(found["total"], 1);
        assert_eq!(found["contacts"][0]["id"], leads[0]["person"]["id"]);
        let all = host
            .call_tool(&agent(), "crm", "search_contacts", &words)
            .await;
        assert_eq!(all.unwrap()["total"], 2, "the positive control");

        let change = |lead: &Value| json!({ "id": lead["person"]["id"], "job_title": "Analyst" });
        ask("update_contact", change(&leads[0])).await.unwrap();
        let denied = ask("update_contact", change(&leads[1])).await;
        assert_eq!(denied, Err(ToolErrorCode::Denied));
        let deal = json!({ "id": leads[0]["opportunity"]["id"] });
        let denied = ask("get_opportunity", deal).await;
        assert_eq!(denied, Err(ToolErrorCode::Denied));
        let task = |lead: &Value| {
            json!({
                "title": "Call",
                "due_at": "2026-03-03T09:00:00Z",
                "contact_id": lead["person"]["id"],
            })
        };
        ask("upsert_task", task(&leads[0])).await.unwrap();
        let denied = ask("upsert_task", task(&leads[1])).await;
        assert_eq!(denied, Err(ToolErrorCode::Denied));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_narrowed_call_creates_it_may_see() {
    let host = host().await;
    let made = narrowed(
        &host,
        &[],
        Mode::Execute,
        "create_lead",
        &lead("ada", "ada"),
    )
    .await;
    assert_eq!(made.unwrap().output["opportunity"]["outcome"], "created");
    let words = json!({ "text": "lovelace" });
    let nothing = narrowed(&host, &[], Mode::Execute, "search_contacts", &words).await;
    assert_eq!(nothing.unwrap().output["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_unique_value_is_not_told_to_a_narrowed_call() {
    let host = host().await;
    make(&host, "ada", "engines").await;
    for mode in [Mode::Execute, Mode::Plan] {
        let again = narrowed(&host, &[], mode, "create_lead", &lead("bea", "engines")).await;
        assert_eq!(again.err(), Some(ToolErrorCode::Conflict));
    }
}
