//! What communities are told of, numbered in each of them.
//!
//! Invariant: whoever adds events of several communities counts them in the order of the communities' ids, and whoever
//! also holds partnerships holds those before, in the order of theirs, and has by then counted what rights are made of,
//! where a partnership's move changes that; so nobody waits for somebody who waits for them.

pub(crate) mod row;

use crate::convert::{corrupt, moment, text};
use crate::counts::count_relays;
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with, holding_rows};
use crate::error::storage;
use crate::partnerships::PartnershipRow;
use async_trait::async_trait;
use row::EventRow;
use skillgate_app::ports::{
    AuditRecord, EventQuery, EventStore, Feed, PAGE_MAX, Relayed, RelayedTo, Report, StorageError,
};
use skillgate_domain::event::{Audience, Event, Link};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::{Message, Partnership};
use skillgate_domain::time::Timestamp;
use sqlx::QueryBuilder;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most rows that one statement adds or asks for.
pub(crate) const ROWS: usize = 500;

const KNOWN: &str = "SELECT COUNT(*) FROM communities WHERE id = $1";
const REPORT: &str = "
    INSERT INTO notifications (community_id, at, kind, board, votes, title, body, link)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
/// How much each partner was ever sent, and how much of that before an hour and before a day.
const SENT: &str = "
    SELECT p.id,
        COALESCE((SELECT e.sent FROM community_events e
            WHERE e.community_id = p.partner AND e.sender_community_id = $1 AND e.sent IS NOT NULL
            ORDER BY e.sent DESC LIMIT 1), 0),
        COALESCE((SELECT e.sent FROM community_events e
            WHERE e.community_id = p.partner AND e.sender_community_id = $1 AND e.sent IS NOT NULL AND e.at <= $2
            ORDER BY e.at DESC, e.sent DESC LIMIT 1), 0),
        COALESCE((SELECT e.sent FROM community_events e
            WHERE e.community_id = p.partner AND e.sender_community_id = $1 AND e.sent IS NOT NULL AND e.at <= $3
            ORDER BY e.at DESC, e.sent DESC LIMIT 1), 0)
    FROM (
        SELECT id, CASE source_community_id WHEN $1 THEN target_community_id ELSE source_community_id END AS partner
        FROM community_partnerships
        WHERE (source_community_id = $1 OR target_community_id = $1) AND status = 'accepted') p";
const REMOVE: &str = "
    DELETE FROM community_events WHERE (community_id, number) IN (
        SELECT community_id, number FROM community_events WHERE at <= $1 ORDER BY at LIMIT $2)";
const REMOVE_UNTOLD: &str = "
    DELETE FROM notifications WHERE id IN (
        SELECT n.id FROM notifications n
        WHERE n.at <= $1 AND NOT EXISTS (SELECT 1 FROM community_events e WHERE e.notification = n.id)
        ORDER BY n.at LIMIT $2)";

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Counts one more event of each of some communities, within a transaction. Returns its number in each of them.
macro_rules! count_events {
    ($transaction:ident, $communities:expr) => {{
        let mut communities: Vec<&str> = $communities;
        communities.sort_unstable();
        let mut numbers = std::collections::BTreeMap::<String, i64>::new();
        for some in communities.chunks($crate::events::ROWS) {
            let mut count =
                sqlx::QueryBuilder::new("INSERT INTO community_feeds (community_id, last) ");
            count.push_values(some, |mut row, community| {
                row.push_bind(*community).push("1");
            });
            count.push(" ON CONFLICT (community_id) DO UPDATE SET last = community_feeds.last + 1");
            count.push(" RETURNING community_id, last");
            let counted: Vec<(String, i64)> = count
                .build_query_as()
                .fetch_all(&mut *$transaction)
                .await
                .map_err(storage)?;
            numbers.extend(counted);
        }
        numbers
    }};
}

/// Tells both sides of a partnership of a move, and puts mail for their admins there, within a transaction.
macro_rules! tell {
    ($transaction:ident, $both:expr, $moved:expr, $status:expr) => {{
        let (partnership, version, moved_at) = $moved;
        let at = moment("community_events.at", moved_at)?;
        let both = $both.map(skillgate_domain::ids::CommunityId::as_str);
        let numbers = count_events!($transaction, both.to_vec());
        let mut told = sqlx::QueryBuilder::new(
            "INSERT INTO community_events (community_id, number, at, partnership, version, status) ",
        );
        told.push_values(&numbers, |mut row, (community, number)| {
            row.push_bind(community)
                .push_bind(number)
                .push_bind(at)
                .push_bind(partnership.number())
                .push_bind(i64::from(version))
                .push_bind($status.name());
        });
        let told = told.build().execute(&mut *$transaction);
        told.await.map_err(storage)?;
        sqlx::query($crate::mails::POST)
            .bind(partnership.number())
            .bind(i64::from(version))
            .bind(moment("mails.at", moved_at.minus($crate::mails::DAY))?)
            .bind(i64::from(skillgate_app::ports::MAILS_A_DAY_MAX))
            .execute(&mut *$transaction)
            .await
            .map_err(storage)?;
    }};
}

pub(crate) use {count_events, tell};

/// Decides who is told. Tells of each partner how much it was ever sent, too.
fn decided(
    report: &Report,
    partnerships: Vec<PartnershipRow>,
    sent: &BTreeMap<i64, [i64; 3]>,
) -> Result<Vec<(RelayedTo, i64)>, StorageError> {
    let each = partnerships.into_iter().map(|row| {
        let partnership = Partnership::try_from(row)?;
        let side = partnership.side_of(&report.community);
        let side = side.ok_or_else(|| corrupt("community_partnerships", "of others"))?;
        let id = partnership.id.number();
        let [sent, before_hour, before_day] = sent.get(&id).copied().unwrap_or_default();
        let since = |before: i64| u64::try_from(sent - before).unwrap_or(0);
        let lately = (since(before_hour), since(before_day));
        let passed = partnership.passes_on(side, &report.notification, lately);
        let to = RelayedTo {
            partnership: partnership.id,
            partner: partnership.community(side.other()).clone(),
            withheld: passed.err(),
        };
        Ok((to, sent))
    });
    each.collect()
}

#[async_trait]
impl EventStore for Database {
    async fn relay(
        &self,
        report: &Report,
        change: &(dyn for<'r> Fn(&'r Relayed) -> AuditRecord + Send + Sync),
    ) -> Result<Option<Relayed>, StorageError> {
        let own = report.community.as_str();
        let at = moment("notifications.at", report.at)?;
        let hour_ago = moment("notifications.at", report.at.minus(HOUR))?;
        let day_ago = moment("notifications.at", report.at.minus(DAY))?;
        let it = &report.notification;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let known: i64 = sqlx::query_scalar(KNOWN)
                .bind(own)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if known == 0 {
                return Ok(None);
            }
            let mut partnerships = QueryBuilder::new(
                "SELECT * FROM community_partnerships WHERE status IN ('accepted', 'suspended') AND (source_community_id = ",
            );
            partnerships.push_bind(own).push(" OR target_community_id = ").push_bind(own);
            partnerships.push(") ORDER BY id").push(holding_rows(&transaction));
            let partnerships: Vec<PartnershipRow> = partnerships
                .build_query_as()
                .fetch_all(&mut *transaction).await.map_err(storage)?;
            let sent: Vec<(i64, i64, i64, i64)> = sqlx::query_as(SENT)
                .bind(own)
                .bind(hour_ago)
                .bind(day_ago)
                .fetch_all(&mut *transaction).await.map_err(storage)?;
            let sent = sent.into_iter().map(|(id, sent, hour, day)| (id, [sent, hour, day]));
            let decided = decided(report, partnerships, &sent.collect())?;
            let id: i64 = sqlx::query_scalar(REPORT)
                .bind(own)
                .bind(at)
                .bind(it.kind.name())
                .bind(it.board)
                .bind(it.votes.map(i64::from))
                .bind(text("notifications.title", it.title.as_str())?)
                .bind(it.text.as_ref().map(Message::as_str))
                .bind(it.link.as_ref().map(Link::as_str))
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            let told = decided.iter().filter(|(to, _)| to.withheld.is_none());
            let told = told.map(|(to, sent)| (to.partner.as_str(), sent + 1));
            let told: BTreeMap<&str, i64> = told.collect();
            let all = told.keys().copied().chain([own]).collect();
            let numbers: Vec<_> = count_events!(transaction, all).into_iter().collect();
            for some in numbers.chunks(ROWS) {
                let mut events = QueryBuilder::new(
                    "INSERT INTO community_events (community_id, number, at, notification, sender_community_id, sent) ",
                );
                events.push_values(some, |mut row, (community, number)| {
                    let sent = told.get(community.as_str()).copied();
                    row.push_bind(community).push_bind(number).push_bind(at).push_bind(id)
                        .push_bind(sent.map(|_| own)).push_bind(sent);
                });
                events.build().execute(&mut *transaction).await.map_err(storage)?;
            }
            let event = numbers.iter().find(|(community, _)| community == own);
            let relayed = Relayed {
                event: row::number(event.map_or(0, |(_, number)| *number))?,
                partners: decided.into_iter().map(|(to, _)| to).collect(),
            };
            count_relays!(transaction, own, report.at, &relayed);
            commit_with(transaction, &change(&relayed)).await?;
            Ok(Some(relayed))
        })
    }

    async fn events(&self, query: EventQuery<'_>) -> Result<Vec<Event>, StorageError> {
        let after = i64::try_from(query.after).unwrap_or(i64::MAX);
        let rows: Vec<EventRow> = on_pool!(self, pool => {
            let mut events = QueryBuilder::new(row::EVENTS);
            events.push(" WHERE e.community_id = ").push_bind(query.community.as_str());
            events.push(" AND e.number > ").push_bind(after);
            if query.audience == Audience::Everybody {
                events.push(" AND e.notification IS NOT NULL");
            }
            events.push(" ORDER BY e.number LIMIT ").push_bind(i64::from(query.limit.min(PAGE_MAX)));
            events.build_query_as().fetch_all(pool).await
        })
        .map_err(storage)?;
        rows.into_iter().map(Event::try_from).collect()
    }

    async fn feeds(&self, communities: &[&CommunityId]) -> Result<Vec<Feed>, StorageError> {
        let mut feeds = Vec::new();
        for some in communities.chunks(ROWS) {
            let rows: Vec<(String, Option<i64>, i64)> = on_pool!(self, pool => {
                let mut query = QueryBuilder::new(row::FEEDS);
                let mut list = query.separated(", ");
                for id in some {
                    list.push_bind(id.as_str());
                }
                query.push(")");
                query.build_query_as().fetch_all(pool).await
            })
            .map_err(storage)?;
            for row in rows {
                feeds.push(row::feed(row)?);
            }
        }
        Ok(feeds)
    }

    async fn remove_events(&self, until: Timestamp, rows_max: u32) -> Result<u64, StorageError> {
        let until = moment("community_events.at", until)?;
        on_pool!(self, pool => {
            let mut removed = 0;
            for statement in [REMOVE, REMOVE_UNTOLD] {
                let gone = sqlx::query(statement)
                    .bind(until)
                    .bind(i64::from(rows_max))
                    .execute(pool).await.map_err(storage)?;
                removed += gone.rows_affected();
            }
            Ok(removed)
        })
    }
}
