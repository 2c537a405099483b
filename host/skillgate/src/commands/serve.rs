//! `skillgate serve`

use crate::config::Config;
use crate::outcome::Failure;
use crate::output::{Output, text};
use crate::wiring;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::json;
use skillgate_app::mail::Mailer;
use skillgate_server::{router, serve};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Serves until SIGTERM or SIGINT, then lets calls in flight end.
pub(super) async fn run(config: &Config, output: Output) -> Result<(), Failure> {
    open_many_files();
    let host = wiring::host(config).await?;
    let address = config.listen.address;
    let bound = TcpListener::bind(address).await;
    let listener = bound.map_err(|error| {
        Failure::configuration(format!("listen.address {address} cannot be used: {error}"))
    })?;
    let address = listener.local_addr().unwrap_or(address);
    let shutdown = shutdown()?;
    let view = json!({ "listening": format!("http://{address}") });
    output.answer(&view, |view| {
        format!("listening on {}", text(&view["listening"]))
    });
    tracing::info!("listening on http://{address}");
    let (tasks, idempotency) = (host.app.tasks.clone(), Arc::clone(&host.app.idempotency));
    let door = serve(listener, router(host.app.clone()), tasks, shutdown);
    // The others work for ever, and end with the door.
    let whole = tokio::select! {
        whole = door => whole,
        () = host.recovery.run() => false,
        () = host.reconciliation.run() => false,
        () = host.retention.run() => false,
        () = host.app.partnerships.run() => false,
        () = mailing(host.mailer.as_ref()) => false,
        () = idempotency.keep_sweeping() => false,
    };
    drop(idempotency);
    host.close().await;
    tracing::info!("stopped");
    if whole {
        Ok(())
    } else {
        Err(Failure::failed(
            "shutdown",
            "some calls did not end in time and were cut off",
        ))
    }
}

/// Lets this program have as many files open as it may. Each connection is one, and what a program begins with, 1,024 as
/// a rule, is for those of old that cannot count further.
fn open_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!("no more files can be open than before: {error}");
    }
}

/// Sends mail, where there is a server for it. Never returns.
async fn mailing(mailer: Option<&Mailer>) {
    match mailer {
        Some(mailer) => mailer.run().await,
        None => std::future::pending().await,
    }
}

/// Listens from now on for SIGTERM and SIGINT; what is returned waits for one of them.
pub(super) fn shutdown() -> Result<impl Future<Output = ()>, Failure> {
    let (mut terminate, mut interrupt) = (
        listen_to(SignalKind::terminate())?,
        listen_to(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping; calls in flight may end");
    })
}

fn listen_to(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::failed("signal", error))
}
