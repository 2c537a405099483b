//! What the embedded relay keeps: teams and people here, Tez and their rows in the modules.

mod expansions;
mod insert;
mod read;
mod row;

use crate::convert::{checked, corrupt, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    AuditRecord, Contact, FoundTez, KeptTez, MemberPut, RelayStore, Storage, StorageError,
    TEAM_MEMBERS_MAX, TEAMS_MAX, Team, TezHead, Unread,
};
use skillgate_domain::ids::{CommunityId, ContextId, TeamId, TezId, UserId};
use skillgate_domain::tez::{REDACTED, Redaction, TeamRole, TezStatus};
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

const PUT_CONTACT: &str = "
    INSERT INTO tez_contacts (community, user_id, name, email, registered_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (community, user_id) DO UPDATE
    SET name = excluded.name, email = excluded.email, updated_at = excluded.updated_at
    RETURNING registered_at";
const INSERT_TEAM: &str = "
    INSERT INTO tez_teams (id, community, name, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5)";
const COUNT_TEAMS: &str = "SELECT COUNT(*) FROM tez_teams WHERE community = $1";
const ROLE: &str = "
    SELECT m.role FROM tez_teams t LEFT JOIN tez_members m ON m.team = t.id AND m.user_id = $3
    WHERE t.community = $1 AND t.id = $2";
/// An owner stays one, and nothing is written where nothing changes.
const PUT_MEMBER: &str = "
    INSERT INTO tez_members (team, user_id, role, added_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (team, user_id) DO UPDATE SET role = excluded.role
    WHERE tez_members.role <> 'owner' AND tez_members.role <> excluded.role";
const MEMBER: &str = "SELECT role FROM tez_members WHERE team = $1 AND user_id = $2";
const COUNT_MEMBERS: &str = "SELECT COUNT(*) FROM tez_members WHERE team = $1";
const MARK_READ: &str = "
    INSERT INTO tez_reads (tez, user_id, read_at) VALUES ($1, $2, $3)
    ON CONFLICT (tez, user_id) DO NOTHING";
const SET_STATUS: &str = "
    UPDATE tez SET status = $3, updated_at = $4
    WHERE community = $1 AND id = $2 AND status <> $3";

fn role(name: &str) -> Result<TeamRole, StorageError> {
    TeamRole::from_name(name).ok_or_else(|| corrupt("tez_members.role", "an unknown role"))
}

/// What an item says is overwritten, and its kind of text with it: the marker is plain text.
const REDACT: &str = "
    UPDATE tez_context SET content = $4, mime_type = NULL, derived_from = NULL, redacted_at = $5,
                           redacted_by = $6, redaction_reason = $7
    WHERE id = $3 AND tez = $2 AND redacted_at IS NULL
        AND EXISTS (SELECT 1 FROM tez t WHERE t.id = $2 AND t.community = $1)";
const TOUCH: &str = "UPDATE tez SET updated_at = $2 WHERE id = $1";

#[async_trait]
impl RelayStore for Database {
    async fn put_contact(
        &self,
        contact: &Contact,
        change: &AuditRecord,
    ) -> Result<Contact, StorageError> {
        let registered_at = moment("tez_contacts.registered_at", contact.registered_at)?;
        let updated_at = moment("tez_contacts.updated_at", contact.updated_at)?;
        let first: DateTime<Utc> = on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let first = sqlx::query_scalar(PUT_CONTACT)
                .bind(contact.community.as_str())
                .bind(contact.user.as_str())
                .bind(contact.name.as_str())
                .bind(contact.email.as_deref())
                .bind(registered_at)
                .bind(updated_at)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await?;
            first
        });
        Ok(Contact {
            registered_at: timestamp(first),
            ..contact.clone()
        })
    }

    async fn insert_team(&self, team: &Team, change: &AuditRecord) -> Result<bool, StorageError> {
        let created_at = moment("tez_teams.created_at", team.created_at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(INSERT_TEAM)
                .bind(team.id.uuid())
                .bind(team.community.as_str())
                .bind(team.name.as_str())
                .bind(team.created_by.as_str())
                .bind(created_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            let teams: i64 = sqlx::query_scalar(COUNT_TEAMS)
                .bind(team.community.as_str())
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if teams > i64::from(TEAMS_MAX) {
                return Ok(false);
            }
            sqlx::query(PUT_MEMBER)
                .bind(team.id.uuid())
                .bind(team.created_by.as_str())
                .bind(TeamRole::Owner.name())
                .bind(created_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await.map(|()| true)
        })
    }

    async fn team_role(
        &self,
        community: &CommunityId,
        team: TeamId,
        user: &UserId,
    ) -> Result<Option<Option<TeamRole>>, StorageError> {
        let row: Option<Option<String>> = on_pool!(self, pool => sqlx::query_scalar(ROLE)
            .bind(community.as_str())
            .bind(team.uuid())
            .bind(user.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        let read = |name: Option<String>| name.as_deref().map(role).transpose();
        row.map(read).transpose()
    }

    async fn put_member(
        &self,
        team: TeamId,
        user: &UserId,
        wanted: TeamRole,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<MemberPut, StorageError> {
        let at = moment("tez_members.added_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let put = sqlx::query(PUT_MEMBER)
                .bind(team.uuid())
                .bind(user.as_str())
                .bind(wanted.name())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if put.rows_affected() == 0 {
                let present: String = sqlx::query_scalar(MEMBER)
                    .bind(team.uuid())
                    .bind(user.as_str())
                    .fetch_one(&mut *transaction).await.map_err(storage)?;
                let same = role(&present)? == wanted;
                return Ok(if same { MemberPut::AlreadySo } else { MemberPut::StaysOwner });
            }
            let members: i64 = sqlx::query_scalar(COUNT_MEMBERS)
                .bind(team.uuid())
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if members > i64::from(TEAM_MEMBERS_MAX) {
                return Ok(MemberPut::Full);
            }
            commit_with(transaction, change).await.map(|()| MemberPut::Put)
        })
    }

    async fn insert_tez(
        &self,
        community: &CommunityId,
        tez: &KeptTez,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        self.keep_tez(community, tez, change).await
    }

    async fn find_tez(
        &self,
        community: &CommunityId,
        id: TezId,
        reader: &UserId,
    ) -> Result<Option<FoundTez>, StorageError> {
        self.whole_tez(community, id, reader).await
    }

    async fn mark_tez_read(
        &self,
        id: TezId,
        reader: &UserId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("tez_reads.read_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let marked = sqlx::query(MARK_READ)
                .bind(id.uuid())
                .bind(reader.as_str())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if marked.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }

    async fn tez_thread(
        &self,
        community: &CommunityId,
        thread: TezId,
        reader: &UserId,
    ) -> Result<Vec<TezHead>, StorageError> {
        self.heads_of_thread(community, thread, reader).await
    }

    async fn tez_stream(
        &self,
        community: &CommunityId,
        team: TeamId,
        reader: &UserId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, StorageError> {
        self.newest_heads(community, team, reader, before, limit)
            .await
    }

    async fn set_tez_status(
        &self,
        community: &CommunityId,
        id: TezId,
        status: TezStatus,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("tez.updated_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let set = sqlx::query(SET_STATUS)
                .bind(community.as_str())
                .bind(id.uuid())
                .bind(status.name())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if set.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }

    async fn redact_context(
        &self,
        community: &CommunityId,
        (tez, context): (TezId, ContextId),
        redaction: &Redaction,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("tez_context.redacted_at", redaction.at)?;
        let reason = text("tez_context.redaction_reason", &redaction.reason)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let redacted = sqlx::query(REDACT)
                .bind(community.as_str())
                .bind(tez.uuid())
                .bind(context.uuid())
                .bind(REDACTED)
                .bind(at)
                .bind(redaction.by.as_str())
                .bind(reason)
                .execute(&mut *transaction).await.map_err(storage)?;
            if redacted.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(TOUCH)
                .bind(tez.uuid())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await?;
        });
        self.forget_log().await;
        Ok(true)
    }

    async fn unread_tez(
        &self,
        community: &CommunityId,
        reader: &UserId,
    ) -> Result<Vec<Unread>, StorageError> {
        let rows: Vec<(Uuid, i64)> = on_pool!(self, pool => sqlx::query_as(read::UNREAD)
            .bind(community.as_str())
            .bind(reader.as_str())
            .fetch_all(pool).await)
        .map_err(storage)?;
        let read = |(team, count): (Uuid, i64)| {
            Ok(Unread {
                team: TeamId::new(team),
                count: checked("unread", u64::try_from(count))?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    async fn ping_relay(&self) -> Result<(), StorageError> {
        self.ping().await
    }
}
