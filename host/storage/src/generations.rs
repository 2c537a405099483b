//! Where a skill stands: its generation, and whether it is stopped.

use crate::convert::{checked, corrupt, timestamp, when};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{AuditRecord, StorageError};
use skillgate_domain::grant::{EndCause, Generation, GrantStatus, SkillStanding};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName};
use skillgate_domain::time::Timestamp;

pub(crate) const FIRST_GENERATION: &str = "
    INSERT INTO skill_generations (community, skill, generation) VALUES ($1, $2, 1)
    ON CONFLICT (community, skill) DO NOTHING";
pub(crate) const NEXT_GENERATION: &str = "
    UPDATE skill_generations SET generation = generation + 1
    WHERE community = $1 AND skill = $2 AND generation + 1 = $3";
pub(crate) const NEXT_GENERATION_OF_GRANT: &str = "
    UPDATE skill_generations SET generation = generation + 1
    WHERE community = $1 AND skill = (
        SELECT skill FROM grants
        WHERE community = $1 AND submission = $2 AND id = $3 AND revoked_at IS NULL)";
const FREEZE: &str = "
    UPDATE skill_generations SET generation = generation + 1, frozen_at = $3
    WHERE community = $1 AND skill = $2 AND (frozen_at IS NULL) <> ($3 IS NULL)";
const STANDING: &str = "
    SELECT generation, frozen_at FROM skill_generations WHERE community = $1 AND skill = $2";
const STATUS: &str = "
    SELECT g.ended_as, s.frozen_at IS NOT NULL, m.owner IS NOT NULL AND p.id IS NULL FROM grants g
    JOIN skill_generations s ON s.community = g.community AND s.skill = g.skill
    JOIN submissions m ON m.id = g.submission
    LEFT JOIN community_partnerships p ON p.id = g.partnership AND p.status = 'accepted'
    WHERE g.community = $1 AND g.id = $2 AND g.generation > 0";

/// Begins a generation of a skill in a transaction, if it is the next one. Tells whether it did. Other
/// transactions that do the same with the skill wait until this one is over.
macro_rules! begin_generation {
    ($transaction:ident, $community:expr, $skill:expr, $generation:expr) => {{
        let query = if $generation == 1 {
            sqlx::query($crate::generations::FIRST_GENERATION)
                .bind($community)
                .bind($skill)
        } else {
            sqlx::query($crate::generations::NEXT_GENERATION)
                .bind($community)
                .bind($skill)
                .bind($generation)
        };
        let done = query.execute(&mut *$transaction).await.map_err(storage)?;
        done.rows_affected() == 1
    }};
}
pub(crate) use begin_generation;

pub(crate) fn generation(column: &str, number: i64) -> Result<Generation, StorageError> {
    checked(column, u64::try_from(number).map(Generation::new))
}

pub(crate) fn generation_number(column: &str, generation: Generation) -> Result<i64, StorageError> {
    checked(column, i64::try_from(generation.count()))
}

pub(crate) fn end_cause(name: &str) -> Result<EndCause, StorageError> {
    EndCause::from_name(name).ok_or_else(|| corrupt("grants.ended_as", "an unknown cause"))
}

impl Database {
    pub(crate) async fn find_skill_standing(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<SkillStanding, StorageError> {
        let row: Option<(i64, Option<DateTime<Utc>>)> =
            on_pool!(self, pool => sqlx::query_as(STANDING)
                .bind(community.as_str())
                .bind(skill.as_str())
                .fetch_optional(pool).await)
            .map_err(storage)?;
        let Some((number, frozen_at)) = row else {
            return Ok(SkillStanding::default());
        };
        Ok(SkillStanding {
            generation: generation("skill_generations.generation", number)?,
            frozen_at: frozen_at.map(timestamp),
        })
    }

    pub(crate) async fn find_grant_status(
        &self,
        community: &CommunityId,
        id: GrantId,
    ) -> Result<Option<GrantStatus>, StorageError> {
        let row: Option<(Option<String>, bool, bool)> =
            on_pool!(self, pool => sqlx::query_as(STATUS)
                .bind(community.as_str())
                .bind(id.uuid())
                .fetch_optional(pool).await)
            .map_err(storage)?;
        let status = row.map(|(cause, frozen, parted)| {
            let cause = cause.as_deref().map(end_cause).transpose()?;
            Ok(GrantStatus::of(cause, frozen, parted))
        });
        status.transpose()
    }

    pub(crate) async fn mark_frozen(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = when("skill_generations.frozen_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(FREEZE)
                .bind(community.as_str())
                .bind(skill.as_str())
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            let known: Option<(i64, Option<DateTime<Utc>>)> = sqlx::query_as(STANDING)
                .bind(community.as_str())
                .bind(skill.as_str())
                .fetch_optional(&mut *transaction).await.map_err(storage)?;
            if known.is_none() {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }
}
