use super::{Bounds, Transport, TransportError};
use crate::egress::{AddressError, Egress, Judged};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, pin_mut};
use http::{Request, Response};
use reqwest::ClientBuilder;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a connection, TLS included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

const USER_AGENT: &str = concat!("skillgate/", env!("CARGO_PKG_VERSION"));

/// Why no HTTP client could be made: the system has no usable root certificates, in most cases.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up")]
pub enum BuildError {
    /// By the client.
    Client(#[from] reqwest::Error),
    /// By its TLS.
    Tls(#[from] rustls::Error),
}

/// HTTP/1.1 over TCP and TLS. No redirects, no proxies of the environment, no decompression.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    egress: Arc<Egress>,
}

impl HttpTransport {
    /// Makes a client with its own connection pool, whose connections lead where `egress` lets them.
    pub fn new(egress: Arc<Egress>) -> Result<Self, BuildError> {
        choose_tls();
        let client = client(&egress, |builder| builder)?;
        Ok(Self { client, egress })
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        bytes_max: usize,
    ) -> Result<Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|_| TransportError::Connect)?;
        self.egress.written(request.url())?;
        let answer = self.client.execute(request).await;
        let answer = answer.map_err(|error| TransportError::of(&error))?;
        let mut head = Response::new(());
        *head.status_mut() = answer.status();
        head.headers_mut().clone_from(answer.headers());
        let body = whole(answer, bytes_max).await?;
        Ok(head.map(|()| body))
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

/// Chooses how TLS computes. The first choice stays; a second one is refused, which is as good.
pub(crate) fn choose_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Makes a client whose connections lead where `egress` lets them.
pub(crate) fn client(
    egress: &Arc<Egress>,
    adapted: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, BuildError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where an HTTP client is made"
    )]
    let builder = reqwest::Client::builder();
    let builder = builder
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .dns_resolver(Judged(Arc::clone(egress)));
    Ok(adapted(builder).build()?)
}

/// Reads the whole body, up to its most.
pub(crate) async fn whole(
    answer: reqwest::Response,
    bytes_max: usize,
) -> Result<Bytes, TransportError> {
    let known = answer.content_length();
    if known.is_some_and(|length| length > bytes_max as u64) {
        return Err(TransportError::TooLong);
    }
    let mut body = BytesMut::new();
    let chunks = answer.bytes_stream();
    pin_mut!(chunks);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| TransportError::of(&error))?;
        if body.len() + chunk.len() > bytes_max {
            return Err(TransportError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

impl TransportError {
    /// Says why a client has no answer.
    pub(crate) fn of(error: &reqwest::Error) -> Self {
        if let Some(refused) = refused(error) {
            Self::Address(refused)
        } else if error.is_connect() || error.is_builder() {
            Self::Connect
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Broken
        }
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
