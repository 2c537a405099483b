//! How a refusal looks at the Tez relay's own paths, to those who know that relay: `{"error": {"code",
//! "message"}}`, with its codes.

use super::{Kind, Problem};
use http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// What the paths of the relay begin with.
const FIRST_SEGMENTS: [&str; 4] = ["contacts", "teams", "tez", "unread"];

/// Tells whether a path is one of the relay's.
pub(super) fn is_at(path: &str) -> bool {
    let first = path
        .strip_prefix('/')
        .and_then(|rest| rest.split('/').next());
    first.is_some_and(|first| FIRST_SEGMENTS.contains(&first))
}

/// Returns the status that the relay has for a kind: what is not valid is a bad request there.
pub(crate) fn status(kind: Kind) -> StatusCode {
    match kind.status() {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        other => other,
    }
}

/// Returns the relay's code for a kind.
pub(crate) fn code(kind: Kind) -> &'static str {
    if kind == Kind::TokenNotValid {
        return "INVALID_TOKEN";
    }
    match status(kind).as_u16() {
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        408 => "REQUEST_TIMEOUT",
        409 => "CONFLICT",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "RATE_LIMITED",
        400 => "VALIDATION_ERROR",
        502 | 503 | 507 => "SERVICE_UNAVAILABLE",
        _ => "INTERNAL_ERROR",
    }
}

/// Returns the body.
pub(super) fn body(problem: &Problem) -> Value {
    let message = problem.detail.as_deref();
    let message = message.unwrap_or(problem.kind.meaning());
    json!({ "error": { "code": code(problem.kind), "message": message } })
}

/// Describes the body, with the codes it may have.
pub(crate) fn schema<'a>(codes: impl IntoIterator<Item = &'a str>) -> Object {
    let text = |about: &str| {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(about))
    };
    let error = ObjectBuilder::new()
        .property("code", text("For programs.").enum_values(Some(codes)))
        .property("message", text("What happened, for people."))
        .required("code")
        .required("message");
    ObjectBuilder::new()
        .property("error", error)
        .required("error")
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_relays_own_paths_are() {
        for (path, is) in [
            ("/tez/share", true),
            ("/unread", true),
            ("/teams/x/members", true),
            ("/contacts/register", true),
            ("/tez", true),
            ("/tezzes", false),
            ("/api/tez", false),
            ("/api/skills", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(is_at(path), is, "{path}");
        }
    }

    #[test]
    fn kinds_have_the_relays_statuses_and_codes() {
        for (kind, expected) in [
            (Kind::AuthenticationRequired, "401 UNAUTHORIZED"),
            (Kind::TokenNotValid, "401 INVALID_TOKEN"),
            (Kind::Forbidden, "403 FORBIDDEN"),
            (Kind::TezForbidden, "403 FORBIDDEN"),
            (Kind::TezNotFound, "404 NOT_FOUND"),
            (Kind::RouteNotFound, "404 NOT_FOUND"),
            (Kind::BodyInvalid, "400 VALIDATION_ERROR"),
            (Kind::BodyUnreadable, "400 VALIDATION_ERROR"),
            (Kind::QueryInvalid, "400 VALIDATION_ERROR"),
            (Kind::TezInvalid, "400 VALIDATION_ERROR"),
            (Kind::BodyTooLarge, "413 PAYLOAD_TOO_LARGE"),
            (Kind::RateLimited, "429 RATE_LIMITED"),
            (Kind::ExpansionExpired, "409 CONFLICT"),
            (Kind::CrmUnavailable, "502 SERVICE_UNAVAILABLE"),
            (Kind::StorageBusy, "503 SERVICE_UNAVAILABLE"),
            (Kind::Internal, "500 INTERNAL_ERROR"),
        ] {
            let shown = format!("{} {}", status(kind).as_u16(), code(kind));
            assert_eq!(shown, expected, "{kind:?}");
        }
    }
}
