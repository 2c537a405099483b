use async_trait::async_trait;
use skillgate_domain::egress::{Headers, Method, Response, Target};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName};
use std::fmt;
use std::time::Duration;

/// Longest wait for the first byte of an answer, the connection included.
pub const FIRST_BYTE_MAX: Duration = Duration::from_secs(10);
/// Longest wait for the whole of it.
pub const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Whose connections are used: no others' ever are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpPool {
    /// The tenant.
    pub community: CommunityId,
    /// The skill.
    pub skill: SkillName,
    /// What it was granted.
    pub grant: Option<GrantId>,
}

/// A request as it leaves, the credential in it.
pub struct Outgoing {
    /// What is done.
    pub method: Method,
    /// To what. A credential may stand in the query.
    pub target: Target,
    /// Headers. A credential may stand in one.
    pub headers: Headers,
    /// The body. A credential may stand in it.
    pub body: Vec<u8>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.target.origin())
    }
}

/// Sends requests to services outside: where a rule allowed it, and to nobody else. Follows nothing, keeps no
/// cookie.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends a request once, and reads the answer. `answer_bytes_max` bounds headers and body together,
    /// decompressed.
    async fn send(
        &self,
        pool: &HttpPool,
        request: Outgoing,
        answer_bytes_max: usize,
    ) -> Result<Response, HttpError>;

    /// Says why nothing would be sent to this address, if so. Asks where its name leads, and sends nothing there.
    async fn judge(&self, target: &Target) -> Result<(), HttpError>;
}

/// Why there is no answer. Carries no text of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The name leads nowhere.
    #[error("nobody has an address under this name")]
    UnknownHost,
    /// It leads where nothing of a module's goes.
    #[error(
        "the host's address is not a public one ({0}); of such, an operator can declare those of networks of their own"
    )]
    AddressRefused(&'static str),
    /// Too many requests are under way.
    #[error("too many requests are under way")]
    Busy,
    /// Nobody answers there: refused, unreachable, no trust.
    #[error("no connection")]
    Connect,
    /// No whole answer in time.
    #[error("no whole answer in time")]
    TimedOut,
    /// The connection ended before the answer did, or it was no answer.
    #[error("the connection broke")]
    Broken,
    /// The answer is longer than it may be, or has too many headers.
    #[error("the answer is longer than allowed")]
    TooLong,
    /// The answer is encoded as nobody asked for.
    #[error("the answer is encoded as nobody asked for")]
    Unreadable,
}

impl HttpError {
    /// Tells whether the request may have arrived.
    pub const fn maybe_sent(self) -> bool {
        match self {
            Self::UnknownHost | Self::AddressRefused(_) | Self::Busy | Self::Connect => false,
            Self::TimedOut | Self::Broken | Self::TooLong | Self::Unreadable => true,
        }
    }

    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownHost => "unknown-host",
            Self::AddressRefused(_) => "address-refused",
            Self::Busy => "requests-busy",
            Self::Connect => "no-connection",
            Self::TimedOut => "answer-timed-out",
            Self::Broken => "connection-broke",
            Self::TooLong => "answer-too-long",
            Self::Unreadable => "answer-unreadable",
        }
    }
}
