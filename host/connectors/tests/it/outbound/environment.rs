//! What the environment says of proxies is nobody's business here.

use super::service::{Service, answer};
use super::*;
use std::env::current_exe;
use std::process::{Command, Output};
use tokio::task::spawn_blocking;

/// Every variable that a client might ask for a proxy.
const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];
/// Every variable that might tell one not to.
const NO_PROXIES: [&str; 3] = ["NO_PROXY", "no_proxy", "REQUEST_METHOD"];

/// A story on its own, which the stories below run again where the environment names a proxy.
#[tokio::test]
async fn a_request_of_a_module_arrives() {
    let (service, http) = (Service::saying(answer("", "here")).await, to_loopback());
    let sent = send(&http, &service, get(&service.at("/"))).await;
    assert_eq!(sent.map(|it| it.body), Ok(b"here".to_vec()));
}

/// The same with a client that nobody told anything.
#[tokio::test]
async fn a_request_of_a_plain_client_is_answered() {
    let service = Service::saying(answer("", "here")).await;
    #[expect(
        clippy::disallowed_methods,
        reason = "the client as it is, to see what a proxy does to it"
    )]
    let client = reqwest::Client::builder();
    let client = client.tls_backend_preconfigured(trust(RootCertStore::empty()));
    let answered = client.build().unwrap().get(service.at("/")).send().await;
    assert_eq!(answered.unwrap().status(), 200);
}

/// Runs a story in a process of its own, whose environment names a proxy. Tells how often the proxy was asked.
async fn asked_of_a_proxy(story: &str) -> usize {
    let proxy = Service::saying(answer("", "from the proxy")).await;
    let story = format!("it::outbound::environment::{story}");
    let mut process = Command::new(current_exe().unwrap());
    process.args(["--exact", &story]);
    for name in PROXIES {
        process.env(name, proxy.at(""));
    }
    for name in NO_PROXIES {
        process.env_remove(name);
    }
    let ran: Output = spawn_blocking(move || process.output().unwrap())
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    proxy.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_of_the_environment_sees_a_request() {
    let plain = asked_of_a_proxy("a_request_of_a_plain_client_is_answered").await;
    assert_eq!(plain, 1, "the environment does name a proxy");
    let own = asked_of_a_proxy("a_request_of_a_module_arrives").await;
    assert_eq!(own, 0);
}
