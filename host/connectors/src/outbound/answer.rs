//! What a service answers, as far as somebody of ours can read it.
//!
//! Invariant: what a module is given is what the service wrote, in no encoding. A body that is encoded
//! otherwise than was asked for could not be looked through for what a module must not see.

use crate::transport::whole;
use flate2::read::MultiGzDecoder;
use reqwest::Response as Answer;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use skillgate_app::ports::HttpError;
use skillgate_domain::egress::{HEADERS_BYTES_MAX, HEADERS_MAX, Headers, Response, headers_bytes};
use std::io::Read;

/// What is asked for: a body as it is, or this.
pub(super) const ENCODING: HeaderValue = HeaderValue::from_static("gzip");

/// Reads an answer. `bytes_max` bounds its headers and its body together, decompressed.
pub(super) async fn read(
    mut answer: Answer,
    has_body: bool,
    bytes_max: usize,
) -> Result<Response, HttpError> {
    let compressed = has_body && is_compressed(answer.headers())?;
    if compressed {
        answer.headers_mut().remove(CONTENT_ENCODING);
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    let mut response = Response {
        status: answer.status().as_u16(),
        headers: headers(answer.headers())?,
        body: Vec::new(),
    };
    let left = bytes_max.checked_sub(response.bytes());
    let left = left.ok_or(HttpError::TooLong)?;
    if has_body {
        let body = whole(answer, left).await;
        let body = body.map_err(|error| super::unanswered(&error))?;
        // Nothing at all is in every encoding: there are answers that speak of a body and have none.
        response.body = if compressed && !body.is_empty() {
            decompressed(&body, left)?
        } else {
            body.into()
        };
    }
    Ok(response)
}

/// Tells whether a body is in the encoding that was asked for. Refuses any other.
fn is_compressed(headers: &HeaderMap) -> Result<bool, HttpError> {
    let is = |value: &HeaderValue, coding: &HeaderValue| {
        value.as_bytes().eq_ignore_ascii_case(coding.as_bytes())
    };
    let mut transfers = headers.get_all(TRANSFER_ENCODING).iter();
    let chunked = HeaderValue::from_static("chunked");
    if !transfers.all(|value| is(value, &chunked)) {
        return Err(HttpError::Unreadable);
    }
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(only), None) if is(only, &ENCODING) => Ok(true),
        _ => Err(HttpError::Unreadable),
    }
}

/// Decompresses a whole body, up to its most and one byte.
fn decompressed(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, HttpError> {
    let mut plain = Vec::new();
    let mut decoder = MultiGzDecoder::new(body).take(bytes_max as u64 + 1);
    let read = decoder.read_to_end(&mut plain);
    read.map_err(|_| HttpError::Unreadable)?;
    if plain.len() > bytes_max {
        return Err(HttpError::TooLong);
    }
    Ok(plain)
}

fn headers(answered: &HeaderMap) -> Result<Headers, HttpError> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let one = |(name, value): (&HeaderName, &HeaderValue)| (name.as_str().to_owned(), text(value));
    let headers: Headers = answered.iter().map(one).collect();
    if headers.len() > HEADERS_MAX || headers_bytes(&headers) > HEADERS_BYTES_MAX {
        return Err(HttpError::TooLong);
    }
    Ok(headers)
}
