//! The audit trail of a whole host: what a call leaves, how it is exported and checked by a stranger,
//! and what becomes of a write whose outcome nobody saw.

use serde_json::{Value, json};
use skillgate_app::audit::Verifiers;
use skillgate_app::audit::export::export;
use skillgate_app::audit::verify::{prove, verify};
use skillgate_app::ports::{AuditFilter, AuditStore};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, admin, agent, audit_key, community, manifest, principal};
use skillgate_tests::skills;
use std::sync::Arc;
use std::time::Duration;

/// Every interface that the guest `good` imports.
const EVERYTHING: &[&str] = &["crm", "log", "clock", "config"];

async fn records(host: &TestHost) -> Vec<Value> {
    let any = AuditFilter::default();
    let page = host
        .storage
        .audit_page(&community(), &any, 500)
        .await
        .unwrap();
    let rows = page.iter().rev();
    rows.map(|row| serde_json::from_str(&row.leaf).unwrap())
        .collect()
}

fn line(record: &Value) -> String {
    let word = |pointer: &str| {
        record
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or("-")
    };
    let target = word("/target/object");
    let tool = word("/target/tool");
    format!(
        "{} {target} {tool} {} {}",
        word("/action"),
        word("/outcome"),
        word("/code")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_leaves_its_intents_its_outcomes_and_itself() {
    let host = TestHost::start_embedded().await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    let lead = json!({
        "name": "Analytical engine",
        "person": { "email": "ada@engines.example", "first_name": "Ada", "last_name": "Lovelace" },
        "company": { "name": "Engines", "domain": "engines.example" },
    });
    host.call_tool(&agent(), "crm", "create_lead", &lead)
        .await
        .unwrap();
    let mut reader = agent();
    reader.scope = TokenScope {
        may_write: false,
        ..TokenScope::FULL
    };
    host.call_tool(
        &reader,
        "crm",
        "create_lead",
        &json!({ "name": "x", "person": { "email": "b@b.example" } }),
    )
    .await
    .unwrap_err();

    let all = records(&host).await;
    let lines: Vec<_> = all.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
    let call = &all[8];
    assert_eq!(
        call["actor"],
        json!({ "kind": "caller", "role": "agent", "user": "ada", "agent": "openclaw" })
    );
    assert_eq!(call["call"]["touched"]["write_count"], 3);
    let text = all.iter().map(Value::to_string).collect::<String>();
    for value in ["Lovelace", "engines.example", "Analytical"] {
        assert!(!text.contains(value), "{value} is a value, not an id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_checks_the_export_with_the_public_key_alone() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    host.install(&manifest("guest", EVERYTHING), &guests::component("good"))
        .await
        .unwrap();
    for _ in 0..20 {
        host.call("guest", &json!({})).await.unwrap();
    }
    let verifiers = Verifiers::parse([audit_key().public()]).unwrap();
    let store = Arc::clone(&host.storage);
    let _folder = host.stop().await;

    let mut file = Vec::new();
    let size = export(&*store, "stories", &mut file).await.unwrap();
    assert_eq!(size, 22, "submitted, granted, called 20 times");
    let found = verify(&mut file.as_slice(), &verifiers, None).unwrap();
    assert_eq!(found.records, size);
    let proof = prove(&mut file.as_slice(), &verifiers, 7).unwrap();
    assert_eq!(proof.verify(&verifiers).unwrap(), size);

    let text = String::from_utf8(file).unwrap();
    let spoilt = text.replacen("\"outcome\":\"done\"", "\"outcome\":\"dome\"", 1);
    assert_ne!(text, spoilt);
    verify(&mut spoilt.as_bytes(), &verifiers, None).unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_waits_for_is_recorded_as_cancelled() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    host.install(&manifest("guest", &["crm"]), &guests::component("crm_slow"))
        .await
        .unwrap();
    let input = json!({});
    let call = host.call("guest", &input);
    let gone = tokio::time::timeout(Duration::from_millis(50), call).await;
    assert!(gone.is_err());
    // Handed over at the end of the call: a later record that is durable says so of it.
    host.call_tool(&principal(Role::Partner, "pat"), "guest", "run", &json!({}))
        .await
        .unwrap_err();
    let all = records(&host).await;
    let last = &all[all.len() - 2];
    assert_eq!(line(last), "invoke-skill - run cancelled -");
    assert!(last["call"]["invocation"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_community_sees_nothing() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    host.install(&manifest("guest", EVERYTHING), &guests::component("good"))
        .await
        .unwrap();
    let any = AuditFilter::default();
    assert_eq!(
        host.app
            .audit
            .list(&admin(), &any, 500)
            .await
            .unwrap()
            .len(),
        2
    );
    let mut stranger = admin();
    stranger.community = skillgate_domain::ids::CommunityId::parse("elsewhere").unwrap();
    assert_eq!(host.app.audit.list(&stranger, &any, 500).await.unwrap(), []);
}
