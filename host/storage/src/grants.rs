//! Grants: one at most of a skill is active in a community. Every change begins a generation of its skill.

use crate::convert::{checked, corrupt, decoded, digest, moment, text, timestamp, when};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::generations::{
    NEXT_GENERATION_OF_GRANT, begin_generation, end_cause, generation, generation_number,
};
use crate::submissions::owner;
use chrono::{DateTime, Utc};
use serde_json::Value;
use skillgate_app::digest::capability_set;
use skillgate_app::ports::{AuditRecord, PAGE_MAX, StorageError};
use skillgate_domain::capability::Capabilities;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{EndCause, Grant, GrantEnd};
use skillgate_domain::ids::{
    CommunityId, ConfigKey, GrantId, Malformed, PartnershipId, SkillName, SubmissionId, ToolName,
    UserId,
};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::time::Timestamp;
use skillgate_manifest::wire::{
    capabilities_from_json, capabilities_to_json, limits_from_json, limits_to_json,
};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Selects grants of a community (`$1`) with the standing of their skill, and whose the modules are.
macro_rules! with_standing {
    ($rest:literal) => {
        concat!(
            "SELECT g.*, s.frozen_at, m.owner, p.id AS accepted FROM grants g
             JOIN skill_generations s ON s.community = g.community AND s.skill = g.skill
             JOIN submissions m ON m.id = g.submission
             LEFT JOIN community_partnerships p ON p.id = g.partnership AND p.status = 'accepted'
             WHERE g.community = $1 AND ",
            $rest
        )
    };
}

const END_ACTIVE: &str = "
    UPDATE grants SET revoked_at = $3, ended_as = $4
    WHERE community = $1 AND skill = $2 AND revoked_at IS NULL";
const INSERT: &str = "
    INSERT INTO grants (id, community, skill, generation, submission, component, manifest,
                        capabilities, capability_set, tools, limits, config, granted_by, granted_at,
                        revoked_at, ended_as, partnership)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const REVOKE: &str = "
    UPDATE grants SET revoked_at = $4, ended_as = $5
    WHERE community = $1 AND submission = $2 AND id = $3 AND revoked_at IS NULL";
const KNOWN: &str = "
    SELECT COUNT(*) FROM grants WHERE community = $1 AND submission = $2 AND id = $3";
const ACTIVE: &str = with_standing!("g.skill = $2 AND g.revoked_at IS NULL");
const ACTIVE_BY_SKILL: &str = with_standing!("g.revoked_at IS NULL ORDER BY g.skill LIMIT $2");
const NEWEST: &str = with_standing!(
    "g.skill = $2 AND g.generation > 0 AND ($3 IS NULL OR g.submission <> $3)
     ORDER BY g.generation DESC LIMIT 1"
);

#[derive(sqlx::FromRow)]
struct GrantRow {
    id: Uuid,
    community: String,
    skill: String,
    generation: i64,
    submission: Uuid,
    component: String,
    manifest: String,
    capabilities: Json<Value>,
    capability_set: String,
    tools: Json<BTreeMap<String, String>>,
    limits: Json<Value>,
    config: Json<BTreeMap<String, String>>,
    granted_by: String,
    granted_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    ended_as: Option<String>,
    frozen_at: Option<DateTime<Utc>>,
    owner: Option<String>,
    accepted: Option<i64>,
}

impl GrantRow {
    /// Reads what the grant gives, which its digest must agree with.
    fn capabilities(&self) -> Result<(Capabilities, Digest), StorageError> {
        let read = capabilities_from_json(&self.capabilities);
        let capabilities = decoded("grants.capabilities", read)?;
        let told = digest("grants.capability_set", &self.capability_set)?;
        if capability_set(&capabilities) != told {
            return Err(corrupt("grants.capability_set", "another set's digest"));
        }
        Ok((capabilities, told))
    }

    fn tools(&self) -> Result<BTreeMap<ToolName, Digest>, StorageError> {
        let tools = self.tools.iter().map(|(name, contract)| {
            let name = checked("grants.tools", ToolName::parse(name))?;
            Ok((name, digest("grants.tools", contract)?))
        });
        tools.collect()
    }

    fn end(&self) -> Result<Option<GrantEnd>, StorageError> {
        match (self.revoked_at, self.ended_as.as_deref()) {
            (None, None) => Ok(None),
            (Some(at), Some(cause)) => Ok(Some(GrantEnd {
                at: timestamp(at),
                cause: end_cause(cause)?,
            })),
            _ => Err(corrupt("grants.ended_as", "part of an end")),
        }
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = StorageError;

    fn try_from(row: GrantRow) -> Result<Self, StorageError> {
        // Every limit is written, so that none is ever taken from the default of another version.
        let limits = limits_from_json(&row.limits, CallLimits::DEFAULT);
        let (capabilities, capability_set) = row.capabilities()?;
        let (tools, end) = (row.tools()?, row.end()?);
        let config = row.config.0.into_iter();
        let config = config.map(|(key, value)| Ok((ConfigKey::parse(&key)?, value)));
        let config: Result<_, Malformed> = config.collect();
        Ok(Self {
            id: GrantId::new(row.id),
            community: checked("grants.community", CommunityId::parse(&row.community))?,
            skill: checked("grants.skill", SkillName::parse(&row.skill))?,
            generation: generation("grants.generation", row.generation)?,
            submission: SubmissionId::new(row.submission),
            component: digest("grants.component", &row.component)?,
            manifest: digest("grants.manifest", &row.manifest)?,
            capabilities,
            capability_set,
            tools,
            limits: decoded("grants.limits", limits)?,
            config: checked("grants.config", config)?,
            granted_by: checked("grants.granted_by", UserId::parse(&row.granted_by))?,
            granted_at: timestamp(row.granted_at),
            end,
            frozen_at: row.frozen_at.map(timestamp),
            owner: owner(row.owner.as_deref(), row.accepted)?,
        })
    }
}

impl Database {
    pub(crate) async fn keep_grant(
        &self,
        grant: &Grant,
        previous_ends: EndCause,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let (community, skill) = (grant.community.as_str(), grant.skill.as_str());
        let generation = generation_number("grants.generation", grant.generation)?;
        let granted_at = moment("grants.granted_at", grant.granted_at)?;
        let ended_at = when("grants.revoked_at", grant.end.map(|end| end.at))?;
        let partnership = grant.owner.as_ref().and_then(|owner| owner.partnership);
        let tools: BTreeMap<_, _> = grant
            .tools
            .iter()
            .map(|(name, contract)| (name.as_str(), contract.to_string()))
            .collect();
        let mut config = BTreeMap::new();
        for (key, value) in &grant.config {
            config.insert(key.as_str(), text("grants.config", value)?);
        }
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            if !begin_generation!(transaction, community, skill, generation) {
                return Ok(false);
            }
            sqlx::query(END_ACTIVE)
                .bind(community)
                .bind(skill)
                .bind(granted_at)
                .bind(previous_ends.name())
                .execute(&mut *transaction).await.map_err(storage)?;
            sqlx::query(INSERT)
                .bind(grant.id.uuid())
                .bind(community)
                .bind(skill)
                .bind(generation)
                .bind(grant.submission.uuid())
                .bind(grant.component.to_string())
                .bind(grant.manifest.to_string())
                .bind(Json(capabilities_to_json(&grant.capabilities)))
                .bind(grant.capability_set.to_string())
                .bind(Json(&tools))
                .bind(Json(limits_to_json(&grant.limits)))
                .bind(Json(&config))
                .bind(grant.granted_by.as_str())
                .bind(granted_at)
                .bind(ended_at)
                .bind(grant.end.map(|end| end.cause.name()))
                .bind(partnership.map(PartnershipId::number))
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await.map(|()| true)
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

    pub(crate) async fn find_newest_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        other_than: Option<SubmissionId>,
    ) -> Result<Option<Grant>, StorageError> {
        let row: Option<GrantRow> = on_pool!(self, pool => sqlx::query_as(NEWEST)
            .bind(community.as_str())
            .bind(skill.as_str())
            .bind(other_than.map(SubmissionId::uuid))
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Grant::try_from).transpose()
    }

    pub(crate) async fn mark_grant_revoked(
        &self,
        community: &CommunityId,
        submission: SubmissionId,
        id: GrantId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("grants.revoked_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            // First the skill, then its grants: in the same order as where a grant is made.
            sqlx::query(NEXT_GENERATION_OF_GRANT)
                .bind(community.as_str())
                .bind(submission.uuid())
                .bind(id.uuid())
                .execute(&mut *transaction).await.map_err(storage)?;
            sqlx::query(REVOKE)
                .bind(community.as_str())
                .bind(submission.uuid())
                .bind(id.uuid())
                .bind(at)
                .bind(EndCause::Revoked.name())
                .execute(&mut *transaction).await.map_err(storage)?;
            let known: i64 = sqlx::query_scalar(KNOWN)
                .bind(community.as_str())
                .bind(submission.uuid())
                .bind(id.uuid())
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if known == 0 {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }
}
