//! A tool that promises to change nothing is held to it, wherever it would change something.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{RunFailure, ToolErrorCode};
use skillgate_tests::host::{SetClock, Setup, TestHost, agent, embedded_crm};
use skillgate_tests::outside::{Service, answer, way_out};
use skillgate_tests::skills;
use std::sync::Arc;

/// Lets every tool of a manifest promise, or none.
fn promising(mut manifest: Value, reads_only: bool) -> Value {
    for tool in manifest["tools"].as_array_mut().unwrap() {
        tool["reads_only"] = reads_only.into();
    }
    manifest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_promised_to_read_writes_no_record() {
    let lead = json!({ "name": "Engine", "person": { "email": "ada@example.org" } });
    let ada = json!({ "text": "ada" });
    for promises in [true, false] {
        let host = TestHost::start_embedded().await;
        let (manifest, component) = skills::crm();
        let manifest = promising(manifest, promises);
        host.install(&manifest, &component).await.unwrap();
        let made = host.call_tool(&agent(), "crm", "create_lead", &lead).await;
        if promises {
            let Err(InvokeError::Run(RunFailure::Tool(error))) = made else {
                panic!("{made:?}");
            };
            assert_eq!(error.code, ToolErrorCode::Denied);
            assert_eq!(host.denials().await, json!({ "tool-reads-only": 1 }));
        } else {
            made.unwrap();
        }
        let found = host
            .call_tool(&agent(), "crm", "search_contacts", &ada)
            .await;
        let left = u32::from(!promises);
        assert_eq!(found.unwrap()["total"], left, "promised: {promises}");
        let planned = host.plan(&agent(), "crm", "create_lead", &lead).await;
        assert_eq!(planned.is_err(), promises, "nor does it plan to");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_promised_to_read_changes_nothing_elsewhere() {
    for promises in [true, false] {
        let service = Service::serve(|_| answer(200, &[], "hello")).await;
        let setup = Setup {
            http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
            ..Setup::default()
        };
        let host = TestHost::start_with(embedded_crm().await, setup).await;
        let (manifest, component) = skills::courier();
        let mut manifest = promising(manifest, promises);
        let rule = format!("GET,POST {}/**", service.origin());
        manifest["capabilities"]["http"] = json!([{ "allow": rule }]);
        host.install(&manifest, &component).await.unwrap();
        let url = format!("{}/a", service.origin());
        for (method, passes) in [("GET", true), ("POST", !promises)] {
            let request = json!({ "method": method, "url": url });
            let sent = host.call_tool(&agent(), "courier", "send", &request).await;
            let sent = sent.unwrap();
            assert_eq!(sent["status"] == 200, passes, "{method}: {sent}");
            assert_eq!(service.arrived().len(), usize::from(passes), "{method}");
        }
        let put = json!([{ "key": "seen", "put": "1" }]);
        let keep = json!({ "steps": [{ "call": "commit", "changes": put }] });
        let kept = host.call_tool(&agent(), "courier", "keep", &keep).await;
        let refused = kept.unwrap()["code"] == "FailureCode::Denied";
        assert_eq!(refused, promises);
    }
}
