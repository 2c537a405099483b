use super::super::time;
use super::{
    ContactView, ContextSourceName, ContextView, Data, LayerName, MemberView, ProvenanceView,
    RecipientView, RedactionView, ReplyView, SharedTezView, StreamMeta, StreamView, TeamRoleName,
    TeamView, TezHeadView, TezKindName, TezStatusName, TezStatusView, TezView, ThreadView,
    UnreadTeamView, UnreadView, UrgencyName, VisibilityName,
};
use skillgate_app::ports::{Contact, Delivery, KeptItem, KeptTez, Team, TezHead, Unread};
use skillgate_app::relay::{Page, RELAY_NAME, Thread};
use skillgate_domain::ids::{TeamId, TezId, UserId};
use skillgate_domain::tez::{Provenance, Redaction, TeamRole};

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
        redaction: kept.redaction.as_ref().map(redaction),
    }
}

/// Shows an item of a Tez.
pub fn tez_item(tez: TezId, kept: &KeptItem) -> Data<ContextView> {
    Data {
        data: context(tez, kept),
    }
}

fn redaction(redaction: &Redaction) -> RedactionView {
    RedactionView {
        redacted_at: time(redaction.at),
        redacted_by: redaction.by.to_string(),
        reason: redaction.reason.clone(),
    }
}

fn provenance(from: &Provenance) -> ProvenanceView {
    ProvenanceView {
        object: from.object.name(),
        record_id: from.record.to_string(),
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
