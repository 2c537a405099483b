use async_trait::async_trait;
use skillgate_app::audit::memory::MemoryAudit;
use skillgate_app::ports::{
    AuditRecord, AuditStore, HISTORY_PAGE_MAX, PolicyChange, PolicyStore, PolicyVersion, Storage,
    StorageError, Submission, TokenRecord,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{CommunityId, GrantId, SkillName, SubmissionId, TokenId};
use skillgate_domain::time::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard};

/// Makes the error that storage fails with.
pub(crate) type Failure = fn() -> StorageError;

#[derive(Default)]
struct Kept {
    tokens: Vec<TokenRecord>,
    submissions: Vec<Submission>,
    components: Vec<(Digest, Vec<u8>)>,
    grants: Vec<Grant>,
    policies: Vec<PolicyVersion>,
}

/// Storage in memory, which fails when it is told to.
#[derive(Default)]
pub(crate) struct FakeStorage {
    kept: Mutex<Kept>,
    audit: Arc<MemoryAudit>,
    /// What reading grants, and pinging, fails with.
    pub(crate) fails_with: Mutex<Option<Failure>>,
}

impl FakeStorage {
    pub(crate) fn with(audit: Arc<MemoryAudit>) -> Self {
        Self {
            audit,
            ..Self::default()
        }
    }

    async fn recorded(&self, change: &AuditRecord) -> Result<(), StorageError> {
        let record = std::slice::from_ref(change);
        self.audit.append_audit(record).await.map(drop)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    fn works(&self) -> Result<(), StorageError> {
        self.fails_with
            .lock()
            .unwrap()
            .map_or(Ok(()), |failure| Err(failure()))
    }
}

#[async_trait]
impl Storage for FakeStorage {
    async fn insert_token(
        &self,
        token: &TokenRecord,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        self.kept().tokens.push(token.clone());
        self.recorded(change).await
    }

    async fn token(&self, id: TokenId) -> Result<Option<TokenRecord>, StorageError> {
        Ok(self.kept().tokens.iter().find(|t| t.id == id).cloned())
    }

    async fn tokens(&self, community: &CommunityId) -> Result<Vec<TokenRecord>, StorageError> {
        let kept = self.kept();
        let own = kept.tokens.iter().filter(|t| t.community == *community);
        Ok(own.rev().cloned().collect())
    }

    async fn revoke_token(
        &self,
        community: &CommunityId,
        id: TokenId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let revoke = |kept: &mut Kept| {
            let mut tokens = kept.tokens.iter_mut();
            let found = tokens.find(|t| t.id == id && t.community == *community);
            found.map(|t| *t.revoked_at.get_or_insert(at)).is_some()
        };
        if !revoke(&mut self.kept()) {
            return Ok(false);
        }
        self.recorded(change).await.map(|()| true)
    }

    async fn insert_submission(
        &self,
        submission: &Submission,
        component: &[u8],
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let same = |s: &Submission| {
            (&s.community, s.component, s.manifest)
                == (
                    &submission.community,
                    submission.component,
                    submission.manifest,
                )
        };
        if self.kept().submissions.iter().any(same) {
            return Err(StorageError::Conflict);
        }
        self.kept().submissions.push(submission.clone());
        let component = (submission.component, component.to_vec());
        self.kept().components.push(component);
        self.recorded(change).await
    }

    async fn submission(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError> {
        let kept = self.kept();
        let mut own = kept
            .submissions
            .iter()
            .filter(|s| s.community == *community);
        Ok(own.find(|s| s.id == id).cloned())
    }

    async fn submissions(&self, community: &CommunityId) -> Result<Vec<Submission>, StorageError> {
        let kept = self.kept();
        let own = kept
            .submissions
            .iter()
            .filter(|s| s.community == *community);
        Ok(own.rev().cloned().collect())
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StorageError> {
        let kept = self.kept();
        let found = kept.components.iter().find(|(d, _)| d == digest);
        Ok(found.map(|(_, bytes)| bytes.clone()))
    }

    async fn insert_grant(&self, grant: &Grant, change: &AuditRecord) -> Result<(), StorageError> {
        for old in &mut self.kept().grants {
            if (&old.community, &old.skill) == (&grant.community, &grant.skill) {
                old.revoked_at.get_or_insert(grant.granted_at);
            }
        }
        self.kept().grants.push(grant.clone());
        self.recorded(change).await
    }

    async fn active_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<Option<Grant>, StorageError> {
        let all = self.active_grants(community).await?;
        Ok(all.into_iter().find(|g| g.skill == *skill))
    }

    async fn active_grants(&self, community: &CommunityId) -> Result<Vec<Grant>, StorageError> {
        self.works()?;
        let kept = self.kept();
        let own = kept.grants.iter().filter(|g| g.community == *community);
        Ok(own.filter(|g| g.revoked_at.is_none()).cloned().collect())
    }

    async fn revoke_grant(
        &self,
        community: &CommunityId,
        id: GrantId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let revoke = |kept: &mut Kept| {
            let mut grants = kept.grants.iter_mut();
            let found = grants.find(|g| g.id == id && g.community == *community);
            found.map(|g| *g.revoked_at.get_or_insert(at)).is_some()
        };
        if !revoke(&mut self.kept()) {
            return Ok(false);
        }
        self.recorded(change).await.map(|()| true)
    }

    async fn ping(&self) -> Result<(), StorageError> {
        self.works()
    }
}

#[async_trait]
impl PolicyStore for FakeStorage {
    async fn newest_policy_version(&self, community: &CommunityId) -> Result<u32, StorageError> {
        self.works()?;
        let kept = self.kept();
        let own = kept.policies.iter().filter(|p| p.community == *community);
        Ok(own.map(|p| p.change.version).max().unwrap_or(0))
    }

    async fn policy_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<PolicyVersion>, StorageError> {
        let kept = self.kept();
        let mut own = kept.policies.iter().filter(|p| p.community == *community);
        Ok(own.find(|p| p.change.version == version).cloned())
    }

    async fn policy_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<PolicyChange>, StorageError> {
        let kept = self.kept();
        let own = kept.policies.iter().filter(|p| p.community == *community);
        let earlier = own.filter(|p| before.is_none_or(|before| p.change.version < before));
        let changes = earlier.rev().map(|p| p.change.clone());
        Ok(changes.take(HISTORY_PAGE_MAX as usize).collect())
    }

    async fn insert_policy(
        &self,
        version: &PolicyVersion,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let same = |p: &PolicyVersion| {
            (&p.community, p.change.version) == (&version.community, version.change.version)
        };
        if self.kept().policies.iter().any(same) {
            return Err(StorageError::Conflict);
        }
        self.kept().policies.push(version.clone());
        self.recorded(change).await
    }
}
