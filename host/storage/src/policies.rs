//! Policies: versions of a community's text, only ever added to.

use crate::convert::{moment, text};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::versions::{VersionRow, number};
use async_trait::async_trait;
use skillgate_app::ports::{
    AuditRecord, HISTORY_PAGE_MAX, PolicyStore, PolicyVersion, StorageError, VersionPut,
};
use skillgate_domain::ids::CommunityId;

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

const TABLE: &str = "policies";

#[derive(sqlx::FromRow)]
struct PolicyRow {
    #[sqlx(flatten)]
    change: VersionRow,
    text: String,
}

#[async_trait]
impl PolicyStore for Database {
    async fn newest_policy_version(&self, community: &CommunityId) -> Result<u32, StorageError> {
        let read = async {
            let newest: i64 = on_pool!(self, pool => sqlx::query_scalar(NEWEST)
                .bind(community.as_str())
                .fetch_one(pool).await)
            .map_err(storage)?;
            number(TABLE, newest).map(Some)
        };
        let newest = self.still_so(&self.rights.policies, community.clone(), read);
        Ok(newest.await?.unwrap_or(0))
    }

    async fn policy_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<PolicyVersion>, StorageError> {
        let row: Option<PolicyRow> = on_pool!(self, pool => sqlx::query_as(BY_VERSION)
            .bind(community.as_str())
            .bind(i64::from(version))
            .fetch_optional(pool).await)
        .map_err(storage)?;
        let version = row.map(|row| {
            Ok(PolicyVersion {
                community: community.clone(),
                change: row.change.read(TABLE)?,
                text: row.text,
            })
        });
        version.transpose()
    }

    async fn policy_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError> {
        let rows: Vec<VersionRow> = on_pool!(self, pool => sqlx::query_as(CHANGES)
            .bind(community.as_str())
            .bind(before.map_or(i64::MAX, i64::from))
            .bind(i64::from(HISTORY_PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(|row| row.read(TABLE)).collect()
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
