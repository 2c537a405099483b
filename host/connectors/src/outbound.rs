//! The requests of modules: where a rule of a grant let them leave, over connections that no other module,
//! community or grant ever uses.

use crate::egress::Egress;
use crate::transport::{BuildError, TransportError, choose_tls, client, whole};
use async_trait::async_trait;
use reqwest::Url;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls_platform_verifier::ConfigVerifierExt;
use skillgate_app::ports::{
    ANSWER_MAX, Clock, FIRST_BYTE_MAX, HttpClient, HttpError, HttpPool, Outgoing,
};
use skillgate_domain::egress::{HEADERS_BYTES_MAX, HEADERS_MAX, Headers, Method, Response};
use skillgate_domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Most requests under way, of all modules together.
pub const UNDER_WAY_MAX: usize = 64;
/// Most of them of one module in one community.
pub const UNDER_WAY_PER_POOL_MAX: usize = 8;
/// Most pools that are kept. The one that was used longest ago goes.
pub const POOLS_MAX: usize = 256;
/// Most connections to a host that wait for another request, and how long they do.
const IDLE_PER_HOST_MAX: usize = 2;
const IDLE_MAX: Duration = Duration::from_secs(30);
/// TLS sessions that a pool can take up again. They are as much its own as its connections.
const SESSIONS_MAX: usize = 16;

/// Waits for an answer.
#[derive(Debug, Clone, Copy)]
pub struct Waits {
    /// For its first byte, the connection included.
    pub first_byte: Duration,
    /// For the whole of it.
    pub whole: Duration,
}

impl Waits {
    /// As the port promises.
    pub const DEFAULT: Self = Self {
        first_byte: FIRST_BYTE_MAX,
        whole: ANSWER_MAX,
    };
}

struct Pool {
    client: reqwest::Client,
    places: Arc<Semaphore>,
    used_at: Timestamp,
}

/// Sends the requests of modules.
pub struct OutboundHttp {
    egress: Arc<Egress>,
    clock: Arc<dyn Clock>,
    tls: ClientConfig,
    waits: Waits,
    places: Semaphore,
    pools: Mutex<HashMap<HttpPool, Pool>>,
}

impl std::fmt::Debug for OutboundHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OutboundHttp")
    }
}

impl OutboundHttp {
    /// Sends requests where `egress` lets them, and trusts whom the system trusts.
    pub fn new(egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Result<Self, BuildError> {
        choose_tls();
        let tls = ClientConfig::with_platform_verifier()?;
        Ok(Self::trusting(tls, egress, clock))
    }

    /// Sends requests where `egress` lets them, and trusts whom `tls` does.
    pub fn trusting(tls: ClientConfig, egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Self {
        Self {
            egress,
            clock,
            tls,
            waits: Waits::DEFAULT,
            places: Semaphore::new(UNDER_WAY_MAX),
            pools: Mutex::default(),
        }
    }

    /// Waits for so long.
    #[must_use]
    pub fn waiting(self, waits: Waits) -> Self {
        Self { waits, ..self }
    }

    /// Finds the pool, or opens it.
    fn pool(&self, key: &HttpPool) -> Result<(reqwest::Client, Arc<Semaphore>), HttpError> {
        let now = self.clock.now();
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get_mut(key) {
            pool.used_at = now;
            return Ok((pool.client.clone(), Arc::clone(&pool.places)));
        }
        if pools.len() >= POOLS_MAX {
            let oldest = pools.iter().min_by_key(|(_, pool)| pool.used_at);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|key| pools.remove(&key));
        }
        let pool = self.open(now).map_err(|error| {
            tracing::error!("a module's HTTP client could not be made: {error}");
            HttpError::Connect
        })?;
        let found = (pool.client.clone(), Arc::clone(&pool.places));
        pools.insert(key.clone(), pool);
        Ok(found)
    }

    fn open(&self, now: Timestamp) -> Result<Pool, BuildError> {
        let mut tls = self.tls.clone();
        tls.resumption = Resumption::in_memory_sessions(SESSIONS_MAX);
        let client = client(&self.egress, |builder| {
            builder
                .tls_backend_preconfigured(tls)
                .gzip(true)
                // One more than is let through, so that it is ours to say that there are too many.
                .http1_max_headers(HEADERS_MAX + 1)
                .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
                .pool_idle_timeout(IDLE_MAX)
        })?;
        Ok(Pool {
            client,
            places: Arc::new(Semaphore::new(UNDER_WAY_PER_POOL_MAX)),
            used_at: now,
        })
    }

    async fn exchange(
        &self,
        client: &reqwest::Client,
        request: reqwest::Request,
        bytes_max: usize,
    ) -> Result<Response, HttpError> {
        let reads_body = request.method() != reqwest::Method::HEAD;
        let answer = timeout(self.waits.first_byte, client.execute(request));
        let answer = answer.await.map_err(|_| HttpError::TimedOut)?;
        let answer = answer.map_err(|error| unanswered(&TransportError::of(&error)))?;
        let status = answer.status().as_u16();
        let headers = headers(answer.headers())?;
        // What was not asked for cannot be looked through for what must not be seen.
        if answer.headers().contains_key(CONTENT_ENCODING) && reads_body {
            return Err(HttpError::Unreadable);
        }
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        if reads_body {
            let left = bytes_max.saturating_sub(response.bytes());
            let body = whole(answer, left).await;
            response.body = body.map_err(|error| unanswered(&error))?.into();
        }
        Ok(response)
    }
}

#[async_trait]
impl HttpClient for OutboundHttp {
    async fn send(
        &self,
        pool: &HttpPool,
        request: Outgoing,
        answer_bytes_max: usize,
    ) -> Result<Response, HttpError> {
        let request = written(request)?;
        let judged = self.egress.written(request.url());
        judged.map_err(|why| unanswered(&TransportError::Address(why)))?;
        let (client, places) = self.pool(pool)?;
        let _one = place(&self.places)?;
        let _own = place(&places)?;
        let exchange = self.exchange(&client, request, answer_bytes_max);
        let answer = timeout(self.waits.whole, exchange).await;
        answer.map_err(|_| HttpError::TimedOut)?
    }
}

fn place(places: &Semaphore) -> Result<SemaphorePermit<'_>, HttpError> {
    places.try_acquire().map_err(|_| HttpError::Busy)
}

/// Makes the client's request. What the client reads must be what was judged.
fn written(request: Outgoing) -> Result<reqwest::Request, HttpError> {
    let text = request.target.to_string();
    let url = Url::parse(&text).map_err(|_| HttpError::Connect)?;
    let same = url.host_str() == Some(&request.target.host.to_string())
        && url.port_or_known_default() == Some(request.target.port)
        && url.scheme() == request.target.scheme.name()
        && url.path() == request.target.path();
    if !same {
        return Err(HttpError::Connect);
    }
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Head => reqwest::Method::HEAD,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let reads = request.method.is_safe();
    let mut written = reqwest::Request::new(method, url);
    for (name, value) in request.headers {
        let name = HeaderName::try_from(name).map_err(|_| HttpError::Connect)?;
        let mut value = HeaderValue::try_from(value).map_err(|_| HttpError::Connect)?;
        // It may hold a credential.
        value.set_sensitive(true);
        written.headers_mut().append(name, value);
    }
    if !reads {
        *written.body_mut() = Some(request.body.into());
    }
    Ok(written)
}

fn headers(answered: &HeaderMap) -> Result<Headers, HttpError> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answered.iter();
    let headers: Headers = headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let bytes: usize = headers.iter().map(|(n, v)| n.len() + v.len()).sum();
    if headers.len() > HEADERS_MAX || bytes > HEADERS_BYTES_MAX {
        return Err(HttpError::TooLong);
    }
    Ok(headers)
}

fn unanswered(error: &TransportError) -> HttpError {
    match error {
        TransportError::Address(why) => why.for_modules(),
        TransportError::NotAllowed(_) | TransportError::Connect => HttpError::Connect,
        TransportError::Timeout => HttpError::TimedOut,
        TransportError::Broken => HttpError::Broken,
        TransportError::TooLong => HttpError::TooLong,
    }
}
