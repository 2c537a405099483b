//! The client over a real socket.

use super::support::*;
use super::transport::{anywhere, serve};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::Method;
use skillgate_app::ports::{Crm, CrmError, UnavailableCause};
use skillgate_connectors::transport::{AllowedOrigins, HttpTransport};
use skillgate_connectors::twenty::{ANSWER_BYTES_MAX, Twenty};
use skillgate_crm_embedded::Generation;
use skillgate_domain::crm::{EntryRef, ObjectKind, Selection};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// A client of what `router` serves on loopback.
async fn client(router: Router) -> (Twenty, JoinSet<()>) {
    let (address, server) = serve(router).await;
    let mut config = impatient();
    config.allowed_origins = AllowedOrigins::parse([address.as_str()]).unwrap();
    config.base_url = address;
    let transport = Arc::new(HttpTransport::new(anywhere()).unwrap());
    let twenty = Twenty::new(&config, transport, HandClock::new()).unwrap();
    (twenty, server)
}

fn ada() -> EntryRef {
    EntryRef {
        object: ObjectKind::Contact,
        id: id(1),
    }
}

/// Lets the CRM do it, sends half an answer, and breaks the connection.
async fn half_an_answer(crm: Router, request: Request) -> Response {
    let whole = crm
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {});
    let parts = [
        Ok(Bytes::from_static(b"{\"data\":")),
        Err(io::Error::from(io::ErrorKind::BrokenPipe)),
    ];
    (
        whole.status(),
        Body::from_stream(futures::stream::iter(parts)),
    )
        .into_response()
}

#[tokio::test]
async fn a_connection_that_breaks_after_a_write_is_made_up_for() {
    let crm = crm(Generation::V2_19).await;
    let broken = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&broken);
    let router = Router::new().fallback(async move |request: Request| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default();
        let creates = body.starts_with(b"{\"query\":\"mutation");
        let request = Request::from_parts(head, Body::from(body));
        if creates && !broken.swap(true, Ordering::SeqCst) {
            return half_an_answer(crm, request).await;
        }
        crm.oneshot(request)
            .await
            .unwrap_or_else(|never| match never {})
    });
    let (twenty, _server) = client(router).await;
    let everything = everything(ObjectKind::Contact);
    let changes = contact("Ada", "ada@example.test");
    let made = twenty
        .create(&community(), id(1), &changes, &everything)
        .await
        .unwrap();
    assert_eq!(made.id(), id(1));
    assert!(told.load(Ordering::SeqCst), "the connection did break");
    assert_eq!(twenty.get(&community(), ada(), &everything).await, Ok(made));
    let all = twenty
        .search(&community(), &query(ObjectKind::Contact), &everything)
        .await
        .unwrap();
    assert_eq!(all.total, 1);
    assert_eq!(twenty.check().await, Ok(()));
}

#[tokio::test]
async fn an_answer_has_a_largest_size() {
    for (size, readable) in [
        (ANSWER_BYTES_MAX, true),
        (ANSWER_BYTES_MAX + 1, false),
        (10_000_000, false),
    ] {
        let router = Router::new().fallback(async move |method: Method, request: Request| {
            assert_eq!(method, Method::GET);
            if request.uri().path().starts_with("/rest/metadata") {
                return r#"{"data":{"objects":[{"nameSingular":"person","fields":[]}]}}"#
                    .to_owned();
            }
            let record = format!(r#"{{"data":{{"person":{{"id":"{}"}}}}}}"#, id(1));
            let spaces = " ".repeat(size - record.len());
            record + &spaces
        });
        let (twenty, _server) = client(router).await;
        let answer = twenty.get(&community(), ada(), &Selection::EMPTY).await;
        let answer = answer.map(|found| found.id());
        let unreadable = CrmError::Unavailable(UnavailableCause::Unreadable);
        let expected = if readable { Ok(id(1)) } else { Err(unreadable) };
        assert_eq!(answer, expected, "{size}");
    }
}
