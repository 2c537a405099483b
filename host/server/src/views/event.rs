//! What communities are told of, as their people hear of it, in the requirement's names.

use super::community::{CommunityInfo, info};
use super::names::names;
use super::partnership::{MoveName, PartnershipStatusName, RelationshipName};
use super::time;
use crate::problem::{Kind, Problem, findings};
use serde::{Deserialize, Serialize};
use skillgate_app::communities::Known;
use skillgate_app::events::EventPage;
use skillgate_app::ports::Relayed;
use skillgate_domain::event::{Event, Happened, Link, Notification, PartnershipNews, Withheld};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::{Message, MoveKind, NotificationKind};
use skillgate_domain::skill::Finding;
use skillgate_domain::tez::DisplayName;
use utoipa::{IntoParams, ToSchema};

names! {
    /// What kind of thing happened in a community.
    NotificationKindName(NotificationKind);
    /// Why a partner was not told.
    WithheldName(Withheld);
}

/// Something that happened in the community.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventRequest {
    /// What kind of thing.
    pub kind: NotificationKindName,
    /// In one line: 1 to 200 characters.
    pub title: String,
    /// In more words: at most 2,000 characters.
    pub text: Option<String>,
    /// Where to see it: `https://` or `http://`, at most 2,000 bytes.
    pub link: Option<String>,
    /// On which board.
    pub board_id: Option<i64>,
    /// How many votes the post has that this is about.
    pub votes: Option<u32>,
}

impl EventRequest {
    /// Reads what happened.
    pub fn read(&self) -> Result<Notification, Problem> {
        let mut faults = Vec::new();
        let mut fault = |path: &str, problem: String| {
            faults.push(Finding {
                path: path.to_owned(),
                problem,
                fix: "Correct it, or leave it out where it may be.".to_owned(),
            });
        };
        let title =
            DisplayName::parse(&self.title).map_err(|rule| fault("/title", rule.to_string()));
        let text = self.text.as_deref().map(Message::parse).transpose();
        let text = text.map_err(|rule| fault("/text", rule.to_string()));
        let link = self.link.as_deref().map(Link::parse).transpose();
        let link = link.map_err(|rule| fault("/link", rule.to_string()));
        let (Ok(title), Ok(text), Ok(link)) = (title, text, link) else {
            let detail = faults
                .first()
                .map_or_else(String::new, |it| it.problem.clone());
            let problem = Problem::with_detail(Kind::EventInvalid, detail);
            return Err(problem.member("findings", findings(&faults)));
        };
        Ok(Notification {
            kind: self.kind.0,
            board: self.board_id,
            votes: self.votes,
            title,
            text,
            link,
        })
    }
}

/// Whom an event was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportedView {
    success: bool,
    /// Its number among the events of the community.
    number: u64,
    /// How many partners were told.
    relayed: usize,
    /// Each partner, the oldest partnership first.
    partners: Vec<RelayedView>,
}

/// Whether a partner was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RelayedTo)]
struct RelayedView {
    partnership_id: i64,
    #[schema(required)]
    partner_community: Option<CommunityInfo>,
    relayed: bool,
    /// Why not, where it was not.
    #[schema(required)]
    reason: Option<WithheldName>,
}

/// Shows whom an event was told.
pub fn reported((relayed, known): &(Relayed, Known)) -> ReportedView {
    let partners = relayed.partners.iter().map(|it| RelayedView {
        partnership_id: it.partnership.number(),
        partner_community: known.get(&it.partner).map(info),
        relayed: it.withheld.is_none(),
        reason: it.withheld.map(WithheldName),
    });
    let partners: Vec<_> = partners.collect();
    ReportedView {
        success: true,
        number: relayed.event,
        relayed: partners.iter().filter(|it| it.relayed).count(),
        partners,
    }
}

/// Where the list of events begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Those behind this number; from the oldest, when absent.
    #[serde(default)]
    pub after: u64,
}

/// What a community was told, in order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventList {
    /// At most 100, those that the caller may see.
    events: Vec<EventView>,
    /// The oldest event that is still kept. Whoever has not read up to the one before it has missed some for good.
    #[schema(required)]
    oldest: Option<u64>,
    /// What the next page is asked for with, as `after`.
    read_up_to: u64,
    /// Whether there is more now.
    more: bool,
}

/// Something that a community was told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct EventView {
    /// Its number in the community.
    pub number: u64,
    /// When it happened.
    #[schema(format = DateTime, required)]
    pub at: Option<String>,
    /// Its name, in real time too.
    pub event: EventName,
    /// What there is to say of it.
    pub data: EventData,
}

/// The name of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EventName {
    /// Another community invites this one. For admins.
    PartnershipInviteReceived,
    /// A partnership was moved. For admins.
    PartnershipStatusUpdate,
    /// Something happened in the community, or at a partner.
    CommunityNotification,
}

impl EventName {
    /// Returns the name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PartnershipInviteReceived => "partnershipInviteReceived",
            Self::PartnershipStatusUpdate => "partnershipStatusUpdate",
            Self::CommunityNotification => "communityNotification",
        }
    }
}

/// What there is to say of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventData {
    /// Of an invitation that came.
    InviteReceived(InviteReceived),
    /// Of a partnership that was moved.
    StatusUpdate(StatusUpdate),
    /// Of something that happened in a community.
    Notification(NotificationView),
}

/// An invitation that came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteReceived {
    partnership_id: i64,
    #[schema(required)]
    source_community: Option<CommunityInfo>,
    relationship_type: RelationshipName,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    invite_message: Option<String>,
}

/// A partnership that was moved.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusUpdate {
    partnership_id: i64,
    new_status: PartnershipStatusName,
    #[schema(required)]
    partner_community: Option<CommunityInfo>,
    /// What was done.
    moved: MoveName,
    /// How often it had changed then, this move included.
    version: u32,
}

/// Something that happened in a community, or at a partner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CommunityNotification)]
pub struct NotificationView {
    kind: NotificationKindName,
    title: String,
    #[schema(required)]
    text: Option<String>,
    #[schema(required)]
    link: Option<String>,
    #[schema(required)]
    board_id: Option<i64>,
    #[schema(required)]
    votes: Option<u32>,
    /// Whether it happened at a partner.
    is_cross_community_notification: bool,
    /// Where it happened.
    source_community_id: String,
    /// How that community is called.
    #[schema(required)]
    source_community_name: Option<String>,
}

/// Shows some events of a community.
pub fn events(community: &CommunityId, page: &EventPage) -> EventList {
    let each = page.events.iter();
    EventList {
        events: each.map(|it| event(community, it, &page.known)).collect(),
        oldest: page.oldest,
        read_up_to: page.read_up_to,
        more: page.more,
    }
}

/// Shows an event to the community that it was told.
pub fn event(community: &CommunityId, event: &Event, known: &Known) -> EventView {
    let (name, data) = match &event.happened {
        Happened::Partnership(news) if news.was_invited && news.moved == MoveKind::Invited => (
            EventName::PartnershipInviteReceived,
            EventData::InviteReceived(invite_received(news, known)),
        ),
        Happened::Partnership(news) => (
            EventName::PartnershipStatusUpdate,
            EventData::StatusUpdate(StatusUpdate {
                partnership_id: news.partnership.number(),
                new_status: PartnershipStatusName(news.status),
                partner_community: known.get(&news.partner).map(info),
                moved: MoveName(news.moved),
                version: news.version,
            }),
        ),
        Happened::Here(it) => (
            EventName::CommunityNotification,
            EventData::Notification(notification(it, community, community, known)),
        ),
        Happened::AtPartner(partner, it) => (
            EventName::CommunityNotification,
            EventData::Notification(notification(it, partner, community, known)),
        ),
    };
    EventView {
        number: event.number,
        at: time(event.at),
        event: name,
        data,
    }
}

fn invite_received(news: &PartnershipNews, known: &Known) -> InviteReceived {
    let message = news.invite_message.as_ref();
    InviteReceived {
        partnership_id: news.partnership.number(),
        source_community: known.get(&news.partner).map(info),
        relationship_type: RelationshipName(news.relationship),
        invite_message: message.map(|it| it.as_str().to_owned()),
    }
}

fn notification(
    it: &Notification,
    source: &CommunityId,
    told: &CommunityId,
    known: &Known,
) -> NotificationView {
    NotificationView {
        kind: NotificationKindName(it.kind),
        title: it.title.as_str().to_owned(),
        text: it.text.as_ref().map(|it| it.as_str().to_owned()),
        link: it.link.as_ref().map(|it| it.as_str().to_owned()),
        board_id: it.board,
        votes: it.votes,
        is_cross_community_notification: source != told,
        source_community_id: source.to_string(),
        source_community_name: known.get(source).map(|it| it.name.as_str().to_owned()),
    }
}
