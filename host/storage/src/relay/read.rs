use super::row::{HeadRow, ItemRow, ReaderRow, RecipientRow};
use crate::convert::{LAST_MS, moment};
use crate::database::{Database, on_pool};
use crate::error::storage;
use skillgate_app::ports::{
    Delivery, FoundTez, KeptItem, KeptTez, StorageError, THREAD_TEZ_MAX, TezHead,
};
use skillgate_domain::ids::{CommunityId, TeamId, TezId, UserId};
use skillgate_domain::time::Timestamp;

/// What a reader may see: the rule of `Visibility::shows_to`, over the Tez `t`.
macro_rules! visible_to {
    ($reader:literal) => {
        concat!(
            "(t.sender = ",
            $reader,
            " OR (t.visibility = 'team' AND EXISTS (SELECT 1 FROM tez_members m
                WHERE m.team = t.team AND m.user_id = ",
            $reader,
            ")) OR (t.visibility = 'dm' AND EXISTS (SELECT 1 FROM tez_recipients r
                WHERE r.tez = t.id AND r.address = ",
            $reader,
            ")))"
        )
    };
}

const BY_ID: &str = "
    SELECT t.*, m.role, s.read_at FROM tez t
    LEFT JOIN tez_members m ON m.team = t.team AND m.user_id = $3
    LEFT JOIN tez_reads s ON s.tez = t.id AND s.user_id = $3
    WHERE t.community = $1 AND t.id = $2";
const ITEMS: &str = "SELECT * FROM tez_context WHERE tez = $1 ORDER BY number";
const RECIPIENTS: &str = "
    SELECT r.address, r.delivered_at, s.read_at FROM tez_recipients r
    LEFT JOIN tez_reads s ON s.tez = r.tez AND s.user_id = r.address
    WHERE r.tez = $1 ORDER BY r.number";
const THREAD: &str = concat!(
    "SELECT t.* FROM tez t
     WHERE t.community = $1 AND t.thread = $2 AND t.status <> 'deleted' AND ",
    visible_to!("$3"),
    " ORDER BY t.created_at, t.id LIMIT $4"
);
const STREAM: &str = concat!(
    "SELECT t.* FROM tez t
     WHERE t.community = $1 AND t.team = $2 AND t.status = 'active' AND t.created_at < $4 AND ",
    visible_to!("$3"),
    " ORDER BY t.created_at DESC, t.id DESC LIMIT $5"
);
pub(super) const UNREAD: &str = concat!(
    "SELECT t.team, COUNT(*) FROM tez t
     WHERE t.community = $1 AND t.status = 'active' AND t.sender <> $2
         AND NOT EXISTS (SELECT 1 FROM tez_reads s WHERE s.tez = t.id AND s.user_id = $2) AND ",
    visible_to!("$2"),
    " GROUP BY t.team ORDER BY t.team"
);

impl Database {
    pub(super) async fn whole_tez(
        &self,
        community: &CommunityId,
        id: TezId,
        reader: &UserId,
    ) -> Result<Option<FoundTez>, StorageError> {
        let (head, items, recipients): (Option<ReaderRow>, Vec<ItemRow>, Vec<RecipientRow>) = on_pool!(self, pool => {
            let head: Option<ReaderRow> = sqlx::query_as(BY_ID)
                .bind(community.as_str())
                .bind(id.uuid())
                .bind(reader.as_str())
                .fetch_optional(pool).await.map_err(storage)?;
            if head.is_none() {
                return Ok(None);
            }
            let items = sqlx::query_as(ITEMS)
                .bind(id.uuid())
                .fetch_all(pool).await.map_err(storage)?;
            let recipients = sqlx::query_as(RECIPIENTS)
                .bind(id.uuid())
                .fetch_all(pool).await.map_err(storage)?;
            (head, items, recipients)
        });
        let read = |row: ReaderRow| {
            let (role, read_at) = (row.role()?, row.read_at());
            let items = items.into_iter().map(KeptItem::try_from);
            let recipients = recipients.into_iter().map(Delivery::try_from);
            let tez = KeptTez {
                head: row.head.try_into()?,
                context: items.collect::<Result<_, _>>()?,
                recipients: recipients.collect::<Result<_, _>>()?,
            };
            Ok(FoundTez { tez, role, read_at })
        };
        head.map(read).transpose()
    }

    pub(super) async fn heads_of_thread(
        &self,
        community: &CommunityId,
        thread: TezId,
        reader: &UserId,
    ) -> Result<Vec<TezHead>, StorageError> {
        let rows: Vec<HeadRow> = on_pool!(self, pool => sqlx::query_as(THREAD)
            .bind(community.as_str())
            .bind(thread.uuid())
            .bind(reader.as_str())
            .bind(i64::from(THREAD_TEZ_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(TezHead::try_from).collect()
    }

    pub(super) async fn newest_heads(
        &self,
        community: &CommunityId,
        team: TeamId,
        reader: &UserId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, StorageError> {
        let before = before.unwrap_or(Timestamp::from_unix_ms(LAST_MS));
        let before = moment("before", before)?;
        let rows: Vec<HeadRow> = on_pool!(self, pool => sqlx::query_as(STREAM)
            .bind(community.as_str())
            .bind(team.uuid())
            .bind(reader.as_str())
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(TezHead::try_from).collect()
    }
}
