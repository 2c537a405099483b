//! Rows of events to the model. A row that cannot be is refused.

use crate::convert::{checked, corrupt, known, timestamp};
use crate::partnerships::Detail;
use crate::versions;
use chrono::{DateTime, Utc};
use skillgate_app::ports::{Feed, StorageError};
use skillgate_domain::event::{Event, Happened, Link, Notification, PartnershipNews};
use skillgate_domain::ids::{CommunityId, PartnershipId};
use skillgate_domain::partnership::{
    Message, MoveKind, NotificationKind, Relationship, Side, Status,
};
use skillgate_domain::tez::DisplayName;
use sqlx::types::Json;

const TABLE: &str = "community_events";

/// Events with what they tell of.
pub(crate) const EVENTS: &str = "
    SELECT e.community_id, e.number, e.at, e.partnership, e.version, e.status, e.sender_community_id,
        m.moved, m.side, m.detail, p.source_community_id, p.target_community_id, p.relationship_type, p.invite_message,
        n.kind, n.board, n.votes, n.title, n.body, n.link
    FROM community_events e
    LEFT JOIN partnership_moves m ON m.partnership = e.partnership AND m.version = e.version
    LEFT JOIN community_partnerships p ON p.id = e.partnership
    LEFT JOIN notifications n ON n.id = e.notification";

/// How far events go, up to the list of communities.
pub(super) const FEEDS: &str = "
    SELECT f.community_id, (SELECT MIN(e.number) FROM community_events e WHERE e.community_id = f.community_id), f.last
    FROM community_feeds f WHERE f.community_id IN (";

/// Reads a number of an event.
pub(crate) fn number(number: i64) -> Result<u64, StorageError> {
    let read = u64::try_from(number).ok().filter(|number| *number > 0);
    read.ok_or_else(|| corrupt("community_events.number", "not a number from 1"))
}

/// Reads how far events go.
pub(super) fn feed(
    (community, oldest, last): (String, Option<i64>, i64),
) -> Result<Feed, StorageError> {
    Ok(Feed {
        community: checked(
            "community_feeds.community_id",
            CommunityId::parse(&community),
        )?,
        oldest: oldest.map(number).transpose()?,
        last: number(last)?,
    })
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    community_id: String,
    number: i64,
    at: DateTime<Utc>,
    partnership: Option<i64>,
    version: Option<i64>,
    status: Option<String>,
    sender_community_id: Option<String>,
    moved: Option<String>,
    side: Option<String>,
    detail: Option<Json<Detail>>,
    source_community_id: Option<String>,
    target_community_id: Option<String>,
    relationship_type: Option<String>,
    invite_message: Option<String>,
    kind: Option<String>,
    board: Option<i64>,
    votes: Option<i64>,
    title: Option<String>,
    body: Option<String>,
    link: Option<String>,
}

/// Says that a column is empty that its row must have.
fn present<T>(column: &str, value: Option<T>) -> Result<T, StorageError> {
    value.ok_or_else(|| corrupt(column, "nothing there"))
}

impl EventRow {
    fn news(&self, partnership: i64) -> Result<PartnershipNews, StorageError> {
        let source = present("source_community_id", self.source_community_id.as_deref())?;
        let target = present("target_community_id", self.target_community_id.as_deref())?;
        let was_invited = target == self.community_id;
        let partner = if was_invited { source } else { target };
        let moved = present("moved", self.moved.as_deref())?;
        let status = present("status", self.status.as_deref())?;
        let relationship = present("relationship_type", self.relationship_type.as_deref())?;
        let message = self.invite_message.as_deref().map(Message::parse);
        Ok(PartnershipNews {
            partnership: PartnershipId::new(partnership),
            version: versions::number(TABLE, present("version", self.version)?)?,
            moved: known("partnership_moves.moved", MoveKind::from_name(moved))?,
            status: known("community_events.status", Status::from_name(status))?,
            partner: checked("community_partnerships", CommunityId::parse(partner))?,
            was_invited,
            relationship: known(
                "community_partnerships.relationship_type",
                Relationship::from_name(relationship),
            )?,
            invite_message: checked("community_partnerships.invite_message", message.transpose())?,
            by: match self.side.as_deref() {
                None => None,
                Some(name) => Some(known("partnership_moves.side", Side::from_name(name))?),
            },
            words: present("partnership_moves.detail", self.detail.as_ref())?.said()?,
        })
    }

    fn notification(&self) -> Result<Notification, StorageError> {
        let kind = present("notifications.kind", self.kind.as_deref())?;
        let title = present("notifications.title", self.title.as_deref())?;
        let text = self.body.as_deref().map(Message::parse).transpose();
        let link = self.link.as_deref().map(Link::parse).transpose();
        let votes = self.votes.map(u32::try_from).transpose();
        Ok(Notification {
            kind: known("notifications.kind", NotificationKind::from_name(kind))?,
            board: self.board,
            votes: checked("notifications.votes", votes)?,
            title: checked("notifications.title", DisplayName::parse(title))?,
            text: checked("notifications.body", text)?,
            link: checked("notifications.link", link)?,
        })
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StorageError;

    fn try_from(row: EventRow) -> Result<Self, StorageError> {
        let sender = row.sender_community_id.as_deref().map(CommunityId::parse);
        let sender = checked("community_events.sender_community_id", sender.transpose())?;
        let happened = match (row.partnership, sender) {
            (Some(partnership), None) => Happened::Partnership(row.news(partnership)?),
            (None, None) => Happened::Here(row.notification()?),
            (None, Some(partner)) => Happened::AtPartner(partner, row.notification()?),
            (Some(_), Some(_)) => return Err(corrupt(TABLE, "a row that cannot be")),
        };
        Ok(Self {
            number: number(row.number)?,
            at: timestamp(row.at),
            happened,
        })
    }
}
