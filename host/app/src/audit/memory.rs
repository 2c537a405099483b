//! An audit trail in memory, for tests.

use super::{AuditSettings, Recorder, SigningKey, Trail, Tree, Verifiers, Writer};
use crate::ports::{
    AuditFilter, AuditRecord, AuditRow, AuditStore, Checkpoint, Clock, PendingWrite, StorageError,
    TreeHead, WriteChange,
};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps everything until it is dropped. Fails when told to.
#[derive(Default)]
pub struct MemoryAudit(Mutex<Kept>);

/// What is kept.
#[derive(Default)]
pub struct Kept {
    /// Every record, in order.
    pub records: Vec<AuditRecord>,
    /// Every checkpoint, in order.
    pub checkpoints: Vec<Checkpoint>,
    /// Writes whose outcome is not recorded.
    pub pending: Vec<PendingWrite>,
    /// Whether the next appends fail, as a full disk does.
    pub full: bool,
}

impl MemoryAudit {
    /// Returns what is kept.
    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a trail over this memory. Its writer runs as long as somebody records.
    pub async fn trail(self: &Arc<Self>, clock: Arc<dyn Clock>) -> Trail {
        let (trail, writer) = self.open(clock).await;
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        drop(tokio::spawn(writer.run()));
        trail
    }

    /// Opens a trail over this memory, and leaves its writer to the caller.
    pub async fn open(self: &Arc<Self>, clock: Arc<dyn Clock>) -> (Trail, Writer) {
        let text = SigningKey::text("test", &[1; 32]).expect("a name");
        let key = SigningKey::parse(&text).expect("a key");
        let verifiers = Verifiers::parse([key.public()]).expect("a key");
        let settings = AuditSettings::default();
        let store: Arc<dyn AuditStore> = self.clone();
        let (recorder, writer) = Recorder::open(store, clock.clone(), key, &verifiers, settings)
            .await
            .expect("nobody changed it");
        (Trail::new(recorder, clock), writer)
    }

    /// Returns every record as action, outcome and code, one to a line.
    pub fn lines(&self) -> Vec<String> {
        let line = |record: &AuditRecord| {
            let leaf: serde_json::Value =
                serde_json::from_str(&record.leaf).expect("a leaf is JSON");
            let code = leaf["code"].as_str().map(|code| format!(" {code}"));
            format!(
                "{} {}{}",
                record.action,
                record.outcome,
                code.unwrap_or_default()
            )
        };
        self.kept().records.iter().map(line).collect()
    }
}

#[async_trait]
impl AuditStore for MemoryAudit {
    async fn append_audit(&self, records: &[AuditRecord]) -> Result<TreeHead, StorageError> {
        let mut kept = self.kept();
        if kept.full {
            return Err(StorageError::Full("told to be".into()));
        }
        for record in records {
            match &record.write {
                Some(WriteChange::Begin(write)) => kept.pending.push(write.clone()),
                Some(WriteChange::End(id)) => kept.pending.retain(|write| write.id != *id),
                None => {}
            }
            kept.records.push(record.clone());
        }
        Ok(head(&kept))
    }

    async fn audit_head(&self) -> Result<TreeHead, StorageError> {
        Ok(head(&self.kept()))
    }

    async fn audit_from(&self, number: u64) -> Result<Vec<AuditRow>, StorageError> {
        let kept = self.kept();
        let rows = (0..).zip(&kept.records).map(|(number, record)| AuditRow {
            number,
            leaf: record.leaf.clone(),
        });
        Ok(rows.filter(|row| row.number >= number).collect())
    }

    async fn audit_page(
        &self,
        _: &CommunityId,
        _: &AuditFilter,
        _: u32,
    ) -> Result<Vec<AuditRow>, StorageError> {
        self.audit_from(0).await
    }

    async fn insert_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StorageError> {
        self.kept().checkpoints.push(checkpoint.clone());
        Ok(())
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        Ok(self.kept().checkpoints.last().cloned())
    }

    async fn checkpoints_after(&self, size: u64) -> Result<Vec<Checkpoint>, StorageError> {
        let kept = self.kept();
        let after = kept.checkpoints.iter().filter(|c| c.head.size > size);
        Ok(after.cloned().collect())
    }

    async fn writes_since(
        &self,
        community: &CommunityId,
        since: Timestamp,
    ) -> Result<Vec<(SkillName, u32)>, StorageError> {
        let mut counts = BTreeMap::new();
        for record in &self.kept().records {
            let intended = record.outcome == "intended" && record.action.starts_with("crm-");
            if intended && record.community == *community && record.at >= since {
                *counts.entry(record.skill.clone()).or_default() += 1;
            }
        }
        let known = |(skill, count): (Option<SkillName>, u32)| Some((skill?, count));
        Ok(counts.into_iter().filter_map(known).collect())
    }

    async fn overdue_writes(&self, now: Timestamp) -> Result<Vec<PendingWrite>, StorageError> {
        let kept = self.kept();
        let overdue = kept.pending.iter().filter(|write| write.deadline < now);
        Ok(overdue.cloned().collect())
    }
}

fn head(kept: &Kept) -> TreeHead {
    let mut tree = Tree::default();
    for record in &kept.records {
        tree.push(record.leaf.as_bytes());
    }
    tree.head()
}
