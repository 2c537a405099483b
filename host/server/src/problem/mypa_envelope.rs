//! How a refusal looks to MyPA's clients, at the paths of the surface that they know: `{"error": {"code",
//! "message", "details"?}}`, with codes in capitals.

use super::{Kind, Problem};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// What the paths of that surface begin with.
const ROOTS: [&str; 3] = ["/api/crm", "/api/settings", "/api/pa"];

/// Tells whether a path is one of that surface's.
pub(super) fn is_at(path: &str) -> bool {
    let under = |root: &str| {
        let rest = path.strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    ROOTS.into_iter().any(under)
}

/// What a kind of refusal is called in the envelope, and its status there.
pub(crate) fn code(kind: Kind) -> (StatusCode, String) {
    use Kind as K;
    let own = |status, code: &str| (status, code.to_owned());
    match kind {
        K::TokenNotValid => own(StatusCode::UNAUTHORIZED, "INVALID_TOKEN"),
        K::Forbidden | K::SkillOutOfScope | K::CrmDenied | K::PlanDenied | K::ToolDenied => {
            own(StatusCode::FORBIDDEN, "FORBIDDEN")
        }
        K::BodyUnreadable
        | K::BodyInvalid
        | K::QueryInvalid
        | K::InvalidPath
        | K::InputUnreadable
        | K::InputInvalid
        | K::CrmInvalid
        | K::ToolInvalidInput => own(StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
        K::CrmNotFound | K::ToolNotFoundRecord => {
            own(StatusCode::NOT_FOUND, "CRM_ENTITY_NOT_FOUND")
        }
        K::CrmUnavailable | K::CrmOutcomeUnknown | K::ToolUnavailable => {
            own(StatusCode::BAD_GATEWAY, "CRM_UPSTREAM_ERROR")
        }
        K::CrmRateLimited | K::ToolRateLimited => {
            own(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
        }
        K::SkillNotFound
        | K::ToolNotFound
        | K::SkillFrozen
        | K::PartnershipInactive
        | K::SkillNotRunnable
        | K::SkillStopped
        | K::SkillOverLimit
        | K::SkillCrashed
        | K::SkillOutputInvalid
        | K::ToolUnknownTool
        | K::ToolBudgetExhausted
        | K::ToolOutcomeUnknown
        | K::ToolConflict
        | K::ToolFailed => own(StatusCode::BAD_GATEWAY, "CRM_WORKFLOW_ERROR"),
        other => {
            let code = other.code().to_ascii_uppercase().replace('-', "_");
            (other.status(), code)
        }
    }
}

/// Returns the body.
pub(super) fn body(problem: &Problem) -> Value {
    let mut error = Map::new();
    error.insert("code".into(), code(problem.kind).1.into());
    let message = problem.detail.as_deref();
    let message = message.unwrap_or(problem.kind.meaning());
    error.insert("message".into(), message.into());
    if let Some(violations) = problem.members.get("violations").and_then(Value::as_array) {
        let details: Vec<_> = violations.iter().map(detail).collect();
        error.insert("details".into(), details.into());
    }
    json!({ "error": error })
}

/// A violation, with the way to it in dots.
fn detail(violation: &Value) -> Value {
    let path = violation["path"].as_str().unwrap_or_default();
    let path = path.trim_start_matches('/').replace('/', ".");
    json!({ "path": path, "message": violation["problem"] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn only_the_surfaces_own_paths_are() {
        for (path, is) in [
            ("/api/crm", true),
            ("/api/crm/people", true),
            ("/api/settings/team", true),
            ("/api/pa/context", true),
            ("/api/crmx", false),
            ("/api/plans/x", false),
            ("/", false),
        ] {
            assert_eq!(is_at(path), is, "{path}");
        }
    }

    #[test]
    fn the_codes_of_the_envelope() {
        let mut table = String::new();
        for kind in Kind::ALL {
            let (status, code) = code(*kind);
            writeln!(table, "{:<28} {} {code}", kind.code(), status.as_u16()).unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn violations_are_told_with_dots() {
        let violations = json!([{ "path": "/tez/recipients/0", "problem": "no id" }]);
        let problem = Problem::new(Kind::BodyInvalid).member("violations", violations);
        let body = body(&problem);
        assert_eq!(body["error"]["code"], "VALIDATION_ERROR");
        let details = json!([{ "path": "tez.recipients.0", "message": "no id" }]);
        assert_eq!(body["error"]["details"], details);
    }
}
