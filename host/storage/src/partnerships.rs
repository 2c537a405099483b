//! Partnerships of communities, with each move that was made.
//!
//! Invariant: the database holds what the model does, by checks, a unique index over the two communities and
//! triggers; a row that the model could not have made is refused when it is read.

mod row;

use crate::convert::{moment, text, when};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with, commit_with_all};
use crate::error::storage;
use crate::events::{count_events, tell};
use async_trait::async_trait;
use row::MoveRow;
pub(crate) use row::{Detail, PartnershipRow};
use skillgate_app::ports::{
    AuditRecord, Begun, Group, Moved, PAGE_MAX, PartnershipQuery, PartnershipStore, PastMove,
    StorageError,
};
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::{
    INVITATIONS_MAX, Invitation, Message, MoveKind, Mover, Partnership, Side, Status, SuspendedBy,
    Terms,
};
use skillgate_domain::time::Timestamp;
use skillgate_manifest::wire::permissions_to_json;
use sqlx::QueryBuilder;
use sqlx::types::Json;

const KNOWN: &str = "SELECT COUNT(*) FROM communities WHERE id = $1 OR id = $2";
pub(crate) const MEET: &str =
    "INSERT INTO users (user_id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const BEGIN: &str = "
    INSERT INTO community_partnerships (
        source_community_id, target_community_id, status, relationship_type,
        source_to_target_permissions, target_to_source_permissions,
        invited_by_user_id, invited_at, expires_at, invite_message, version, created_at, updated_at)
    VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9, 1, $7, $7)
    ON CONFLICT DO NOTHING RETURNING id";
const WAITING: &str = "
    SELECT COUNT(*) FROM community_partnerships
    WHERE source_community_id = $1 AND status = 'pending' AND expires_at > $2";
const MOVE: &str = "
    UPDATE community_partnerships SET
        status = $3, source_to_target_permissions = $4, target_to_source_permissions = $5,
        responded_by_user_id = $6, responded_at = $7, response_message = $8,
        partnership_started_at = $9, partnership_ended_at = $10, suspended_by = $11, end_reason = $12,
        version = $2, updated_at = $13
    WHERE id = $1 AND version + 1 = $2";
const KEEP_MOVE: &str = "
    INSERT INTO partnership_moves (partnership, version, at, moved, side, user_id, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BY_ID: &str = "SELECT * FROM community_partnerships WHERE id = $1";
const LIVE: &str = "
    SELECT * FROM community_partnerships
    WHERE status IN ('pending', 'accepted', 'suspended')
        AND (source_community_id = $1 AND target_community_id = $2
            OR source_community_id = $2 AND target_community_id = $1)";
const MOVES: &str = "SELECT * FROM partnership_moves WHERE partnership = $1 ORDER BY version";
const OVERDUE: &str = "
    SELECT * FROM community_partnerships WHERE status = 'pending' AND expires_at <= $1
    ORDER BY expires_at, id LIMIT $2";

/// How often a partnership is begun anew when the one that was in its way is over when it is looked at.
const TRIES_MAX: u32 = 3;

/// Finds the number of the partnership of two communities, if it is accepted now.
macro_rules! accepted {
    ($one:literal, $other:literal) => {
        concat!(
            "(SELECT p.id FROM community_partnerships p WHERE p.status = 'accepted' AND (
                p.source_community_id = ",
            $one,
            " AND p.target_community_id = ",
            $other,
            " OR p.source_community_id = ",
            $other,
            " AND p.target_community_id = ",
            $one,
            "))"
        )
    };
}

/// Makes somebody known who is spoken of, within a transaction.
macro_rules! meet {
    ($transaction:ident, $user:expr, $at:expr) => {
        sqlx::query($crate::partnerships::MEET)
            .bind($user)
            .bind($at)
            .execute(&mut *$transaction)
            .await
            .map_err(storage)?;
    };
}

pub(crate) use {accepted, meet};

/// Keeps what happened and who did it, within a transaction.
macro_rules! keep_move {
    ($transaction:ident, $of:expr, $moved:expr, $by:expr, $detail:expr) => {{
        let ((number, version, at), (side, user)) = ($of, $by);
        sqlx::query(KEEP_MOVE)
            .bind(number)
            .bind(i64::from(version))
            .bind(at)
            .bind($moved)
            .bind(side)
            .bind(user)
            .bind(Json($detail))
            .execute(&mut *$transaction)
            .await
            .map_err(storage)?;
    }};
}

/// Makes a move within a transaction, before anybody is told of it. Tells whether the partnership still was the version before it.
macro_rules! make_move {
    ($transaction:ident, $moved:expr) => {{
        let Moved { after, change, .. } = $moved;
        let at = moment("partnership_moves.at", change.at)?;
        let facts = after.standing.facts();
        let response = facts.response;
        let (side, user) = match &change.by {
            Mover::Admin { side, user } => (Some(side.name()), Some(user.as_str())),
            Mover::System => (None, None),
        };
        if let Some(user) = user {
            meet!($transaction, user, at);
        }
        let moved = sqlx::query(MOVE)
            .bind(after.id.number())
            .bind(i64::from(after.version))
            .bind(after.standing.status().name())
            .bind(Json(permissions_to_json(&after.terms.source_to_target)))
            .bind(Json(permissions_to_json(&after.terms.target_to_source)))
            .bind(response.map(|it| it.by.as_str()))
            .bind(when("responded_at", response.map(|it| it.at))?)
            .bind(said(
                "response_message",
                response.and_then(|it| it.message.as_ref()),
            )?)
            .bind(when("partnership_started_at", facts.started_at)?)
            .bind(when("partnership_ended_at", facts.ended_at)?)
            .bind(facts.suspended_by.map(SuspendedBy::name))
            .bind(said("end_reason", facts.reason)?)
            .bind(at)
            .execute(&mut *$transaction)
            .await
            .map_err(storage)?;
        let moved = moved.rows_affected() == 1;
        if moved {
            let (of, name) = (
                (after.id.number(), after.version, at),
                change.moved.kind().name(),
            );
            keep_move!(
                $transaction,
                of,
                name,
                (side, user),
                Detail::of(&change.moved)
            );
        }
        moved
    }};
}

impl Database {
    /// Begins a partnership, or tells that something is in its way.
    async fn try_to_begin(
        &self,
        invitation: &Invitation,
        terms: &Terms,
        change: &(dyn Fn(PartnershipId) -> AuditRecord + Send + Sync),
    ) -> Result<Option<Begun>, StorageError> {
        let at = moment("community_partnerships.invited_at", invitation.at)?;
        let expires = invitation.expires_at();
        let expires_at = moment("community_partnerships.expires_at", expires)?;
        let (source, target) = (invitation.source.as_str(), invitation.target.as_str());
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let known: i64 = sqlx::query_scalar(KNOWN)
                .bind(source)
                .bind(target)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if known != 2 {
                return Ok(Some(Begun::Unknown));
            }
            meet!(transaction, invitation.by.as_str(), at);
            let begun: Option<i64> = sqlx::query_scalar(BEGIN)
                .bind(source)
                .bind(target)
                .bind(invitation.relationship.name())
                .bind(Json(permissions_to_json(&terms.source_to_target)))
                .bind(Json(permissions_to_json(&terms.target_to_source)))
                .bind(invitation.by.as_str())
                .bind(at)
                .bind(expires_at)
                .bind(said("invite_message", invitation.message.as_ref())?)
                .fetch_optional(&mut *transaction).await.map_err(storage)?;
            let Some(number) = begun else {
                return Ok(None);
            };
            let by = (Side::Source.name(), invitation.by.as_str());
            keep_move!(transaction, (number, 1_u32, at), MoveKind::Invited.name(), by, Detail::offered(terms));
            let id = PartnershipId::new(number);
            let both = [&invitation.source, &invitation.target];
            tell!(transaction, both, (id, 1_u32, invitation.at), Status::Pending);
            // Who tells a community waits for the others who do: nobody else begins one of its now.
            let waiting: i64 = sqlx::query_scalar(WAITING)
                .bind(source)
                .bind(at)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            if usize::try_from(waiting).is_ok_and(|it| it > INVITATIONS_MAX) {
                return Ok(Some(Begun::TooMany));
            }
            commit_with(transaction, &change(id)).await?;
            let begun = Partnership::begin(id, invitation.clone(), terms.clone());
            Ok(Some(Begun::Now(Box::new(begun))))
        })
    }
}

fn said<'a>(column: &str, message: Option<&'a Message>) -> Result<Option<&'a str>, StorageError> {
    message.map(|it| text(column, it.as_str())).transpose()
}

#[async_trait]
impl PartnershipStore for Database {
    async fn begin_partnership(
        &self,
        invitation: &Invitation,
        terms: &Terms,
        change: &(dyn Fn(PartnershipId) -> AuditRecord + Send + Sync),
    ) -> Result<Begun, StorageError> {
        for _ in 0..TRIES_MAX {
            if let Some(begun) = self.try_to_begin(invitation, terms, change).await? {
                return Ok(begun);
            }
            let (source, target) = (&invitation.source, &invitation.target);
            if let Some(live) = self.live_partnership(source, target).await? {
                return Ok(Begun::Already(Box::new(live)));
            }
        }
        Err(StorageError::crowded())
    }

    async fn move_partnership(&self, moves: &[Moved]) -> Result<bool, StorageError> {
        let records: Vec<_> = moves.iter().map(|it| it.record.clone()).collect();
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            for moved in moves {
                if !make_move!(transaction, moved) {
                    return Ok(false);
                }
            }
            for Moved { after, change, .. } in moves {
                let both = [&after.invitation.source, &after.invitation.target];
                let of = (after.id, after.version, change.at);
                tell!(transaction, both, of, after.standing.status());
            }
            commit_with_all(transaction, &records).await.map(|()| true)
        })
    }

    async fn partnership(&self, id: PartnershipId) -> Result<Option<Partnership>, StorageError> {
        let row: Option<PartnershipRow> = on_pool!(self, pool => sqlx::query_as(BY_ID)
            .bind(id.number())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Partnership::try_from).transpose()
    }

    async fn live_partnership(
        &self,
        one: &CommunityId,
        other: &CommunityId,
    ) -> Result<Option<Partnership>, StorageError> {
        let row: Option<PartnershipRow> = on_pool!(self, pool => sqlx::query_as(LIVE)
            .bind(one.as_str())
            .bind(other.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Partnership::try_from).transpose()
    }

    async fn live_partners(
        &self,
        community: &CommunityId,
        among: &[&CommunityId],
    ) -> Result<Vec<(CommunityId, Status)>, StorageError> {
        if among.is_empty() {
            return Ok(Vec::new());
        }
        let sides = [
            ("target_community_id", "source_community_id"),
            ("source_community_id", "target_community_id"),
        ];
        let rows: Vec<(String, String)> = on_pool!(self, pool => {
            let mut query = QueryBuilder::new("");
            for (number, (partner, own)) in sides.into_iter().enumerate() {
                query.push(if number == 0 { "SELECT " } else { " UNION ALL SELECT " });
                query.push(partner).push(", status FROM community_partnerships WHERE ");
                query.push(own).push(" = ").push_bind(community.as_str());
                query.push(" AND status IN ('pending', 'accepted', 'suspended')");
                query.push(" AND ").push(partner).push(" IN (");
                let mut list = query.separated(", ");
                for id in among.iter().take(PAGE_MAX as usize) {
                    list.push_bind(id.as_str());
                }
                query.push(")");
            }
            query.build_query_as().fetch_all(pool).await
        })
        .map_err(storage)?;
        rows.iter()
            .map(|(id, status)| row::partner(id, status))
            .collect()
    }

    async fn partnerships(
        &self,
        query: PartnershipQuery<'_>,
    ) -> Result<Vec<Partnership>, StorageError> {
        let (sides, statuses) = parts(query.group);
        let since = match query.group {
            Group::Over(since) => Some(moment("community_partnerships.updated_at", since)?),
            Group::Active | Group::Outgoing | Group::Incoming => None,
        };
        let before = query.before.map_or(i64::MAX, PartnershipId::number);
        let limit = i64::from(query.limit.min(PAGE_MAX));
        let rows: Vec<PartnershipRow> = on_pool!(self, pool => {
            let mut all = QueryBuilder::new("SELECT * FROM (");
            for (number, side) in sides.iter().enumerate() {
                // Each from its own index, and no more than fit on a page.
                all.push(if number == 0 { "" } else { " UNION ALL " });
                all.push("SELECT * FROM (SELECT * FROM community_partnerships WHERE ").push(side);
                all.push(" = ").push_bind(query.community.as_str());
                all.push(" AND status IN ").push(statuses);
                all.push(" AND id < ").push_bind(before);
                if let Some(since) = since {
                    all.push(" AND updated_at >= ").push_bind(since);
                }
                all.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
                all.push(") AS of_").push(side);
            }
            all.push(") AS of_both ORDER BY id DESC LIMIT ").push_bind(limit);
            all.build_query_as().fetch_all(pool).await
        })
        .map_err(storage)?;
        rows.into_iter().map(Partnership::try_from).collect()
    }

    async fn partnership_moves(
        &self,
        id: PartnershipId,
    ) -> Result<Option<(Terms, Vec<PastMove>)>, StorageError> {
        let rows: Vec<MoveRow> = on_pool!(self, pool => sqlx::query_as(MOVES)
            .bind(id.number())
            .fetch_all(pool).await)
        .map_err(storage)?;
        let Some((invited, moves)) = rows.split_first() else {
            return Ok(None);
        };
        let moves: Result<Vec<_>, _> = moves.iter().map(MoveRow::past).collect();
        Ok(Some((invited.offered()?, moves?)))
    }

    async fn overdue_invitations(&self, now: Timestamp) -> Result<Vec<Partnership>, StorageError> {
        let now = moment("community_partnerships.expires_at", now)?;
        let rows: Vec<PartnershipRow> = on_pool!(self, pool => sqlx::query_as(OVERDUE)
            .bind(now)
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(Partnership::try_from).collect()
    }
}

/// Which columns a community's partnerships are found by, and which statuses they have.
const fn parts(group: Group) -> (&'static [&'static str], &'static str) {
    const SOURCE: &str = "source_community_id";
    const TARGET: &str = "target_community_id";
    match group {
        Group::Active => (&[SOURCE, TARGET], "('accepted', 'suspended')"),
        Group::Outgoing => (&[SOURCE], "('pending')"),
        Group::Incoming => (&[TARGET], "('pending')"),
        Group::Over(_) => (
            &[SOURCE, TARGET],
            "('rejected', 'cancelled', 'expired', 'ended')",
        ),
    }
}
