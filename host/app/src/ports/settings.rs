use super::{AuditRecord, StorageError, VersionPut};
use async_trait::async_trait;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::settings::CommunitySettings;
use std::sync::Arc;

/// The settings that hold in a community now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InForce {
    /// Their version; 0 for those that are shipped.
    pub version: u32,
    /// What they say.
    pub settings: Arc<CommunitySettings>,
}

/// A version of a community's settings. Never changed, never removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsVersion {
    /// Whose they are.
    pub community: CommunityId,
    /// Which version.
    pub change: VersionPut,
    /// What it says.
    pub settings: CommunitySettings,
}

/// What holds in communities, for those who go by it.
#[async_trait]
pub trait SettingsInForce: Send + Sync {
    /// Returns the settings of a community: those that are shipped, until an admin puts others.
    async fn settings_in_force(&self, community: &CommunityId) -> Result<InForce, StorageError>;
}

/// The settings that are shipped, for every community.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShippedSettings;

#[async_trait]
impl SettingsInForce for ShippedSettings {
    async fn settings_in_force(&self, _: &CommunityId) -> Result<InForce, StorageError> {
        Ok(InForce::default())
    }
}

/// The versions that are kept. Each method is one transaction.
#[async_trait]
pub trait SettingsStore: SettingsInForce {
    /// Finds a version.
    async fn settings_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<SettingsVersion>, StorageError>;

    /// Lists changes newest first, those before version `before` only, at most
    /// [`HISTORY_PAGE_MAX`](super::HISTORY_PAGE_MAX).
    async fn settings_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError>;

    /// Keeps a version, and the record of the change with it. A version of this number that is there
    /// already is a [`StorageError::Conflict`].
    async fn insert_settings(
        &self,
        version: &SettingsVersion,
        change: &AuditRecord,
    ) -> Result<(), StorageError>;
}
