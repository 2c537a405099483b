//! A CRM that is down, slow, busy or beside itself, behind the surface that MyPA's clients know: the answer
//! that is named, none of the CRM's own words, and a record.

use async_trait::async_trait;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use serde_json::json;
use skillgate_app::ports::Crm;
use skillgate_connectors::transport::{
    AllowedOrigins, Bounds, InProcess, Transport, TransportError,
};
use skillgate_connectors::twenty::{RequestBudget, Timeouts, Twenty, TwentyConfig};
use skillgate_domain::principal::Role;
use skillgate_tests::host::{SetClock, TestHost, embedded_server};
use skillgate_tests::http::Client;
use skillgate_tests::skills;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ORIGIN: &str = "http://localhost";
/// What no caller may ever read.
const OWN_WORDS: &str = "relation workspace_1x.person of key eyJhbGciOi";

/// What the CRM does instead of answering.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Down,
    Slow,
    Broken,
    TooLong,
    Busy,
    HtmlPage,
    Truncated,
    Forbidden,
}

const FAULTS: [(Fault, u16, &str); 8] = [
    (Fault::Down, 502, "CRM_UPSTREAM_ERROR"),
    (Fault::Slow, 502, "CRM_UPSTREAM_ERROR"),
    (Fault::Broken, 502, "CRM_UPSTREAM_ERROR"),
    (Fault::TooLong, 502, "CRM_UPSTREAM_ERROR"),
    (Fault::Busy, 429, "RATE_LIMITED"),
    (Fault::HtmlPage, 502, "CRM_UPSTREAM_ERROR"),
    (Fault::Truncated, 502, "CRM_UPSTREAM_ERROR"),
    (Fault::Forbidden, 403, "FORBIDDEN"),
];

struct Upstream {
    crm: InProcess<axum::Router, Body>,
    fault: Mutex<Option<Fault>>,
}

fn answer(status: u16, body: &str) -> Response<Bytes> {
    let answer = Response::builder().status(status);
    answer.body(body.to_owned().into()).unwrap()
}

#[async_trait]
impl Transport for Upstream {
    async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        let fault = *self.fault.lock().unwrap();
        let messages = |name: &str| json!({ "messages": [OWN_WORDS], "error": name }).to_string();
        match fault {
            None => self.crm.send(request, bounds).await,
            Some(Fault::Down) => Err(TransportError::Connect),
            Some(Fault::Slow) => Err(TransportError::Timeout),
            Some(Fault::Broken) => Err(TransportError::Broken),
            Some(Fault::TooLong) => Err(TransportError::TooLong),
            Some(Fault::Busy) => Ok(answer(429, &messages("HttpException"))),
            Some(Fault::HtmlPage) => Ok(answer(503, &format!("<html>{OWN_WORDS}</html>"))),
            Some(Fault::Truncated) => Ok(answer(200, &format!("{{\"data\":{{\"a\":\"{OWN_WORDS}"))),
            Some(Fault::Forbidden) => Ok(answer(401, &messages("UNAUTHENTICATED"))),
        }
    }
}

async fn world() -> (TestHost, Arc<Upstream>, Client) {
    let (router, key) = embedded_server().await;
    let upstream = Arc::new(Upstream {
        crm: InProcess::new(router),
        fault: Mutex::default(),
    });
    let config = TwentyConfig {
        budget: RequestBudget {
            requests: 60_000,
            window: Duration::from_mins(1),
        },
        timeouts: Timeouts {
            retry_pause: Duration::ZERO,
            ..Timeouts::default()
        },
        ..TwentyConfig::new(
            ORIGIN.to_owned(),
            key,
            AllowedOrigins::parse([ORIGIN]).unwrap(),
        )
    };
    let crm = Twenty::new(&config, upstream.clone(), Arc::new(SetClock::at_noon())).unwrap();
    let crm: Arc<dyn Crm> = Arc::new(crm);
    let host = TestHost::start(crm).await;
    let (manifest, component) = skills::tez_handoff();
    host.install(&manifest, &component).await.unwrap();
    let mia = Client::of(&host, Role::Member, "mia").await;
    (host, upstream, mia)
}

/// The last record of what was asked: its outcome.
async fn last(admin: &Client) -> String {
    let page = admin.get("/api/audit?user=mia&limit=1").await.with(200);
    let record = &page["records"][0]["record"];
    record["outcome"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_fails_is_told_as_that_and_recorded() {
    for (fault, status, code) in FAULTS {
        let (host, upstream, mia) = world().await;
        let admin = Client::of(&host, Role::Admin, "ada").await;
        let payload = json!({ "payload": { "title": "Call" } });
        let made = mia.post("/api/crm/tasks", &payload).await.with(201);
        let id = &made["data"]["summary"]["id"];
        let asked = json!({ "entityType": "task", "entityId": id, "objective": "x" });
        let path = format!("/api/crm/task/{}", id.as_str().unwrap());
        *upstream.fault.lock().unwrap() = Some(fault);
        let answers = [
            mia.post("/api/crm/workflows/coordinate", &asked).await,
            mia.get("/api/crm/tasks").await,
            mia.get(&path).await,
            mia.post("/api/crm/tasks", &payload).await,
        ];
        for (number, answer) in answers.into_iter().enumerate() {
            let text = answer.body.to_string();
            assert!(
                !text.contains("workspace_1x") && !text.contains("eyJ"),
                "{text}"
            );
            let told = (answer.status.as_u16(), &answer.body["error"]["code"]);
            assert_eq!(told, (status, &json!(code)), "{fault:?} {number}: {text}");
            let waits = answer.headers.contains_key("retry-after");
            assert!(status != 429 || waits, "{fault:?} {number}");
        }
        let outcome = last(&admin).await;
        assert!(
            ["failed", "unknown", "refused"].contains(&outcome.as_str()),
            "{outcome}"
        );
        // The positive control: as soon as it answers again, so does the host.
        *upstream.fault.lock().unwrap() = None;
        host.clock.advance(Duration::from_mins(2));
        let answer = mia.post("/api/crm/workflows/coordinate", &asked).await;
        assert!(
            [200, 429].contains(&answer.status.as_u16()),
            "{fault:?} {}",
            answer.body
        );
    }
}
