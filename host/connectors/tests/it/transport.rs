//! The transport against small servers on loopback.

use axum::Router;
use axum::body::Body;
use axum::extract::Request as Incoming;
use axum::response::{IntoResponse, Redirect};
use axum::routing::any;
use bytes::Bytes;
use http::{Request, StatusCode};
use skillgate_connectors::egress::{Dns, Egress};
use skillgate_connectors::transport::{
    AllowedOrigins, Bounds, Guard, HttpTransport, InProcess, OriginError, Transport, TransportError,
};
use skillgate_domain::egress::Networks;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

const BODY_MAX: usize = 1_000;

pub(super) fn bounds() -> Bounds {
    Bounds {
        timeout: Duration::from_secs(10),
        answer_bytes_max: BODY_MAX,
    }
}

pub(super) fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

fn server() -> Router {
    Router::new()
        .route(
            "/echo",
            any(async |request: Incoming| {
                let agent = request.headers()["user-agent"]
                    .to_str()
                    .unwrap_or_default()
                    .to_owned();
                (StatusCode::IM_A_TEAPOT, [("x-test", "1")], agent)
            }),
        )
        .route(
            "/size/{n}",
            any(async |path: axum::extract::Path<usize>| "x".repeat(path.0)),
        )
        .route(
            "/endless",
            any(async || {
                let chunks = futures::stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(Bytes::from_static(&[0; 100]))
                });
                Body::from_stream(chunks).into_response()
            }),
        )
        .route("/redirect", any(async || Redirect::temporary("/echo")))
        .route("/never", any(async || std::future::pending::<()>().await))
}

/// This machine, and whatever is public.
pub(super) fn anywhere() -> Arc<Egress> {
    let dns = Arc::new(Dns::of_the_system().unwrap());
    Arc::new(Egress::new(dns, Networks::default(), []).with_this_machine())
}

/// Serves until the set is dropped. Returns the address with a scheme.
pub(super) async fn serve(router: Router) -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, tasks)
}

#[tokio::test]
async fn over_a_socket_and_in_process_alike() {
    let (address, _server) = serve(server()).await;
    let http: Arc<dyn Transport> = Arc::new(HttpTransport::new(anywhere()).unwrap());
    let within: Arc<dyn Transport> = Arc::new(InProcess::<_, Body>::new(server()));
    for (name, wire) in [("http", http), ("in process", within)] {
        let send = async |path: &str| wire.send(get(&format!("{address}{path}")), bounds()).await;
        let at_limit = send(&format!("/size/{BODY_MAX}")).await.unwrap();
        assert_eq!(at_limit.body().len(), BODY_MAX, "{name}");
        let above = send(&format!("/size/{}", BODY_MAX + 1)).await;
        assert_eq!(above.unwrap_err(), TransportError::TooLong, "{name}");
        assert_eq!(
            send("/size/10000000").await.unwrap_err(),
            TransportError::TooLong,
            "{name}"
        );
        assert_eq!(
            send("/endless").await.unwrap_err(),
            TransportError::TooLong,
            "{name}"
        );
        let redirect = send("/redirect").await.unwrap();
        assert_eq!(
            redirect.status(),
            StatusCode::TEMPORARY_REDIRECT,
            "{name}: not followed"
        );
        let short = Bounds {
            timeout: Duration::from_millis(20),
            ..bounds()
        };
        let never = wire.send(get(&format!("{address}/never")), short).await;
        assert_eq!(never.unwrap_err(), TransportError::Timeout, "{name}");
    }
}

#[tokio::test]
async fn the_host_says_who_it_is() {
    let (address, _server) = serve(server()).await;
    let answer = HttpTransport::new(anywhere())
        .unwrap()
        .send(get(&format!("{address}/echo")), bounds())
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(answer.headers()["x-test"], "1");
    assert!(answer.body().starts_with(b"skillgate/"));
}

#[tokio::test]
async fn nobody_there_is_not_sent_and_a_broken_answer_may_have_been() {
    let wire = HttpTransport::new(anywhere()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // First: read the request and hang up. Second: promise more than is sent.
        for reply in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"] {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 1_024];
            assert!(socket.read(&mut request).await.unwrap() > 0);
            socket.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    for case in ["hung up", "half an answer"] {
        let lost = wire.send(get(&address), bounds()).await.unwrap_err();
        assert_eq!(lost, TransportError::Broken, "{case}");
        assert!(lost.maybe_sent());
    }
    while tasks.join_next().await.is_some() {}
    // A port that is taken, and that nobody listens at.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}/", taken.local_addr().unwrap());
    let refused = wire.send(get(&address), bounds()).await.unwrap_err();
    assert_eq!(refused, TransportError::Connect);
    assert!(!refused.maybe_sent());
}

#[tokio::test]
async fn the_guard_lets_through_what_is_allowed_and_nothing_else() {
    let (address, _server) = serve(server()).await;
    let origins = AllowedOrigins::parse([address.as_str()]).unwrap();
    let guard = Guard::new(origins, Arc::new(HttpTransport::new(anywhere()).unwrap()));
    assert!(
        guard
            .send(get(&format!("{address}/echo")), bounds())
            .await
            .is_ok()
    );
    let (other, _other_server) = serve(server()).await;
    let refused = guard.send(get(&format!("{other}/echo")), bounds()).await;
    assert_eq!(
        refused.unwrap_err(),
        TransportError::NotAllowed(OriginError::NotAllowed)
    );
}
