//! The life of a grant, with real components and a real database.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{Inadmissible, RightsInForce, RunFailure, ToolErrorCode};
use skillgate_app::tokens::Issuer;
use skillgate_domain::grant::{EndCause, Grant, GrantStatus, GrantTerms};
use skillgate_domain::ids::{SkillName, SubmissionId};
use skillgate_domain::principal::{Principal, Role, TokenScope};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, admin, community, manifest, origin};
use skillgate_tests::reading::Reading;
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

/// Starts a guest that reads on and on, takes its right away while it runs, and returns its end.
async fn taken_back(take: impl AsyncFn(&TestHost, &Grant, &Principal)) -> InvokeError {
    let reading = Reading::prepare().await;
    let Reading { crm, host, grant } = &reading;
    let token = host.token(Role::Member, "mia", TokenScope::FULL).await;
    let tokens = &host.app.tokens;
    let caller = tokens.authenticate(&token, origin()).await.unwrap();
    let input = json!({});
    let call = host.call_tool(&caller, "reader", "run", &input);
    let watch = async {
        reading.begun().await;
        take(host, grant, &caller).await;
        let reads = crm.calls().0;
        loop {
            reading.tick().await;
            if crm.calls().0 > reads + 20 {
                return crm.calls().0 - reads;
            }
        }
    };
    tokio::select! {
        ended = call => ended.unwrap_err(),
        reads = watch => panic!("it read {reads} times more"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_loses_its_right_at_its_next_host_call() {
    let revoked = taken_back(async |host, grant, _| {
        let modules = &host.app.modules;
        let admin = admin();
        let revoked = modules.revoke(&admin, grant.submission, grant.id);
        revoked.await.unwrap();
    });
    let frozen = taken_back(async |host, grant, _| {
        let modules = &host.app.modules;
        modules.freeze(&admin(), &grant.skill).await.unwrap();
    });
    // Who may call no more, does not go on either.
    let stranger = taken_back(async |host, _, caller| {
        let tokens = &host.app.tokens;
        let token = caller.token.unwrap();
        let admin = admin();
        let revoked = tokens.revoke(Issuer::Caller(&admin), &admin.community, token);
        revoked.await.unwrap();
    });
    for ended in [revoked.await, frozen.await, stranger.await] {
        match ended {
            InvokeError::Run(RunFailure::Tool(error)) => {
                assert_eq!(error.code, ToolErrorCode::Denied);
                assert_eq!(error.message, "denied while it ran");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "times more")]
async fn a_running_call_that_keeps_its_right_goes_on() {
    taken_back(async |_, _, _| {}).await;
}
