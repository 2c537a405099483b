use crate::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_READ_MAX, SHUTDOWN_GRACE};
use crate::mcp::Stopping;
use axum::extract::ConnectInfo;
use axum::middleware::AddExtension;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer;

/// How long to wait when the system has no descriptor left for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `shutdown` is done; then lets calls in flight, and the other work in `tasks`,
/// end within [`SHUTDOWN_GRACE`]. Returns whether all of it did.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tasks: TaskTracker,
    shutdown: impl Future<Output = ()>,
) -> bool {
    serve_at_most(CONNECTIONS_MAX, listener, router, tasks, shutdown).await
}

async fn serve_at_most(
    connections_max: usize,
    listener: TcpListener,
    router: Router,
    tasks: TaskTracker,
    shutdown: impl Future<Output = ()>,
) -> bool {
    let stop = CancellationToken::new();
    let room = Arc::new(Semaphore::new(connections_max));
    let mut shutdown = pin!(shutdown);
    loop {
        let place = Arc::clone(&room).acquire_owned();
        let accepted = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            next = accepted => next,
        };
        let Some((stream, peer)) = usable(accepted).await else {
            continue;
        };
        let router = Extension(ConnectInfo(peer)).layer(router.clone());
        let router = Extension(Stopping(stop.clone())).layer(router);
        let connection = connection(stream, router, stop.clone());
        tasks.spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    stop.cancel();
    tasks.close();
    tokio::time::timeout(SHUTDOWN_GRACE, tasks.wait())
        .await
        .is_ok()
}

async fn usable(accepted: io::Result<(TcpStream, SocketAddr)>) -> Option<(TcpStream, SocketAddr)> {
    match accepted {
        Ok((stream, peer)) => {
            // Answers are small and whole; waiting to fill a packet only delays them.
            let nodelay = stream.set_nodelay(true);
            nodelay.is_ok().then_some((stream, peer))
        }
        Err(error) => {
            tracing::warn!("a connection was not accepted: {error}");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn connection(
    stream: TcpStream,
    router: AddExtension<AddExtension<Router, ConnectInfo<SocketAddr>>, Stopping>,
    stop: CancellationToken,
) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_MAX)
        .max_buf_size(HEAD_BYTES_MAX);
    let service = TowerToHyperService::new(router);
    let serving = builder.serve_connection(TokioIo::new(stream), service);
    let mut serving = pin!(serving.with_upgrades());
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection broke: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinSet;

    async fn ask(address: std::net::SocketAddr) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        client.write_all(request).await.unwrap();
        client
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_too_many_waits_for_its_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(serve_at_most(
            1,
            listener,
            Router::new(),
            TaskTracker::new(),
            std::future::pending(),
        ));

        let mut byte = [0];
        let mut first = ask(address).await;
        first.read_exact(&mut byte).await.unwrap();
        let mut second = ask(address).await;
        let early = second.read_exact(&mut byte);
        let early = tokio::time::timeout(Duration::from_millis(1), early).await;
        assert!(early.is_err(), "answered while the first one was open");
        drop(first);
        second.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"H");
    }
}
