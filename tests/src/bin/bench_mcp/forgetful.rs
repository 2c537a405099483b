//! An audit trail that keeps no record: what is left of a call's cost without the disk.

use async_trait::async_trait;
use skillgate_app::audit::Tree;
use skillgate_app::ports::{
    AuditFilter, AuditRecord, AuditRow, AuditStore, Checkpoint, PendingWrite, StorageError,
    TreeHead,
};
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::time::Timestamp;
use std::sync::{Mutex, PoisonError};

/// Counts and digests records, and forgets them.
#[derive(Default)]
pub(crate) struct Forgetful(Mutex<Tree>);

#[async_trait]
impl AuditStore for Forgetful {
    async fn append_audit(&self, records: &[AuditRecord]) -> Result<TreeHead, StorageError> {
        let mut tree = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            tree.push(record.leaf.as_bytes());
        }
        Ok(tree.head())
    }

    async fn audit_head(&self) -> Result<TreeHead, StorageError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).head())
    }

    async fn audit_from(&self, _: u64) -> Result<Vec<AuditRow>, StorageError> {
        Ok(Vec::new())
    }

    async fn audit_page(
        &self,
        _: &CommunityId,
        _: &AuditFilter,
        _: u32,
    ) -> Result<Vec<AuditRow>, StorageError> {
        Ok(Vec::new())
    }

    async fn insert_checkpoint(&self, _: &Checkpoint) -> Result<(), StorageError> {
        Ok(())
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        Ok(None)
    }

    async fn checkpoints_after(&self, _: u64) -> Result<Vec<Checkpoint>, StorageError> {
        Ok(Vec::new())
    }

    async fn writes_since(
        &self,
        _: &CommunityId,
        _: Timestamp,
    ) -> Result<Vec<(SkillName, u32)>, StorageError> {
        Ok(Vec::new())
    }

    async fn overdue_writes(&self, _: Timestamp) -> Result<Vec<PendingWrite>, StorageError> {
        Ok(Vec::new())
    }
}
