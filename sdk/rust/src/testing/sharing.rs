//! Records for somebody else.

use super::record::Record;
use super::state::{State, promised_to_read};
use crate::Timestamp;
use crate::crm::{EntryRef, Error, ErrorCode, FieldValue, ObjectKind, RecordId};
use crate::planner::{Answer, Request};
use crate::wit::skillgate::skill::tez as wit;
use crate::wit::skillgate::skill::types::{Failure, FailureCode, Outcome};
use crate::workspace::{Action, Email};
use crate::{Retry, tez};
use std::fmt::Write;

impl State {
    pub(super) fn share(&mut self, draft: &tez::Draft) -> Result<Outcome, Failure> {
        self.may_change()?;
        if RecordId::parse(&draft.team_id).is_none() {
            let (code, message) = (FailureCode::InvalidInput, "The team's id is no UUID.");
            return Err(Failure::new(code, Retry::Never, message));
        }
        self.shared.push(draft.clone());
        Ok(PLANNED)
    }

    pub(super) fn stream(&mut self, query: &wit::StreamQuery) -> Result<Vec<wit::Line>, Failure> {
        if !(1..=STREAM_MAX).contains(&query.limit) {
            let (code, message) = (FailureCode::InvalidInput, "limit must be 1 to 100.");
            return Err(Failure::new(code, Retry::Never, message));
        }
        let of_team = self.tez.iter().filter(|(team, line)| {
            let before = query.before.as_ref();
            *team == query.team_id && before.is_none_or(|before| line.created_at < *before)
        });
        let mut found: Vec<_> = of_team.map(|(_, line)| line.clone()).collect();
        found.sort_by(|a, b| b.created_at.cmp(&a.created_at));
        found.truncate(query.limit as usize);
        Ok(found)
    }

    pub(super) fn send_email(&mut self, email: &Email) -> Result<Outcome, Failure> {
        self.may_change()?;
        self.with_workspace()?;
        self.emails.push(email.clone());
        Ok(PLANNED)
    }

    pub(super) fn log_action(&mut self, action: &Action) -> Result<Outcome, Failure> {
        self.may_change()?;
        self.with_workspace()?;
        self.actions.push(action.clone());
        Ok(PLANNED)
    }

    fn may_change(&self) -> Result<(), Failure> {
        (!self.reads_only)
            .then_some(())
            .ok_or_else(promised_to_read)
    }

    fn with_workspace(&self) -> Result<(), Failure> {
        self.has_workspace.then_some(()).ok_or_else(not_configured)
    }

    pub(super) fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        let text = self.planner.clone().ok_or_else(not_configured)?;
        let model = request.model.clone().unwrap_or_else(|| "openclaw".into());
        Ok(Answer { text, model })
    }

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

/// Longest page of a team's stream.
const STREAM_MAX: u32 = 100;

/// Hosts under test plan, and reach nobody.
const PLANNED: Outcome = Outcome {
    planned: true,
    answer: None,
};

fn not_configured() -> Failure {
    let message = "The host is not connected to such a thing.";
    Failure::new(FailureCode::NotConfigured, Retry::Never, message)
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
