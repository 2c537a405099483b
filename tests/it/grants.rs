//! The life of a grant, with real components and a real database.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{GrantStatuses, Inadmissible};
use skillgate_domain::grant::{EndCause, GrantStatus, GrantTerms};
use skillgate_domain::ids::{SkillName, SubmissionId};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, admin, community, manifest};
use std::sync::Arc;

async fn host() -> TestHost {
    TestHost::start(Arc::new(OneContact::default())).await
}

/// Hands in another version of a guest and carries its grant over.
async fn upgrade(host: &TestHost, manifest: &Value) -> SubmissionId {
    let id = host
        .submit(manifest, &guests::component("good"))
        .await
        .unwrap();
    let terms = GrantTerms {
        carry_over: true,
        ..GrantTerms::default()
    };
    host.app.modules.grant(&admin(), id, terms).await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_with_other_words_is_off_until_it_is_approved() {
    let host = host().await;
    let mut guest = manifest("good", &["log", "clock"]);
    let first = host
        .install(&guest, &guests::component("good"))
        .await
        .unwrap();
    host.call("good", &json!({})).await.unwrap();

    guest["version"] = json!("0.1.1");
    upgrade(&host, &guest).await;
    host.call("good", &json!({})).await.unwrap();

    guest["version"] = json!("0.2.0");
    guest["tools"][0]["description"] = json!("Runs, and tells nobody.");
    upgrade(&host, &guest).await;
    let refusal = host.call("good", &json!({})).await;
    assert!(matches!(refusal, Err(InvokeError::UnknownTool { known, .. }) if known.is_empty()));

    let good = SkillName::parse("good").unwrap();
    let back = host
        .app
        .modules
        .roll_back(&admin(), &good, None)
        .await
        .unwrap();
    assert_eq!(back.tools, first.tools);
    host.call("good", &json!({})).await.unwrap();
    let status = host
        .storage
        .grant_status(&community(), first.id)
        .await
        .unwrap();
    assert_eq!(status, GrantStatus::Ended(EndCause::Replaced));
    let status = host
        .storage
        .grant_status(&community(), back.id)
        .await
        .unwrap();
    assert_eq!(status, GrantStatus::InForce);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_that_is_new_is_not_linked_until_it_is_approved() {
    let host = host().await;
    let quiet = guests::component("sized_output");
    host.install(&manifest("good", &[]), &quiet).await.unwrap();
    host.call("good", &json!({})).await.unwrap();
    let id = upgrade(&host, &manifest("good", &["log", "clock"])).await;
    let refusal = host.call("good", &json!({})).await;
    assert!(
        matches!(&refusal, Err(InvokeError::NotRunnable(Inadmissible::Imports(missing))) if missing.len() == 2),
        "{refusal:?}"
    );
    let all = GrantTerms::default();
    host.app.modules.grant(&admin(), id, all).await.unwrap();
    host.call("good", &json!({})).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_skill_is_not_run() {
    let host = host().await;
    let guest = manifest("good", &["log", "clock"]);
    let grant = host
        .install(&guest, &guests::component("good"))
        .await
        .unwrap();
    let good = SkillName::parse("good").unwrap();
    host.app.modules.freeze(&admin(), &good).await.unwrap();
    let refusal = host.call("good", &json!({})).await;
    assert!(matches!(refusal, Err(InvokeError::Frozen(skill)) if skill == good));
    let status = host
        .storage
        .grant_status(&community(), grant.id)
        .await
        .unwrap();
    assert_eq!(status, GrantStatus::Frozen);
    host.app.modules.unfreeze(&admin(), &good).await.unwrap();
    host.call("good", &json!({})).await.unwrap();
}
