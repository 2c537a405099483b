//! The port, forwarded to where each table is.

use crate::database::{Database, on_pool};
use crate::error::storage;
use async_trait::async_trait;
use skillgate_app::ports::{
    AuditRecord, RightsInForce, Storage, StorageError, Submission, TokenRecord,
};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{EndCause, Grant, GrantStatus, SkillStanding};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName, SubmissionId, TokenId};
use skillgate_domain::member::Listed;
use skillgate_domain::time::Timestamp;

#[async_trait]
impl RightsInForce for Database {
    async fn grant_status(
        &self,
        community: &CommunityId,
        id: GrantId,
    ) -> Result<GrantStatus, StorageError> {
        let key = (community.clone(), id);
        let read = self.find_grant_status(community, id);
        let status = self.still_so(&self.rights.statuses, key, read).await?;
        Ok(status.unwrap_or(GrantStatus::Ended(EndCause::Revoked)))
    }

    async fn token_revoked(&self, id: TokenId) -> Result<bool, StorageError> {
        let token = self.token(id).await?;
        Ok(token.is_none_or(|it| it.revoked_at.is_some() || it.listed == Listed::Left))
    }
}

#[async_trait]
impl Storage for Database {
    async fn insert_token(
        &self,
        token: &TokenRecord,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        self.keep_token(token, change).await
    }

    async fn token(&self, id: TokenId) -> Result<Option<TokenRecord>, StorageError> {
        self.still_so(&self.rights.tokens, id, self.find_token(id))
            .await
    }

    async fn tokens(&self, community: &CommunityId) -> Result<Vec<TokenRecord>, StorageError> {
        self.newest_tokens(community).await
    }

    async fn revoke_token(
        &self,
        community: &CommunityId,
        id: TokenId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.mark_token_revoked(community, id, at, change).await
    }

    async fn insert_submission(
        &self,
        submission: &Submission,
        component: &[u8],
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        self.keep_submission(submission, component, change).await
    }

    async fn submission(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError> {
        self.find_submission(community, id).await
    }

    async fn submissions(&self, community: &CommunityId) -> Result<Vec<Submission>, StorageError> {
        self.newest_submissions(community).await
    }

    async fn component(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StorageError> {
        self.component_bytes(digest).await
    }

    async fn insert_grant(
        &self,
        grant: &Grant,
        previous_ends: EndCause,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.keep_grant(grant, previous_ends, change).await
    }

    async fn skill_standing(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<SkillStanding, StorageError> {
        self.find_skill_standing(community, skill).await
    }

    async fn newest_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        other_than: Option<SubmissionId>,
    ) -> Result<Option<Grant>, StorageError> {
        self.find_newest_grant(community, skill, other_than).await
    }

    async fn set_frozen(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.mark_frozen(community, skill, at, change).await
    }

    async fn active_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<Option<Grant>, StorageError> {
        let key = (community.clone(), skill.clone());
        let read = self.find_active_grant(community, skill);
        self.still_so(&self.rights.active, key, read).await
    }

    async fn rights_number(&self) -> Result<i64, StorageError> {
        self.number_of_rights().await
    }

    async fn active_grants(&self, community: &CommunityId) -> Result<Vec<Grant>, StorageError> {
        self.active_grants_by_skill(community).await
    }

    async fn revoke_grant(
        &self,
        community: &CommunityId,
        submission: SubmissionId,
        id: GrantId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.mark_grant_revoked(community, submission, id, at, change)
            .await
    }

    async fn ping(&self) -> Result<(), StorageError> {
        on_pool!(self, pool => sqlx::query("SELECT 1").execute(pool).await.map(drop))
            .map_err(storage)
    }
}
