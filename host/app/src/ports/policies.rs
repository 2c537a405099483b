use super::{AuditRecord, StorageError, VersionPut};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, PolicyName};
use skillgate_domain::policy::{Act, Resource, Subject, Verdict};
use skillgate_domain::skill::Finding;
use std::sync::Arc;

/// The language policies are written in.
pub trait PolicyLanguage: Send + Sync {
    /// Returns the text that holds where a community has put none: version 0.
    fn shipped_text(&self) -> &str;

    /// Returns what that text says.
    fn shipped(&self) -> Arc<dyn PolicySet>;

    /// Reads a text, or says what is wrong with it. What is read refers to nothing that does not exist.
    fn read(&self, text: &str) -> Result<Arc<dyn PolicySet>, Vec<Finding>>;
}

/// Policies, ready to decide.
pub trait PolicySet: Send + Sync {
    /// Lists the policies in the order of the text.
    fn policies(&self) -> &[Policy];

    /// Judges one subject: default deny, a forbidding policy wins, and where a policy cannot be evaluated
    /// the answer is no. Knows neither ceilings nor who acts for whom: ask [`crate::access::Access`].
    fn judge(&self, subject: &Subject, action: Act, resource: &Resource) -> Verdict;

    /// Tells whether a policy wants a person's word for this, of anybody and anything.
    fn wants_confirmed(&self, action: Act) -> bool;
}

/// One policy of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub name: PolicyName,
    /// What it does to what it speaks of.
    pub effect: PolicyEffect,
}

/// What a policy does to what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyEffect {
    /// Permits it.
    Permit,
    /// Forbids it, whatever others permit.
    Forbid,
    /// Forbids it until a person has confirmed it.
    Ask,
}

impl PolicyEffect {
    /// Returns the name used in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Forbid => "forbid",
            Self::Ask => "ask",
        }
    }
}

/// A version of a community's policies. Never changed, never removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Whose they are.
    pub community: CommunityId,
    /// Which version.
    pub change: VersionPut,
    /// The text.
    pub text: String,
}

/// The versions that are kept. Each method is one transaction.
#[async_trait]
pub trait PolicyStore: Send + Sync {
    /// Returns the number of a community's newest version; 0 where none was put.
    async fn newest_policy_version(&self, community: &CommunityId) -> Result<u32, StorageError>;

    /// Finds a version.
    async fn policy_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<PolicyVersion>, StorageError>;

    /// Lists changes newest first, those before version `before` only, at most [`HISTORY_PAGE_MAX`].
    async fn policy_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError>;

    /// Keeps a version, and the record of the change with it. A version of this number that is there
    /// already is a [`StorageError::Conflict`].
    async fn insert_policy(
        &self,
        version: &PolicyVersion,
        change: &AuditRecord,
    ) -> Result<(), StorageError>;
}
