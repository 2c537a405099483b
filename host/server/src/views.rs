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
mod role;
mod skill;
pub mod tez;
mod token;

pub use audit::{AuditPage, AuditQuery, audit_page};
pub use call_query::{CallQuery, record_scope};
pub use diff::{DiffView, diff};
pub use grant::{GrantView, RollBack, StandingView, Terms, grant, standing};
pub use module::{ModuleList, ModuleSummary, ModuleView, Requests, SettingView, module, modules};
pub use plan::{PlanApproval, PlanView, plan};
pub(crate) use policy::policy_names;
pub use policy::{
    ExplanationView, PoliciesView, PolicyHistory, PolicyList, explanation, policies,
    policy_history, policy_list,
};
pub use policy_question::{
    NewPolicies, PolicyQuestion, PolicyText, PrincipalQuestion, ResourceQuestion,
};
pub use replay::replay;
pub use role::RoleName;
pub use skill::{
    AnswerView, SkillHead, SkillList, SkillSummary, SkillView, ToolSummary, ToolView, answer,
    skill, skills,
};
pub use token::{IssuedToken, TokenList, TokenRequest, TokenView, issued, token, tokens};

use chrono::{DateTime, SecondsFormat};
use skillgate_domain::time::Timestamp;

/// Writes a point in time as RFC 3339 in UTC, to the millisecond; nothing beyond the calendar.
pub fn time(at: Timestamp) -> Option<String> {
    DateTime::from_timestamp_millis(at.unix_ms())
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
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
            assert_eq!(time(Timestamp::from_unix_ms(ms)).as_deref(), text);
        }
    }
}
