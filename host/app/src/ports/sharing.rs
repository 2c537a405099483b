use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::sharing::FieldAllowlists;
use std::sync::Arc;

/// What communities let out of their records.
#[async_trait]
pub trait SharingRules: Send + Sync {
    /// Returns the lists of a community: those that are shipped, until an admin puts others.
    async fn allowlists(
        &self,
        community: &CommunityId,
    ) -> Result<Arc<FieldAllowlists>, StorageError>;
}

/// The lists that are shipped, for every community.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShippedRules;

#[async_trait]
impl SharingRules for ShippedRules {
    async fn allowlists(&self, _: &CommunityId) -> Result<Arc<FieldAllowlists>, StorageError> {
        Ok(Arc::default())
    }
}
