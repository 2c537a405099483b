use super::{AuditRecord, StorageError};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, CredentialName, SkillName, UserId};
use skillgate_domain::time::Timestamp;
use std::fmt;

/// Longest sealed secret, in bytes.
pub const SEALED_BYTES_MAX: usize = 8 * 1024;
/// Most secrets that a community has at a time.
pub const SECRETS_PER_COMMUNITY_MAX: u32 = 500;
/// Most names that a community has ever put secrets under: that of a removed one is not forgotten, so that
/// its versions go on.
pub const SECRET_NAMES_MAX: u32 = 5_000;

/// A secret as it is kept: nobody reads it without the key that it was sealed with.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// Whose it is.
    pub community: CommunityId,
    /// The skill that may use it.
    pub skill: SkillName,
    /// The name under which the skill's manifest asks for it.
    pub name: CredentialName,
    /// Which version. The first is 1, and no number comes twice, whatever was removed meanwhile.
    pub version: u32,
    /// The sealed bytes, at least one and at most [`SEALED_BYTES_MAX`].
    pub sealed: Vec<u8>,
    /// Who put it.
    pub put_by: UserId,
    /// When.
    pub put_at: Timestamp,
}

impl fmt::Debug for SealedSecret {
    /// Leaves out what is sealed: a log lives longer than the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedSecret")
            .field("community", &self.community)
            .field("skill", &self.skill)
            .field("name", &self.name)
            .field("version", &self.version)
            .field("put_by", &self.put_by)
            .field("put_at", &self.put_at)
            .finish_non_exhaustive()
    }
}

/// What may be told of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretLine {
    /// The skill that may use it.
    pub skill: SkillName,
    /// Its name.
    pub name: CredentialName,
    /// Which version holds.
    pub version: u32,
    /// Who put it.
    pub put_by: UserId,
    /// When.
    pub put_at: Timestamp,
}

/// What came of putting a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretPut {
    /// It holds.
    Kept,
    /// The community has [`SECRETS_PER_COMMUNITY_MAX`], or [`SECRET_NAMES_MAX`] names. Nothing was kept.
    Full,
}

/// Keeps what skills use and never see. Each method is one transaction, and a change takes its record of
/// the audit trail with it.
///
/// One version at most of a secret is kept: what it replaces is overwritten.
/// Everything is looked up within a community; what belongs to another is absent.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Keeps the next version of a secret, in place of the present one. Any other version than the next is
    /// a [`StorageError::Conflict`].
    async fn put_secret(
        &self,
        secret: &SealedSecret,
        change: &AuditRecord,
    ) -> Result<SecretPut, StorageError>;

    /// Removes a secret. Its version stays known. Returns whether there was one.
    async fn remove_secret(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
        at: Timestamp,
        by: &UserId,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Finds a secret.
    async fn secret(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<Option<SealedSecret>, StorageError>;

    /// Lists a community's secrets, or those of one skill, by skill and name, those after `after` only, at
    /// most [`PAGE_MAX`](super::PAGE_MAX).
    async fn secrets(
        &self,
        community: &CommunityId,
        skill: Option<&SkillName>,
        after: Option<(&SkillName, &CredentialName)>,
    ) -> Result<Vec<SecretLine>, StorageError>;

    /// Returns the version of a secret that was put last, even if it was removed; 0 if there never was one.
    async fn secret_version(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<u32, StorageError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_in_no_log() {
        let secret = SealedSecret {
            community: CommunityId::parse("red").unwrap(),
            skill: SkillName::parse("crm").unwrap(),
            name: CredentialName::parse("api_key").unwrap(),
            version: 1,
            sealed: vec![251, 252],
            put_by: UserId::parse("ada").unwrap(),
            put_at: Timestamp::from_unix_ms(0),
        };
        let shown = format!("{secret:?}");
        assert!(shown.contains("api_key"), "{shown}");
        assert!(!shown.contains("251"), "{shown}");
    }
}
