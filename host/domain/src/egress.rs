//! Where requests may go: addresses and who is at them, rules and what they let be asked of whom.

mod address;
mod credential;
mod host;
mod message;
mod outbound;
mod path;
mod rule;
mod target;

pub use address::{Nat64, NetworkError, Networks, Reach, Special};
pub use credential::{Credential, Place, PlaceError, is_header_name, is_of_the_host};
pub use host::{HostName, HostPattern};
pub use message::{
    HEADERS_BYTES_MAX, HEADERS_MAX, Headers, REDIRECTS_MAX, REQUEST_BODY_BYTES_MAX, Request,
    RequestError, Response, headers_bytes,
};
pub use outbound::{Outbound, OutboundError, Route};
pub use path::PathPattern;
pub use rule::{Method, Part, RULE_BYTES_MAX, Rule, RuleError};
pub use target::{Scheme, Target, TargetError, URL_BYTES_MAX};
