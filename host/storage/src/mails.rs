//! Mail that is to be sent, put here by the transactions that make it due.

use crate::convert::{checked, corrupt, known, moment, timestamp};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, holding_rows};
use crate::error::storage;
use crate::events::row::{EVENTS, EventRow, number};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{
    DueMail, MailEnd, MailId, MemberStore, Outbox, PAGE_MAX, StorageError, Tried,
};
use skillgate_domain::event::{Event, Happened, PartnershipNews};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::time::Timestamp;
use sqlx::QueryBuilder;
use std::time::Duration;

/// Puts a mail there for each admin of both sides who wants mail and has an address, within the transaction that moves a
/// partnership and has told both.
pub(crate) const POST: &str = "
    INSERT INTO mails (community_id, number, user_id, at, due_at, tries)
    SELECT e.community_id, e.number, a.user_id, e.at, e.at, 0
    FROM community_events e
    JOIN partnership_moves m ON m.partnership = e.partnership AND m.version = e.version
    JOIN community_members a ON a.community_id = e.community_id
    WHERE e.partnership = $1 AND e.version = $2 AND m.moved <> 'permissions-set'
        AND a.role = 'admin' AND a.left_at IS NULL AND a.email IS NOT NULL AND a.wants_mail
        AND (SELECT COUNT(*) FROM mails o
            WHERE o.community_id = a.community_id AND o.user_id = a.user_id AND o.at > $3) < $4";
/// How far back mails to one person are counted.
pub(crate) const DAY: Duration = Duration::from_hours(24);

const TRIED: &str = "
    UPDATE mails SET due_at = $5, outcome = $6, ended_at = $7
    WHERE community_id = $1 AND number = $2 AND user_id = $3 AND tries = $4 AND outcome IS NULL";

type Taken = (String, i64, String, i64, DateTime<Utc>);

impl Database {
    async fn due(&self, taken: Taken) -> Result<DueMail, StorageError> {
        let (community, event, user, tries, at) = taken;
        let id = MailId {
            community: checked("mails.community_id", CommunityId::parse(&community))?,
            event: number(event)?,
            user: checked("mails.user_id", UserId::parse(&user))?,
        };
        let member = self.member(&id.community, &id.user).await?;
        Ok(DueMail {
            news: self.news(&community, event).await?,
            to: known("mails.user_id", member)?,
            tries: checked("mails.tries", u32::try_from(tries))?,
            at: timestamp(at),
            id,
        })
    }

    async fn news(&self, community: &str, event: i64) -> Result<PartnershipNews, StorageError> {
        let row: EventRow = on_pool!(self, pool => {
            let mut query = QueryBuilder::new(EVENTS);
            query.push(" WHERE e.community_id = ").push_bind(community);
            query.push(" AND e.number = ").push_bind(event);
            query.build_query_as().fetch_one(pool).await
        })
        .map_err(storage)?;
        match Event::try_from(row)?.happened {
            Happened::Partnership(news) => Ok(news),
            Happened::Here(_) | Happened::AtPartner(..) => {
                Err(corrupt("mails.number", "an event that is not mailed"))
            }
        }
    }
}

#[async_trait]
impl Outbox for Database {
    async fn take_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueMail>, StorageError> {
        let (now, until) = (moment("mails.due_at", now)?, moment("mails.due_at", until)?);
        let limit = i64::from(limit.min(PAGE_MAX));
        let mut taken: Vec<Taken> = on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let mut take = QueryBuilder::new("UPDATE mails SET tries = tries + 1, due_at = ");
            take.push_bind(until);
            take.push(" WHERE (community_id, number, user_id) IN (
                SELECT community_id, number, user_id FROM mails WHERE due_at <= ").push_bind(now);
            take.push(" ORDER BY due_at, number LIMIT ").push_bind(limit);
            take.push(holding_rows(&transaction));
            take.push(") RETURNING community_id, number, user_id, tries, at");
            let taken = take.build_query_as().fetch_all(&mut *transaction).await.map_err(storage)?;
            transaction.commit().await.map_err(storage)?;
            taken
        });
        taken.sort_unstable_by_key(|(_, number, .., at)| (*at, *number));
        let mut due = Vec::with_capacity(taken.len());
        for one in taken {
            // One that cannot be read does not keep the others from going.
            match self.due(one).await {
                Ok(mail) => due.push(mail),
                Err(error) => tracing::error!("a mail cannot be read: {error}"),
            }
        }
        Ok(due)
    }

    async fn mail_tried(&self, mail: &DueMail, tried: Tried) -> Result<bool, StorageError> {
        let (again, end, ended_at) = match tried {
            Tried::Again(at) => (Some(moment("mails.due_at", at)?), None, None),
            Tried::Over(end, at) => (None, Some(end), Some(moment("mails.ended_at", at)?)),
        };
        let event = i64::try_from(mail.id.event).unwrap_or(i64::MAX);
        let kept = on_pool!(self, pool => sqlx::query(TRIED)
            .bind(mail.id.community.as_str())
            .bind(event)
            .bind(mail.id.user.as_str())
            .bind(i64::from(mail.tries))
            .bind(again)
            .bind(end.map(MailEnd::name))
            .bind(ended_at)
            .execute(pool).await
            .map(|done| done.rows_affected()))
        .map_err(storage)?;
        Ok(kept == 1)
    }
}
