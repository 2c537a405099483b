//! How things look as JSON, here and in the command line's `--json`.

mod grant;
mod module;
mod role;
mod skill;
mod token;

pub use grant::{GrantView, Terms, grant};
pub use module::{ModuleList, ModuleSummary, ModuleView, Requests, SettingView, module, modules};
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
