//! Components, and who handed them in with which manifest.

use crate::convert::{checked, digest, moment, text, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::partnerships::accepted;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{AuditRecord, PAGE_MAX, StorageError, Submission};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Owner;
use skillgate_domain::ids::{CommunityId, PartnershipId, SkillName, SubmissionId, UserId};
use uuid::Uuid;

const INSERT_COMPONENT: &str = "
    INSERT INTO components (digest, bytes) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
/// Selects submissions of a community (`$1`), with its partnership with the one that each belongs to.
macro_rules! with_owner {
    ($rest:literal) => {
        concat!(
            "SELECT s.*, ",
            accepted!("s.community", "s.owner"),
            " AS accepted FROM submissions s WHERE s.community = $1 ",
            $rest
        )
    };
}

const INSERT: &str = "
    INSERT INTO submissions (id, community, skill, version, component, manifest, manifest_text,
                             submitted_by, submitted_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const BY_ID: &str = with_owner!("AND s.id = $2");
const NEWEST: &str = with_owner!("ORDER BY s.submitted_at DESC, s.id DESC LIMIT $2");
const BYTES: &str = "SELECT bytes FROM components WHERE digest = $1";

#[derive(sqlx::FromRow)]
pub(crate) struct SubmissionRow {
    id: Uuid,
    community: String,
    skill: String,
    version: String,
    component: String,
    manifest: String,
    manifest_text: String,
    submitted_by: String,
    submitted_at: DateTime<Utc>,
    owner: Option<String>,
    offered_at: Option<DateTime<Utc>>,
    /// Absent where only what belongs to nobody else is selected.
    #[sqlx(default)]
    accepted: Option<i64>,
}

/// Reads to whom a module belongs, and under which partnership it may run.
pub(crate) fn owner(
    community: Option<&str>,
    accepted: Option<i64>,
) -> Result<Option<Owner>, StorageError> {
    let owner = community.map(|community| {
        let community = checked("submissions.owner", CommunityId::parse(community))?;
        Ok(Owner {
            community,
            partnership: accepted.map(PartnershipId::new),
        })
    });
    owner.transpose()
}

impl TryFrom<SubmissionRow> for Submission {
    type Error = StorageError;

    fn try_from(row: SubmissionRow) -> Result<Self, StorageError> {
        let submitted_by = UserId::parse(&row.submitted_by);
        Ok(Self {
            id: SubmissionId::new(row.id),
            community: checked("submissions.community", CommunityId::parse(&row.community))?,
            skill: checked("submissions.skill", SkillName::parse(&row.skill))?,
            version: row.version,
            component: digest("submissions.component", &row.component)?,
            manifest: digest("submissions.manifest", &row.manifest)?,
            manifest_text: row.manifest_text,
            submitted_by: checked("submissions.submitted_by", submitted_by)?,
            submitted_at: timestamp(row.submitted_at),
            owner: owner(row.owner.as_deref(), row.accepted)?,
            offered_at: row.offered_at.map(timestamp),
        })
    }
}

impl Database {
    pub(crate) async fn keep_submission(
        &self,
        submission: &Submission,
        component: &[u8],
        change: &AuditRecord,
    ) -> Result<(), StorageError> {
        let version = text("submissions.version", &submission.version)?;
        let manifest_text = text("submissions.manifest_text", &submission.manifest_text)?;
        let submitted_at = moment("submissions.submitted_at", submission.submitted_at)?;
        let digest = submission.component.to_string();
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(INSERT_COMPONENT)
                .bind(&digest)
                .bind(component)
                .execute(&mut *transaction).await.map_err(storage)?;
            sqlx::query(INSERT)
                .bind(submission.id.uuid())
                .bind(submission.community.as_str())
                .bind(submission.skill.as_str())
                .bind(version)
                .bind(&digest)
                .bind(submission.manifest.to_string())
                .bind(manifest_text)
                .bind(submission.submitted_by.as_str())
                .bind(submitted_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, change).await
        })
    }

    pub(crate) async fn find_submission(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError> {
        let row: Option<SubmissionRow> = on_pool!(self, pool => sqlx::query_as(BY_ID)
            .bind(community.as_str())
            .bind(id.uuid())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Submission::try_from).transpose()
    }

    pub(crate) async fn newest_submissions(
        &self,
        community: &CommunityId,
    ) -> Result<Vec<Submission>, StorageError> {
        let rows: Vec<SubmissionRow> = on_pool!(self, pool => sqlx::query_as(NEWEST)
            .bind(community.as_str())
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(Submission::try_from).collect()
    }

    pub(crate) async fn component_bytes(
        &self,
        digest: &Digest,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        on_pool!(self, pool => sqlx::query_scalar(BYTES)
            .bind(digest.to_string())
            .fetch_optional(pool).await)
        .map_err(storage)
    }
}
