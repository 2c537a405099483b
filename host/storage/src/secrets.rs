//! Secrets of skills, sealed before they come here.
//!
//! Invariant: what a version replaced, or what was removed, is no row of any table any more. SQLite
//! overwrites it in its files too; a PostgreSQL server does when it cleans up.

use crate::audit::Append;
use crate::convert::{checked, moment, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::versions::number;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    AuditRecord, PAGE_MAX, SECRET_NAMES_MAX, SECRETS_PER_COMMUNITY_MAX, SealedSecret, SecretLine,
    SecretPut, SecretStore, StorageError,
};
use skillgate_domain::ids::{CommunityId, CredentialName, SkillName, UserId};
use skillgate_domain::time::Timestamp;
use std::slice;

const FIRST: &str = "
    INSERT INTO secrets (community, skill, name, version, sealed, put_by, put_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community, skill, name) DO NOTHING";
const NEXT: &str = "
    UPDATE secrets SET version = $4, sealed = $5, put_by = $6, put_at = $7
    WHERE community = $1 AND skill = $2 AND name = $3 AND version + 1 = $4";
const COUNTS: &str = "SELECT COUNT(sealed), COUNT(*) FROM secrets WHERE community = $1";
const REMOVE: &str = "
    UPDATE secrets SET sealed = NULL, put_by = $4, put_at = $5
    WHERE community = $1 AND skill = $2 AND name = $3 AND sealed IS NOT NULL";
const BY_NAME: &str = "
    SELECT version, put_by, put_at, sealed FROM secrets
    WHERE community = $1 AND skill = $2 AND name = $3 AND sealed IS NOT NULL";
const LINES: &str = "
    SELECT skill, name, version, put_by, put_at FROM secrets
    WHERE community = $1 AND skill = COALESCE($2, skill) AND (skill, name) > ($3, $4)
        AND sealed IS NOT NULL
    ORDER BY skill, name LIMIT $5";
const VERSION: &str = "
    SELECT version FROM secrets WHERE community = $1 AND skill = $2 AND name = $3";

const TABLE: &str = "secrets";

#[derive(sqlx::FromRow)]
struct PutRow {
    version: i64,
    put_by: String,
    put_at: DateTime<Utc>,
}

impl PutRow {
    fn read(self) -> Result<(u32, UserId, Timestamp), StorageError> {
        let put_by = checked("secrets.put_by", UserId::parse(&self.put_by))?;
        Ok((number(TABLE, self.version)?, put_by, timestamp(self.put_at)))
    }
}

#[derive(sqlx::FromRow)]
struct SecretRow {
    #[sqlx(flatten)]
    put: PutRow,
    sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    skill: String,
    name: String,
    #[sqlx(flatten)]
    put: PutRow,
}

impl TryFrom<LineRow> for SecretLine {
    type Error = StorageError;

    fn try_from(row: LineRow) -> Result<Self, StorageError> {
        let (version, put_by, put_at) = row.put.read()?;
        Ok(Self {
            skill: checked("secrets.skill", SkillName::parse(&row.skill))?,
            name: checked("secrets.name", CredentialName::parse(&row.name))?,
            version,
            put_by,
            put_at,
        })
    }
}

#[async_trait]
impl SecretStore for Database {
    async fn put_secret(
        &self,
        secret: &SealedSecret,
        change: &AuditRecord,
    ) -> Result<SecretPut, StorageError> {
        let put_at = moment("secrets.put_at", secret.put_at)?;
        let statement = if secret.version == 1 { FIRST } else { NEXT };
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let put = sqlx::query(statement)
                .bind(secret.community.as_str())
                .bind(secret.skill.as_str())
                .bind(secret.name.as_str())
                .bind(i64::from(secret.version))
                .bind(secret.sealed.as_slice())
                .bind(secret.put_by.as_str())
                .bind(put_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if put.rows_affected() == 0 {
                return Err(StorageError::Conflict);
            }
            // Whoever else changes anything waits behind the record, so that what is counted stays so.
            Append::append(&mut transaction, slice::from_ref(change)).await?;
            let (secrets, names): (i64, i64) = sqlx::query_as(COUNTS)
                .bind(secret.community.as_str())
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if secrets > i64::from(SECRETS_PER_COMMUNITY_MAX) || names > i64::from(SECRET_NAMES_MAX) {
                return Ok(SecretPut::Full);
            }
            transaction.commit().await.map_err(storage)?;
        });
        if secret.version > 1 {
            self.forget_log().await;
        }
        Ok(SecretPut::Kept)
    }

    async fn remove_secret(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
        at: Timestamp,
        by: &UserId,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("secrets.put_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let removed = sqlx::query(REMOVE)
                .bind(community.as_str())
                .bind(skill.as_str())
                .bind(name.as_str())
                .bind(by.as_str())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if removed.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, change).await?;
        });
        self.forget_log().await;
        Ok(true)
    }

    async fn secret(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<Option<SealedSecret>, StorageError> {
        let row: Option<SecretRow> = on_pool!(self, pool => sqlx::query_as(BY_NAME)
            .bind(community.as_str())
            .bind(skill.as_str())
            .bind(name.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        let secret = row.map(|row| {
            let (version, put_by, put_at) = row.put.read()?;
            Ok(SealedSecret {
                community: community.clone(),
                skill: skill.clone(),
                name: name.clone(),
                version,
                sealed: row.sealed,
                put_by,
                put_at,
            })
        });
        secret.transpose()
    }

    async fn secrets(
        &self,
        community: &CommunityId,
        skill: Option<&SkillName>,
        after: Option<(&SkillName, &CredentialName)>,
    ) -> Result<Vec<SecretLine>, StorageError> {
        let (after_skill, after_name) =
            after.map_or(("", ""), |(skill, name)| (skill.as_str(), name.as_str()));
        let rows: Vec<LineRow> = on_pool!(self, pool => sqlx::query_as(LINES)
            .bind(community.as_str())
            .bind(skill.map(SkillName::as_str))
            .bind(after_skill)
            .bind(after_name)
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(SecretLine::try_from).collect()
    }

    async fn secret_version(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<u32, StorageError> {
        let version: Option<i64> = on_pool!(self, pool => sqlx::query_scalar(VERSION)
            .bind(community.as_str())
            .bind(skill.as_str())
            .bind(name.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        version.map_or(Ok(0), |version| number(TABLE, version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> LineRow {
        LineRow {
            skill: "crm".to_owned(),
            name: "api_key".to_owned(),
            put: PutRow {
                version: 1,
                put_by: "ada".to_owned(),
                put_at: DateTime::UNIX_EPOCH,
            },
        }
    }

    #[test]
    fn a_row_that_cannot_be_is_named_by_its_column() {
        type Spoil = fn(&mut LineRow);
        assert!(SecretLine::try_from(row()).is_ok());
        let cases: [(&str, Spoil); 4] = [
            ("secrets.skill", |r| r.skill.push('/')),
            ("secrets.name", |r| r.name.clear()),
            ("secrets.version", |r| r.put.version = -1),
            ("secrets.put_by", |r| r.put.put_by.push(' ')),
        ];
        for (column, spoil) in cases {
            let mut row = row();
            spoil(&mut row);
            let refused = SecretLine::try_from(row).unwrap_err().to_string();
            assert!(refused.contains(column), "{column}: {refused}");
        }
    }
}
