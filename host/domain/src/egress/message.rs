//! What a module sends to a service outside, and what it is answered.

use super::credential::{is_header_name, is_of_the_host};
use super::rule::Method;
use super::target::{Target, TargetError};
use std::fmt;

/// Most headers of a request or an answer.
pub const HEADERS_MAX: usize = 64;
/// Most bytes of all names and values of those headers.
pub const HEADERS_BYTES_MAX: usize = 16 * 1024;
/// Longest body that a module sends, in bytes.
pub const REQUEST_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Most redirects that one request follows.
pub const REDIRECTS_MAX: u8 = 5;

/// Names and values. Names are in lower case.
pub type Headers = Vec<(String, String)>;

/// Why a request cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The address.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Too many headers, or too long ones.
    #[error(
        "a request has at most {HEADERS_MAX} headers, of at most {HEADERS_BYTES_MAX} bytes together"
    )]
    TooManyHeaders,
    /// A name that no header has, or a value that no header can carry.
    #[error(
        "a header has a name of letters, digits and signs, and a value of visible ASCII, spaces and tabs"
    )]
    Header,
    /// A header that the host writes itself.
    #[error(
        "the host writes host, content-length, transfer-encoding, accept-encoding, connection, proxy-* and their like itself"
    )]
    OfTheHost,
    /// A body that does not belong there, or is too long.
    #[error(
        "a body has at most {REQUEST_BODY_BYTES_MAX} bytes, and goes with neither GET nor HEAD"
    )]
    Body,
    /// More redirects than may be, or of a request that changes something.
    #[error("at most {REDIRECTS_MAX} redirects are followed, and only of GET and HEAD")]
    Redirects,
}

/// A request that was checked. It holds no credential.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// To what.
    pub target: Target,
    headers: Headers,
    body: Vec<u8>,
    redirects: u8,
}

/// What a module sends is its community's matter, not the log's.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, target, .. } = self;
        write!(f, "{} {}", method.name(), target.origin())
    }
}

impl Request {
    /// Checks what a module wants to send.
    pub fn new(
        method: Method,
        url: &str,
        headers: impl IntoIterator<Item = (String, String)>,
        body: Vec<u8>,
    ) -> Result<Self, RequestError> {
        let mut checked = Headers::new();
        let mut bytes = 0;
        for (name, value) in headers {
            bytes += name.len() + value.len();
            if checked.len() == HEADERS_MAX || bytes > HEADERS_BYTES_MAX {
                return Err(RequestError::TooManyHeaders);
            }
            if !is_header_name(&name) || !is_value(&value) {
                return Err(RequestError::Header);
            }
            if is_of_the_host(&name) {
                return Err(RequestError::OfTheHost);
            }
            checked.push((name.to_ascii_lowercase(), value));
        }
        if body.len() > REQUEST_BODY_BYTES_MAX || (method.is_safe() && !body.is_empty()) {
            return Err(RequestError::Body);
        }
        Ok(Self {
            method,
            target: Target::parse(url)?,
            headers: checked,
            body,
            redirects: 0,
        })
    }

    /// Follows so many redirects.
    pub fn following(self, redirects: u8) -> Result<Self, RequestError> {
        if redirects > REDIRECTS_MAX || (redirects > 0 && !self.method.is_safe()) {
            return Err(RequestError::Redirects);
        }
        Ok(Self { redirects, ..self })
    }

    /// Goes on to where an answer leads: with nothing of this but the method.
    #[must_use]
    pub fn redirected(&self, target: Target) -> Self {
        Self {
            method: self.method,
            target,
            headers: Headers::new(),
            body: Vec::new(),
            redirects: self.redirects.saturating_sub(1),
        }
    }

    /// Returns the headers.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Returns the body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns how many redirects are followed.
    pub const fn redirects(&self) -> u8 {
        self.redirects
    }

    /// Returns about how many bytes it takes on its way.
    pub fn bytes(&self) -> usize {
        self.target.to_string().len() + headers_bytes(&self.headers) + self.body.len()
    }
}

/// No end of a line, nothing that is cut away around it (RFC 9110, section 5.5).
fn is_value(value: &str) -> bool {
    let usual = |byte: u8| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic();
    value.bytes().all(usual) && value.trim_ascii() == value
}

/// Returns how many bytes names and values have together.
pub fn headers_bytes(headers: &[(String, String)]) -> usize {
    let bytes = |(name, value): &(String, String)| name.len() + value.len();
    headers.iter().map(bytes).sum()
}

/// What was answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers. What is not text in them is shown as such.
    pub headers: Headers,
    /// The body, whole and decompressed.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

impl Response {
    /// Returns about how many bytes it took on its way.
    pub fn bytes(&self) -> usize {
        headers_bytes(&self.headers) + self.body.len()
    }

    /// Returns where it leads on to, if it does (RFC 9110, section 15.4).
    pub fn location(&self) -> Option<&str> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let location = self.headers.iter().find(|(name, _)| name == "location");
        location.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(
        method: Method,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Request, RequestError> {
        let headers = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Request::new(method, "https://example.org/a", headers, body.to_vec())
    }

    #[test]
    fn headers_are_the_modules_but_for_those_of_the_host() {
        let good = [
            ("X-A", "b c\td"),
            ("Accept", "*/*"),
            ("x-a", ""),
            ("Cookie", "a=b"),
        ];
        let good = request(Method::Get, &good, b"").unwrap();
        assert_eq!(good.headers()[0], ("x-a".to_owned(), "b c\td".to_owned()));
        for name in [
            "Host",
            "content-length",
            "Transfer-Encoding",
            "ACCEPT-ENCODING",
            "connection",
            "Keep-Alive",
            "Proxy-Authorization",
            "proxy-connection",
            "Proxy-",
            "TE",
            "Trailer",
            "Upgrade",
            "Via",
            "Expect",
            "Forwarded",
            "X-Forwarded-For",
        ] {
            assert_eq!(
                request(Method::Get, &[(name, "x")], b""),
                Err(RequestError::OfTheHost),
                "{name}"
            );
        }
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("a:", "x"),
            ("a\r\nhost", "x"),
            ("é", "x"),
            (":authority", "x"),
            ("a", "b\r\nhost: evil"),
            ("a", "b\nc"),
            ("a", "b\rc"),
            ("a", "\0"),
            ("a", "é"),
            ("a", " b"),
            ("a", "b\t"),
        ] {
            let refused = request(Method::Get, &[(name, value)], b"");
            assert_eq!(refused, Err(RequestError::Header), "{name:?} {value:?}");
        }
    }

    #[test]
    fn everything_has_a_size() {
        let many = |count: usize| {
            let headers = vec![("a", "b"); count];
            request(Method::Get, &headers, b"").map(drop)
        };
        assert_eq!(many(HEADERS_MAX), Ok(()));
        assert_eq!(many(HEADERS_MAX + 1), Err(RequestError::TooManyHeaders));
        let long = |bytes: usize| {
            let value = "b".repeat(bytes - 1);
            request(Method::Get, &[("a", &value)], b"").map(drop)
        };
        assert_eq!(long(HEADERS_BYTES_MAX), Ok(()));
        assert_eq!(
            long(HEADERS_BYTES_MAX + 1),
            Err(RequestError::TooManyHeaders)
        );
        let body = |method, bytes: usize| request(method, &[], &vec![0; bytes]).map(drop);
        assert_eq!(body(Method::Post, REQUEST_BODY_BYTES_MAX), Ok(()));
        assert_eq!(
            body(Method::Post, REQUEST_BODY_BYTES_MAX + 1),
            Err(RequestError::Body)
        );
        for method in [Method::Get, Method::Head] {
            assert_eq!(body(method, 1), Err(RequestError::Body));
        }
    }

    #[test]
    fn only_what_reads_is_led_on_and_takes_nothing_along() {
        let get = request(Method::Get, &[("x-secret", "s")], b"").unwrap();
        let get = get.following(REDIRECTS_MAX).unwrap();
        let target = Target::parse("https://other.example/").unwrap();
        let next = get.redirected(target.clone());
        assert_eq!(
            (&next.target, next.headers(), next.redirects()),
            (&target, &[][..], REDIRECTS_MAX - 1)
        );
        assert_eq!(
            get.following(REDIRECTS_MAX + 1),
            Err(RequestError::Redirects)
        );
        let post = request(Method::Post, &[], b"x").unwrap();
        assert_eq!(post.clone().following(1), Err(RequestError::Redirects));
        assert_eq!(post.clone().following(0), Ok(post));
    }
}
