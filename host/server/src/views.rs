//! How things look as JSON, here and in the command line's `--json`.

mod audit;
mod call_query;
mod diff;
mod grant;
mod module;
mod plan;
mod policy;
mod policy_question;
mod replay;
mod skill;
mod token;

pub use audit::{AuditQuery, audit_page};
pub use call_query::{CallQuery, record_scope};
pub use diff::diff;
pub use grant::{RollBack, Terms, grant, standing};
pub use module::{module, module_summary};
pub use plan::{PlanApproval, plan};
pub(crate) use policy::policy_names;
pub use policy::{explanation, policies, policy_history, policy_list};
pub use policy_question::{
    NewPolicies, PolicyQuestion, PolicyText, PrincipalQuestion, ResourceQuestion,
};
pub use replay::replay;
pub use skill::{answer, skill, skill_summary};
pub use token::{TokenRequest, token};

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;
use skillgate_domain::time::Timestamp;

/// Writes a point in time as RFC 3339 in UTC, to the millisecond; `null` beyond the calendar.
pub fn time(at: Timestamp) -> Value {
    DateTime::from_timestamp_millis(at.unix_ms())
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_millisecond() {
        for (ms, text) in [
            (0, Some("1970-01-01T00:00:00.000Z")),
            (1_790_000_000_001, Some("2026-09-21T14:13:20.001Z")),
            (i64::MAX, None),
        ] {
            assert_eq!(time(Timestamp::from_unix_ms(ms)).as_str(), text);
        }
    }
}
