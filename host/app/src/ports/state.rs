mod account;

pub use account::{StateAccount, StatePresent};

use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::state::{
    STATE_CHANGES_MAX, STATE_VALUE_BYTES_MAX, StateKey, StatePrefix, StateQuota,
};

/// Longest page of keys.
pub const STATE_PAGE_MAX: u32 = 200;

/// What a skill keeps under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateValue {
    /// The value, at most [`STATE_VALUE_BYTES_MAX`] bytes.
    pub value: Vec<u8>,
    /// Its version. No number comes twice, even if the key was removed meanwhile.
    pub version: i64,
}

/// A key and what may be told without reading its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateLine {
    /// The key.
    pub key: StateKey,
    /// The version of its value.
    pub version: i64,
    /// The length of its value, in bytes.
    pub value_bytes: u32,
}

/// What must be under a key for a change to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever there is.
    Any,
    /// Nothing.
    Absent,
    /// The value of this version.
    Version(i64),
}

impl Expect {
    /// Tells whether it is so, where the value of a version is present, or none.
    pub fn holds(self, present: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => present.is_none(),
            Self::Version(version) => present == Some(version),
        }
    }
}

/// A change of what is under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The key.
    pub key: StateKey,
    /// What must be there.
    pub expect: Expect,
    /// What is there afterwards; nothing removes the key.
    pub put: Option<Vec<u8>>,
}

/// Why no change happened. `Display` never repeats a value.
#[derive(Debug, thiserror::Error)]
pub enum StateRefusal {
    /// Something else is under the key than was expected.
    #[error("`{0}` changed in the meantime; read it again")]
    Conflict(StateKey),
    /// The skill would have more keys than it may.
    #[error("the skill has as many keys as it may; remove some")]
    QuotaKeys,
    /// The skill would keep more bytes than it may.
    #[error("the skill keeps as many bytes as it may; remove some")]
    QuotaBytes,
    /// More changes than happen together.
    #[error("at most {STATE_CHANGES_MAX} changes happen together")]
    TooMany,
    /// Two changes of one key.
    #[error("`{0}` is changed twice")]
    Twice(StateKey),
    /// A value that is too long.
    #[error("the value of `{0}` is longer than {STATE_VALUE_BYTES_MAX} bytes")]
    TooLong(StateKey),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl StateRefusal {
    /// Returns a stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict(_) => "state-changed",
            Self::QuotaKeys => "state-keys-used-up",
            Self::QuotaBytes => "state-bytes-used-up",
            Self::TooMany => "state-changes-too-many",
            Self::Twice(_) => "state-key-twice",
            Self::TooLong(_) => "state-value-too-long",
            Self::Storage(_) => "storage",
        }
    }
}

/// Keeps what skills want to know again in their next call: values under keys, for each skill and community
/// apart. Each method is one transaction.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// Returns what is under a key.
    async fn state_get(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        key: &StateKey,
    ) -> Result<Option<StateValue>, StorageError>;

    /// Lists the keys that begin with a prefix in the order of their bytes, those after `after` only, at
    /// most `limit` and at most [`STATE_PAGE_MAX`].
    async fn state_list(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        prefix: &StatePrefix,
        after: Option<&StateKey>,
        limit: u32,
    ) -> Result<Vec<StateLine>, StorageError>;

    /// Makes all changes, at most [`STATE_CHANGES_MAX`], or none. Of several at the same moment that expect
    /// the same, one happens. Returns a version for each change: that of its value, or a number that no
    /// value has where the key was removed.
    ///
    /// What makes a skill keep more than `quota` does not happen; what makes it keep less always does, even
    /// if that is still too much.
    async fn state_commit(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        changes: &[StateChange],
        quota: StateQuota,
    ) -> Result<Vec<i64>, StateRefusal>;
}
