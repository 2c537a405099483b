use super::read;
use crate::limits::{WEBHOOK_BODY_BYTES_MAX, WEBHOOK_HEADER_BYTES_MAX, WEBHOOK_READ_MAX};
use crate::problem::{Kind, Problem};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, HeaderName};

const TIMESTAMP: HeaderName = HeaderName::from_static("x-twenty-webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-twenty-webhook-signature");

/// A delivery of a webhook as it came. Its use case says whether to believe it.
pub(crate) struct Delivery {
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Delivery {
    type Rejection = Problem;

    /// The body of a request that is not signed is not read.
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let timestamp = only(request.headers(), &TIMESTAMP)?;
        let signature = only(request.headers(), &SIGNATURE)?;
        let (body, bytes_max) = (request.into_body(), WEBHOOK_BODY_BYTES_MAX);
        Ok(Self {
            timestamp,
            signature,
            body: read(body, bytes_max, WEBHOOK_READ_MAX, Kind::BodyTooLarge).await?,
        })
    }
}

/// Returns the value of a header that stands there once, and is no longer than one of Twenty's.
fn only(headers: &HeaderMap, name: &HeaderName) -> Result<String, Problem> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    first
        .filter(|value| second.is_none() && value.len() <= WEBHOOK_HEADER_BYTES_MAX)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
        .ok_or(Problem::new(Kind::WebhookNotValid))
}
