//! Grants: one at most of a skill is active in a community.

use crate::convert::{checked, decoded, digest, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with, lock_skill};
use crate::error::storage;
use chrono::{DateTime, Utc};
use serde_json::Value;
use skillgate_app::ports::{AuditRecord, PAGE_MAX, StorageError};
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{
    CommunityId, ConfigKey, GrantId, Malformed, SkillName, SubmissionId, UserId,
};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::time::Timestamp;
use skillgate_manifest::wire::{
    capabilities_from_json, capabilities_to_json, limits_from_json, limits_to_json,
};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

const REVOKE_ACTIVE: &str = "
    UPDATE grants SET revoked_at = $3 WHERE community = $1 AND skill = $2 AND revoked_at IS NULL";
const INSERT: &str = "
    INSERT INTO grants (id, community, skill, submission, component, manifest, capabilities, limits,
                        config, granted_by, granted_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const ACTIVE: &str = "
    SELECT * FROM grants WHERE community = $1 AND skill = $2 AND revoked_at IS NULL";
const ACTIVE_BY_SKILL: &str = "
    SELECT * FROM grants WHERE community = $1 AND revoked_at IS NULL ORDER BY skill LIMIT $2";
const REVOKE: &str = "
    UPDATE grants SET revoked_at = COALESCE(revoked_at, $3) WHERE community = $1 AND id = $2";

#[derive(sqlx::FromRow)]
struct GrantRow {
    id: Uuid,
    community: String,
    skill: String,
    submission: Uuid,
    component: String,
    manifest: String,
    capabilities: Json<Value>,
    limits: Json<Value>,
    config: Json<BTreeMap<String, String>>,
    granted_by: String,
    granted_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<GrantRow> for Grant {
    type Error = StorageError;

    fn try_from(row: GrantRow) -> Result<Self, StorageError> {
        // Every limit is written, so that none is ever taken from the default of another version.
        let limits = limits_from_json(&row.limits, CallLimits::DEFAULT);
        let config = row.config.0.into_iter();
        let config = config.map(|(key, value)| Ok((ConfigKey::parse(&key)?, value)));
        let config: Result<_, Malformed> = config.collect();
        Ok(Self {
            id: GrantId::new(row.id),
            community: checked("grants.community", CommunityId::parse(&row.community))?,
            skill: checked("grants.skill", SkillName::parse(&row.skill))?,
            submission: SubmissionId::new(row.submission),
            component: digest("grants.component", &row.component)?,
            manifest: digest("grants.manifest", &row.manifest)?,
            capabilities: decoded(
                "grants.capabilities",
                capabilities_from_json(&row.capabilities),
            )?,
            limits: decoded("grants.limits", limits)?,
            config: checked("grants.config", config)?,
            granted_by: checked("grants.granted_by", UserId::parse(&row.granted_by))?,
            granted_at: timestamp(row.granted_at),
            revoked_at: row.revoked_at.map(timestamp),
        })
    }
}

impl Database {
    pub(crate) async fn keep_grant(
        &self,
        grant: &Grant,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let (community, skill) = (grant.community.as_str(), grant.skill.as_str());
        let granted_at = moment("grants.granted_at", grant.granted_at)?;
        let revoked_at = grant.revoked_at.map(|at| moment("grants.revoked_at", at));
        let revoked_at = revoked_at.transpose()?;
        let mut config = BTreeMap::new();
        for (key, value) in &grant.config {
            config.insert(key.as_str(), text("grants.config", value)?);
        }
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            if let Some(lock) = lock_skill(pool) {
                sqlx::query(lock)
                    .bind(community)
                    .bind(skill)
                    .execute(&mut *transaction).await.map_err(storage)?;
            }
            sqlx::query(REVOKE_ACTIVE)
                .bind(community)
                .bind(skill)
                .bind(granted_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            sqlx::query(INSERT)
                .bind(grant.id.uuid())
                .bind(community)
                .bind(skill)
                .bind(grant.submission.uuid())
                .bind(grant.component.to_string())
                .bind(grant.manifest.to_string())
                .bind(Json(capabilities_to_json(&grant.capabilities)))
                .bind(Json(limits_to_json(&grant.limits)))
                .bind(Json(&config))
                .bind(grant.granted_by.as_str())
                .bind(granted_at)
                .bind(revoked_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await
        })
    }

    pub(crate) async fn find_active_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<Option<Grant>, StorageError> {
        let row: Option<GrantRow> = on_pool!(self, pool => sqlx::query_as(ACTIVE)
            .bind(community.as_str())
            .bind(skill.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Grant::try_from).transpose()
    }

    pub(crate) async fn active_grants_by_skill(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<Grant>, StorageError> {
        let rows: Vec<GrantRow> = on_pool!(self, pool => sqlx::query_as(ACTIVE_BY_SKILL)
            .bind(community.as_str())
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    pub(crate) async fn mark_grant_revoked(
        &self,
        community: &CommunityId,
        id: GrantId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.revoke(REVOKE, community, id.uuid(), at, change).await
    }
}
