//! How refusals look to whom: problems of RFC 9457, or the envelope of the surface that MyPA's clients
//! know.

use super::{Kind, Problem};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// A form of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `application/problem+json`.
    Problem,
    /// `{"error": {"code", "message", "details"?}}` with codes in capitals.
    Envelope,
}

/// Paths of the surface that MyPA's clients know.
const ENVELOPE_PATHS: [&str; 3] = ["/api/crm", "/api/settings", "/api/pa"];

impl Dialect {
    /// Returns the form of refusals at a path.
    pub(crate) fn of(path: &str) -> Self {
        let under = |root: &str| {
            let rest = path.strip_prefix(root);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if ENVELOPE_PATHS.into_iter().any(under) {
            Self::Envelope
        } else {
            Self::Problem
        }
    }
}

/// What a kind of refusal is called in the envelope, and its status there.
pub(crate) fn envelope_code(kind: Kind) -> (StatusCode, String) {
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

impl Problem {
    /// Returns the body that the envelope's readers know.
    pub(super) fn to_envelope(&self) -> Value {
        let mut error = Map::new();
        error.insert("code".into(), envelope_code(self.kind).1.into());
        let message = self.detail.as_deref().unwrap_or(self.kind.meaning());
        error.insert("message".into(), message.into());
        if let Some(violations) = self.members.get("violations").and_then(Value::as_array) {
            let details: Vec<_> = violations.iter().map(detail).collect();
            error.insert("details".into(), details.into());
        }
        json!({ "error": error })
    }
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
    fn the_path_tells_the_form() {
        for (path, form) in [
            ("/api/crm", Dialect::Envelope),
            ("/api/crm/people", Dialect::Envelope),
            ("/api/settings/team", Dialect::Envelope),
            ("/api/pa/context", Dialect::Envelope),
            ("/api/crmx", Dialect::Problem),
            ("/api/plans/x", Dialect::Problem),
            ("/", Dialect::Problem),
        ] {
            assert_eq!(Dialect::of(path), form, "{path}");
        }
    }

    #[test]
    fn the_codes_of_the_envelope() {
        let mut table = String::new();
        for kind in Kind::ALL {
            let (status, code) = envelope_code(*kind);
            writeln!(table, "{:<28} {} {code}", kind.code(), status.as_u16()).unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn violations_are_told_with_dots() {
        let violations = json!([{ "path": "/tez/recipients/0", "problem": "no id" }]);
        let problem = Problem::new(Kind::BodyInvalid).member("violations", violations);
        let body = problem.to_envelope();
        assert_eq!(body["error"]["code"], "VALIDATION_ERROR");
        let details = json!([{ "path": "tez.recipients.0", "message": "no id" }]);
        assert_eq!(body["error"]["details"], details);
    }
}
