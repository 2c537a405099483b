//! The audit trail: appended to, never changed. The databases refuse anything else by trigger.

mod append;

pub(crate) use append::Append;
use append::ROWS_MAX;

use crate::convert::{checked, corrupt, moment, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::begin;
use crate::error::storage;
use crate::held::Live;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    AUDIT_PAGE_MAX, AuditFilter, AuditRecord, AuditRow, AuditStore, Checkpoint, PendingWrite,
    StorageError, TreeHead,
};
use skillgate_domain::ids::{CommunityId, RecordId, SkillName, UserId};
use skillgate_domain::time::Timestamp;
use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use std::sync::{MutexGuard, PoisonError};
use uuid::Uuid;

const HEAD: &str = "SELECT size, frontier FROM audit_head WHERE id = 1";
const FROM: &str = "SELECT number, leaf FROM audit WHERE number >= $1 ORDER BY number LIMIT $2";
/// An absent condition lets everything through. The casts tell PostgreSQL the type of a NULL.
const PAGE: &str = "
    SELECT number, leaf FROM audit
    WHERE community = $1 AND number < $2
      AND (CAST($3 AS TEXT) IS NULL OR action = $3)
      AND (CAST($4 AS TEXT) IS NULL OR outcome = $4)
      AND (CAST($5 AS TEXT) IS NULL OR user_id = $5)
      AND (CAST($6 AS TEXT) IS NULL OR skill = $6)
      AND ($7 OR invocation = $8)
      AND at >= $9 AND at < $10
    ORDER BY number DESC LIMIT $11";
const KEEP_CHECKPOINT: &str = "
    INSERT INTO checkpoints (size, frontier, at, note) VALUES ($1, $2, $3, $4)
    ON CONFLICT (size) DO NOTHING";
const LAST_CHECKPOINT: &str = "SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1";
const CHECKPOINTS_AFTER: &str = "SELECT * FROM checkpoints WHERE size > $1 ORDER BY size LIMIT $2";
const OVERDUE: &str = "
    SELECT * FROM pending_writes WHERE deadline < $1 ORDER BY deadline, id LIMIT $2";

const WRITES_SINCE: &str = "
    SELECT skill, COUNT(*) FROM audit
    WHERE community = $1 AND at >= $2 AND outcome = 'intended'
      AND action IN ('crm-create', 'crm-update', 'crm-link')
    GROUP BY skill";

#[derive(sqlx::FromRow)]
struct HeadRow {
    size: i64,
    frontier: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct LeafRow {
    number: i64,
    leaf: String,
}

#[derive(sqlx::FromRow)]
struct CheckpointRow {
    size: i64,
    frontier: Vec<u8>,
    at: DateTime<Utc>,
    note: String,
}

#[derive(sqlx::FromRow)]
struct PendingRow {
    id: Uuid,
    community: String,
    deadline: DateTime<Utc>,
    intent: String,
}

impl TryFrom<HeadRow> for TreeHead {
    type Error = StorageError;

    fn try_from(row: HeadRow) -> Result<Self, StorageError> {
        let (hashes, rest) = row.frontier.as_chunks();
        if !rest.is_empty() {
            return Err(corrupt("frontier", "not whole hashes"));
        }
        Ok(Self {
            size: checked("size", u64::try_from(row.size))?,
            frontier: hashes.to_vec(),
        })
    }
}

impl TryFrom<LeafRow> for AuditRow {
    type Error = StorageError;

    fn try_from(row: LeafRow) -> Result<Self, StorageError> {
        Ok(Self {
            number: checked("audit.number", u64::try_from(row.number))?,
            leaf: row.leaf,
        })
    }
}

impl TryFrom<CheckpointRow> for Checkpoint {
    type Error = StorageError;

    fn try_from(row: CheckpointRow) -> Result<Self, StorageError> {
        let (size, frontier) = (row.size, row.frontier);
        Ok(Self {
            head: HeadRow { size, frontier }.try_into()?,
            at: timestamp(row.at),
            note: row.note,
        })
    }
}

impl TryFrom<PendingRow> for PendingWrite {
    type Error = StorageError;

    fn try_from(row: PendingRow) -> Result<Self, StorageError> {
        let community = CommunityId::parse(&row.community);
        Ok(Self {
            id: RecordId::new(row.id),
            community: checked("pending_writes.community", community)?,
            deadline: timestamp(row.deadline),
            intent: row.intent,
        })
    }
}

/// Reads a number as the databases have it. A number too large for them is behind every record.
fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn all<R, T: TryFrom<R, Error = StorageError>>(rows: Vec<R>) -> Result<Vec<T>, StorageError> {
    rows.into_iter().map(T::try_from).collect()
}

impl Database {
    /// Adds records where the tree is as this host left it: nothing needs to be read first, and the database
    /// is asked once. Returns nothing where somebody else added to it.
    async fn append_where_we_left_it(
        &self,
        records: &[AuditRecord],
    ) -> Result<Option<TreeHead>, StorageError> {
        let last = self.last_head().take();
        let Some(last) = last.filter(|_| (1..=ROWS_MAX).contains(&records.len())) else {
            return Ok(None);
        };
        let Some(mut turn) = self.writer.turn(&self.pool).await? else {
            return Ok(None);
        };
        let head = match &mut turn.live {
            Live::Sqlite(connection) => Sqlite::append_to(connection, &last, records).await?,
            Live::Postgres(connection) => Postgres::append_to(connection, &last, records).await?,
        };
        turn.give_back();
        Ok(head)
    }

    fn last_head(&self) -> MutexGuard<'_, Option<TreeHead>> {
        self.last_head
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AuditStore for Database {
    async fn append_audit(&self, records: &[AuditRecord]) -> Result<TreeHead, StorageError> {
        let head = match self.append_where_we_left_it(records).await? {
            Some(head) => head,
            None => on_pool!(self, pool => {
                let mut transaction = begin(pool).await?;
                let head = Append::append(&mut transaction, records).await?;
                transaction.commit().await.map_err(storage)?;
                head
            }),
        };
        *self.last_head() = Some(head.clone());
        Ok(head)
    }

    async fn audit_head(&self) -> Result<TreeHead, StorageError> {
        let row: HeadRow =
            on_pool!(self, pool => sqlx::query_as(HEAD).fetch_one(pool).await).map_err(storage)?;
        row.try_into()
    }

    async fn audit_from(&self, number: u64) -> Result<Vec<AuditRow>, StorageError> {
        let rows: Vec<LeafRow> = on_pool!(self, pool => sqlx::query_as(FROM)
            .bind(bigint(number))
            .bind(i64::from(AUDIT_PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        all(rows)
    }

    async fn audit_page(
        &self,
        community: &CommunityId,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StorageError> {
        let from = filter.from.map_or(DateTime::UNIX_EPOCH, first);
        let until = filter.until.map_or(DateTime::<Utc>::MAX_UTC, first);
        let until = until.min(last_moment());
        let rows: Vec<LeafRow> = on_pool!(self, pool => sqlx::query_as(PAGE)
            .bind(community.as_str())
            .bind(filter.before.map_or(i64::MAX, bigint))
            .bind(filter.action.as_deref())
            .bind(filter.outcome.as_deref())
            .bind(filter.user.as_ref().map(UserId::as_str))
            .bind(filter.skill.as_ref().map(SkillName::as_str))
            .bind(filter.invocation.is_none())
            .bind(filter.invocation.map(skillgate_domain::ids::InvocationId::uuid))
            .bind(from)
            .bind(until)
            .bind(i64::from(limit.min(AUDIT_PAGE_MAX)))
            .fetch_all(pool).await)
        .map_err(storage)?;
        all(rows)
    }

    async fn insert_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StorageError> {
        let at = moment("checkpoints.at", checkpoint.at)?;
        on_pool!(self, pool => sqlx::query(KEEP_CHECKPOINT)
            .bind(bigint(checkpoint.head.size))
            .bind(checkpoint.head.frontier.concat())
            .bind(at)
            .bind(&checkpoint.note)
            .execute(pool).await
            .map(drop))
        .map_err(storage)
    }

    async fn last_checkpoint(&self) -> Result<Option<Checkpoint>, StorageError> {
        let row: Option<CheckpointRow> =
            on_pool!(self, pool => sqlx::query_as(LAST_CHECKPOINT).fetch_optional(pool).await)
                .map_err(storage)?;
        row.map(Checkpoint::try_from).transpose()
    }

    async fn checkpoints_after(&self, size: u64) -> Result<Vec<Checkpoint>, StorageError> {
        let rows: Vec<CheckpointRow> = on_pool!(self, pool => sqlx::query_as(CHECKPOINTS_AFTER)
            .bind(bigint(size))
            .bind(i64::from(AUDIT_PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        all(rows)
    }

    async fn writes_since(
        &self,
        community: &CommunityId,
        since: Timestamp,
    ) -> Result<Vec<(SkillName, u32)>, StorageError> {
        let since = moment("since", since)?;
        let counts: Vec<(String, i64)> = on_pool!(self, pool => sqlx::query_as(WRITES_SINCE)
            .bind(community.as_str())
            .bind(since)
            .fetch_all(pool).await)
        .map_err(storage)?;
        let read = |(skill, count): (String, i64)| {
            let skill = checked("audit.skill", SkillName::parse(&skill))?;
            Ok((skill, u32::try_from(count).unwrap_or(u32::MAX)))
        };
        counts.into_iter().map(read).collect()
    }

    async fn overdue_writes(&self, now: Timestamp) -> Result<Vec<PendingWrite>, StorageError> {
        let now = moment("pending_writes.deadline", now)?;
        let rows: Vec<PendingRow> = on_pool!(self, pool => sqlx::query_as(OVERDUE)
            .bind(now)
            .bind(i64::from(AUDIT_PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        all(rows)
    }
}

/// The last moment of the last year that both databases hold.
fn last_moment() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(crate::convert::LAST_MS).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Reads a bound of a listing. One outside the years that can be kept lets nothing, or everything,
/// through.
fn first(at: Timestamp) -> DateTime<Utc> {
    let ms = at.unix_ms().clamp(0, crate::convert::LAST_MS);
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}
