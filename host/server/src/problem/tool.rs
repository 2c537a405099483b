//! What a tool says of its own failure.

use super::{Kind, Problem};
use crate::limits::TOOL_MESSAGE_BYTES_MAX;
use skillgate_app::ports::{Retry, ToolError, ToolErrorCode};

/// The message is the guest's: cut, and without control characters.
pub(super) fn problem(error: &ToolError) -> Problem {
    let kind = kind(error.code);
    let problem =
        Problem::with_detail(kind, shown(&error.message)).member("retry", retry(error.retry));
    match (error.retry_after, kind) {
        (Some(after), _) => problem.retry_after(after),
        (None, Kind::ToolRateLimited) => problem.retry_after(skillgate_app::gate::RETRY_AFTER),
        (None, _) => problem,
    }
}

const fn kind(code: ToolErrorCode) -> Kind {
    match code {
        ToolErrorCode::UnknownTool => Kind::ToolUnknownTool,
        ToolErrorCode::InvalidInput => Kind::ToolInvalidInput,
        ToolErrorCode::NotFound => Kind::ToolNotFoundRecord,
        ToolErrorCode::Conflict => Kind::ToolConflict,
        ToolErrorCode::Denied => Kind::ToolDenied,
        ToolErrorCode::BudgetExhausted => Kind::ToolBudgetExhausted,
        ToolErrorCode::RateLimited => Kind::ToolRateLimited,
        ToolErrorCode::Unavailable => Kind::ToolUnavailable,
        ToolErrorCode::OutcomeUnknown => Kind::ToolOutcomeUnknown,
        ToolErrorCode::Failed => Kind::ToolFailed,
    }
}

const fn retry(retry: Retry) -> &'static str {
    match retry {
        Retry::Never => "never",
        Retry::Safe => "safe",
        Retry::CheckFirst => "check-first",
    }
}

fn shown(message: &str) -> String {
    let cut = &message[..message.floor_char_boundary(TOOL_MESSAGE_BYTES_MAX)];
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    cut.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_at_its_limit() {
        assert_eq!(
            shown(&"x".repeat(TOOL_MESSAGE_BYTES_MAX)).len(),
            TOOL_MESSAGE_BYTES_MAX
        );
        assert_eq!(
            shown(&"x".repeat(TOOL_MESSAGE_BYTES_MAX + 1)).len(),
            TOOL_MESSAGE_BYTES_MAX
        );
        assert_eq!(
            shown(&"é".repeat(TOOL_MESSAGE_BYTES_MAX)).len(),
            TOOL_MESSAGE_BYTES_MAX
        );
        assert_eq!(shown("a\n\u{1b}[31mb"), "a  [31mb");
    }

    #[test]
    fn a_kind_is_named_after_the_tools_own_code() {
        for code in [
            ToolErrorCode::UnknownTool,
            ToolErrorCode::InvalidInput,
            ToolErrorCode::NotFound,
            ToolErrorCode::Conflict,
            ToolErrorCode::Denied,
            ToolErrorCode::BudgetExhausted,
            ToolErrorCode::RateLimited,
            ToolErrorCode::Unavailable,
            ToolErrorCode::OutcomeUnknown,
            ToolErrorCode::Failed,
        ] {
            assert_eq!(kind(code).code(), code.code());
        }
    }
}
