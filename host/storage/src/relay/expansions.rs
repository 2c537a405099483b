//! Questions for more of a record than a Tez says.

use crate::convert::{checked, corrupt, known, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    AuditRecord, DecisionPut, EXPANSIONS_OF_ASKER_MAX, EXPANSIONS_OF_TEZ_MAX, ExpansionPut,
    ExpansionStore, KeptTez, StorageError,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{CommunityId, ContextId, ExpansionId, RecordId, TeamId, TezId, UserId};
use skillgate_domain::tez::expansion::{Decision, Expansion};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What nobody decided in time makes room for the same question, asked again.
const REMOVE_EXPIRED: &str = "
    DELETE FROM tez_expansions
    WHERE context = $1 AND asker = $2 AND fields = $3 AND decided_at IS NULL AND expires_at <= $4";
const INSERT: &str = "
    INSERT INTO tez_expansions (id, community, tez, context, object, record, asker, owner, fields,
                                reason, asked_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (context, asker, fields) WHERE decided_at IS NULL DO NOTHING";
const WAITING: &str = "
    SELECT e.*, t.team FROM tez_expansions e JOIN tez t ON t.id = e.tez
    WHERE e.context = $1 AND e.asker = $2 AND e.fields = $3 AND e.decided_at IS NULL";
const COUNTS: &str = "
    SELECT COUNT(*), COUNT(CASE WHEN asker = $2 THEN 1 END) FROM tez_expansions WHERE tez = $1";
const BY_ID: &str = "
    SELECT e.*, t.team FROM tez_expansions e JOIN tez t ON t.id = e.tez
    WHERE e.community = $1 AND e.tez = $2 AND e.id = $3";
const OF_TEZ: &str = "
    SELECT e.*, t.team FROM tez_expansions e JOIN tez t ON t.id = e.tez
    WHERE e.community = $1 AND e.tez = $2 ORDER BY e.id DESC LIMIT $3";
const FOR_OWNER: &str = "
    SELECT e.*, t.team FROM tez_expansions e JOIN tez t ON t.id = e.tez
    WHERE e.community = $1 AND e.owner = $2 AND e.id < $3 ORDER BY e.id DESC LIMIT $4";
const FOR_OWNER_WAITING: &str = "
    SELECT e.*, t.team FROM tez_expansions e JOIN tez t ON t.id = e.tez
    WHERE e.community = $1 AND e.owner = $2 AND e.id < $3
        AND e.decided_at IS NULL AND e.expires_at > $5
    ORDER BY e.id DESC LIMIT $4";

#[derive(sqlx::FromRow)]
struct ExpansionRow {
    id: Uuid,
    community: String,
    tez: Uuid,
    team: Uuid,
    context: Uuid,
    object: String,
    record: Uuid,
    asker: String,
    owner: String,
    fields: String,
    reason: String,
    asked_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    approved: Option<String>,
    note: Option<String>,
    reply: Option<Uuid>,
}

/// Writes names of fields as a column has them.
pub(super) fn joined(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    names.join(" ")
}

fn split(names: &str) -> BTreeSet<String> {
    names.split_whitespace().map(str::to_owned).collect()
}

impl TryFrom<ExpansionRow> for Expansion {
    type Error = StorageError;

    fn try_from(row: ExpansionRow) -> Result<Self, StorageError> {
        let object = ObjectKind::from_name(&row.object);
        let object = known("tez_expansions.object", object)?;
        let decision = match (row.decided_at, row.approved) {
            (None, None) => None,
            (Some(at), Some(approved)) => Some(Decision {
                at: timestamp(at),
                approved: split(&approved),
                note: row.note,
                reply: row.reply.map(TezId::new),
            }),
            _ => return Err(corrupt("tez_expansions.approved", "part of a decision")),
        };
        let community = CommunityId::parse(&row.community);
        Ok(Self {
            id: ExpansionId::new(row.id),
            community: checked("tez_expansions.community", community)?,
            tez: TezId::new(row.tez),
            team: TeamId::new(row.team),
            context: ContextId::new(row.context),
            record: (object, RecordId::new(row.record)),
            asker: checked("tez_expansions.asker", UserId::parse(&row.asker))?,
            owner: checked("tez_expansions.owner", UserId::parse(&row.owner))?,
            fields: split(&row.fields),
            reason: row.reason,
            asked_at: timestamp(row.asked_at),
            expires_at: timestamp(row.expires_at),
            decision,
        })
    }
}

fn read(rows: Vec<ExpansionRow>) -> Result<Vec<Expansion>, StorageError> {
    rows.into_iter().map(Expansion::try_from).collect()
}

#[async_trait]
impl ExpansionStore for Database {
    async fn insert_expansion(
        &self,
        expansion: &Expansion,
        change: &AuditRecord,
    ) -> Result<ExpansionPut, StorageError> {
        let fields = joined(&expansion.fields);
        let reason = text("tez_expansions.reason", &expansion.reason)?;
        let asked_at = moment("tez_expansions.asked_at", expansion.asked_at)?;
        let expires_at = moment("tez_expansions.expires_at", expansion.expires_at)?;
        let (context, asker) = (expansion.context.uuid(), expansion.asker.as_str());
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(REMOVE_EXPIRED)
                .bind(context)
                .bind(asker)
                .bind(&fields)
                .bind(asked_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            let inserted = sqlx::query(INSERT)
                .bind(expansion.id.uuid())
                .bind(expansion.community.as_str())
                .bind(expansion.tez.uuid())
                .bind(context)
                .bind(expansion.record.0.name())
                .bind(expansion.record.1.uuid())
                .bind(asker)
                .bind(expansion.owner.as_str())
                .bind(&fields)
                .bind(reason)
                .bind(asked_at)
                .bind(expires_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if inserted.rows_affected() == 0 {
                let row: ExpansionRow = sqlx::query_as(WAITING)
                    .bind(context)
                    .bind(asker)
                    .bind(&fields)
                    .fetch_one(&mut *transaction).await.map_err(storage)?;
                return Ok(ExpansionPut::Waits(Box::new(row.try_into()?)));
            }
            let (of_tez, of_asker): (i64, i64) = sqlx::query_as(COUNTS)
                .bind(expansion.tez.uuid())
                .bind(asker)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if of_tez > i64::from(EXPANSIONS_OF_TEZ_MAX)
                || of_asker > i64::from(EXPANSIONS_OF_ASKER_MAX)
            {
                return Ok(ExpansionPut::Full);
            }
            commit_with(transaction, change).await.map(|()| ExpansionPut::Kept)
        })
    }

    async fn find_expansion(
        &self,
        community: &CommunityId,
        tez: TezId,
        id: ExpansionId,
    ) -> Result<Option<Expansion>, StorageError> {
        let row: Option<ExpansionRow> = on_pool!(self, pool => sqlx::query_as(BY_ID)
            .bind(community.as_str())
            .bind(tez.uuid())
            .bind(id.uuid())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Expansion::try_from).transpose()
    }

    async fn expansions_of(
        &self,
        community: &CommunityId,
        tez: TezId,
    ) -> Result<Vec<Expansion>, StorageError> {
        let rows = on_pool!(self, pool => sqlx::query_as(OF_TEZ)
            .bind(community.as_str())
            .bind(tez.uuid())
            .bind(i64::from(EXPANSIONS_OF_TEZ_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        read(rows)
    }

    async fn expansions_for(
        &self,
        community: &CommunityId,
        owner: &UserId,
        waiting_at: Option<Timestamp>,
        before: Option<ExpansionId>,
        limit: u32,
    ) -> Result<Vec<Expansion>, StorageError> {
        let before = before.map_or(Uuid::max(), ExpansionId::uuid);
        let waiting_at = waiting_at.map(|at| moment("waiting_at", at)).transpose()?;
        let rows = on_pool!(self, pool => {
            let statement = match waiting_at {
                Some(_) => FOR_OWNER_WAITING,
                None => FOR_OWNER,
            };
            let query = sqlx::query_as(statement)
                .bind(community.as_str())
                .bind(owner.as_str())
                .bind(before)
                .bind(i64::from(limit));
            let query = match waiting_at {
                Some(at) => query.bind(at),
                None => query,
            };
            query.fetch_all(pool).await
        })
        .map_err(storage)?;
        read(rows)
    }

    async fn decide_expansion(
        &self,
        expansion: &Expansion,
        decision: &Decision,
        reply: Option<&KeptTez>,
        changes: &[AuditRecord],
    ) -> Result<DecisionPut, StorageError> {
        self.keep_decision(expansion, decision, reply, changes)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> ExpansionRow {
        ExpansionRow {
            id: Uuid::nil(),
            community: "red".to_owned(),
            tez: Uuid::nil(),
            team: Uuid::nil(),
            context: Uuid::nil(),
            object: "task".to_owned(),
            record: Uuid::nil(),
            asker: "mia".to_owned(),
            owner: "ada".to_owned(),
            fields: "body due_at".to_owned(),
            reason: "why".to_owned(),
            asked_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
            decided_at: None,
            approved: None,
            note: None,
            reply: None,
        }
    }

    #[test]
    fn a_row_that_cannot_be_is_named_by_its_column() {
        type Spoil = fn(&mut ExpansionRow);
        let cases: [(&str, Spoil); 5] = [
            ("tez_expansions.object", |r| r.object.clear()),
            ("tez_expansions.community", |r| r.community.clear()),
            ("tez_expansions.asker", |r| r.asker = "a b".to_owned()),
            ("tez_expansions.owner", |r| r.owner.clear()),
            ("tez_expansions.approved", |r| {
                r.approved = Some(String::new());
            }),
        ];
        assert!(Expansion::try_from(row()).is_ok());
        for (column, spoil) in cases {
            let mut row = row();
            spoil(&mut row);
            let refused = Expansion::try_from(row).unwrap_err().to_string();
            assert!(refused.contains(column), "{column}: {refused}");
        }
    }
}
