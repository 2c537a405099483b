use super::{Bounds, Transport, TransportError};
use crate::egress::{AddressError, Egress, Judged};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, pin_mut};
use http::{Request, Response};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a connection, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

const USER_AGENT: &str = concat!("skillgate/", env!("CARGO_PKG_VERSION"));

/// Why no HTTP client could be made: the system has no usable root certificates, in most cases.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub struct BuildError(#[source] reqwest::Error);

/// HTTP/1.1 over TCP and TLS. No redirects, no proxies of the environment, no decompression.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    egress: Arc<Egress>,
}

impl HttpTransport {
    /// Makes a client with its own connection pool, whose connections lead where `egress` lets them.
    pub fn new(egress: Arc<Egress>) -> Result<Self, BuildError> {
        // The first provider stays; a second one is refused, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where an HTTP client is made"
        )]
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(Judged(Arc::clone(&egress)))
            .build()
            .map_err(BuildError)?;
        Ok(Self { client, egress })
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        bytes_max: usize,
    ) -> Result<Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|_| TransportError::Connect)?;
        self.egress.written(request.url())?;
        let answer = self.client.execute(request).await.map_err(|e| cause(&e))?;
        let mut head = Response::new(());
        *head.status_mut() = answer.status();
        head.headers_mut().clone_from(answer.headers());
        if answer
            .content_length()
            .is_some_and(|length| length > bytes_max as u64)
        {
            return Err(TransportError::TooLong);
        }
        let mut body = BytesMut::new();
        let chunks = answer.bytes_stream();
        pin_mut!(chunks);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|e| cause(&e))?;
            if body.len() + chunk.len() > bytes_max {
                return Err(TransportError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(head.map(|()| body.freeze()))
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        tokio::time::timeout(
            bounds.timeout,
            self.exchange(request, bounds.answer_bytes_max),
        )
        .await
        .map_err(|_| TransportError::Timeout)?
    }
}

fn cause(error: &reqwest::Error) -> TransportError {
    if let Some(refused) = refused(error) {
        TransportError::Address(refused)
    } else if error.is_connect() || error.is_builder() {
        TransportError::Connect
    } else if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::Broken
    }
}

/// What our own judgement of the name was, somewhere below what the client says.
fn refused(error: &reqwest::Error) -> Option<AddressError> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(refused) = source.downcast_ref() {
            return Some(*refused);
        }
        next = source.source();
    }
    None
}
