//! What of a record may be passed on, as readers of Tez know it.

use crate::views::time;
use serde::Serialize;
use skillgate_app::snapshot::Snapshot;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::tez::{ContextSource, Layer, Provenance};
use utoipa::ToSchema;

/// An item of context, as cards take it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrmContextLayer)]
pub(crate) struct ContextLayer {
    /// `text`.
    #[serde(rename = "type")]
    kind: &'static str,
    content: String,
    /// What an assistant may make of it.
    query: &'static str,
    provenance: ProvenanceView,
}

/// An item of context, as relays take it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CrmRelayContext)]
pub(crate) struct ContextItem {
    layer: &'static str,
    content: String,
    /// `stated`, `inferred`, or `verified`: read by the host from the record that `provenance` names.
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<ProvenanceView>,
}

/// Which record it was made from, when, and of which fields.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CrmProvenance)]
pub(crate) struct ProvenanceView {
    /// `crm.contact`, `crm.opportunity`, `crm.task` or `crm.activity`.
    #[serde(rename = "type")]
    attachment: &'static str,
    object: &'static str,
    #[schema(format = "uuid")]
    record_id: String,
    #[schema(required)]
    updated_at: Option<String>,
    #[schema(format = DateTime, required)]
    fetched_at: Option<String>,
    fields: Vec<String>,
}

/// Makes the context of cards.
pub(crate) fn layer(snapshot: &Snapshot) -> ContextLayer {
    ContextLayer {
        kind: "text",
        content: snapshot.content(),
        query: snapshot.question(),
        provenance: provenance(snapshot.provenance()),
    }
}

/// Makes the context of relays.
pub(crate) fn context(snapshot: &Snapshot) -> Vec<ContextItem> {
    vec![
        ContextItem {
            layer: Layer::Artifact.name(),
            content: snapshot.content(),
            source: ContextSource::Verified.name(),
            provenance: Some(provenance(snapshot.provenance())),
        },
        ContextItem {
            layer: Layer::Hint.name(),
            content: snapshot.question().to_owned(),
            source: ContextSource::Inferred.name(),
            provenance: None,
        },
    ]
}

fn provenance(from: Provenance) -> ProvenanceView {
    let (attachment, object) = match from.object {
        ObjectKind::Contact => ("crm.contact", "person"),
        ObjectKind::Opportunity => ("crm.opportunity", "opportunity"),
        ObjectKind::Task => ("crm.task", "task"),
        ObjectKind::Company => ("crm.activity", "company"),
        ObjectKind::Note => ("crm.activity", "note"),
    };
    ProvenanceView {
        attachment,
        object,
        record_id: from.record.to_string(),
        updated_at: from.updated_at,
        fetched_at: time(from.fetched_at),
        fields: from.fields,
    }
}
