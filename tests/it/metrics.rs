//! What a real host counts.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::json;
use skillgate_domain::ids::SkillName;
use skillgate_policy::SHIPPED;
use skillgate_server::router;
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{METRICS_TOKEN, TestHost, admin, manifest};
use std::sync::Arc;
use tower::ServiceExt;

pub(crate) async fn scrape(host: &TestHost) -> String {
    let request = Request::get("/metrics")
        .header(header::AUTHORIZATION, format!("Bearer {METRICS_TOKEN}"))
        .body(Body::empty())
        .unwrap();
    let answer = router(host.app.clone()).oneshot(request).await.unwrap();
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) fn has(scraped: &str, line: &str) {
    assert!(
        scraped.lines().any(|found| found == line),
        "{line} is not in\n{scraped}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_budgets_and_components_are_counted() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let mut modest = manifest("reader", &["crm"]);
    modest["limits"] = json!({ "crm_reads": 1 });
    let reader = guests::component("crm_reader");
    host.install(&modest, &reader).await.unwrap();
    host.call("reader", &json!({})).await.unwrap();

    let mut greedy = manifest("greedy", &["crm"]);
    greedy["limits"] = json!({ "crm_reads": 0 });
    host.install(&greedy, &reader).await.unwrap();
    host.call("greedy", &json!({})).await.unwrap();

    let scraped = scrape(&host).await;
    for line in [
        r#"skillgate_invocations_total{action="invoke-skill",skill="reader",outcome="answered"} 1"#,
        r#"skillgate_budgets_used_up_total{budget="crm-reads"} 1"#,
        r#"skillgate_compiled_components_total{found="miss"} 1"#,
        r#"skillgate_policy_rights_total{found="miss"} 2"#,
        r#"skillgate_audit_records_total{outcome="written"} 2"#,
        "skillgate_sandbox_instances 0",
    ] {
        has(&scraped, line);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_host_call_is_counted_by_its_code() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let mut nothing = manifest("reader", &["crm"]);
    nothing["capabilities"] = json!({ "crm": { "company": { "read": [] } } });
    host.install(&nothing, &guests::component("crm_reader"))
        .await
        .unwrap();
    host.call("reader", &json!({})).await.unwrap();
    has(
        &scrape(&host).await,
        r#"skillgate_host_calls_denied_total{code="not-granted"} 1"#,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_policies_refuse_is_counted_by_its_code() {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    let reader = guests::component("crm_reader");
    host.install(&manifest("reader", &["crm"]), &reader)
        .await
        .unwrap();
    let no_contacts = "@id(\"no-contacts\")
        forbid (principal, action == Action::\"crm-read\", resource == ObjectType::\"contact\");";
    let text = format!("{SHIPPED}\n{no_contacts}");
    host.app.policies.put(&admin(), text, 0).await.unwrap();
    host.call("reader", &json!({})).await.unwrap();
    has(
        &scrape(&host).await,
        r#"skillgate_host_calls_denied_total{code="policy-denied"} 1"#,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn host_calls_after_the_end_of_a_grant_are_counted_by_its_code() {
    let crm = Arc::new(OneContact::default());
    let host = TestHost::start_forgetful(crm.clone()).await;
    let guest = guests::component("crm_loop");
    host.install(&manifest("loop", &["crm"]), &guest)
        .await
        .unwrap();
    let freeze = async {
        while crm.calls().0 == 0 {
            tokio::task::yield_now().await;
        }
        let name = SkillName::parse("loop").unwrap();
        host.app.modules.freeze(&admin(), &name).await.unwrap();
    };
    let input = json!({});
    let (stopped, ()) = tokio::join!(host.call("loop", &input), freeze);
    stopped.unwrap_err();
    let scraped = scrape(&host).await;
    let counted = r#"skillgate_host_calls_denied_total{code="skill-frozen"} "#;
    assert!(scraped.contains(counted), "{scraped}");
}
