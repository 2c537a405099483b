//! Policies in a whole host: what they take away from a granted skill, call by call.

use serde_json::json;
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{RunFailure, ToolErrorCode};
use skillgate_domain::ids::PolicyName;
use skillgate_domain::policy::Basis;
use skillgate_domain::principal::{Principal, Role};
use skillgate_policy::SHIPPED;
use skillgate_tests::host::{TestHost, admin, agent, principal};
use skillgate_tests::skills;

async fn host() -> TestHost {
    let host = TestHost::start_embedded().await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    host
}

/// Puts the shipped policies and `more` in place of version `expected`.
async fn put(host: &TestHost, more: &str, expected: u32) {
    let text = format!("{SHIPPED}\n{more}");
    host.app
        .policies
        .put(&admin(), text, expected)
        .await
        .unwrap();
}

async fn search(host: &TestHost, caller: &Principal) -> Result<(), InvokeError> {
    let input = json!({ "text": "ada" });
    host.call_tool(caller, "crm", "search_contacts", &input)
        .await
        .map(drop)
}

fn is_denied(outcome: &Result<(), InvokeError>) -> bool {
    match outcome {
        Ok(()) => false,
        Err(InvokeError::Run(RunFailure::Tool(error))) => {
            assert_eq!(error.code, ToolErrorCode::Denied, "{error:?}");
            true
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_stops_the_host_call_of_a_granted_skill_and_lets_it_go_again() {
    let host = host().await;
    search(&host, &agent()).await.unwrap();
    let no_contacts = "@id(\"no-contacts\")
        forbid (principal, action == Action::\"crm-read\", resource == ObjectType::\"contact\");";
    put(&host, no_contacts, 0).await;
    assert!(is_denied(&search(&host, &agent()).await));
    // What it does not speak of goes on.
    let deals = json!({ "object": "opportunity" });
    host.call_tool(&agent(), "crm", "search_records", &deals)
        .await
        .unwrap();
    put(&host, "", 1).await;
    search(&host, &agent()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reaches_no_further_than_the_person_it_acts_for() {
    let host = host().await;
    let no_reading = "@id(\"ada-reads-no-contacts\")
        forbid (principal == User::\"ada\", action == Action::\"crm-read\", resource);";
    put(&host, no_reading, 0).await;
    assert!(is_denied(&search(&host, &agent()).await));
    assert!(!is_denied(
        &search(&host, &principal(Role::Agent, "grace")).await
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_a_policy_forbids_does_not_run() {
    let host = host().await;
    let no_search = "@id(\"no-search\")
        forbid (principal, action == Action::\"invoke-skill\", resource == Tool::\"crm/search_contacts\");";
    put(&host, no_search, 0).await;
    match search(&host, &agent()).await {
        Err(InvokeError::Forbidden(refusal)) => {
            assert_eq!(refusal.basis, Basis::Forbidden);
            let names: Vec<_> = refusal.policies.iter().map(PolicyName::as_str).collect();
            assert_eq!(names, ["no-search"]);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_storage_no_call_runs() {
    let host = host().await;
    search(&host, &agent()).await.unwrap();
    host.storage.close().await;
    let refused = search(&host, &agent()).await;
    assert!(matches!(refused, Err(InvokeError::Audit(_))), "{refused:?}");
}
