//! A secret is put where its service looks for it.
//!
//! Invariants: nothing that the guest wrote is replaced, but for a `null` that stands where the secret goes;
//! a request is changed whole or not at all; no error says anything of the secret or of the request.
//!
//! A request is not cleared from memory: whoever sends it has copies that nobody clears either.

mod body;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use skillgate_domain::egress::Place;
use std::fmt;

/// What a query writes as it is (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request, as far as a credential can stand in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Parts {
    /// Canonical; begins with a slash.
    pub path: String,
    /// What is behind the question mark, if there is one.
    pub query: Option<String>,
    /// Names and values, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Whole, as it is sent.
    pub body: Vec<u8>,
}

impl fmt::Debug for Parts {
    /// Tells sizes only: a secret may be in any part.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why a secret could not be put in. The request is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InjectError {
    /// The guest set the header, parameter or member itself.
    #[error("the request has something of its own where the credential goes")]
    Taken,
    /// A header carries visible ASCII only.
    #[error("the credential has characters that a header cannot carry")]
    Unprintable,
    /// The header `content-type` says something else, or several things, or nothing.
    #[error("the credential goes into JSON, and the request does not say that its body is")]
    NotSaidJson,
    /// Not an object or array of JSON, in UTF-8.
    #[error("the credential goes into JSON, and the body is none")]
    NotJson,
    /// What the member would be in does not exist, or has no members.
    #[error("the body has nothing that the credential could be a member of")]
    NoParent,
    /// A name on the way to the member is there twice, so readers differ about it.
    #[error("the body names twice what the credential is in")]
    Ambiguous,
}

impl InjectError {
    /// Returns its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Taken => "credential-place-taken",
            Self::Unprintable => "credential-unprintable",
            Self::NotSaidJson => "credential-content-type",
            Self::NotJson => "credential-body-not-json",
            Self::NoParent => "credential-parent-missing",
            Self::Ambiguous => "credential-place-ambiguous",
        }
    }
}

/// Puts a secret into a request. For a signature, the secret itself does not travel.
pub fn inject(place: &Place, secret: &SecretString, parts: &mut Parts) -> Result<(), InjectError> {
    let secret = secret.expose_secret();
    match place {
        Place::Header { name, prefix } => {
            set_header(parts, name, [prefix, visible(secret)?].concat())
        }
        Place::Basic { user } => {
            let pair = Zeroizing::new([user, ":", visible(secret)?].concat());
            let pair = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
            set_header(parts, "authorization", ["Basic ", &*pair].concat())
        }
        Place::Hmac { header, prefix } => {
            let signature = signature(secret, &parts.body);
            set_header(parts, header, [prefix, signature.as_str()].concat())
        }
        Place::Query { name } => add_parameter(parts, name, secret),
        Place::Json { pointer } => {
            says_json(&parts.headers)?;
            parts.body = body::with_member(&parts.body, pointer, secret)?;
            Ok(())
        }
    }
}

fn visible(secret: &str) -> Result<&str, InjectError> {
    let visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
    visible.then_some(secret).ok_or(InjectError::Unprintable)
}

fn set_header(parts: &mut Parts, name: &str, value: String) -> Result<(), InjectError> {
    if values(&parts.headers, name).next().is_some() {
        return Err(InjectError::Taken);
    }
    parts.headers.push((name.to_owned(), value.into_bytes()));
    Ok(())
}

fn values<'a>(headers: &'a [(String, Vec<u8>)], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |(set, _)| set.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_slice())
}

/// Returns the signature of a body exactly as it is sent, in lower case.
fn signature(key: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn add_parameter(parts: &mut Parts, name: &str, secret: &str) -> Result<(), InjectError> {
    let query = parts.query.as_deref().unwrap_or_default();
    // Some services split at a semicolon too.
    let mut names = query.split(['&', ';']).map(parameter_name);
    if names.any(|set| set == name.as_bytes()) {
        return Err(InjectError::Taken);
    }
    let name = utf8_percent_encode(name, UNRESERVED);
    let secret = utf8_percent_encode(secret, UNRESERVED);
    let between = if query.is_empty() { "" } else { "&" };
    parts.query = Some(format!("{query}{between}{name}={secret}"));
    Ok(())
}

/// Returns the name in `name=value`, as a service reads it.
fn parameter_name(parameter: &str) -> Vec<u8> {
    let name = parameter.split('=').next().unwrap_or_default();
    let name = name.replace('+', " ");
    percent_decode_str(&name).collect()
}

/// Checks that the one `content-type` is `application/json`, or something in its syntax (RFC 6839).
fn says_json(headers: &[(String, Vec<u8>)]) -> Result<(), InjectError> {
    let mut types = values(headers, "content-type");
    let (Some(said), None) = (types.next(), types.next()) else {
        return Err(InjectError::NotSaidJson);
    };
    let said = String::from_utf8_lossy(said).to_ascii_lowercase();
    let essence = said.split(';').next().unwrap_or_default().trim();
    let json = essence == "application/json" || essence.ends_with("+json");
    json.then_some(()).ok_or(InjectError::NotSaidJson)
}
