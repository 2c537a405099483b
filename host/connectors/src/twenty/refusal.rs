//! What a refusal of Twenty means. Its texts are looked at, and never passed on: they may hold names of
//! tables, or values of other records.

use crate::service;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use skillgate_app::ports::{CrmError, UnavailableCause};
use skillgate_domain::ids::RecordId;
use std::fmt;
use std::time::Duration;

/// How long to leave the CRM alone when a quota is used up (402) and it does not say.
pub(super) const QUOTA_BACK_OFF: Duration = Duration::from_mins(1);

/// Why Twenty did not do it. Nothing happened, except perhaps with [`Refusal::Server`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No such record, or a soft-deleted one.
    NotFound,
    /// Another record, possibly a soft-deleted one, has the same id or unique value.
    Duplicate(Option<RecordId>),
    /// The key is missing, wrong, expired or revoked.
    Credential,
    /// The key's role does not allow it.
    Permission,
    /// Too many requests.
    Slow(Option<Duration>),
    /// The cursor is none, or belongs to another query.
    Cursor,
    /// A record that is referred to does not exist.
    MissingReference,
    /// A phone number that cannot be parsed, or has neither country nor calling code.
    PhoneNumber,
    /// A link that is no web address.
    WebAddress,
    /// Something else about the input.
    Input(Upstream),
    /// An error of the server's own.
    Server,
}

/// Text of the CRM. Can be asked whether it mentions one of our own names, and does not show itself.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Upstream(String);

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upstream(…)")
    }
}

impl Upstream {
    /// Tells whether the text has `name` in quotes, alone or as the start of a path.
    pub(super) fn mentions(&self, name: &str) -> bool {
        let quoted = |end: char| self.0.contains(&format!("\"{name}{end}"));
        quoted('"') || quoted('.')
    }
}

impl From<Refusal> for CrmError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::Duplicate(holder) => Self::Conflict { holder },
            Refusal::Credential | Refusal::Permission => Self::Forbidden,
            Refusal::Slow(after) => Self::RateLimited {
                after: after.unwrap_or(super::client::BACK_OFF),
            },
            Refusal::Cursor => Self::Invalid("this is not a cursor of the same query".to_owned()),
            Refusal::MissingReference => {
                Self::Invalid("a record that is referred to does not exist".to_owned())
            }
            Refusal::PhoneNumber => Self::Invalid(
                "the CRM did not accept the phone number: give its country or calling code"
                    .to_owned(),
            ),
            Refusal::WebAddress => Self::Invalid("the CRM did not accept a web address".to_owned()),
            Refusal::Input(_) => Self::Invalid("the CRM did not accept a value".to_owned()),
            Refusal::Server => Self::Unavailable(UnavailableCause::ServerError),
        }
    }
}

/// Reads an error answer of the REST interface. Returns nothing when it is not one of Twenty's.
///
/// Three shapes are in use: `messages: [..]`, `message: ".."`, and `message: [..]` or `".."` beside
/// nested `errors`. Unknown objects, duplicates and missing permissions are all 400.
pub(super) fn of_rest(status: StatusCode, headers: &HeaderMap, body: &Value) -> Option<Refusal> {
    let entries = body.as_object()?;
    if !["messages", "message", "error", "errors"]
        .iter()
        .any(|key| entries.contains_key(*key))
    {
        return None;
    }
    let said = Said {
        text: texts(body),
        code: body["code"].as_str().unwrap_or_default(),
        error: body["error"].as_str().unwrap_or_default(),
        holder: None,
        after: retry_after(headers, body),
    };
    Some(match status.as_u16() {
        403 if said.code == "PERMISSION_DENIED" => Refusal::Permission,
        401 | 403 => Refusal::Credential,
        402 => Refusal::Slow(Some(said.after.unwrap_or(QUOTA_BACK_OFF))),
        429 => Refusal::Slow(said.after),
        500.. => Refusal::Server,
        404 if body["messages"].is_array() => Refusal::NotFound,
        // No record is missing there, but the whole interface: another server, or another path.
        404 => return None,
        _ => said.meaning(),
    })
}

/// Reads the errors of a GraphQL answer, whose status is 200 for nearly everything.
pub(super) fn of_graphql(headers: &HeaderMap, errors: &[Value]) -> Refusal {
    let first = errors.first().unwrap_or(&Value::Null);
    let extensions = &first["extensions"];
    let holder = extensions["conflictingRecordId"].as_str();
    Said {
        text: texts(first),
        code: extensions["subCode"].as_str().unwrap_or_default(),
        error: extensions["code"].as_str().unwrap_or_default(),
        holder: holder.and_then(|id| RecordId::parse(id).ok()),
        after: retry_after(headers, extensions),
    }
    .meaning()
}

struct Said<'a> {
    text: String,
    /// The more exact code.
    code: &'a str,
    error: &'a str,
    holder: Option<RecordId>,
    after: Option<Duration>,
}

impl Said<'_> {
    fn meaning(self) -> Refusal {
        let is = |codes: &[&str]| codes.contains(&self.code) || codes.contains(&self.error);
        if self.holder.is_some() || self.text.contains("duplicate entry") {
            Refusal::Duplicate(self.holder)
        } else if is(&["LIMIT_REACHED", "RATE_LIMITED", "TOO_MANY_REQUESTS"]) {
            Refusal::Slow(self.after)
        } else if is(&["QUOTA_EXHAUSTED"]) {
            Refusal::Slow(Some(self.after.unwrap_or(QUOTA_BACK_OFF)))
        } else if is(&["RECORD_NOT_FOUND", "NOT_FOUND"]) {
            Refusal::NotFound
        } else if is(&["PERMISSION_DENIED"]) {
            Refusal::Permission
        } else if is(&["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN_EXCEPTION"]) {
            Refusal::Credential
        } else if is(&["INVALID_CURSOR"]) {
            Refusal::Cursor
        } else if is(&["INVALID_PHONE_NUMBER"]) {
            Refusal::PhoneNumber
        } else if is(&["INVALID_URL"]) {
            Refusal::WebAddress
        } else if is(&["INTERNAL_SERVER_ERROR"]) {
            Refusal::Server
        } else if self.text.contains("foreign key constraint") {
            Refusal::MissingReference
        } else {
            Refusal::Input(Upstream(self.text))
        }
    }
}

/// Collects `message` and `messages`, whether they are texts or lists of texts.
fn texts(body: &Value) -> String {
    let mut all = Vec::new();
    for value in [&body["messages"], &body["message"]] {
        match value {
            Value::String(text) => all.push(text.as_str()),
            Value::Array(items) => all.extend(items.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    all.join("\n")
}

/// Reads `Retry-After` in seconds, or `retryAfterSeconds`. Twenty 2.19 sends neither.
fn retry_after(headers: &HeaderMap, body: &Value) -> Option<Duration> {
    let header = service::retry_after_seconds(headers);
    service::wait(header.or_else(|| body["retryAfterSeconds"].as_f64())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::RETRY_AFTER_MAX;
    use serde_json::json;

    fn rest(status: u16, body: &Value) -> Option<Refusal> {
        of_rest(
            StatusCode::from_u16(status).unwrap(),
            &HeaderMap::new(),
            body,
        )
    }

    #[test]
    fn all_shapes_of_rest_errors() {
        use Refusal as R;
        let said = |text: &str| json!({"statusCode": 0, "error": "BadRequestException", "messages": [text]});
        let coded = |code: &str| json!({"error": "Error", "messages": ["secret"], "code": code});
        let cases = [
            (
                403,
                json!({"messages": ["Missing authentication token"], "error": "FORBIDDEN_EXCEPTION"}),
                R::Credential,
            ),
            (
                401,
                json!({"messages": ["Token invalid."], "error": "UNAUTHENTICATED"}),
                R::Credential,
            ),
            (403, coded("PERMISSION_DENIED"), R::Permission),
            (400, coded("PERMISSION_DENIED"), R::Permission),
            (400, coded("INVALID_CURSOR"), R::Cursor),
            (400, coded("INVALID_PHONE_NUMBER"), R::PhoneNumber),
            (400, coded("INVALID_URL"), R::WebAddress),
            (404, said("Record not found"), R::NotFound),
            (
                400,
                said("A duplicate entry was detected"),
                R::Duplicate(None),
            ),
            (
                400,
                said(
                    "insert or update on table \"person\" violates foreign key constraint \"FK_x\"",
                ),
                R::MissingReference,
            ),
            (500, said("Data validation error."), R::Server),
            // The other two shapes: `message` as text, and as a list beside nested errors.
            (
                400,
                json!({"message": "Unexpected token", "error": "Bad Request", "statusCode": 400}),
                R::Input(Upstream("Unexpected token".into())),
            ),
            (
                400,
                json!({"message": ["a", "b"], "error": "METADATA_VALIDATION_ERROR", "errors": {"fieldMetadata": []}}),
                R::Input(Upstream("a\nb".into())),
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(rest(status, &body), Some(expected), "{status} {body}");
        }
        for odd in [
            json!("request entity too large"),
            json!([]),
            json!({}),
            Value::Null,
        ] {
            assert_eq!(rest(400, &odd), None, "{odd}");
        }
        let route = json!({"message": "Cannot GET /nope", "error": "Not Found", "statusCode": 404});
        assert_eq!(rest(404, &route), None, "no record is missing there");
    }

    #[test]
    fn budgets_of_both_generations() {
        use Refusal as R;
        let seconds = |s| Some(Duration::from_secs(s));
        let cases = [
            (
                429,
                json!({"error": "HttpException", "messages": ["Limit reached (100 tokens per 60000 ms)"]}),
                R::Slow(None),
            ),
            (
                429,
                json!({"error": "RATE_LIMITED", "messages": ["x"], "retryAfterSeconds": 7}),
                R::Slow(seconds(7)),
            ),
            (
                402,
                json!({"error": "QUOTA_EXHAUSTED", "messages": ["x"], "retryAfterSeconds": 90}),
                R::Slow(seconds(90)),
            ),
            (
                402,
                json!({"error": "QUOTA_EXHAUSTED", "messages": ["x"]}),
                R::Slow(Some(QUOTA_BACK_OFF)),
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(rest(status, &body), Some(expected), "{status} {body}");
        }
    }

    #[test]
    fn graphql_errors() {
        use Refusal as R;
        let id = "d262f2ad-9562-43ec-9542-b49be49bdbc7";
        let cases = [
            (
                json!({"subCode": "RECORD_NOT_FOUND", "code": "NOT_FOUND"}),
                R::NotFound,
            ),
            (
                json!({"conflictingRecordId": id, "code": "BAD_USER_INPUT"}),
                R::Duplicate(RecordId::parse(id).ok()),
            ),
            (
                json!({"subCode": "LIMIT_REACHED", "code": "BAD_USER_INPUT"}),
                R::Slow(None),
            ),
            (
                json!({"code": "RATE_LIMITED", "retryAfterSeconds": 2.5}),
                R::Slow(Some(Duration::from_millis(2_500))),
            ),
            (
                json!({"subCode": "UNAUTHENTICATED", "code": "UNAUTHENTICATED"}),
                R::Credential,
            ),
            (json!({"code": "FORBIDDEN"}), R::Credential),
            (
                json!({"subCode": "PERMISSION_DENIED", "code": "FORBIDDEN"}),
                R::Permission,
            ),
            (
                json!({"subCode": "INVALID_CURSOR", "code": "BAD_USER_INPUT"}),
                R::Cursor,
            ),
            (json!({"code": "INTERNAL_SERVER_ERROR"}), R::Server),
            (
                json!({"subCode": "INVALID_ARGS_FIRST", "code": "BAD_USER_INPUT"}),
                R::Input(Upstream("secret".into())),
            ),
            (Value::Null, R::Input(Upstream("secret".into()))),
        ];
        for (extensions, expected) in cases {
            let error = json!({"message": "secret", "extensions": extensions});
            assert_eq!(
                of_graphql(&HeaderMap::new(), &[error]),
                expected,
                "{extensions}"
            );
        }
    }

    #[test]
    fn the_header_goes_before_the_body_and_both_are_bounded() {
        let body = json!({"error": "RATE_LIMITED", "retryAfterSeconds": 9});
        let slow = |header: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", header.parse().unwrap());
            of_rest(StatusCode::TOO_MANY_REQUESTS, &headers, &body)
        };
        let wait = |seconds| Some(Refusal::Slow(Some(Duration::from_secs(seconds))));
        assert_eq!(slow("3"), wait(3));
        assert_eq!(slow("soon"), wait(9));
        assert_eq!(slow("-1"), Some(Refusal::Slow(None)));
        assert_eq!(slow("1e300"), Some(Refusal::Slow(None)));
        assert_eq!(slow("999999"), Some(Refusal::Slow(Some(RETRY_AFTER_MAX))));
    }

    #[test]
    fn nothing_of_the_crm_shows() {
        let refusal = rest(400, &json!({"messages": ["table workspace_1x secret"]})).unwrap();
        assert!(!format!("{refusal:?}").contains("secret"));
        let error = CrmError::from(refusal);
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
