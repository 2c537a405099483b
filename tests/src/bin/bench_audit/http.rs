use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::host::TestHost;
use skillgate_tests::load::{self, Post, compare, serve};
use skillgate_tests::report::Report;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Requests of each caller.
const EACH: usize = 2_000;

/// Calls over HTTP, with token, schemas, sandbox and durable record, beside an echo on the same server
/// library, from the same client.
pub(crate) async fn measure(
    report: &Report,
    name: &str,
    host: &Arc<TestHost>,
) -> anyhow::Result<()> {
    let mut servers = JoinSet::new();
    let echo = Router::new().route("/echo", post(async |body: Bytes| body));
    let bare = serve(&mut servers, echo).await?;
    let ours = serve(&mut servers, skillgate_server::router(host.app.clone())).await?;
    let token = host.token(Role::Member, "mia", TokenScope::FULL).await;
    let asked = async |address, path, expected| {
        let body = "{}";
        let what = Post {
            path,
            headers: "",
            body,
            expected,
        };
        load::post(address, &token, what, (crate::CALLERS, EACH)).await
    };
    let bare = asked(bare, "/echo", "{}").await?;
    let ours = asked(ours, "/api/skills/guest/tools/run", "\"output\"").await?;
    compare(report, &format!("{name}: HTTP calls"), &ours, &bare);
    servers.shutdown().await;
    Ok(())
}
