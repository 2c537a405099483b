//! Records for somebody else.

use super::record::Record;
use super::state::State;
use crate::Timestamp;
use crate::crm::{EntryRef, Error, ErrorCode, FieldValue, ObjectKind};
use crate::wit::skillgate::skill::tez as wit;
use crate::wit::skillgate::skill::types::{Failure, FailureCode};
use std::fmt::Write;

impl State {
    pub(super) fn snapshot_of(&mut self, target: &EntryRef) -> Result<wit::Snapshot, Failure> {
        let entry = self.get(target).map_err(failure)?;
        let record = self.existing(target).map_err(failure)?;
        let seen = |field: &&&str| self.may_see(record.object, field);
        let fields: Vec<&str> = let_out(record.object)
            .iter()
            .filter(seen)
            .filter(|field| record.values.contains_key(**field))
            .copied()
            .collect();
        let kind = name_of(record.object);
        let (names, others): (Vec<_>, Vec<_>) = fields
            .iter()
            .partition(|field| matches!(**field, "first_name" | "last_name" | "name" | "title"));
        let text = |field: &&&str| text(record, field);
        let name: Vec<_> = names.iter().map(text).collect();
        let name = if name.is_empty() {
            format!("Unnamed {kind}")
        } else {
            name.join(" ")
        };
        let mut content = format!("CRM {kind} snapshot: {kind}_id={}, name={name}", record.id);
        for field in &others {
            let _fits = write!(content, ", {field}={}", text(field));
        }
        Ok(wit::Snapshot {
            name,
            content,
            question: format!("What comes next with this {kind}?"),
            provenance: wit::Provenance {
                object: record.object,
                record_id: record.id.clone(),
                updated_at: Some(record.updated_at.clone()),
                fetched_at: Timestamp::from_unix_ms(self.now_ms).to_string(),
                fields: fields.into_iter().map(str::to_owned).collect(),
            },
            entry,
        })
    }
}

/// What a host lets out until an admin says otherwise.
fn let_out(object: ObjectKind) -> &'static [&'static str] {
    match object {
        ObjectKind::Contact => &["first_name", "last_name", "job_title"],
        ObjectKind::Company => &["name"],
        ObjectKind::Opportunity => &["name", "stage", "close_date"],
        ObjectKind::Task => &["title", "status", "due_at"],
        ObjectKind::Note => &["title"],
    }
}

fn name_of(object: ObjectKind) -> &'static str {
    match object {
        ObjectKind::Contact => "contact",
        ObjectKind::Company => "company",
        ObjectKind::Opportunity => "opportunity",
        ObjectKind::Task => "task",
        ObjectKind::Note => "note",
    }
}

fn text(record: &Record, field: &str) -> String {
    match record.values.get(field) {
        Some(FieldValue::Text(text) | FieldValue::DateTime(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// Says what a call of the CRM was refused for, as the other interfaces do.
pub(super) fn failure(error: Error) -> Failure {
    let code = match error.code {
        ErrorCode::Denied => FailureCode::Denied,
        ErrorCode::NotFound => FailureCode::NotFound,
        ErrorCode::InvalidInput | ErrorCode::Conflict => FailureCode::InvalidInput,
        ErrorCode::BudgetExhausted => FailureCode::BudgetExhausted,
        ErrorCode::RateLimited => FailureCode::RateLimited,
        ErrorCode::Unavailable => FailureCode::Unavailable,
        ErrorCode::OutcomeUnknown => FailureCode::OutcomeUnknown,
    };
    Failure {
        code,
        retry: error.retry,
        retry_after_ms: error.retry_after_ms,
        message: error.message,
    }
}
