//! The bearer token.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::fault::Fault;

/// Checks the `Authorization` header. The scheme word is case-insensitive.
///
/// A missing token and a foreign scheme are 403, a wrong token is 401, as recorded.
pub(crate) fn check(headers: &HeaderMap, key: &SecretString) -> Result<(), Fault> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|header| header.split_once(' '))
        .ok_or(Fault::TokenMissing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Fault::TokenMissing);
    }
    let expected = key.expose_secret().as_bytes();
    if bool::from(token.trim().as_bytes().ct_eq(expected)) {
        Ok(())
    } else {
        Err(Fault::TokenInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let cases = [
            (None, Some(403)),
            (Some("Basic abc"), Some(403)),
            (Some("Bearer"), Some(403)),
            (Some("Bearer garbage"), Some(401)),
            (Some("Bearer k"), Some(401)),
            (Some("Bearer key"), None),
            (Some("bearer key"), None),
        ];
        for (header, status) in cases {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(AUTHORIZATION, header.parse().unwrap());
            }
            let answer = check(&headers, &"key".into())
                .err()
                .map(|fault| fault.status());
            assert_eq!(answer, status, "{header:?}");
        }
    }
}
