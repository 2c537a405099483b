//! Which modules communities let their partners take over.

use crate::convert::{moment, when};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::partnerships::accepted;
use crate::submissions::SubmissionRow;
use async_trait::async_trait;
use skillgate_app::ports::{
    AuditRecord, OfferQuery, OfferStore, Offered, PAGE_MAX, StorageError, Submission,
};
use skillgate_domain::grant::Owner;
use skillgate_domain::ids::{CommunityId, SubmissionId};
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

const SET: &str = "
    UPDATE submissions SET offered_at = $3
    WHERE community = $1 AND id = $2 AND (offered_at IS NULL) <> ($3 IS NULL)";
const OFFERS: &str = "
    SELECT s.*, here.id AS present FROM (
        SELECT target_community_id AS id FROM community_partnerships
        WHERE source_community_id = $1 AND status = 'accepted'
        UNION ALL
        SELECT source_community_id FROM community_partnerships
        WHERE target_community_id = $1 AND status = 'accepted') partner
    JOIN submissions s ON s.community = partner.id AND s.offered_at IS NOT NULL
    LEFT JOIN submissions here
        ON here.community = $1 AND here.component = s.component AND here.manifest = s.manifest
    WHERE $2 IS NULL OR (s.offered_at, s.id) < ($2, $3)
    ORDER BY s.offered_at DESC, s.id DESC LIMIT $4";
const OFFER: &str = concat!(
    "SELECT s.* FROM submissions s WHERE s.id = $2 AND s.offered_at IS NOT NULL AND ",
    accepted!("$1", "s.community"),
    " IS NOT NULL"
);
const ADOPT: &str = concat!(
    "INSERT INTO submissions (id, community, skill, version, component, manifest, manifest_text,
                              submitted_by, submitted_at, owner)
     SELECT $3, $1, s.skill, s.version, s.component, s.manifest, s.manifest_text, s.submitted_by, $4, s.community
     FROM submissions s
     WHERE s.id = $2 AND s.community = $5 AND s.offered_at IS NOT NULL AND ",
    accepted!("$1", "s.community"),
    " IS NOT NULL"
);

#[derive(sqlx::FromRow)]
struct OfferRow {
    #[sqlx(flatten)]
    submission: SubmissionRow,
    present: Option<Uuid>,
}

#[async_trait]
impl OfferStore for Database {
    async fn set_offered(
        &self,
        community: &CommunityId,
        id: SubmissionId,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let at = when("submissions.offered_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(SET)
                .bind(community.as_str())
                .bind(id.uuid())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await
        })
    }

    async fn offers(&self, query: OfferQuery<'_>) -> Result<Vec<Offered>, StorageError> {
        let (at, id) = query.after.unzip();
        let at = when("submissions.offered_at", at)?;
        let rows: Vec<OfferRow> = on_pool!(self, pool => sqlx::query_as(OFFERS)
            .bind(query.community.as_str())
            .bind(at)
            .bind(id.map(SubmissionId::uuid))
            .bind(i64::from(query.limit.min(PAGE_MAX)))
            .fetch_all(pool).await)
        .map_err(storage)?;
        let offered = rows.into_iter().map(|row| {
            Ok(Offered {
                submission: row.submission.try_into()?,
                present: row.present.map(SubmissionId::new),
            })
        });
        offered.collect()
    }

    async fn offer(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError> {
        let row: Option<SubmissionRow> = on_pool!(self, pool => sqlx::query_as(OFFER)
            .bind(community.as_str())
            .bind(id.uuid())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Submission::try_from).transpose()
    }

    async fn adopt(
        &self,
        offered: SubmissionId,
        adopted: &Submission,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("submissions.submitted_at", adopted.submitted_at)?;
        let owner = adopted
            .owner
            .as_ref()
            .map(|Owner { community, .. }| community);
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let kept = sqlx::query(ADOPT)
                .bind(adopted.community.as_str())
                .bind(offered.uuid())
                .bind(adopted.id.uuid())
                .bind(at)
                .bind(owner.map(CommunityId::as_str))
                .execute(&mut *transaction).await.map_err(storage)?;
            if kept.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }
}
