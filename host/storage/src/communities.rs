//! What others see of communities.

use crate::convert::{checked, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::versions::number;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{AuditRecord, CommunityPut, CommunityStore, PAGE_MAX, StorageError};
use skillgate_domain::community::{Community, Description};
use skillgate_domain::ids::{CommunityId, ShortId};
use skillgate_domain::tez::DisplayName;
use sqlx::QueryBuilder;

const FIRST: &str = "
    INSERT INTO communities (id, name, short_id, description, version, created_at, updated_at, changed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
const NEXT: &str = "
    UPDATE communities SET name = $2, short_id = $3, description = $4, version = $5, updated_at = $7, changed = $8
    WHERE id = $1 AND version + 1 = $5 AND created_at = $6
        AND NOT EXISTS (SELECT 1 FROM communities WHERE short_id = $3 AND id <> $1)";
const COUNT_CHANGE: &str =
    "UPDATE communities_changed SET last = last + 1 WHERE id = 1 RETURNING last";
const CHANGED: &str = "SELECT * FROM communities WHERE changed > $1 ORDER BY changed LIMIT $2";
const TAKEN: &str = "SELECT COUNT(*) FROM communities WHERE short_id = $1 AND id <> $2";
const BY_ID: &str = "SELECT * FROM communities WHERE id = $1";

const TABLE: &str = "communities";

#[derive(sqlx::FromRow)]
struct CommunityRow {
    id: String,
    name: String,
    short_id: String,
    description: Option<String>,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    changed: i64,
    members: i64,
}

impl TryFrom<CommunityRow> for Community {
    type Error = StorageError;

    fn try_from(row: CommunityRow) -> Result<Self, StorageError> {
        let description = row.description.as_deref().map(Description::parse);
        Ok(Self {
            id: checked("communities.id", CommunityId::parse(&row.id))?,
            name: checked("communities.name", DisplayName::parse(&row.name))?,
            short_id: checked("communities.short_id", ShortId::parse(&row.short_id))?,
            description: checked("communities.description", description.transpose())?,
            members: checked("communities.members", u32::try_from(row.members))?,
            version: number(TABLE, row.version)?,
            created_at: timestamp(row.created_at),
            updated_at: timestamp(row.updated_at),
        })
    }
}

#[async_trait]
impl CommunityStore for Database {
    async fn put_community(
        &self,
        community: &Community,
        change: &AuditRecord,
    ) -> Result<CommunityPut, StorageError> {
        let name = text("communities.name", community.name.as_str())?;
        let description = community.description.as_ref().map(Description::as_str);
        let created_at = moment("communities.created_at", community.created_at)?;
        let updated_at = moment("communities.updated_at", community.updated_at)?;
        let statement = if community.version == 1 { FIRST } else { NEXT };
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let changed: i64 = sqlx::query_scalar(COUNT_CHANGE)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            let put = sqlx::query(statement)
                .bind(community.id.as_str())
                .bind(name)
                .bind(community.short_id.as_str())
                .bind(description)
                .bind(i64::from(community.version))
                .bind(created_at)
                .bind(updated_at)
                .bind(changed)
                .execute(&mut *transaction).await;
            match put.map_err(storage) {
                Ok(put) if put.rows_affected() == 1 => {
                    commit_with(transaction, change).await?;
                    return Ok(CommunityPut::Kept);
                }
                // Not the next version, or somebody else took the short id at the same moment.
                Ok(_) | Err(StorageError::Conflict) => {}
                Err(error) => return Err(error),
            }
            transaction.rollback().await.map_err(storage)?;
            let taken: i64 = sqlx::query_scalar(TAKEN)
                .bind(community.short_id.as_str())
                .bind(community.id.as_str())
                .fetch_one(pool).await.map_err(storage)?;
            Ok(if taken > 0 { CommunityPut::ShortIdTaken } else { CommunityPut::Changed })
        })
    }

    async fn community(&self, id: &CommunityId) -> Result<Option<Community>, StorageError> {
        let row: Option<CommunityRow> = on_pool!(self, pool => sqlx::query_as(BY_ID)
            .bind(id.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Community::try_from).transpose()
    }

    async fn changed_communities(
        &self,
        number: u64,
    ) -> Result<Vec<(u64, Community)>, StorageError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let rows: Vec<CommunityRow> = on_pool!(self, pool => sqlx::query_as(CHANGED)
            .bind(number)
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        let each = rows.into_iter().map(|row| {
            let changed = checked("communities.changed", u64::try_from(row.changed))?;
            Ok((changed, Community::try_from(row)?))
        });
        each.collect()
    }

    async fn communities(&self, ids: &[&CommunityId]) -> Result<Vec<Community>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<CommunityRow> = on_pool!(self, pool => {
            let mut query = QueryBuilder::new("SELECT * FROM communities WHERE id IN (");
            let mut list = query.separated(", ");
            for id in ids.iter().take(PAGE_MAX as usize) {
                list.push_bind(id.as_str());
            }
            query.push(")");
            query.build_query_as().fetch_all(pool).await
        })
        .map_err(storage)?;
        rows.into_iter().map(Community::try_from).collect()
    }
}
