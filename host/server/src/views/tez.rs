//! Tez as the relay shows them, in its names.

mod expansion;
mod names;
mod request;
mod show;

pub use expansion::{
    AskRequest, DecideRequest, ExpansionPageView, ExpansionQuery, ExpansionView, RedactRequest,
    expansion, expansion_page, expansions,
};
pub use names::{
    ContextSourceName, FieldVerdictName, LayerName, TeamRoleName, TezKindName, TezStatusName,
    UrgencyName, VisibilityName,
};
pub use request::{
    ContactRequest, ContextRequest, MemberRequest, ReplyRequest, ShareRequest, StatusRequest,
    StreamQuery, TeamRequest,
};
pub use show::{
    contact, member, shared_tez, team, tez, tez_item, tez_reply, tez_status, tez_stream,
    tez_thread, unread_tez,
};

use serde::Serialize;
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
    /// That it was taken out; null where it was not.
    #[schema(required)]
    redaction: Option<RedactionView>,
}

/// That an item was taken out. What it said is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedactionView {
    #[schema(format = DateTime, required)]
    redacted_at: Option<String>,
    redacted_by: String,
    reason: String,
}

/// From which record of the CRM an item was made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProvenanceView {
    object: &'static str,
    #[schema(format = "uuid")]
    record_id: String,
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
