//! What reaches others, in JSON: plans and journals are made of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::egress::{Method, Request};
use skillgate_domain::ids::{RecordId, TeamId, TezAddress};
use skillgate_domain::plan::Outward;
use skillgate_domain::tez::{
    ContextItem, ContextSource, Layer, Provenance, TezDraft, TezKind, Urgency, Visibility,
};
use skillgate_domain::time::Timestamp;
use skillgate_domain::workspace::{CalendarAction, Email};
use std::time::Duration;

/// What reaches others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum OutwardForm {
    ShareTez(Box<TezForm>),
    SendEmail {
        sender: String,
        to: String,
        subject: String,
        body: String,
    },
    LogAction {
        assistant: String,
        summary: String,
        duration_ms: u64,
    },
    Request(Box<HttpForm>),
}

/// A request to a service outside, without credential.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpForm {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    redirects: u8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TezForm {
    team: String,
    kind: String,
    urgency: String,
    visibility: String,
    surface_text: String,
    action_requested: Option<String>,
    recipients: Vec<String>,
    context: Vec<ItemForm>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemForm {
    layer: String,
    content: String,
    mime_type: Option<String>,
    confidence: Option<u8>,
    source: String,
    derived_from: Option<String>,
    provenance: Option<ProvenanceForm>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvenanceForm {
    object: String,
    record: String,
    updated_at: Option<String>,
    fetched_at: i64,
    fields: Vec<String>,
}

impl OutwardForm {
    pub(crate) fn of(outward: &Outward) -> Self {
        match outward {
            Outward::ShareTez(draft) => Self::ShareTez(Box::new(TezForm::of(draft))),
            Outward::SendEmail(email) => Self::SendEmail {
                sender: email.from.clone(),
                to: email.to.clone(),
                subject: email.subject.clone(),
                body: email.body.clone(),
            },
            Outward::LogAction(action) => Self::LogAction {
                assistant: action.assistant.clone(),
                summary: action.summary.clone(),
                duration_ms: u64::try_from(action.duration.as_millis()).unwrap_or(u64::MAX),
            },
            Outward::Request(request) => Self::Request(Box::new(HttpForm::of(request))),
        }
    }

    pub(crate) fn read(self) -> Option<Outward> {
        Some(match self {
            Self::ShareTez(form) => Outward::ShareTez(form.read()?),
            Self::SendEmail {
                sender,
                to,
                subject,
                body,
            } => Outward::SendEmail(Email {
                from: sender,
                to,
                subject,
                body,
            }),
            Self::LogAction {
                assistant,
                summary,
                duration_ms,
            } => Outward::LogAction(CalendarAction {
                assistant,
                summary,
                duration: Duration::from_millis(duration_ms),
            }),
            Self::Request(form) => Outward::Request(Box::new(form.read()?)),
        })
    }
}

impl HttpForm {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            method: request.method.name().to_owned(),
            url: request.target.to_string(),
            headers: request.headers().to_vec(),
            body: BASE64.encode(request.body()),
            redirects: request.redirects(),
        }
    }

    fn read(self) -> Option<Request> {
        let method = Method::from_name(&self.method)?;
        let body = BASE64.decode(self.body).ok()?;
        let request = Request::new(method, &self.url, self.headers, body).ok()?;
        request.following(self.redirects).ok()
    }
}

impl TezForm {
    fn of(draft: &TezDraft) -> Self {
        Self {
            team: draft.team.to_string(),
            kind: draft.kind.name().to_owned(),
            urgency: draft.urgency.name().to_owned(),
            visibility: draft.visibility.name().to_owned(),
            surface_text: draft.surface_text.clone(),
            action_requested: draft.action_requested.clone(),
            recipients: draft.recipients.iter().map(ToString::to_string).collect(),
            context: draft.context.iter().map(ItemForm::of).collect(),
        }
    }

    fn read(self) -> Option<TezDraft> {
        let recipients = self.recipients.iter();
        Some(TezDraft {
            team: TeamId::parse(&self.team).ok()?,
            kind: TezKind::from_name(&self.kind)?,
            urgency: Urgency::from_name(&self.urgency)?,
            visibility: Visibility::from_name(&self.visibility)?,
            surface_text: self.surface_text,
            action_requested: self.action_requested,
            recipients: recipients
                .map(|address| TezAddress::parse(address).ok())
                .collect::<Option<_>>()?,
            context: self
                .context
                .into_iter()
                .map(ItemForm::read)
                .collect::<Option<_>>()?,
        })
    }
}

impl ItemForm {
    fn of(item: &ContextItem) -> Self {
        Self {
            layer: item.layer.name().to_owned(),
            content: item.content.clone(),
            mime_type: item.mime_type.clone(),
            confidence: item.confidence,
            source: item.source.name().to_owned(),
            derived_from: item.derived_from.clone(),
            provenance: item.provenance.as_ref().map(|from| ProvenanceForm {
                object: from.object.name().to_owned(),
                record: from.record.to_string(),
                updated_at: from.updated_at.clone(),
                fetched_at: from.fetched_at.unix_ms(),
                fields: from.fields.clone(),
            }),
        }
    }

    fn read(self) -> Option<ContextItem> {
        Some(ContextItem {
            layer: Layer::from_name(&self.layer)?,
            content: self.content,
            mime_type: self.mime_type,
            confidence: self.confidence,
            source: ContextSource::from_name(&self.source)?,
            derived_from: self.derived_from,
            provenance: match self.provenance {
                Some(from) => Some(Provenance {
                    object: ObjectKind::from_name(&from.object)?,
                    record: RecordId::parse(&from.record).ok()?,
                    updated_at: from.updated_at,
                    fetched_at: Timestamp::from_unix_ms(from.fetched_at),
                    fields: from.fields,
                }),
                None => None,
            },
        })
    }
}
