//! Who belongs to communities.
//!
//! Invariant: whoever changes a community's list holds the community meanwhile, so that what is decided of it (its
//! last admin, its limits) still is so when it is kept.

use crate::convert::{checked, corrupt, known, moment, text, timestamp, when};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with, holding_rows};
use crate::error::storage;
use crate::partnerships::meet;
use crate::versions::number;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{MemberChange, MemberDecision, MemberStore, PAGE_MAX, StorageError};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::member::{EmailAddress, Listed, MailKey, Member, MemberRole, Roster};
use skillgate_domain::tez::DisplayName;
use sqlx::QueryBuilder;

const TABLE: &str = "community_members";

const ADMINS: &str = "
    SELECT COUNT(*) FROM community_members WHERE community_id = $1 AND role = 'admin' AND left_at IS NULL";
const BY_ID: &str = "SELECT * FROM community_members WHERE community_id = $1 AND user_id = $2";
const LISTED: &str =
    "SELECT role, left_at FROM community_members WHERE community_id = $1 AND user_id = $2";
const PAGE: &str = "
    SELECT * FROM community_members
    WHERE community_id = $1 AND left_at IS NULL AND user_id > $2 ORDER BY user_id LIMIT $3";
const BY_KEY: &str = "SELECT community_id, user_id FROM community_members WHERE mail_key = $1";
const PUT: &str = "
    INSERT INTO community_members (
        community_id, user_id, role, name, email, wants_mail, mail_key, version, joined_at, changed_at, left_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (community_id, user_id) DO UPDATE SET
        role = EXCLUDED.role, name = EXCLUDED.name, email = EXCLUDED.email, wants_mail = EXCLUDED.wants_mail,
        version = EXCLUDED.version, joined_at = EXCLUDED.joined_at, changed_at = EXCLUDED.changed_at,
        left_at = EXCLUDED.left_at";
const COUNT: &str = "UPDATE communities SET members = $2 WHERE id = $1";

#[derive(sqlx::FromRow)]
struct MemberRow {
    user_id: String,
    role: String,
    name: Option<String>,
    email: Option<String>,
    wants_mail: bool,
    mail_key: Vec<u8>,
    version: i64,
    joined_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    left_at: Option<DateTime<Utc>>,
}

fn role(name: &str) -> Result<MemberRole, StorageError> {
    known("community_members.role", MemberRole::from_name(name))
}

/// Reads what a list says of somebody.
pub(crate) fn listed(name: Option<&str>, has_left: bool) -> Result<Listed, StorageError> {
    match name {
        None => Ok(Listed::Never),
        Some(_) if has_left => Ok(Listed::Left),
        Some(name) => role(name).map(Listed::As),
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = StorageError;

    fn try_from(row: MemberRow) -> Result<Self, StorageError> {
        let name = row.name.as_deref().map(DisplayName::parse).transpose();
        let email = row.email.as_deref().map(EmailAddress::parse).transpose();
        let key = <[u8; 32]>::try_from(row.mail_key.as_slice());
        if row.left_at.is_some() && (row.name.is_some() || row.email.is_some()) {
            return Err(corrupt(TABLE, "something of whoever has left"));
        }
        Ok(Self {
            user: checked("community_members.user_id", UserId::parse(&row.user_id))?,
            role: role(&row.role)?,
            name: checked("community_members.name", name)?,
            email: checked("community_members.email", email)?,
            wants_mail: row.wants_mail,
            mail_key: MailKey::new(checked("community_members.mail_key", key)?),
            version: number(TABLE, row.version)?,
            joined_at: timestamp(row.joined_at),
            changed_at: timestamp(row.changed_at),
            left_at: row.left_at.map(timestamp),
        })
    }
}

fn count(column: &str, number: i64) -> Result<u32, StorageError> {
    checked(column, u32::try_from(number))
}

#[async_trait]
impl MemberStore for Database {
    async fn change_member(
        &self,
        community: &CommunityId,
        user: &UserId,
        decide: &MemberDecision<'_>,
    ) -> Result<MemberChange, StorageError> {
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let mut hold = QueryBuilder::new("SELECT members FROM communities WHERE id = ");
            hold.push_bind(community.as_str()).push(holding_rows(&transaction));
            let members: Option<i64> = hold
                .build_query_scalar()
                .fetch_optional(&mut *transaction).await.map_err(storage)?;
            let Some(members) = members else {
                return Ok(MemberChange::Unknown);
            };
            let admins: i64 = sqlx::query_scalar(ADMINS)
                .bind(community.as_str())
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            let present: Option<MemberRow> = sqlx::query_as(BY_ID)
                .bind(community.as_str())
                .bind(user.as_str())
                .fetch_optional(&mut *transaction).await.map_err(storage)?;
            let roster = Roster {
                present: present.map(Member::try_from).transpose()?,
                members: count("communities.members", members)?,
                admins: count(TABLE, admins)?,
            };
            let (member, record) = match decide(&roster) {
                Ok(decided) => decided,
                Err(why) => return Ok(MemberChange::Refused(why)),
            };
            let changed_at = moment("community_members.changed_at", member.changed_at)?;
            let left_at = when("community_members.left_at", member.left_at)?;
            let name = member.name.as_ref().map(|it| text("community_members.name", it.as_str()));
            meet!(transaction, user.as_str(), changed_at);
            sqlx::query(PUT)
                .bind(community.as_str())
                .bind(user.as_str())
                .bind(member.role.name())
                .bind(name.transpose()?)
                .bind(member.email.as_ref().map(EmailAddress::as_str))
                .bind(member.wants_mail)
                .bind(member.mail_key.bytes().as_slice())
                .bind(i64::from(member.version))
                .bind(moment("community_members.joined_at", member.joined_at)?)
                .bind(changed_at)
                .bind(left_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            let was_here = roster.present.is_some_and(|it| it.left_at.is_none());
            let is_here = member.left_at.is_none();
            sqlx::query(COUNT)
                .bind(community.as_str())
                .bind(members + i64::from(is_here) - i64::from(was_here))
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, &record).await?;
            Ok(MemberChange::Kept(Box::new(member)))
        })
    }

    async fn member(
        &self,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<Option<Member>, StorageError> {
        let row: Option<MemberRow> = on_pool!(self, pool => sqlx::query_as(BY_ID)
            .bind(community.as_str())
            .bind(user.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        row.map(Member::try_from).transpose()
    }

    async fn members(
        &self,
        community: &CommunityId,
        after: Option<&UserId>,
    ) -> Result<Vec<Member>, StorageError> {
        let rows: Vec<MemberRow> = on_pool!(self, pool => sqlx::query_as(PAGE)
            .bind(community.as_str())
            .bind(after.map_or("", UserId::as_str))
            .bind(i64::from(PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(Member::try_from).collect()
    }

    async fn listed(&self, community: &CommunityId, user: &UserId) -> Result<Listed, StorageError> {
        let key = (community.clone(), user.clone());
        let read = async {
            let row: Option<(String, Option<DateTime<Utc>>)> =
                on_pool!(self, pool => sqlx::query_as(LISTED)
                    .bind(community.as_str())
                    .bind(user.as_str())
                    .fetch_optional(pool).await)
                .map_err(storage)?;
            let (role, left) = row.unzip();
            listed(role.as_deref(), left.flatten().is_some()).map(Some)
        };
        let found = self.still_so(&self.rights.listed, key, read).await?;
        Ok(found.unwrap_or(Listed::Never))
    }

    async fn mail_key(&self, key: &MailKey) -> Result<Option<(CommunityId, UserId)>, StorageError> {
        let row: Option<(String, String)> = on_pool!(self, pool => sqlx::query_as(BY_KEY)
            .bind(key.bytes().as_slice())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        let owner = row.map(|(community, user)| {
            let community = CommunityId::parse(&community);
            let user = UserId::parse(&user);
            Ok((
                checked("community_members", community)?,
                checked("community_members", user)?,
            ))
        });
        owner.transpose()
    }
}
