//! Rows of Tez, to the model and back.

use crate::convert::{checked, corrupt, known, moment, timestamp};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use skillgate_app::ports::{Delivery, KeptItem, StorageError, TezHead};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{ContextId, RecordId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{
    ContextItem, ContextSource, Layer, Provenance, Redaction, TeamRole, TezKind, TezStatus,
    Urgency, Visibility,
};
use skillgate_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
pub(super) struct HeadRow {
    id: Uuid,
    team: Uuid,
    thread: Uuid,
    parent: Option<Uuid>,
    sender: String,
    kind: String,
    urgency: String,
    visibility: String,
    surface_text: String,
    action_requested: Option<String>,
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What a reader is to a Tez, beside it.
#[derive(sqlx::FromRow)]
pub(super) struct ReaderRow {
    #[sqlx(flatten)]
    pub(super) head: HeadRow,
    role: Option<String>,
    read_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
pub(super) struct ItemRow {
    id: Uuid,
    layer: String,
    content: String,
    mime_type: Option<String>,
    confidence: Option<i32>,
    source: String,
    derived_from: Option<String>,
    provenance: Option<Json<ProvenanceForm>>,
    created_by: String,
    created_at: DateTime<Utc>,
    redacted_at: Option<DateTime<Utc>>,
    redacted_by: Option<String>,
    redaction_reason: Option<String>,
}

impl ItemRow {
    fn redaction(&self) -> Result<Option<Redaction>, StorageError> {
        let parts = (&self.redacted_at, &self.redacted_by, &self.redaction_reason);
        match parts {
            (None, None, None) => Ok(None),
            (Some(at), Some(by), Some(reason)) => Ok(Some(Redaction {
                at: timestamp(*at),
                by: checked("tez_context.redacted_by", UserId::parse(by))?,
                reason: reason.clone(),
            })),
            _ => Err(corrupt("tez_context.redacted_at", "part of a redaction")),
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct RecipientRow {
    address: String,
    delivered_at: Option<DateTime<Utc>>,
    read_at: Option<DateTime<Utc>>,
}

/// How a provenance is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProvenanceForm {
    object: String,
    record: Uuid,
    updated_at: Option<String>,
    fetched_at: DateTime<Utc>,
    fields: Vec<String>,
}

impl TryFrom<HeadRow> for TezHead {
    type Error = StorageError;

    fn try_from(row: HeadRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: TezId::new(row.id),
            team: TeamId::new(row.team),
            thread: TezId::new(row.thread),
            parent: row.parent.map(TezId::new),
            sender: checked("tez.sender", UserId::parse(&row.sender))?,
            kind: known("tez.kind", TezKind::from_name(&row.kind))?,
            urgency: known("tez.urgency", Urgency::from_name(&row.urgency))?,
            visibility: known("tez.visibility", Visibility::from_name(&row.visibility))?,
            surface_text: row.surface_text,
            action_requested: row.action_requested,
            status: known("tez.status", TezStatus::from_name(&row.status))?,
            created_at: timestamp(row.created_at),
            updated_at: timestamp(row.updated_at),
        })
    }
}

impl ReaderRow {
    pub(super) fn role(&self) -> Result<Option<TeamRole>, StorageError> {
        self.role.as_deref().map(super::role).transpose()
    }

    pub(super) fn read_at(&self) -> Option<Timestamp> {
        self.read_at.map(timestamp)
    }
}

impl TryFrom<ItemRow> for KeptItem {
    type Error = StorageError;

    fn try_from(row: ItemRow) -> Result<Self, StorageError> {
        let redaction = row.redaction()?;
        let confidence = row.confidence.map(u8::try_from).transpose();
        let provenance = row.provenance.map(|Json(form)| form.read());
        Ok(Self {
            id: ContextId::new(row.id),
            item: ContextItem {
                layer: known("tez_context.layer", Layer::from_name(&row.layer))?,
                content: row.content,
                mime_type: row.mime_type,
                confidence: checked("tez_context.confidence", confidence)?,
                source: known("tez_context.source", ContextSource::from_name(&row.source))?,
                derived_from: row.derived_from,
                provenance: provenance.transpose()?,
            },
            created_by: checked("tez_context.created_by", UserId::parse(&row.created_by))?,
            created_at: timestamp(row.created_at),
            redaction,
        })
    }
}

impl TryFrom<RecipientRow> for Delivery {
    type Error = StorageError;

    fn try_from(row: RecipientRow) -> Result<Self, StorageError> {
        Ok(Self {
            address: checked("tez_recipients.address", TezAddress::parse(&row.address))?,
            delivered_at: row.delivered_at.map(timestamp),
            read_at: row.read_at.map(timestamp),
        })
    }
}

impl ProvenanceForm {
    pub(super) fn of(provenance: &Provenance) -> Result<Self, StorageError> {
        Ok(Self {
            object: provenance.object.name().to_owned(),
            record: provenance.record.uuid(),
            updated_at: provenance.updated_at.clone(),
            fetched_at: moment("tez_context.provenance", provenance.fetched_at)?,
            fields: provenance.fields.clone(),
        })
    }

    fn read(self) -> Result<Provenance, StorageError> {
        Ok(Provenance {
            object: known(
                "tez_context.provenance",
                ObjectKind::from_name(&self.object),
            )?,
            record: RecordId::new(self.record),
            updated_at: self.updated_at,
            fetched_at: timestamp(self.fetched_at),
            fields: self.fields,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> HeadRow {
        HeadRow {
            id: Uuid::nil(),
            team: Uuid::nil(),
            thread: Uuid::nil(),
            parent: None,
            sender: "ada".to_owned(),
            kind: "note".to_owned(),
            urgency: "fyi".to_owned(),
            visibility: "dm".to_owned(),
            surface_text: "text".to_owned(),
            action_requested: None,
            status: "active".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn item() -> ItemRow {
        ItemRow {
            id: Uuid::nil(),
            layer: "fact".to_owned(),
            content: "content".to_owned(),
            mime_type: None,
            confidence: None,
            source: "stated".to_owned(),
            derived_from: None,
            provenance: None,
            created_by: "ada".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            redacted_at: None,
            redacted_by: None,
            redaction_reason: None,
        }
    }

    #[test]
    fn a_row_that_cannot_be_is_named_by_its_column() {
        type Spoil<T> = fn(&mut T);
        let cases: [(&str, Spoil<HeadRow>); 5] = [
            ("tez.sender", |r| r.sender = "a b".to_owned()),
            ("tez.kind", |r| r.kind = "escalation".to_owned()),
            ("tez.urgency", |r| r.urgency.clear()),
            ("tez.visibility", |r| r.visibility = "all".to_owned()),
            ("tez.status", |r| r.status = "gone".to_owned()),
        ];
        assert!(TezHead::try_from(head()).is_ok());
        for (column, spoil) in cases {
            let mut row = head();
            spoil(&mut row);
            let refused = TezHead::try_from(row).unwrap_err().to_string();
            assert!(refused.contains(column), "{column}: {refused}");
        }
        let cases: [(&str, Spoil<ItemRow>); 6] = [
            ("tez_context.redacted_at", |r| {
                r.redacted_at = Some(DateTime::UNIX_EPOCH);
            }),
            ("tez_context.layer", |r| r.layer = "rumour".to_owned()),
            ("tez_context.confidence", |r| r.confidence = Some(-1)),
            ("tez_context.source", |r| r.source.clear()),
            ("tez_context.created_by", |r| r.created_by.clear()),
            ("tez_context.provenance", |r| {
                r.provenance = Some(Json(ProvenanceForm {
                    object: "invoice".to_owned(),
                    record: Uuid::nil(),
                    updated_at: None,
                    fetched_at: DateTime::UNIX_EPOCH,
                    fields: Vec::new(),
                }));
            }),
        ];
        assert!(KeptItem::try_from(item()).is_ok());
        for (column, spoil) in cases {
            let mut row = item();
            spoil(&mut row);
            let refused = KeptItem::try_from(row).unwrap_err().to_string();
            assert!(refused.contains(column), "{column}: {refused}");
        }
    }
}
