//! Tez as the relay shows them, in its names.

mod names;
mod request;

pub use names::{
    ContextSourceName, LayerName, TeamRoleName, TezKindName, TezStatusName, UrgencyName,
    VisibilityName,
};
pub use request::{
    ContactRequest, ContextRequest, MemberRequest, ReplyRequest, ShareRequest, StatusRequest,
    StreamQuery, TeamRequest,
};

use super::time;
use serde::Serialize;
use skillgate_app::ports::{Contact, Delivery, KeptItem, KeptTez, Team, TezHead, Unread};
use skillgate_app::relay::{Page, RELAY_NAME, Thread};
use skillgate_domain::ids::{TeamId, TezId, UserId};
use skillgate_domain::tez::{Provenance, TeamRole};
use utoipa::ToSchema;

/// Around every answer of the relay.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    /// The answer.
    pub data: T,
}

/// A Tez that was just shared.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedTezView {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    thread_id: String,
    r#type: TezKindName,
    surface_text: String,
    #[schema(format = DateTime, required)]
    created_at: Option<String>,
}

/// An answer that was just given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplyView {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    thread_id: String,
    #[schema(format = "uuid", required)]
    parent_tez_id: Option<String>,
    surface_text: String,
    #[schema(format = DateTime, required)]
    created_at: Option<String>,
}

/// The new status of a Tez.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TezStatusView {
    #[schema(format = "uuid")]
    id: String,
    status: TezStatusName,
    #[schema(format = DateTime, required)]
    updated_at: Option<String>,
}

/// A Tez without its context.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TezHeadView {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    team_id: String,
    /// Null: this relay has no conversations.
    #[schema(required)]
    conversation_id: Option<String>,
    #[schema(format = "uuid")]
    thread_id: String,
    #[schema(format = "uuid", required)]
    parent_tez_id: Option<String>,
    surface_text: String,
    r#type: TezKindName,
    urgency: UrgencyName,
    #[schema(required)]
    action_requested: Option<String>,
    sender_user_id: String,
    visibility: VisibilityName,
    /// Null: nothing comes to this relay by another channel.
    #[schema(required)]
    source_channel: Option<String>,
    /// Null, as the channel.
    #[schema(required)]
    source_address: Option<String>,
    status: TezStatusName,
    #[schema(format = DateTime, required)]
    created_at: Option<String>,
    #[schema(format = DateTime, required)]
    updated_at: Option<String>,
}

/// A Tez with what it rests on, and to whom it went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TezView {
    #[serde(flatten)]
    head: TezHeadView,
    context: Vec<ContextView>,
    recipients: Vec<RecipientView>,
}

/// An item of context.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContextView {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    tez_id: String,
    layer: LayerName,
    content: String,
    #[schema(required)]
    mime_type: Option<String>,
    #[schema(required)]
    confidence: Option<u8>,
    source: ContextSourceName,
    #[schema(required)]
    derived_from: Option<String>,
    #[schema(format = DateTime, required)]
    created_at: Option<String>,
    created_by: String,
    /// The record that the host made it from; null where somebody else wrote it.
    #[schema(required)]
    provenance: Option<ProvenanceView>,
}

/// From which record of the CRM an item was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProvenanceView {
    object: &'static str,
    #[schema(format = "uuid")]
    record: String,
    /// When the record had last changed.
    #[schema(required)]
    updated_at: Option<String>,
    /// When the host read it.
    #[schema(format = DateTime, required)]
    fetched_at: Option<String>,
    /// The fields that were left in it.
    fields: Vec<String>,
}

/// One recipient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientView {
    #[schema(format = "uuid")]
    tez_id: String,
    user_id: String,
    /// Null for an address at another relay.
    #[schema(format = DateTime, required)]
    delivered_at: Option<String>,
    #[schema(format = DateTime, required)]
    read_at: Option<String>,
    /// Null: this relay takes no acknowledgements but answers.
    #[schema(required)]
    acknowledged_at: Option<String>,
}

/// A thread.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ThreadView {
    #[schema(format = "uuid")]
    thread_id: String,
    #[schema(format = "uuid")]
    root_tez_id: String,
    /// Oldest first.
    messages: Vec<TezHeadView>,
    message_count: usize,
}

/// A part of a team's stream.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamView {
    /// Newest first.
    data: Vec<TezHeadView>,
    meta: StreamMeta,
}

/// How much of a stream this is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StreamMeta {
    count: usize,
    /// Whether there are older ones.
    has_more: bool,
}

/// What was not read.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadView {
    teams: Vec<UnreadTeamView>,
    /// Empty: this relay has no conversations.
    conversations: Vec<String>,
    total: u64,
}

/// What was not read in one team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnreadTeamView {
    #[schema(format = "uuid")]
    team_id: String,
    count: u64,
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamView {
    #[schema(format = "uuid")]
    id: String,
    name: String,
}

/// A member of a team.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    #[schema(format = "uuid")]
    team_id: String,
    user_id: String,
    role: TeamRoleName,
}

/// How somebody is called. What is always null or empty is not kept by this relay.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    id: String,
    display_name: String,
    #[schema(required)]
    email: Option<String>,
    #[schema(required)]
    avatar_url: Option<String>,
    tez_address: String,
    /// `active`.
    status: &'static str,
    channels: Vec<String>,
    #[schema(required)]
    preferred_channel: Option<String>,
    #[schema(required)]
    phone: Option<String>,
    #[schema(required)]
    telegram_id: Option<String>,
    #[schema(format = DateTime, required)]
    last_seen_at: Option<String>,
    #[schema(format = DateTime, required)]
    registered_at: Option<String>,
    #[schema(format = DateTime, required)]
    updated_at: Option<String>,
}

/// Shows a Tez that was just shared.
pub fn shared_tez(head: &TezHead) -> Data<SharedTezView> {
    Data {
        data: SharedTezView {
            id: head.id.to_string(),
            thread_id: head.thread.to_string(),
            r#type: TezKindName(head.kind),
            surface_text: head.surface_text.clone(),
            created_at: time(head.created_at),
        },
    }
}

/// Shows an answer that was just given.
pub fn tez_reply(head: &TezHead) -> Data<ReplyView> {
    Data {
        data: ReplyView {
            id: head.id.to_string(),
            thread_id: head.thread.to_string(),
            parent_tez_id: head.parent.as_ref().map(TezId::to_string),
            surface_text: head.surface_text.clone(),
            created_at: time(head.created_at),
        },
    }
}

/// Shows the new status of a Tez.
pub fn tez_status(head: &TezHead) -> Data<TezStatusView> {
    Data {
        data: TezStatusView {
            id: head.id.to_string(),
            status: TezStatusName(head.status),
            updated_at: time(head.updated_at),
        },
    }
}

/// Shows a Tez.
pub fn tez(kept: &KeptTez) -> Data<TezView> {
    let id = kept.head.id;
    Data {
        data: TezView {
            head: head(&kept.head),
            context: kept.context.iter().map(|item| context(id, item)).collect(),
            recipients: kept.recipients.iter().map(|to| recipient(id, to)).collect(),
        },
    }
}

fn head(head: &TezHead) -> TezHeadView {
    TezHeadView {
        id: head.id.to_string(),
        team_id: head.team.to_string(),
        conversation_id: None,
        thread_id: head.thread.to_string(),
        parent_tez_id: head.parent.as_ref().map(TezId::to_string),
        surface_text: head.surface_text.clone(),
        r#type: TezKindName(head.kind),
        urgency: UrgencyName(head.urgency),
        action_requested: head.action_requested.clone(),
        sender_user_id: head.sender.to_string(),
        visibility: VisibilityName(head.visibility),
        source_channel: None,
        source_address: None,
        status: TezStatusName(head.status),
        created_at: time(head.created_at),
        updated_at: time(head.updated_at),
    }
}

fn context(tez: TezId, kept: &KeptItem) -> ContextView {
    let item = &kept.item;
    ContextView {
        id: kept.id.to_string(),
        tez_id: tez.to_string(),
        layer: LayerName(item.layer),
        content: item.content.clone(),
        mime_type: item.mime_type.clone(),
        confidence: item.confidence,
        source: ContextSourceName(item.source),
        derived_from: item.derived_from.clone(),
        created_at: time(kept.created_at),
        created_by: kept.created_by.to_string(),
        provenance: item.provenance.as_ref().map(provenance),
    }
}

fn provenance(from: &Provenance) -> ProvenanceView {
    ProvenanceView {
        object: from.object.name(),
        record: from.record.to_string(),
        updated_at: from.updated_at.clone(),
        fetched_at: time(from.fetched_at),
        fields: from.fields.clone(),
    }
}

fn recipient(tez: TezId, to: &Delivery) -> RecipientView {
    RecipientView {
        tez_id: tez.to_string(),
        user_id: to.address.to_string(),
        delivered_at: to.delivered_at.and_then(time),
        read_at: to.read_at.and_then(time),
        acknowledged_at: None,
    }
}

/// Shows a thread.
pub fn tez_thread(thread: &Thread) -> Data<ThreadView> {
    let messages: Vec<_> = thread.messages.iter().map(head).collect();
    Data {
        data: ThreadView {
            thread_id: thread.id.to_string(),
            root_tez_id: thread.id.to_string(),
            message_count: messages.len(),
            messages,
        },
    }
}

/// Shows a part of a team's stream.
pub fn tez_stream(page: &Page) -> StreamView {
    StreamView {
        meta: StreamMeta {
            count: page.messages.len(),
            has_more: page.has_more,
        },
        data: page.messages.iter().map(head).collect(),
    }
}

/// Shows what was not read.
pub fn unread_tez(unread: &[Unread]) -> Data<UnreadView> {
    let team = |of: &Unread| UnreadTeamView {
        team_id: of.team.to_string(),
        count: of.count,
    };
    Data {
        data: UnreadView {
            teams: unread.iter().map(team).collect(),
            conversations: Vec::new(),
            total: unread.iter().map(|of| of.count).sum(),
        },
    }
}

/// Shows a team.
pub fn team(team: &Team) -> Data<TeamView> {
    Data {
        data: TeamView {
            id: team.id.to_string(),
            name: team.name.as_str().to_owned(),
        },
    }
}

/// Shows a member of a team.
pub fn member(team: TeamId, user: &UserId, role: TeamRole) -> Data<MemberView> {
    Data {
        data: MemberView {
            team_id: team.to_string(),
            user_id: user.to_string(),
            role: TeamRoleName(role),
        },
    }
}

/// Shows how somebody is called.
pub fn contact(contact: &Contact) -> Data<ContactView> {
    Data {
        data: ContactView {
            id: contact.user.to_string(),
            display_name: contact.name.as_str().to_owned(),
            email: contact.email.clone(),
            avatar_url: None,
            tez_address: format!("{}@{RELAY_NAME}", contact.user),
            status: "active",
            channels: Vec::new(),
            preferred_channel: None,
            phone: None,
            telegram_id: None,
            last_seen_at: None,
            registered_at: time(contact.registered_at),
            updated_at: time(contact.updated_at),
        },
    }
}
