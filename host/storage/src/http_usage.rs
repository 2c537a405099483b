//! How many requests skills send out.
//!
//! Invariant: whoever counts a request of a skill counts it in the skill's total first, where the others
//! wait. What is read afterwards is what holds, on however many hosts.

use crate::convert::checked;
use crate::database::{Database, on_pool};
use crate::dialect::begin;
use crate::error::storage;
use async_trait::async_trait;
use skillgate_app::ports::{HttpBudget, HttpLimits, HttpUsage, HttpUsed, StorageError};
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::time::Timestamp;

const TOTAL: &str = "
    INSERT INTO http_usage_totals (community, skill, requests) VALUES ($1, $2, 1)
    ON CONFLICT (community, skill) DO UPDATE SET requests = http_usage_totals.requests + 1";
/// The hour after the present one counts with its day: on a host whose clock is ahead it has begun.
const USED: &str = "
    SELECT CAST(COALESCE(SUM(CASE WHEN hour = $3 THEN requests END), 0) AS BIGINT),
           CAST(COALESCE(SUM(requests), 0) AS BIGINT)
    FROM http_usage
    WHERE community = $1 AND skill = $2 AND hour BETWEEN $3 - 23 AND $3 + 1";
const TAKE: &str = "
    INSERT INTO http_usage (community, skill, hour, requests) VALUES ($1, $2, $3, 1)
    ON CONFLICT (community, skill, hour) DO UPDATE SET requests = http_usage.requests + 1";
const FORGET: &str = "
    DELETE FROM http_usage WHERE community = $1 AND skill = $2 AND hour < $3 - 48";

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Returns the hour of a moment, counted since 1970.
const fn hour(at: Timestamp) -> i64 {
    at.unix_ms().div_euclid(HOUR_MS)
}

/// Reads the counts of an hour and of its day.
fn read((hour, day): (i64, i64)) -> Result<HttpUsed, StorageError> {
    let count = |count: i64| checked("http_usage.requests", u32::try_from(count));
    Ok(HttpUsed {
        hour: count(hour)?,
        day: count(day)?,
    })
}

/// Tells what leaves no place for one more.
const fn used_up(used: HttpUsed, limits: HttpLimits) -> Option<HttpBudget> {
    if used.day >= limits.per_day {
        Some(HttpBudget::Day)
    } else if used.hour >= limits.per_hour {
        Some(HttpBudget::Hour)
    } else {
        None
    }
}

#[async_trait]
impl HttpUsage for Database {
    async fn take_request(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        now: Timestamp,
        limits: HttpLimits,
    ) -> Result<Option<HttpBudget>, StorageError> {
        let (community, skill, hour) = (community.as_str(), skill.as_str(), hour(now));
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(TOTAL)
                .bind(community)
                .bind(skill)
                .execute(&mut *transaction).await.map_err(storage)?;
            let counts = sqlx::query_as(USED)
                .bind(community)
                .bind(skill)
                .bind(hour)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            let used = read(counts)?;
            if let Some(budget) = used_up(used, limits) {
                return Ok(Some(budget));
            }
            for statement in [TAKE, FORGET] {
                sqlx::query(statement)
                    .bind(community)
                    .bind(skill)
                    .bind(hour)
                    .execute(&mut *transaction).await.map_err(storage)?;
            }
            transaction.commit().await.map_err(storage)?;
        });
        Ok(None)
    }

    async fn used(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        now: Timestamp,
    ) -> Result<HttpUsed, StorageError> {
        let counts = on_pool!(self, pool => sqlx::query_as(USED)
            .bind(community.as_str())
            .bind(skill.as_str())
            .bind(hour(now))
            .fetch_one(pool).await)
        .map_err(storage)?;
        read(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_begins_on_the_hour() {
        for (ms, expected) in [
            (0, 0),
            (HOUR_MS - 1, 0),
            (HOUR_MS, 1),
            (-1, -1),
            (i64::MAX, i64::MAX / HOUR_MS),
        ] {
            assert_eq!(hour(Timestamp::from_unix_ms(ms)), expected, "{ms}");
        }
    }

    #[test]
    fn a_day_that_is_used_up_is_told_before_its_hour() {
        let limits = HttpLimits {
            per_hour: 2,
            per_day: 3,
        };
        for (hour, day, expected) in [
            (1, 2, None),
            (2, 2, Some(HttpBudget::Hour)),
            (1, 3, Some(HttpBudget::Day)),
            (2, 3, Some(HttpBudget::Day)),
            (9, 9, Some(HttpBudget::Day)),
        ] {
            assert_eq!(used_up(HttpUsed { hour, day }, limits), expected);
        }
    }

    #[test]
    fn counts_that_cannot_be_are_corrupt() {
        assert!(read((1, 2)).is_ok());
        for counts in [(-1, 0), (0, -1), (0, i64::from(u32::MAX) + 1)] {
            assert!(matches!(read(counts), Err(StorageError::Corrupt(_))));
        }
    }
}
