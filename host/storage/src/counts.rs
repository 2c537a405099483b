//! What is counted of communities' partnerships, by days of UTC.

use crate::convert::{checked, corrupt, known, moment, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::day_of;
use crate::error::storage;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    ANSWERS_MAX, Answered, MoveCount, PartnershipCounts, Period, RELAYED, RelayCount, Relayed,
    StorageError,
};
use skillgate_app::time::{date, parse_date};
use skillgate_domain::event::Withheld;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::MoveKind;
use skillgate_domain::time::{Day, Timestamp};
use sqlx::QueryBuilder;
use std::collections::BTreeMap;
use std::time::Duration;

const RELAYS: &str = "
    SELECT day, outcome, count FROM relay_counts
    WHERE community_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, outcome";
const ANSWERS: &str = "
    SELECT CASE p.target_community_id WHEN $1 THEN 1 ELSE 0 END, p.invited_at, MIN(m.at)
    FROM community_partnerships p JOIN partnership_moves m ON m.partnership = p.id
    WHERE (p.source_community_id = $1 OR p.target_community_id = $1)
        AND m.moved IN ('accepted', 'counter-offered', 'rejected')
    GROUP BY p.id, p.target_community_id, p.invited_at
    HAVING MIN(m.at) >= $2 AND MIN(m.at) < $3
    ORDER BY MIN(m.at) DESC LIMIT $4";

/// Counts to how many partners something went and from how many it was kept, within the transaction that relays it.
macro_rules! count_relays {
    ($transaction:ident, $community:expr, $at:expr, $relayed:expr) => {{
        let counts = $crate::counts::by_outcome($relayed);
        if !counts.is_empty() {
            let day = $crate::counts::written(skillgate_domain::time::Day::of($at))?;
            let mut count = sqlx::QueryBuilder::new(
                "INSERT INTO relay_counts (community_id, day, outcome, count) ",
            );
            count.push_values(&counts, |mut row, (outcome, count)| {
                row.push_bind($community)
                    .push_bind(&day)
                    .push_bind(*outcome)
                    .push_bind(*count);
            });
            count.push(
                " ON CONFLICT (community_id, day, outcome)
                DO UPDATE SET count = relay_counts.count + EXCLUDED.count",
            );
            count
                .build()
                .execute(&mut *$transaction)
                .await
                .map_err(storage)?;
        }
    }};
}
pub(crate) use count_relays;

pub(crate) fn by_outcome(relayed: &Relayed) -> BTreeMap<&'static str, i64> {
    let mut counts = BTreeMap::new();
    for partner in &relayed.partners {
        *counts.entry(partner.outcome()).or_default() += 1;
    }
    counts
}

/// Writes a day as `2026-03-01`.
pub(crate) fn written(day: Day) -> Result<String, StorageError> {
    date(day).ok_or_else(|| corrupt("relay_counts.day", "a day out of range"))
}

fn day(column: &str, text: &str) -> Result<Day, StorageError> {
    known(column, parse_date(text))
}

fn count(column: &str, count: i64) -> Result<u64, StorageError> {
    checked(column, u64::try_from(count))
}

#[async_trait]
impl PartnershipCounts for Database {
    async fn count_moves(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<MoveCount>, StorageError> {
        let from = moment("partnership_moves.at", period.begins())?;
        let to = moment("partnership_moves.at", period.is_over())?;
        let rows: Vec<(String, String, i32, i64)> = on_pool!(self, pool => {
            let mut query = QueryBuilder::new("SELECT day, moved, by_us, COUNT(*) FROM (SELECT ");
            query.push(day_of(pool, "m.at")).push(" AS day, m.moved, CASE m.side WHEN
                CASE p.source_community_id WHEN ").push_bind(community.as_str());
            query.push(" THEN 'source' ELSE 'target' END THEN 1 ELSE 0 END AS by_us");
            query.push(" FROM partnership_moves m JOIN community_partnerships p ON p.id = m.partnership
                WHERE (p.source_community_id = ").push_bind(community.as_str());
            query.push(" OR p.target_community_id = ").push_bind(community.as_str());
            query.push(") AND m.at >= ").push_bind(from).push(" AND m.at < ").push_bind(to);
            query.push(") AS moves GROUP BY day, moved, by_us ORDER BY day, moved, by_us");
            query.build_query_as().fetch_all(pool).await
        })
        .map_err(storage)?;
        let each = rows.into_iter().map(|(on, moved, by_us, number)| {
            let moved = known("partnership_moves.moved", MoveKind::from_name(&moved))?;
            Ok(MoveCount {
                day: day("partnership_moves.at", &on)?,
                moved,
                // Nobody lets an invitation lapse.
                by_us: (moved != MoveKind::Expired).then_some(by_us == 1),
                count: count("partnership_moves", number)?,
            })
        });
        each.collect()
    }

    async fn count_relays(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<RelayCount>, StorageError> {
        let (first, last) = (written(period.first)?, written(period.last)?);
        let rows: Vec<(String, String, i64)> = on_pool!(self, pool => sqlx::query_as(RELAYS)
            .bind(community.as_str())
            .bind(&first)
            .bind(&last)
            .fetch_all(pool).await)
        .map_err(storage)?;
        let each = rows.into_iter().map(|(on, outcome, number)| {
            let withheld = match outcome.as_str() {
                RELAYED => None,
                name => Some(known("relay_counts.outcome", Withheld::from_name(name))?),
            };
            Ok(RelayCount {
                day: day("relay_counts.day", &on)?,
                withheld,
                count: count("relay_counts.count", number)?,
            })
        });
        each.collect()
    }

    async fn answers(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<Answered>, StorageError> {
        let from = moment("partnership_moves.at", period.begins())?;
        let to = moment("partnership_moves.at", period.is_over())?;
        let rows: Vec<(i32, DateTime<Utc>, DateTime<Utc>)> =
            on_pool!(self, pool => sqlx::query_as(ANSWERS)
                .bind(community.as_str())
                .bind(from)
                .bind(to)
                .bind(i64::from(ANSWERS_MAX))
                .fetch_all(pool).await)
            .map_err(storage)?;
        let each = rows.into_iter().map(|(by_us, invited, answered)| Answered {
            by_us: by_us == 1,
            after: span(timestamp(invited), timestamp(answered)),
        });
        Ok(each.collect())
    }
}

fn span(from: Timestamp, to: Timestamp) -> Duration {
    let ms = to.unix_ms().saturating_sub(from.unix_ms());
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
