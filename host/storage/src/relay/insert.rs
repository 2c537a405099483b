use super::expansions::joined;
use super::row::ProvenanceForm;
use crate::convert::{moment, text};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with, commit_with_all};
use crate::error::storage;
use skillgate_app::ports::{AuditRecord, DecisionPut, KeptTez, StorageError, THREAD_TEZ_MAX};
use skillgate_domain::ids::{CommunityId, TezId};
use skillgate_domain::tez::expansion::{Decision, Expansion};
use sqlx::types::Json;

const COUNT_THREAD: &str = "SELECT COUNT(*) FROM tez WHERE thread = $1";
const INSERT: &str = "
    INSERT INTO tez (id, community, team, thread, parent, sender, kind, urgency, visibility,
                     surface_text, action_requested, status, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const INSERT_ITEM: &str = "
    INSERT INTO tez_context (id, tez, number, layer, content, mime_type, confidence, source,
                             derived_from, provenance, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
/// Whoever is too late or not the first decides nothing.
const DECIDE: &str = "
    UPDATE tez_expansions SET decided_at = $3, approved = $4, note = $5, reply = $6
    WHERE community = $1 AND id = $2 AND decided_at IS NULL AND expires_at > $3";
const INSERT_RECIPIENT: &str = "
    INSERT INTO tez_recipients (tez, number, address, delivered_at) VALUES ($1, $2, $3, $4)";

/// Inserts the row of a Tez itself.
macro_rules! insert_head {
    ($transaction:ident, $community:expr, $head:expr) => {{
        let head = $head;
        sqlx::query(INSERT)
            .bind(head.id.uuid())
            .bind($community.as_str())
            .bind(head.team.uuid())
            .bind(head.thread.uuid())
            .bind(head.parent.map(TezId::uuid))
            .bind(head.sender.as_str())
            .bind(head.kind.name())
            .bind(head.urgency.name())
            .bind(head.visibility.name())
            .bind(text("tez.surface_text", &head.surface_text)?)
            .bind(head.action_requested.as_deref())
            .bind(head.status.name())
            .bind(moment("tez.created_at", head.created_at)?)
            .bind(moment("tez.updated_at", head.updated_at)?)
            .execute(&mut *$transaction)
            .await
            .map_err(storage)?;
    }};
}

/// Inserts the row of an item of context.
macro_rules! insert_item {
    ($transaction:ident, $tez:expr, $number:expr, $kept:expr) => {{
        let (kept, item) = ($kept, &$kept.item);
        let provenance = item.provenance.as_ref().map(ProvenanceForm::of);
        sqlx::query(INSERT_ITEM)
            .bind(kept.id.uuid())
            .bind($tez.uuid())
            .bind($number)
            .bind(item.layer.name())
            .bind(text("tez_context.content", &item.content)?)
            .bind(item.mime_type.as_deref())
            .bind(item.confidence.map(i32::from))
            .bind(item.source.name())
            .bind(item.derived_from.as_deref())
            .bind(provenance.transpose()?.map(Json))
            .bind(kept.created_by.as_str())
            .bind(moment("tez_context.created_at", kept.created_at)?)
            .execute(&mut *$transaction)
            .await
            .map_err(storage)?;
    }};
}

/// Inserts a whole Tez, unless its thread is full. Tells whether it did.
macro_rules! insert_tez {
    ($transaction:ident, $community:expr, $tez:expr) => {{
        let (tez, id) = ($tez, $tez.head.id);
        let thread: i64 = sqlx::query_scalar(COUNT_THREAD)
            .bind(tez.head.thread.uuid())
            .fetch_one(&mut *$transaction)
            .await
            .map_err(storage)?;
        let has_place = thread < i64::from(THREAD_TEZ_MAX);
        if has_place {
            insert_head!($transaction, $community, &tez.head);
            for (number, kept) in (0_i32..).zip(&tez.context) {
                insert_item!($transaction, id, number, kept);
            }
            for (number, to) in (0_i32..).zip(&tez.recipients) {
                let delivered_at = to.delivered_at.map(|at| moment("delivered_at", at));
                sqlx::query(INSERT_RECIPIENT)
                    .bind(id.uuid())
                    .bind(number)
                    .bind(to.address.as_str())
                    .bind(delivered_at.transpose()?)
                    .execute(&mut *$transaction)
                    .await
                    .map_err(storage)?;
            }
        }
        has_place
    }};
}

impl Database {
    pub(super) async fn keep_tez(
        &self,
        community: &CommunityId,
        tez: &KeptTez,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            if !insert_tez!(transaction, community, tez) {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }

    /// Keeps what was decided of a question that waits, with the Tez that lets something out.
    pub(super) async fn keep_decision(
        &self,
        expansion: &Expansion,
        decision: &Decision,
        reply: Option<&KeptTez>,
        changes: &[AuditRecord],
    ) -> Result<DecisionPut, StorageError> {
        let at = moment("tez_expansions.decided_at", decision.at)?;
        let note = decision.note.as_deref();
        let note = note.map(|note| text("tez_expansions.note", note));
        let note = note.transpose()?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            if let Some(reply) = reply
                && !insert_tez!(transaction, expansion.community, reply)
            {
                return Ok(DecisionPut::ThreadFull);
            }
            let decided = sqlx::query(DECIDE)
                .bind(expansion.community.as_str())
                .bind(expansion.id.uuid())
                .bind(at)
                .bind(joined(&decision.approved))
                .bind(note)
                .bind(decision.reply.map(TezId::uuid))
                .execute(&mut *transaction).await.map_err(storage)?;
            if decided.rows_affected() == 0 {
                return Ok(DecisionPut::Closed);
            }
            commit_with_all(transaction, changes).await.map(|()| DecisionPut::Kept)
        })
    }
}
