//! Policies: versions of a community's text, only ever added to.

use crate::convert::{checked, corrupt, digest, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    AuditRecord, HISTORY_PAGE_MAX, PolicyChange, PolicyStore, PolicyVersion, StorageError,
};
use skillgate_domain::ids::{CommunityId, UserId};

const INSERT: &str = "
    INSERT INTO policies (community, version, text, digest, put_by, put_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const NEWEST: &str = "SELECT COALESCE(MAX(version), 0) FROM policies WHERE community = $1";
const BY_VERSION: &str = "
    SELECT version, digest, put_by, put_at, text FROM policies
    WHERE community = $1 AND version = $2";
const CHANGES: &str = "
    SELECT version, digest, put_by, put_at FROM policies
    WHERE community = $1 AND version < $2 ORDER BY version DESC LIMIT $3";

#[derive(sqlx::FromRow)]
struct ChangeRow {
    version: i64,
    digest: String,
    put_by: String,
    put_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    #[sqlx(flatten)]
    change: ChangeRow,
    text: String,
}

impl TryFrom<ChangeRow> for PolicyChange {
    type Error = StorageError;

    fn try_from(row: ChangeRow) -> Result<Self, StorageError> {
        Ok(Self {
            version: number(row.version)?,
            digest: digest("policies.digest", &row.digest)?,
            put_by: checked("policies.put_by", UserId::parse(&row.put_by))?,
            put_at: timestamp(row.put_at),
        })
    }
}

fn number(version: i64) -> Result<u32, StorageError> {
    u32::try_from(version).map_err(|_| corrupt("policies.version", "out of range"))
}

#[async_trait]
impl PolicyStore for Database {
    async fn newest_policy_version(&self, community: &CommunityId) -> Result<u32, StorageError> {
        let read = async {
            let newest: i64 = on_pool!(self, pool => sqlx::query_scalar(NEWEST)
                .bind(community.as_str())
                .fetch_one(pool).await)
            .map_err(storage)?;
            number(newest).map(Some)
        };
        let newest = self.still_so(&self.rights.policies, community.clone(), read);
        Ok(newest.await?.unwrap_or(0))
    }

    async fn policy_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<PolicyVersion>, StorageError> {
        let row: Option<VersionRow> = on_pool!(self, pool => sqlx::query_as(BY_VERSION)
            .bind(community.as_str())
            .bind(i64::from(version))
            .fetch_optional(pool).await)
        .map_err(storage)?;
        let version = row.map(|row| {
            Ok(PolicyVersion {
                community: community.clone(),
                change: row.change.try_into()?,
                text: row.text,
            })
        });
        version.transpose()
    }

    async fn policy_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<PolicyChange>, StorageError> {
        let rows: Vec<ChangeRow> = on_pool!(self, pool => sqlx::query_as(CHANGES)
            .bind(community.as_str())
            .bind(before.map_or(i64::MAX, i64::from))
            .bind(i64::from(HISTORY_PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(PolicyChange::try_from).collect()
    }

    async fn insert_policy(
        &self,
        version: &PolicyVersion,
        record: &AuditRecord,
    ) -> Result<(), StorageError> {
        let change = &version.change;
        let text = text("policies.text", &version.text)?;
        let put_at = moment("policies.put_at", change.put_at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(INSERT)
                .bind(version.community.as_str())
                .bind(i64::from(change.version))
                .bind(text)
                .bind(change.digest.to_string())
                .bind(change.put_by.as_str())
                .bind(put_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, record).await
        })
    }
}
