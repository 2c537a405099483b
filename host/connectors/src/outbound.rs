//! The requests of modules: where a rule of a grant let them leave, over connections that no other module,
//! community or grant ever uses.

mod answer;

use crate::egress::{AddressError, Egress, literal};
use crate::transport::{BuildError, TransportError, choose_tls, client};
use async_trait::async_trait;
use reqwest::Url;
use reqwest::header::{ACCEPT_ENCODING, HeaderName, HeaderValue};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls_platform_verifier::ConfigVerifierExt;
use skillgate_app::ports::{
    ANSWER_MAX, Clock, FIRST_BYTE_MAX, HttpClient, HttpError, HttpPool, Outgoing,
};
use skillgate_domain::egress::{HEADERS_MAX, HostName, Method, Response, Target, is_of_the_host};
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
        let has_body = request.method() != reqwest::Method::HEAD;
        let answer = timeout(self.waits.first_byte, client.execute(request));
        let answer = answer.await.map_err(|_| HttpError::TimedOut)?;
        let answer = answer.map_err(|error| unanswered(&TransportError::of(&error)))?;
        answer::read(answer, has_body, bytes_max).await
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
        judged.map_err(AddressError::for_modules)?;
        let (client, places) = self.pool(pool)?;
        let _one = place(&self.places)?;
        let _own = place(&places)?;
        let exchange = self.exchange(&client, request, answer_bytes_max);
        let answer = timeout(self.waits.whole, exchange).await;
        answer.map_err(|_| HttpError::TimedOut)?
    }

    async fn judge(&self, target: &Target) -> Result<(), HttpError> {
        let judged = self.egress.judge(&target.to_string()).await;
        judged.map_err(AddressError::for_modules)
    }
}

fn place(places: &Semaphore) -> Result<SemaphorePermit<'_>, HttpError> {
    places.try_acquire().map_err(|_| HttpError::Busy)
}

/// Tells whether what the client reads is what was judged.
fn is_judged(read: &Url, judged: &Target) -> bool {
    let Some(host) = read.host() else {
        return false;
    };
    let same_host = match (&judged.host, literal(&host)) {
        (HostName::Name(name), None) => read.host_str() == Some(name),
        (HostName::Address(address), Some(read)) => *address == read,
        _ => false,
    };
    // The client encodes one sign of queries more than it must.
    let query = judged.query().map(|query| query.replace('\'', "%27"));
    same_host
        && read.port_or_known_default() == Some(judged.port)
        && read.scheme() == judged.scheme.name()
        && read.path() == judged.path()
        && read.query() == query.as_deref()
        && read.fragment().is_none()
}

/// Makes the client's request. What the client writes itself stands in it once.
fn written(request: Outgoing) -> Result<reqwest::Request, HttpError> {
    let text = request.target.to_string();
    let url = Url::parse(&text).map_err(|_| HttpError::Connect)?;
    if !is_judged(&url, &request.target) {
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
        if is_of_the_host(&name) {
            return Err(HttpError::Connect);
        }
        let name = HeaderName::try_from(name).map_err(|_| HttpError::Connect)?;
        let mut value = HeaderValue::try_from(value).map_err(|_| HttpError::Connect)?;
        // It may hold a credential.
        value.set_sensitive(true);
        written.headers_mut().append(name, value);
    }
    let encoding = answer::ENCODING;
    written.headers_mut().insert(ACCEPT_ENCODING, encoding);
    if !reads {
        *written.body_mut() = Some(request.body.into());
    }
    Ok(written)
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
