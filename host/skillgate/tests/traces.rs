//! The program's traces, as a collector on loopback receives them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<Span>>>,
    services: Arc<Mutex<Vec<String>>>,
}

async fn collect(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    assert!(!headers.contains_key("x-from-the-environment"));
    let batch = ExportTraceServiceRequest::decode(body).unwrap();
    for resource in batch.resource_spans {
        let attributes = resource.resource.unwrap().attributes;
        let names = attributes.into_iter().map(|attribute| attribute.key);
        collector.services.lock().unwrap().extend(names);
        let spans = resource
            .scope_spans
            .into_iter()
            .flat_map(|scope| scope.spans);
        collector.spans.lock().unwrap().extend(spans);
    }
}

/// Serves a collector on loopback. Returns what it receives, and its address.
async fn collector() -> (Collector, String, tokio::task::JoinSet<()>) {
    let collector = Collector::default();
    let router = Router::new()
        .route("/v1/traces", post(collect))
        .with_state(collector.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = tokio::task::JoinSet::new();
    serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (collector, address, serving)
}

/// Starts the program on `settings`. Returns it and where its door is.
async fn program(folder: &std::path::Path, settings: &str) -> (Child, String) {
    let settings = format!("[listen]\naddress = \"127.0.0.1:0\"\n{settings}");
    std::fs::write(folder.join("skillgate.toml"), settings).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_skillgate"))
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-from-the-environment=1")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let address = line
        .strip_prefix("listening on http://")
        .unwrap()
        .to_owned();
    (child, address)
}

async fn ask(address: &str, path: &str, traceparent: &str) {
    let mut door = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntraceparent: {traceparent}\r\n\r\n"
    );
    door.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    door.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
}

/// Asks the program to stop, which sends what is left.
async fn stop(mut child: Child) {
    let id = child.id().unwrap().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(asked.unwrap().success());
    assert!(child.wait().await.unwrap().success());
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_continues_its_callers_trace() {
    let (collector, address, _serving) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = format!("[traces]\nendpoint = \"{address}\"\n");
    let (child, door) = program(folder.path(), &settings).await;
    ask(&door, "/readyz", &format!("00-{TRACE}-{SPAN}-01")).await;
    ask(&door, "/healthz", "not a parent").await;
    stop(child).await;

    let spans = collector.spans.lock().unwrap();
    let requests: Vec<_> = spans.iter().filter(|span| span.name == "http").collect();
    assert_eq!(requests.len(), 2);
    let (continued, own): (Vec<&Span>, Vec<&Span>) = requests
        .into_iter()
        .partition(|span| hex(&span.trace_id) == TRACE);
    assert_eq!((continued.len(), own.len()), (1, 1));
    assert_eq!(hex(&continued[0].parent_span_id), SPAN);
    assert!(own[0].parent_span_id.is_empty());
    let check = spans.iter().find(|span| span.name == "crm.check").unwrap();
    assert_eq!(check.parent_span_id, continued[0].span_id);
    assert!(spans.iter().all(|span| span.events.is_empty()));
    assert_eq!(*collector.services.lock().unwrap(), ["service.name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_of_a_ratio_of_zero() {
    let (collector, address, _serving) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = format!("[traces]\nendpoint = \"{address}\"\nsample_ratio = 0.0\n");
    let (child, door) = program(folder.path(), &settings).await;
    ask(&door, "/healthz", &format!("00-{TRACE}-{SPAN}-01")).await;
    stop(child).await;
    assert!(collector.spans.lock().unwrap().is_empty());
}
