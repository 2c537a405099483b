//! Credentials that a module may use and never sees: for whom they are, and where in a request they stand.

use super::rule::{Rule, RuleError};
use std::fmt;

/// Longest name of a header or parameter, prefix, user or pointer, in bytes.
const TEXT_BYTES_MAX: usize = 100;
/// Headers that the host writes itself, or that say where a request goes on the way (RFC 9110, section 7).
const HEADERS_OF_THE_HOST: [&str; 13] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
];

/// Tells whether a header is the host's own to write. Names are compared without case.
pub fn is_of_the_host(header: &str) -> bool {
    let begins = |prefix: &str| {
        let start = header.get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    begins("proxy-")
        || HEADERS_OF_THE_HOST
            .iter()
            .any(|own| own.eq_ignore_ascii_case(header))
}

/// Tells whether a text is the name of a header (RFC 9110, section 5.6.2).
pub fn is_header_name(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=TEXT_BYTES_MAX).contains(&text.len()) && text.bytes().all(token)
}

/// Where in a request a credential stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A header, behind a prefix.
    Header {
        /// Its name, in lower case.
        name: String,
        /// What stands before the secret, such as `Bearer `.
        prefix: String,
    },
    /// A parameter of the query.
    Query {
        /// Its name.
        name: String,
    },
    /// A member of a body of JSON.
    Json {
        /// A JSON Pointer to it (RFC 6901).
        pointer: String,
    },
    /// The password of a user (RFC 7617).
    Basic {
        /// The user.
        user: String,
    },
    /// The key of a signature over the body: HMAC with SHA-256, in hexadecimal.
    Hmac {
        /// The header with the signature, in lower case.
        header: String,
        /// What stands before the signature, such as `sha256=`.
        prefix: String,
    },
}

/// Why something is no place for a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// A header that cannot be, or is the host's own to write.
    #[error(
        "a header has a name of 1 to {TEXT_BYTES_MAX} letters, digits and signs, and is none that the host writes itself"
    )]
    Header,
    /// A prefix, user or parameter that no request can carry.
    #[error(
        "a prefix, a user and a parameter are visible ASCII of at most {TEXT_BYTES_MAX} bytes; a user has no colon"
    )]
    Text,
    /// No pointer to a member.
    #[error("a JSON Pointer begins with a slash and has at most {TEXT_BYTES_MAX} bytes")]
    Pointer,
}

impl Place {
    /// Checks the place, and brings the names of headers into one spelling.
    pub fn checked(self) -> Result<Self, PlaceError> {
        let header = |name: String| {
            let own = is_header_name(&name) && !is_of_the_host(&name);
            own.then(|| name.to_ascii_lowercase())
                .ok_or(PlaceError::Header)
        };
        Ok(match self {
            Self::Header { name, prefix } => Self::Header {
                name: header(name)?,
                prefix: text(prefix, true)?,
            },
            Self::Query { name } => Self::Query {
                name: text(name, false)?,
            },
            Self::Json { pointer } => {
                let whole = pointer.starts_with('/')
                    && pointer.len() <= TEXT_BYTES_MAX
                    && !pointer.contains(char::is_control);
                whole
                    .then_some(Self::Json { pointer })
                    .ok_or(PlaceError::Pointer)?
            }
            Self::Basic { user } if user.contains(':') => return Err(PlaceError::Text),
            Self::Basic { user } => Self::Basic {
                user: text(user, false)?,
            },
            Self::Hmac {
                header: name,
                prefix,
            } => Self::Hmac {
                header: header(name)?,
                prefix: text(prefix, true)?,
            },
        })
    }
}

/// A prefix may be nothing and have spaces.
fn text(text: String, prefix: bool) -> Result<String, PlaceError> {
    let visible = |byte: u8| byte.is_ascii_graphic() || (prefix && byte == b' ');
    let whole = text.len() <= TEXT_BYTES_MAX && (prefix || !text.is_empty());
    let good = whole && text.bytes().all(visible) && !text.starts_with(' ');
    good.then_some(text).ok_or(PlaceError::Text)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { name, prefix } => write!(f, "header {name}: {prefix}…"),
            Self::Query { name } => write!(f, "query {name}"),
            Self::Json { pointer } => write!(f, "json {pointer}"),
            Self::Basic { user } => write!(f, "basic {user}"),
            Self::Hmac { header, prefix } => write!(f, "hmac-sha256 {header}: {prefix}…"),
        }
    }
}

/// A credential that a module asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credential {
    /// To whom it may be shown: an address as in a [`Rule`], for every method.
    audience: Rule,
    /// Where it stands.
    pub place: Place,
}

impl Credential {
    /// Makes one for the addresses of `audience`, such as `https://api.example.org/v1/**`.
    pub fn new(audience: &str, place: Place) -> Result<Self, RuleError> {
        let audience = Rule::parse(&format!("GET {audience}"))?.of_every_method();
        Ok(Self { audience, place })
    }

    /// Tells whether every address of `rule` may be shown the credential.
    pub fn is_for(&self, rule: &Rule) -> bool {
        self.audience.covers(rule)
    }

    /// Returns the addresses that may be shown it, as they are written.
    pub fn audience(&self) -> String {
        let text = self.audience.to_string();
        text.split_once(' ')
            .map_or_else(String::new, |(_, address)| address.to_owned())
    }

    /// Tells whether it would travel in the clear to somebody else.
    pub fn is_in_the_clear(&self) -> bool {
        self.audience.is_in_the_clear()
    }
}
