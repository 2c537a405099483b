//! A service on loopback that says the bytes of a story, right or wrong, and notes what reached it.

use rustls::{HandshakeKind, ServerConfig};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// Longest wait of a story for what it expects.
const NOTED_MAX: Duration = Duration::from_secs(5);

/// What a service does when a request has arrived.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Says this.
    Say(Vec<u8>),
    /// Says this again and again, until nobody listens.
    Endlessly(&'static str),
    /// Says this byte by byte, one a second.
    Slowly(String),
    /// Goes on when the story lets one go on.
    Wait,
    /// Says nothing more until the other side ends the connection.
    Silence,
    /// Ends the connection.
    Close,
}

pub(super) fn say(text: impl Into<Vec<u8>>) -> Step {
    Step::Say(text.into())
}

/// An answer as it should be, with more lines in its head.
pub(super) fn answer(lines: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{lines}\r\n");
    vec![say([head.as_bytes(), body].concat())]
}

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    /// The how-manieth connection it came over.
    pub(super) connection: usize,
    /// Each byte of its head, up to the empty line.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Heard {
    /// Returns its first line.
    pub(super) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    /// Returns each value of a header.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.split("\r\n").skip(1);
        let headers = lines.filter_map(|line| line.split_once(": "));
        headers
            .filter_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
            .collect()
    }
}

#[derive(Default)]
struct Notes {
    connections: usize,
    /// Connections that the other side ended while something was still to be said.
    abandoned: usize,
    handshakes: Vec<HandshakeKind>,
    heard: Vec<Heard>,
    count: usize,
}

type Answer = Box<dyn Fn(&Heard) -> Vec<Step> + Send + Sync>;

struct Shared {
    answer: Answer,
    notes: Mutex<Notes>,
    noted: Notify,
    waiting: Semaphore,
    tls: Option<TlsAcceptor>,
}

impl Shared {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, change: impl FnOnce(&mut Notes) -> T) -> T {
        let changed = change(&mut self.notes());
        self.noted.notify_waiters();
        changed
    }
}

/// A service, until it is dropped.
pub(super) struct Service {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    _task: JoinSet<()>,
}

impl Service {
    /// Does the same for each request.
    pub(super) async fn saying(steps: Vec<Step>) -> Self {
        Self::answering(move |_| steps.clone()).await
    }

    /// Does what `answer` makes of each request.
    pub(super) async fn answering(
        answer: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        Self::start(answer, None).await
    }

    /// The same behind TLS.
    pub(super) async fn behind_tls(config: ServerConfig, steps: Vec<Step>) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::start(move |_| steps.clone(), Some(acceptor)).await
    }

    async fn start(
        answer: impl Fn(&Heard) -> Vec<Step> + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            notes: Mutex::default(),
            noted: Notify::new(),
            waiting: Semaphore::new(0),
            tls,
        });
        let (mut task, within) = (JoinSet::new(), Arc::clone(&shared));
        task.spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                open.spawn(serve(stream, Arc::clone(&within)));
            }
        });
        Self {
            address,
            shared,
            _task: task,
        }
    }

    /// Returns its address with a path, by number.
    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the same by another host's name.
    pub(super) fn of(&self, host: &str) -> String {
        format!("http://{host}:{}/", self.address.port())
    }

    /// Returns the requests that arrived since the last call.
    pub(super) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.shared.notes().heard)
    }

    /// Counts the requests that ever arrived.
    pub(super) fn count(&self) -> usize {
        self.shared.notes().count
    }

    /// Counts the connections that were ever accepted.
    pub(super) fn connections(&self) -> usize {
        self.shared.notes().connections
    }

    /// Returns how TLS was agreed on, connection by connection.
    pub(super) fn handshakes(&self) -> Vec<HandshakeKind> {
        self.shared.notes().handshakes.clone()
    }

    /// Waits until so many requests have arrived.
    pub(super) async fn until_heard(&self, count: usize) {
        self.until(|notes| notes.count >= count).await;
    }

    /// Waits until the other side has ended a connection over which something was still to be said.
    pub(super) async fn until_abandoned(&self) {
        self.until(|notes| notes.abandoned > 0).await;
    }

    async fn until(&self, enough: impl Fn(&Notes) -> bool) {
        loop {
            let noted = self.shared.noted.notified();
            if enough(&self.shared.notes()) {
                return;
            }
            let noted = timeout(NOTED_MAX, noted).await;
            noted.expect("a story comes to its end");
        }
    }

    /// Lets so many requests that wait go on.
    pub(super) fn go_on(&self, count: usize) {
        self.shared.waiting.add_permits(count);
    }
}

async fn serve(stream: tokio::net::TcpStream, shared: Arc<Shared>) {
    let connection = shared.note(|notes| {
        notes.connections += 1;
        notes.connections
    });
    // What goes wrong with a connection, the story sees at the other end.
    let _ended = match &shared.tls {
        None => converse(stream, connection, &shared).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => {
                let kind = stream.get_ref().1.handshake_kind().unwrap();
                shared.note(|notes| notes.handshakes.push(kind));
                converse(stream, connection, &shared).await
            }
            Err(error) => Err(error),
        },
    };
}

async fn converse<S>(mut stream: S, connection: usize, shared: &Shared) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut bytes = Vec::new();
    while let Some((head, body)) = next(&mut stream, &mut bytes).await? {
        let heard = Heard {
            connection,
            head,
            body,
        };
        let steps = (shared.answer)(&heard);
        shared.note(|notes| {
            notes.count += 1;
            notes.heard.push(heard);
        });
        for step in steps {
            if matches!(step, Step::Close) {
                return stream.shutdown().await;
            }
            let done = take(&mut stream, step, shared).await;
            done.inspect_err(|_| shared.note(|notes| notes.abandoned += 1))?;
        }
    }
    Ok(())
}

async fn take<S>(stream: &mut S, step: Step, shared: &Shared) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match step {
        Step::Say(bytes) => stream.write_all(&bytes).await?,
        Step::Endlessly(text) => {
            let text = text.repeat(1_000);
            loop {
                stream.write_all(text.as_bytes()).await?;
                yield_now().await;
            }
        }
        Step::Slowly(text) => {
            for byte in text.into_bytes() {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                sleep(Duration::from_secs(1)).await;
            }
        }
        Step::Wait => shared.waiting.acquire().await.unwrap().forget(),
        Step::Silence => {
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await?;
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Step::Close => {}
    }
    stream.flush().await
}

/// Reads a request: its head as text, its body as long as its head says.
async fn next<S>(stream: &mut S, bytes: &mut Vec<u8>) -> io::Result<Option<(String, Vec<u8>)>>
where
    S: AsyncRead + Unpin,
{
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lines = head.lines();
            let length = lines
                .filter_map(|line| line.strip_prefix("content-length: "))
                .find_map(|digits| digits.parse().ok())
                .unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                bytes.drain(..end + 4 + length);
                return Ok(Some((head, body)));
            }
        }
        if stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
}
