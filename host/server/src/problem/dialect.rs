use super::relay_envelope;

/// In which form refusals are written. Each group of paths has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 9457.
    Problem,
    /// The Tez relay's.
    Relay,
}

impl Dialect {
    /// Returns the form that belongs to a path, whether anything is served there or not.
    pub(crate) fn of(path: &str) -> Self {
        if relay_envelope::is_at(path) {
            Self::Relay
        } else {
            Self::Problem
        }
    }
}
