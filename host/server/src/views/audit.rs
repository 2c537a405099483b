use super::query_part::query_part;
use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_app::ports::{AuditFilter, AuditRow};
use skillgate_app::time::parse_rfc3339;
use skillgate_domain::ids::{InvocationId, SkillName, UserId};
use skillgate_domain::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

/// Records of a page when none are asked for.
const LIMIT_DEFAULT: u32 = 50;

/// Which records of the audit trail to list. Everything may be left out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Records before this number: `next` of the page before.
    pub before: Option<u64>,
    /// Records of a page.
    pub limit: Option<u32>,
    /// Acts of this name.
    pub action: Option<String>,
    /// Outcomes of this word.
    pub outcome: Option<String>,
    /// For this person.
    pub user: Option<String>,
    /// Of this skill.
    pub skill: Option<String>,
    /// Of this run.
    #[param(format = "uuid")]
    pub invocation: Option<String>,
    /// Not before: RFC 3339.
    #[param(format = DateTime)]
    pub from: Option<String>,
    /// Before: RFC 3339.
    #[param(format = DateTime)]
    pub until: Option<String>,
}

impl AuditQuery {
    /// Checks the parts and returns the filter and the page's length.
    pub fn decode(self) -> Result<(AuditFilter, u32), Problem> {
        let filter = AuditFilter {
            before: self.before,
            action: self.action,
            outcome: self.outcome,
            user: query_part(self.user.as_deref(), UserId::parse)?,
            skill: query_part(self.skill.as_deref(), SkillName::parse)?,
            invocation: query_part(self.invocation.as_deref(), InvocationId::parse)?,
            from: query_part(self.from.as_deref(), moment)?,
            until: query_part(self.until.as_deref(), moment)?,
        };
        if [&filter.action, &filter.outcome]
            .into_iter()
            .flatten()
            .any(|word| word.contains('\0'))
        {
            return Err(Problem::with_detail(
                Kind::QueryInvalid,
                "a word has no NUL",
            ));
        }
        Ok((filter, self.limit.unwrap_or(LIMIT_DEFAULT)))
    }
}

fn moment(text: &str) -> Result<Timestamp, &'static str> {
    parse_rfc3339(text).ok_or("a time is written as RFC 3339, for example 2026-03-01T12:00:00Z")
}

/// A page of records, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// What the next page is asked for with, if more may follow.
    #[schema(required)]
    next: Option<u64>,
    records: Vec<NumberedRecord>,
}

/// A record with its number in the trail.
#[derive(Debug, Serialize, ToSchema)]
struct NumberedRecord {
    number: u64,
    /// As it is kept: `docs/audit.md` lists its members.
    #[schema(value_type = Object)]
    record: Value,
}

/// Shows a page of records, each as it is kept.
pub fn audit_page(page: &[AuditRow], limit: u32) -> AuditPage {
    let full = u32::try_from(page.len()).is_ok_and(|length| length == limit);
    AuditPage {
        next: page.last().filter(|_| full).map(|row| row.number),
        records: page.iter().map(numbered).collect(),
    }
}

fn numbered(row: &AuditRow) -> NumberedRecord {
    NumberedRecord {
        number: row.number,
        // A leaf is JSON: the host wrote it.
        record: serde_json::from_str(&row.leaf).unwrap_or(Value::Null),
    }
}
