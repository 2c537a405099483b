//! What a guest is answered by the CRM, written and read back.

mod files;
mod kept;

use super::HostAnswer;
use crate::broker::{Answered, ErrorCode, Fault, Sent, TezLine, Told, Upserted};
use crate::form::RecordForm;
use crate::ports::{PlannedText, Retry};
use crate::snapshot::Snapshot;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use files::FileForm;
use kept::{KeyForm, ValueForm};
use serde::{Deserialize, Serialize};
use skillgate_domain::crm::{FieldKey, Page, Record, Selection};
use skillgate_domain::egress::Response;
use skillgate_domain::ids::{RecordId, TezId, UserId};
use skillgate_domain::tez::{TezKind, Urgency};
use skillgate_domain::time::Timestamp;
use std::time::Duration;

/// Something that a call of the CRM answers when it succeeds.
pub(crate) trait Answer: Sized {
    /// Writes it.
    fn form(&self) -> AnswerForm;

    /// Takes it out of a recorded answer; nothing where that is another kind of answer.
    fn take(answer: HostAnswer) -> Option<Self>;
}

/// The form of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AnswerForm {
    Record(RecordForm),
    Snapshot {
        record: RecordForm,
        let_out: Vec<String>,
        fetched_at: i64,
    },
    Page {
        items: Vec<RecordForm>,
        next_cursor: Option<String>,
        total: u32,
    },
    Created(RecordForm),
    Updated(RecordForm),
    Linked(()),
    Sent(Option<String>),
    Planned {
        text: String,
        model: String,
    },
    Stream(Vec<LineForm>),
    Requested(Option<ResponseForm>),
    Kept(Option<ValueForm>),
    Keys(Vec<KeyForm>),
    Committed(Vec<i64>),
    Filed(()),
    Bytes(String),
    File(FileForm),
    Files(Vec<FileForm>),
    Error(ToldForm),
}

/// The form of a Tez without its context.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineForm {
    id: String,
    thread: String,
    sender: String,
    kind: String,
    urgency: String,
    surface_text: String,
    action_requested: Option<String>,
    created_at: i64,
}

/// The form of what a service outside answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseForm {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// The form of an error as the guest was told it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToldForm {
    code: ErrorCode,
    retry: Retry,
    retry_after: Option<Duration>,
    message: String,
    conflicting_id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sent: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
}

impl Answer for Record {
    fn form(&self) -> AnswerForm {
        AnswerForm::Record(RecordForm::of(self))
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Record(record) => Some(record),
            _ => None,
        }
    }
}

impl Answer for Snapshot {
    fn form(&self) -> AnswerForm {
        AnswerForm::Snapshot {
            record: RecordForm::of(&self.record),
            let_out: self
                .let_out
                .names()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            fetched_at: self.fetched_at.unix_ms(),
        }
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Snapshot(snapshot) => Some(*snapshot),
            _ => None,
        }
    }
}

impl Answer for Page<Record> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Page {
            items: self.items.iter().map(RecordForm::of).collect(),
            next_cursor: self.next_cursor.clone(),
            total: self.total,
        }
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Page(page) => Some(page),
            _ => None,
        }
    }
}

impl Answer for (Upserted, Record) {
    fn form(&self) -> AnswerForm {
        let record = RecordForm::of(&self.1);
        match self.0 {
            Upserted::Created => AnswerForm::Created(record),
            Upserted::Updated => AnswerForm::Updated(record),
        }
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Upserted(upserted, record) => Some((upserted, record)),
            _ => None,
        }
    }
}

impl Answer for () {
    fn form(&self) -> AnswerForm {
        AnswerForm::Linked(())
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        (answer == HostAnswer::Linked).then_some(())
    }
}

impl Answer for Sent {
    fn form(&self) -> AnswerForm {
        AnswerForm::Sent(match self {
            Self::Planned => None,
            Self::Done(answer) => Some(answer.clone()),
        })
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Sent(sent) => Some(sent),
            _ => None,
        }
    }
}

impl Answer for PlannedText {
    fn form(&self) -> AnswerForm {
        AnswerForm::Planned {
            text: self.text.clone(),
            model: self.model.clone(),
        }
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Planned(planned) => Some(planned),
            _ => None,
        }
    }
}

impl Answer for Vec<TezLine> {
    fn form(&self) -> AnswerForm {
        AnswerForm::Stream(self.iter().map(LineForm::of).collect())
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Stream(lines) => Some(lines),
            _ => None,
        }
    }
}

impl Answer for Answered {
    fn form(&self) -> AnswerForm {
        AnswerForm::Requested(match self {
            Self::Planned => None,
            Self::Response(response) => Some(ResponseForm {
                status: response.status,
                headers: response.headers.clone(),
                body: BASE64.encode(&response.body),
            }),
        })
    }

    fn take(answer: HostAnswer) -> Option<Self> {
        match answer {
            HostAnswer::Requested(answered) => Some(answered),
            _ => None,
        }
    }
}

impl LineForm {
    fn of(line: &TezLine) -> Self {
        Self {
            id: line.id.to_string(),
            thread: line.thread.to_string(),
            sender: line.sender.to_string(),
            kind: line.kind.name().to_owned(),
            urgency: line.urgency.name().to_owned(),
            surface_text: line.surface_text.clone(),
            action_requested: line.action_requested.clone(),
            created_at: line.created_at.unix_ms(),
        }
    }

    fn read(self) -> Option<TezLine> {
        Some(TezLine {
            id: TezId::parse(&self.id).ok()?,
            thread: TezId::parse(&self.thread).ok()?,
            sender: UserId::parse(&self.sender).ok()?,
            kind: TezKind::from_name(&self.kind)?,
            urgency: Urgency::from_name(&self.urgency)?,
            surface_text: self.surface_text,
            action_requested: self.action_requested,
            created_at: Timestamp::from_unix_ms(self.created_at),
        })
    }
}

impl AnswerForm {
    pub(super) fn error(told: Told) -> Self {
        Self::Error(ToldForm {
            code: told.code,
            retry: told.retry,
            retry_after: told.retry_after,
            message: told.message,
            conflicting_id: told.holder.map(|id| id.to_string()),
            sent: told.sent,
            fault: told.fault,
        })
    }

    pub(super) fn read(self) -> Option<HostAnswer> {
        Some(match self {
            Self::Record(record) => HostAnswer::Record(record.read()?),
            Self::Snapshot {
                record,
                let_out,
                fetched_at,
            } => {
                let record = record.read()?;
                let field = |name: &String| FieldKey::from_name(record.object, name);
                let let_out: Option<Selection> = let_out.iter().map(field).collect();
                HostAnswer::Snapshot(Box::new(Snapshot {
                    let_out: let_out?,
                    fetched_at: Timestamp::from_unix_ms(fetched_at),
                    record,
                }))
            }
            Self::Page {
                items,
                next_cursor,
                total,
            } => HostAnswer::Page(Page {
                items: items
                    .into_iter()
                    .map(RecordForm::read)
                    .collect::<Option<_>>()?,
                next_cursor,
                total,
            }),
            Self::Created(record) => HostAnswer::Upserted(Upserted::Created, record.read()?),
            Self::Updated(record) => HostAnswer::Upserted(Upserted::Updated, record.read()?),
            Self::Linked(()) => HostAnswer::Linked,
            Self::Sent(answer) => HostAnswer::Sent(answer.map_or(Sent::Planned, Sent::Done)),
            Self::Planned { text, model } => HostAnswer::Planned(PlannedText { text, model }),
            Self::Stream(lines) => {
                let lines = lines.into_iter().map(LineForm::read);
                HostAnswer::Stream(lines.collect::<Option<_>>()?)
            }
            Self::Requested(None) => HostAnswer::Requested(Answered::Planned),
            Self::Requested(Some(response)) => {
                let body = BASE64.decode(response.body).ok()?;
                HostAnswer::Requested(Answered::Response(Response {
                    status: response.status,
                    headers: response.headers,
                    body,
                }))
            }
            Self::Kept(None) => HostAnswer::Kept(None),
            Self::Kept(Some(value)) => HostAnswer::Kept(Some(value.read()?)),
            Self::Keys(lines) => {
                let lines = lines.into_iter().map(KeyForm::read);
                HostAnswer::Keys(lines.collect::<Option<_>>()?)
            }
            Self::Committed(versions) => HostAnswer::Committed(versions),
            Self::Filed(()) => HostAnswer::Filed,
            Self::Bytes(bytes) => HostAnswer::Bytes(BASE64.decode(bytes).ok()?),
            Self::File(file) => HostAnswer::File(file.read()),
            Self::Files(files) => {
                HostAnswer::Files(files.into_iter().map(FileForm::read).collect())
            }
            Self::Error(told) => HostAnswer::Error(told.read()?),
        })
    }
}

impl ToldForm {
    fn read(self) -> Option<Told> {
        Some(Told {
            code: self.code,
            retry: self.retry,
            retry_after: self.retry_after,
            message: self.message,
            sent: self.sent,
            fault: self.fault,
            holder: match self.conflicting_id {
                Some(id) => Some(RecordId::parse(&id).ok()?),
                None => None,
            },
        })
    }
}
