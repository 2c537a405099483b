//! The hand-off itself: what people read first, and the context under it.

use crate::record::{HandedOver, Origin};
use crate::request::{EntityType, TezWish, Urgency, Visibility, WishedType};
use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::crm::{EntryRef, ObjectKind};
use skillgate_sdk::{ToolResult, tez};

/// What tells a recipient that this is an escalation: relays know no such type.
const ESCALATED: &str = "The sender marks this as an escalation.";

/// What an item of context is to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Layer {
    Artifact,
    Hint,
}

/// Where an item of context comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    Stated,
    Inferred,
    /// The host read it from the record that `provenance` names.
    Verified,
}

/// An item of context, as a relay takes it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct ContextItem {
    pub(crate) layer: Layer,
    pub(crate) content: String,
    pub(crate) source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provenance: Option<Origin>,
}

/// An item of context, as a card takes it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(crate) struct ContextLayer {
    #[serde(rename = "type")]
    kind: &'static str,
    content: String,
    query: String,
    provenance: Origin,
}

/// What a relay would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TezDraft {
    pub(crate) team_id: Option<String>,
    pub(crate) recipients: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) kind: WishedType,
    pub(crate) urgency: Urgency,
    pub(crate) visibility: Visibility,
    pub(crate) surface_text: String,
    pub(crate) context: Vec<ContextItem>,
}

/// Makes the context of cards.
pub(crate) fn layers(record: &HandedOver) -> Vec<ContextLayer> {
    vec![ContextLayer {
        kind: "text",
        content: record.content.clone(),
        query: record.question.clone(),
        provenance: record.provenance.clone(),
    }]
}

/// Makes the context of relays. An escalation begins with a word that it is one.
pub(crate) fn context(record: &HandedOver, wish: &TezWish) -> Vec<ContextItem> {
    let hint = |content: &str, source| ContextItem {
        layer: Layer::Hint,
        content: content.to_owned(),
        source,
        provenance: None,
    };
    let escalated = wish.kind == Some(WishedType::Escalation);
    let escalated = escalated.then(|| hint(ESCALATED, Source::Stated));
    let snapshot = ContextItem {
        layer: Layer::Artifact,
        content: record.content.clone(),
        source: Source::Verified,
        provenance: Some(record.provenance.clone()),
    };
    let question = hint(&record.question, Source::Inferred);
    escalated.into_iter().chain([snapshot, question]).collect()
}

/// Hands the draft over. The host reads the record for itself, so that its recipients can trust what it says.
pub(crate) fn share(
    draft: &TezDraft,
    (entity, id): (EntityType, &str),
    record: &HandedOver,
) -> ToolResult<()> {
    let object = match entity {
        EntityType::Person => ObjectKind::Contact,
        EntityType::Opportunity => ObjectKind::Opportunity,
        EntityType::Task => ObjectKind::Task,
    };
    let words = |content: &str, source| {
        tez::ContextItem::OfWords(tez::Words {
            layer: tez::Layer::Hint,
            content: content.to_owned(),
            source,
        })
    };
    let context = draft.context.iter().map(|item| match item.source {
        Source::Verified => tez::ContextItem::OfRecord(EntryRef::new(object, id)),
        Source::Stated => words(&item.content, tez::Source::Stated),
        Source::Inferred => words(&record.question, tez::Source::Inferred),
    });
    tez::share(&tez::Draft {
        team_id: draft.team_id.clone().unwrap_or_default(),
        kind: match draft.kind {
            WishedType::Note => tez::Kind::Note,
            WishedType::Decision => tez::Kind::Decision,
            WishedType::Handoff | WishedType::Escalation => tez::Kind::Handoff,
            WishedType::Question => tez::Kind::Question,
            WishedType::Update => tez::Kind::Update,
        },
        urgency: draft.urgency.into(),
        visibility: match draft.visibility {
            Visibility::Team => tez::Visibility::Team,
            Visibility::Dm => tez::Visibility::Dm,
            Visibility::Private => tez::Visibility::Private,
        },
        surface_text: draft.surface_text.clone(),
        action_requested: None,
        recipients: draft.recipients.clone(),
        context: context.collect(),
    })?;
    Ok(())
}

/// Drafts the hand-off.
pub(crate) fn draft(
    (entity, record): (EntityType, &HandedOver),
    (objective, plan): (&str, Option<&str>),
    wish: TezWish,
) -> TezDraft {
    let context = context(record, &wish);
    let kind = match wish.kind {
        None | Some(WishedType::Escalation) => WishedType::Handoff,
        Some(kind) => kind,
    };
    let otherwise = if wish.recipients.is_empty() {
        Visibility::Team
    } else {
        Visibility::Dm
    };
    let given = wish.surface_text.filter(|text| !text.trim().is_empty());
    let mut surface_text = given.unwrap_or_else(|| {
        let (word, name) = (entity.word(), &record.name);
        format!("CRM {word} handoff for {name}: {objective}")
    });
    if let Some(plan) = plan {
        surface_text.push_str("\n\nOpenClaw plan:\n");
        surface_text.push_str(plan);
    }
    TezDraft {
        visibility: wish.visibility.unwrap_or(otherwise),
        team_id: wish.team_id.map(Into::into),
        recipients: wish.recipients.into_iter().map(Into::into).collect(),
        kind,
        urgency: wish.urgency,
        surface_text,
        context,
    }
}
