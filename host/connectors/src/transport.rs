//! One way out: every request passes a [`Guard`], which knows the allowed origins and the wire.

mod http;
mod in_process;
mod origin;

pub use self::http::{BuildError, CONNECT_TIMEOUT, HttpTransport};
pub(crate) use self::http::{choose_tls, client, whole};
pub use in_process::InProcess;
pub use origin::{AllowedOrigins, Origin, OriginError};

use crate::egress::AddressError;
use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// Bounds on one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From the first byte sent to the last byte received.
    pub timeout: Duration,
    /// Longest answer body.
    pub answer_bytes_max: usize,
}

/// Carries a request and brings back its whole answer.
///
/// A transport follows no redirect, adds no credential and keeps no cookie.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` and reads the answer within `bounds`.
    async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError>;
}

/// Why there is no answer. Carries no text of the other side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The address is not an allowed one. Nothing was sent.
    #[error(transparent)]
    NotAllowed(#[from] OriginError),
    /// The address leads where nothing of ours goes. Nothing was sent.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No connection: refused, unreachable, no trust. Nothing was sent.
    #[error("no connection")]
    Connect,
    /// No whole answer in time. The request may have arrived.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer did. The request may have arrived.
    #[error("the connection broke")]
    Broken,
    /// The answer was longer than allowed. The request arrived.
    #[error("the answer is too long")]
    TooLong,
}

impl TransportError {
    /// Tells whether the request may have taken effect.
    pub const fn maybe_sent(&self) -> bool {
        match self {
            Self::NotAllowed(_) | Self::Address(_) | Self::Connect => false,
            Self::Timeout | Self::Broken | Self::TooLong => true,
        }
    }
}

/// The only door to a [`Transport`]: compares each request with the allowed origins first.
#[derive(Clone)]
pub struct Guard {
    origins: AllowedOrigins,
    wire: Arc<dyn Transport>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// Puts `origins` before `wire`.
    pub fn new(origins: AllowedOrigins, wire: Arc<dyn Transport>) -> Self {
        Self { origins, wire }
    }

    /// Sends `request` if its origin is allowed.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        self.origins.check(&request.uri().to_string())?;
        self.wire.send(request, bounds).await
    }
}
