//! What is around the lines of an agent: none is too long, none is read while the agent takes no answer, and no
//! answer of its own counts once its token does not.

use super::super::MESSAGE_BYTES_MAX;
use crate::limits::MCP_ANSWERS_MAX;
use rmcp::RoleServer;
use rmcp::model::{ErrorData, JsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Reads lines, none of which is longer than a message may be.
pub(super) struct Lines<R> {
    input: R,
    /// Bytes of the line that is being read.
    line_bytes: usize,
    too_long: Arc<AtomicBool>,
    /// Told when there is nothing more to read.
    ended: CancellationToken,
}

impl<R> Lines<R> {
    pub(super) fn new(input: R, too_long: Arc<AtomicBool>, ended: CancellationToken) -> Self {
        Self {
            input,
            line_bytes: 0,
            too_long,
            ended,
        }
    }

    /// Counts what was read; tells whether no line of it is too long.
    fn count(&mut self, read: &[u8]) -> bool {
        for part in read.split_inclusive(|byte| *byte == b'\n') {
            let whole = part.ends_with(b"\n");
            self.line_bytes += part.len() - usize::from(whole);
            if self.line_bytes > MESSAGE_BYTES_MAX {
                return false;
            }
            if whole {
                self.line_bytes = 0;
            }
        }
        true
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Lines<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, asked) = (buffer.filled().len(), buffer.remaining());
        let read = ready!(Pin::new(&mut self.input).poll_read(context, buffer));
        let new = &buffer.filled()[before..];
        if read.is_err() || (new.is_empty() && asked > 0) {
            self.ended.cancel();
        } else if !self.count(new) {
            self.too_long.store(true, Ordering::Relaxed);
            self.ended.cancel();
            return Poll::Ready(Err(io::Error::other("a line is too long")));
        }
        Poll::Ready(read)
    }
}

/// Tells whether an agent is still known.
pub(super) trait Still: Send + 'static {
    fn still(&self) -> impl Future<Output = bool> + Send;
}

type Read = RxJsonRpcMessage<RoleServer>;

/// Takes no message while [`MCP_ANSWERS_MAX`] answers wait for the agent to read them.
pub(super) struct Connection<T, S> {
    lines: T,
    sender: S,
    room: Arc<Semaphore>,
    /// A message of which it is not known yet whether its sender is.
    read: Option<Read>,
}

impl<T, S> Connection<T, S> {
    pub(super) fn new(lines: T, sender: S) -> Self {
        Self {
            lines,
            sender,
            room: Arc::new(Semaphore::new(MCP_ANSWERS_MAX)),
            read: None,
        }
    }
}

/// What somebody answers who is not known any more is a refusal.
fn refused(message: Read) -> Read {
    match message {
        JsonRpcMessage::Response(answer) => {
            let error = ErrorData::invalid_request("the token is not valid any more", None);
            JsonRpcMessage::error(error, Some(answer.id))
        }
        other => other,
    }
}

impl<T: Transport<RoleServer>, S: Still> Transport<RoleServer> for Connection<T, S> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        // Where there is no place, answers to messages that were read before are on their way.
        let place = Arc::clone(&self.room).try_acquire_owned();
        let sending = self.lines.send(message);
        async move {
            let sent = sending.await;
            drop(place);
            sent
        }
    }

    async fn receive(&mut self) -> Option<Read> {
        // It is never closed.
        drop(self.room.acquire().await);
        if self.read.is_none() {
            self.read = Some(self.lines.receive().await?);
        }
        // The agent's requests are asked about where they are answered. Whoever waits here may stop and come again.
        let answers = matches!(self.read, Some(JsonRpcMessage::Response(_)));
        let known = !answers || self.sender.still().await;
        let read = self.read.take()?;
        Some(if known { read } else { refused(read) })
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.lines.close().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::model::{EmptyResult, RequestId, ServerJsonRpcMessage, ServerResult};
    use rmcp::transport::async_rw::AsyncRwTransport;
    use std::time::Duration;
    use tokio::io::AsyncReadExt;
    use tokio::time::timeout;

    impl Still for bool {
        async fn still(&self) -> bool {
            *self
        }
    }

    #[tokio::test]
    async fn an_answer_of_nobody_is_a_refusal() {
        let answer = &br#"{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}"#[..];
        for known in [true, false] {
            let input = std::io::Cursor::new([answer, b"\n"].concat());
            let lines = AsyncRwTransport::new_server(input, tokio::io::sink());
            let read = Connection::new(lines, known).receive().await.unwrap();
            assert_eq!(matches!(read, JsonRpcMessage::Response(_)), known);
            assert_eq!(matches!(read, JsonRpcMessage::Error(_)), !known);
        }
    }

    /// Reads all of a text, some bytes at a time.
    async fn read(text: &[u8], some: usize) -> (usize, bool, bool) {
        let (too_long, ended) = (Arc::<AtomicBool>::default(), CancellationToken::new());
        let mut lines = Lines::new(text, Arc::clone(&too_long), ended.clone());
        let (mut read, mut buffer) = (0, vec![0; some]);
        while let Ok(bytes) = lines.read(&mut buffer).await
            && bytes > 0
        {
            read += bytes;
        }
        (read, too_long.load(Ordering::Relaxed), ended.is_cancelled())
    }

    #[tokio::test]
    async fn a_line_has_a_length() {
        let line = |bytes: usize| [vec![b'x'; bytes], b"\n".to_vec()].concat();
        let most = line(MESSAGE_BYTES_MAX);
        let both = [&most[..], &most].concat();
        for some in [7_919, 65_536, both.len()] {
            assert_eq!(read(&both, some).await, (both.len(), false, true));
            let (_, too_long, ended) = read(&line(MESSAGE_BYTES_MAX + 1), some).await;
            assert!(too_long && ended);
            // One that never ends, too.
            assert!(read(&vec![b'x'; MESSAGE_BYTES_MAX + 1], some).await.1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_read_while_many_answers_are_not() {
        let ping = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let line = [&ping[..], b"\n"].concat();
        let (input, nobody) = (std::io::Cursor::new(line), tokio::io::sink());
        let mut connection = Connection::new(AsyncRwTransport::new_server(input, nobody), true);
        let answer = || {
            let (result, id) = (EmptyResult {}, RequestId::Number(1));
            ServerJsonRpcMessage::response(ServerResult::EmptyResult(result), id)
        };
        let mut sending: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
        for _ in 0..MCP_ANSWERS_MAX {
            sending.push(Box::pin(connection.send(answer())));
        }
        let patience = Duration::from_secs(1);
        assert!(timeout(patience, connection.receive()).await.is_err());
        drop(sending.pop());
        let read = timeout(patience, connection.receive()).await;
        assert!(read.unwrap().is_some());
    }
}
