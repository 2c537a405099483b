use crate::{compare, pace};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use secrecy::{ExposeSecret, SecretString};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::host::TestHost;
use skillgate_tests::report::Report;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

/// Requests of each caller.
const EACH: usize = 2_000;
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Calls over HTTP, with token, schemas, sandbox and durable record, beside an echo on the same server
/// library, from the same client.
pub(crate) async fn measure(
    report: &Report,
    name: &str,
    host: &Arc<TestHost>,
) -> anyhow::Result<()> {
    let tasks = TaskTracker::new();
    let echo = Router::new().route("/echo", post(async |body: Bytes| body));
    let bare = serve(&tasks, echo).await?;
    let ours = serve(&tasks, skillgate_server::router(host.app.clone())).await?;
    let token = host.token(Role::Member, "mia", TokenScope::FULL).await;
    let bare = asked(bare, "/echo", &token, "{}").await?;
    let ours = asked(ours, "/api/skills/guest/tools/run", &token, "\"output\"").await?;
    compare(report, &format!("{name}: HTTP calls"), &ours, &bare);
    Ok(())
}

async fn serve(tasks: &TaskTracker, router: Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tasks.spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}

/// Asks the same of a server again and again, each caller on a connection of its own.
async fn asked(
    address: SocketAddr,
    path: &str,
    token: &SecretString,
    expected: &'static str,
) -> anyhow::Result<crate::Pace> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}",
        token.expose_secret()
    );
    let request: Arc<str> = request.into();
    let idle = Arc::new(Mutex::new(Vec::new()));
    let one = move |_| {
        let (request, idle) = (Arc::clone(&request), Arc::clone(&idle));
        async move {
            let kept = idle.lock().await.pop();
            let mut connection = match kept {
                Some(connection) => connection,
                None => TcpStream::connect(address).await?,
            };
            connection.set_nodelay(true)?;
            connection.write_all(request.as_bytes()).await?;
            let answer = read_answer(&mut connection).await?;
            let good = answer.starts_with("HTTP/1.1 200") && answer.contains(expected);
            anyhow::ensure!(good, "{answer}");
            idle.lock().await.push(connection);
            Ok(())
        }
    };
    pace(EACH / 10, one.clone()).await?;
    pace(EACH, one).await
}

/// Reads one answer that says how long it is.
async fn read_answer(connection: &mut TcpStream) -> anyhow::Result<String> {
    let mut answer = Vec::with_capacity(ANSWER_BYTES_MAX);
    loop {
        anyhow::ensure!(answer.len() < ANSWER_BYTES_MAX, "the answer is too long");
        anyhow::ensure!(connection.read_buf(&mut answer).await? > 0, "cut off");
        let text = std::str::from_utf8(&answer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.ok_or_else(|| anyhow::anyhow!("no length: {head}"))?;
        if body.len() == length.parse::<usize>()? {
            return Ok(text.to_owned());
        }
    }
}
