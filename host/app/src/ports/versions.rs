use skillgate_domain::digest::Digest;
use skillgate_domain::ids::UserId;
use skillgate_domain::time::Timestamp;

/// Most entries of one page of a history.
pub const HISTORY_PAGE_MAX: u32 = 50;

/// When something that has versions was replaced, and by whom: a community's policies, or its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPut {
    /// The number of the new version. The first is 1.
    pub version: u32,
    /// Digest of what it says.
    pub digest: Digest,
    /// Who put it.
    pub put_by: UserId,
    /// When.
    pub put_at: Timestamp,
}
