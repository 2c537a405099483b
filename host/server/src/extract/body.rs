use crate::limits::{BODY_BYTES_MAX, BODY_DEPTH_MAX, BODY_READ_MAX, TEZ_BODY_BYTES_MAX};
use crate::problem::{Kind, Problem};
use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use skillgate_app::json;
use skillgate_domain::limits::INPUT_BYTES_MAX;
use std::time::Duration;

/// A tool's input as it came. Its use case reads it.
pub(crate) struct Input(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Input {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let body = request.into_body();
        read(body, INPUT_BYTES_MAX, BODY_READ_MAX, Kind::InputTooLong)
            .await
            .map(Self)
    }
}

/// Strict JSON of a known shape.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        strict(request, BODY_BYTES_MAX).await.map(Self)
    }
}

/// Strict JSON of a known shape, or no body at all, which says nothing more.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        strict(request, BODY_BYTES_MAX).await.map(Self)
    }
}

/// Strict JSON of a known shape, with long texts in it.
pub(crate) struct LongJson<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for LongJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        strict(request, TEZ_BODY_BYTES_MAX).await.map(Self)
    }
}

/// Strict JSON of a known shape that holds a secret: what is wrong with it is told without a word of it.
pub(crate) struct Confidential<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Confidential<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let read = strict(request, BODY_BYTES_MAX).await;
        read.map(Self).map_err(|problem| match problem.kind() {
            kind @ (Kind::BodyUnreadable | Kind::BodyInvalid) => Problem::new(kind),
            _ => problem,
        })
    }
}

async fn strict<T: DeserializeOwned>(request: Request, bytes_max: usize) -> Result<T, Problem> {
    require_json(request.headers())?;
    let body = request.into_body();
    let bytes = read(body, bytes_max, BODY_READ_MAX, Kind::BodyTooLarge).await?;
    let value = json::parse(&bytes, bytes_max, BODY_DEPTH_MAX)
        .map_err(|refusal| Problem::with_detail(Kind::BodyUnreadable, refusal))?;
    // Else a list of its members, without their names, would be one.
    if !value.is_object() {
        let what = "the body is a JSON object";
        return Err(Problem::with_detail(Kind::BodyInvalid, what));
    }
    serde_json::from_value(value).map_err(|error| Problem::with_detail(Kind::BodyInvalid, error))
}

/// Refuses bodies that are not said to be JSON, so that no HTML form can send one.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let media_type = text(header::CONTENT_TYPE).and_then(|value| value.split(';').next());
    let json = media_type.is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json"));
    let plain = !headers.contains_key(header::CONTENT_ENCODING);
    if json && plain {
        Ok(())
    } else {
        Err(Problem::new(Kind::UnsupportedMediaType))
    }
}

/// Reads a body of at most `bytes_max` bytes within `read_max`.
pub(crate) async fn read(
    body: Body,
    bytes_max: usize,
    read_max: Duration,
    too_long: Kind,
) -> Result<Bytes, Problem> {
    let body = Limited::new(body, bytes_max);
    let read = tokio::time::timeout(read_max, body.collect()).await;
    match read {
        Err(_) => Err(Problem::new(Kind::RequestTimeout)),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::with_detail(
            too_long,
            format_args!("at most {bytes_max} bytes are accepted"),
        )),
        Ok(Err(_)) => Err(Problem::new(Kind::BodyUnreadable)),
    }
}
