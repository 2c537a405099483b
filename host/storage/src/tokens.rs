//! Bearer tokens.

use crate::convert::{checked, corrupt, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::members::listed;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{AuditRecord, PAGE_MAX, StorageError, TokenRecord};
use skillgate_domain::ids::{AgentId, CommunityId, Malformed, SkillName, TokenId, UserId};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_domain::time::Timestamp;
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

const INSERT: &str = "
    INSERT INTO tokens (id, secret_sha256, label, community, user_id, agent_id, role, skills,
                        may_write, created_at, expires_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const BY_ID: &str = "
    SELECT t.*, m.role AS listed_as, m.left_at
    FROM tokens t LEFT JOIN community_members m ON m.community_id = t.community AND m.user_id = t.user_id
    WHERE t.id = $1";
const NEWEST: &str = "
    SELECT t.*, m.role AS listed_as, m.left_at
    FROM tokens t LEFT JOIN community_members m ON m.community_id = t.community AND m.user_id = t.user_id
    WHERE t.community = $1 ORDER BY t.created_at DESC, t.id DESC LIMIT $2";
const REVOKE: &str = "
    UPDATE tokens SET revoked_at = COALESCE(revoked_at, $3) WHERE community = $1 AND id = $2";

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: Uuid,
    secret_sha256: Vec<u8>,
    label: String,
    community: String,
    user_id: String,
    agent_id: Option<String>,
    role: String,
    skills: Option<Json<Vec<String>>>,
    may_write: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    listed_as: Option<String>,
    left_at: Option<DateTime<Utc>>,
}

impl TryFrom<TokenRow> for TokenRecord {
    type Error = StorageError;

    fn try_from(row: TokenRow) -> Result<Self, StorageError> {
        let secret = <[u8; 32]>::try_from(row.secret_sha256.as_slice());
        let agent = row.agent_id.as_deref().map(AgentId::parse).transpose();
        let role = Role::from_name(&row.role);
        let names = |Json(names): Json<Vec<String>>| -> Result<BTreeSet<_>, Malformed> {
            names.iter().map(|name| SkillName::parse(name)).collect()
        };
        Ok(Self {
            id: TokenId::new(row.id),
            secret_sha256: checked("tokens.secret_sha256", secret)?,
            label: row.label,
            community: checked("tokens.community", CommunityId::parse(&row.community))?,
            user: checked("tokens.user_id", UserId::parse(&row.user_id))?,
            agent: checked("tokens.agent_id", agent)?,
            role: role.ok_or_else(|| corrupt("tokens.role", "an unknown role"))?,
            scope: TokenScope {
                skills: checked("tokens.skills", row.skills.map(names).transpose())?,
                may_write: row.may_write,
            },
            created_at: timestamp(row.created_at),
            expires_at: timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(timestamp),
            listed: listed(row.listed_as.as_deref(), row.left_at.is_some())?,
        })
    }
}

impl Database {
    pub(crate) async fn keep_token(
        &self,
        token: &TokenRecord,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let skills = token.scope.skills.as_ref();
        let skills = skills.map(|set| Json(set.iter().map(SkillName::as_str).collect::<Vec<_>>()));
        let label = text("tokens.label", &token.label)?;
        let created_at = moment("tokens.created_at", token.created_at)?;
        let expires_at = moment("tokens.expires_at", token.expires_at)?;
        let revoked_at = token.revoked_at.map(|at| moment("tokens.revoked_at", at));
        let revoked_at = revoked_at.transpose()?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(INSERT)
            .bind(token.id.uuid())
            .bind(token.secret_sha256.as_slice())
            .bind(label)
            .bind(token.community.as_str())
            .bind(token.user.as_str())
            .bind(token.agent.as_ref().map(AgentId::as_str))
            .bind(token.role.name())
            .bind(skills)
            .bind(token.scope.may_write)
            .bind(created_at)
            .bind(expires_at)
            .bind(revoked_at)
            .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await
        })
    }

    pub(crate) async fn find_token(
        &self,
        id: TokenId,
    ) -> Result<Option<TokenRecord>, StorageError> {
        let row: Option<TokenRow> =
            on_pool!(self, pool => sqlx::query_as(BY_ID).bind(id.uuid()).fetch_optional(pool).await)
                .map_err(storage)?;
        row.map(TokenRecord::try_from).transpose()
    }

    pub(crate) async fn newest_tokens(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<TokenRecord>, StorageError> {
        let rows: Vec<TokenRow> = on_pool!(self, pool => sqlx::query_as(NEWEST)
            .bind(community.as_str())
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(TokenRecord::try_from).collect()
    }

    pub(crate) async fn mark_token_revoked(
        &self,
        community: &CommunityId,
        id: TokenId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.revoke(REVOKE, community, id.uuid(), at, change).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> TokenRow {
        TokenRow {
            id: Uuid::nil(),
            secret_sha256: vec![0; 32],
            label: String::new(),
            community: "c".to_owned(),
            user_id: "u".to_owned(),
            agent_id: None,
            role: "member".to_owned(),
            skills: None,
            may_write: false,
            created_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
            revoked_at: None,
            listed_as: None,
            left_at: None,
        }
    }

    #[test]
    fn a_row_that_cannot_be_is_named_by_its_column() {
        type Spoil = fn(&mut TokenRow);
        assert!(TokenRecord::try_from(row()).is_ok());
        let cases: [(&str, Spoil); 7] = [
            ("tokens.secret_sha256", |r| r.secret_sha256.truncate(31)),
            ("tokens.community", |r| r.community = "a/b".to_owned()),
            ("tokens.user_id", |r| r.user_id.clear()),
            ("tokens.agent_id", |r| r.agent_id = Some("a b".to_owned())),
            ("tokens.role", |r| r.role = "root".to_owned()),
            ("tokens.skills", |r| {
                r.skills = Some(Json(vec!["Crm".to_owned()]));
            }),
            ("community_members.role", |r| {
                r.listed_as = Some("service".to_owned());
            }),
        ];
        for (column, spoil) in cases {
            let mut row = row();
            spoil(&mut row);
            let refused = TokenRecord::try_from(row).unwrap_err().to_string();
            assert!(refused.contains(column), "{column}: {refused}");
        }
    }
}
