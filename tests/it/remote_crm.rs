//! A CRM somewhere else: the same client over a real socket, against the same dialect.

use serde_json::json;
use skillgate_app::ports::Crm;
use skillgate_connectors::transport::AllowedOrigins;
use skillgate_connectors::twenty::{Twenty, TwentyConfig};
use skillgate_tests::host::{SetClock, TestHost, agent, embedded_server};
use skillgate_tests::loopback::wire;
use skillgate_tests::skills;
use std::sync::Arc;
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_skill_works_on_a_crm_behind_an_address() {
    let (router, key) = embedded_server().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mut server = tokio::task::JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await });

    let origins = AllowedOrigins::parse([origin.as_str()]).unwrap();
    let config = TwentyConfig::new(origin, key, origins);
    let transport = Arc::new(wire());
    let crm = Twenty::new(&config, transport, Arc::new(SetClock::at_noon())).unwrap();
    crm.check().await.unwrap();
    let host = TestHost::start(Arc::new(crm)).await;
    let (manifest, component) = skills::crm();
    host.install(&manifest, &component).await.unwrap();
    let lead = json!({ "name": "Engine", "person": { "email": "ada@engines.example" } });
    let made = host
        .call_tool(&agent(), "crm", "create_lead", &lead)
        .await
        .unwrap();
    let again = host
        .call_tool(&agent(), "crm", "create_lead", &lead)
        .await
        .unwrap();
    assert_eq!(made["opportunity"]["id"], again["opportunity"]["id"]);
    server.shutdown().await;
}
