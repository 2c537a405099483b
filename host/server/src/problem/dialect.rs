use super::{mypa_envelope, relay_envelope};

/// In which form refusals are written. Each group of paths has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 9457.
    Problem,
    /// That of MyPA's clients.
    Mypa,
    /// The Tez relay's.
    Relay,
}

impl Dialect {
    /// Returns the form that belongs to a path, whether anything is served there or not.
    pub(crate) fn of(path: &str) -> Self {
        if mypa_envelope::is_at(path) {
            Self::Mypa
        } else if relay_envelope::is_at(path) {
            Self::Relay
        } else {
            Self::Problem
        }
    }
}
