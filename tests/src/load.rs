//! Load for benchmarks: callers that do one thing again and again, and a client that reuses connections.

use crate::report::{Report, percentile};
use axum::Router;
use axum::serve::ListenerExt;
use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// In a body, this becomes the number of the request: no two of them are the same.
pub const NUMBER: &str = "########";
/// What an answer in chunks ends with.
const LAST_CHUNK: &str = "0\r\n\r\n";

/// How fast callers got on, and how long each waited.
pub struct Pace {
    /// Done in a second, by all of them.
    pub per_second: f64,
    /// How long each took.
    pub waits: Vec<Duration>,
}

/// Lets callers do one thing `each` times, each as soon as its last one is done.
///
/// # Errors
/// When one of them could not do it.
pub async fn pace<F>(
    callers: usize,
    each: usize,
    one: impl Fn(usize) -> F + Clone + Send + 'static,
) -> anyhow::Result<Pace>
where
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let caller = |number: usize| {
        let one = one.clone();
        async move {
            let mut waits = Vec::with_capacity(each);
            for n in 0..each {
                let began = Instant::now();
                one(number * each + n).await?;
                waits.push(began.elapsed());
            }
            Ok::<_, anyhow::Error>(waits)
        }
    };
    let began = Instant::now();
    let callers: JoinSet<_> = (0..callers).map(caller).collect();
    let waits: anyhow::Result<Vec<_>> = callers.join_all().await.into_iter().collect();
    let waits = waits?.concat();
    let took = began.elapsed().as_secs_f64();
    let count = u32::try_from(waits.len())?;
    Ok(Pace {
        per_second: f64::from(count) / took,
        waits,
    })
}

/// Prints how fast ours is, beside a baseline.
pub fn compare(report: &Report, name: &str, ours: &Pace, baseline: &Pace) {
    let n = ours.waits.len();
    let (fast, base) = (ours.per_second, baseline.per_second);
    report.compare(&format!("{name} a second"), "1/s", fast, base, n);
    for (label, share) in [("p50", 0.50), ("p99", 0.99)] {
        let wait = |pace: &Pace| percentile(&pace.waits, share);
        report.compare(
            &format!("{name} {label}"),
            "us",
            wait(ours),
            wait(baseline),
            n,
        );
    }
}

/// Serves on loopback until the task is stopped.
///
/// # Errors
/// When there is no free port.
pub async fn serve(servers: &mut JoinSet<()>, router: Router) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    // As the program's own server: else an answer in several parts waits for the client's system, 40 ms each time.
    let listener = listener.tap_io(|stream| {
        stream.set_nodelay(true).expect("a connection is open");
    });
    servers.spawn(async move {
        let served = axum::serve(listener, service).await;
        served.expect("a server runs on");
    });
    Ok(address)
}

/// What is posted again and again, and a part of the answer that is expected.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// Where to.
    pub path: &'a str,
    /// Lines of the head beside the usual ones, each with its end.
    pub headers: &'a str,
    /// JSON.
    pub body: &'a str,
    /// A part of each answer.
    pub expected: &'static str,
}

impl Post<'_> {
    fn request(&self, address: SocketAddr, token: &SecretString) -> String {
        format!(
            "POST {} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n{}\r\n{}",
            self.path,
            token.expose_secret(),
            self.body.len(),
            self.headers,
            self.body,
        )
    }
}

/// Posts once, and returns the answer as it came, with its head.
///
/// # Errors
/// When there is no whole answer.
pub async fn ask(
    address: SocketAddr,
    token: &SecretString,
    what: Post<'_>,
) -> anyhow::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    let request = what.request(address, token);
    connection.write_all(request.as_bytes()).await?;
    read_answer(&mut connection).await
}

/// Posts the same again and again: each caller on a connection of its own, after a tenth as much to warm up.
///
/// # Errors
/// When an answer is not as expected.
pub async fn post(
    address: SocketAddr,
    token: &SecretString,
    what: Post<'_>,
    (callers, each): (usize, usize),
) -> anyhow::Result<Pace> {
    let expected = what.expected;
    let request: Arc<str> = what.request(address, token).into();
    let idle = Arc::new(Mutex::new(Vec::new()));
    let one = move |number: usize| {
        let (request, idle) = (Arc::clone(&request), Arc::clone(&idle));
        async move {
            let digits = NUMBER.len();
            let request = request.replace(NUMBER, &format!("{number:0digits$}"));
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
    pace(callers, each / 10, one.clone()).await?;
    pace(callers, each, one).await
}

/// Reads one answer that says how long it is, or comes in chunks.
async fn read_answer(connection: &mut TcpStream) -> anyhow::Result<String> {
    let mut answer = Vec::with_capacity(4 * 1024);
    loop {
        anyhow::ensure!(answer.len() < ANSWER_BYTES_MAX, "the answer is too long");
        anyhow::ensure!(connection.read_buf(&mut answer).await? > 0, "cut off");
        let text = std::str::from_utf8(&answer)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            let named = |line: &&str| {
                line.get(..name.len())
                    .is_some_and(|it| it.eq_ignore_ascii_case(name))
            };
            head.lines().find(named).map(|line| &line[name.len()..])
        };
        let whole = if let Some(length) = header("content-length: ") {
            body.len() == length.parse::<usize>()?
        } else {
            anyhow::ensure!(header("transfer-encoding: ").is_some(), "no length: {head}");
            body == LAST_CHUNK || body.ends_with(&format!("\r\n{LAST_CHUNK}"))
        };
        if whole {
            return Ok(text.to_owned());
        }
    }
}
