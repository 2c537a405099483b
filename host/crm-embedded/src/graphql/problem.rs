//! Faults as GraphQL errors.

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::rest;

/// What the real server shows to people when it has nothing better.
const VAGUE: &str = "An error occurred.";

/// Returns an entry of `errors`.
pub(super) fn of(fault: &Fault) -> Value {
    rest::log(fault);
    let extensions = match fault {
        Fault::NotFound => extensions(
            "NOT_FOUND",
            "RECORD_NOT_FOUND",
            "This record does not exist or has been deleted.",
        ),
        Fault::Duplicate {
            object,
            field,
            record,
        } => json!({
            "userFriendlyMessage": format!(
                "This {field} value is already in use. Please check your data and try again."
            ),
            "conflictingRecordId": record,
            "conflictingObjectNameSingular": object,
            "code": "BAD_USER_INPUT",
        }),
        Fault::RateLimited { .. } => extensions(
            "BAD_USER_INPUT",
            "LIMIT_REACHED",
            "Rate limit reached. Please try again later.",
        ),
        Fault::TokenInvalid => json!({
            "code": "UNAUTHENTICATED",
            "subCode": "UNAUTHENTICATED",
            "userFriendlyMessage": {
                "id": "z+7x/s",
                "message": "You must be authenticated to perform this action.",
            },
        }),
        Fault::Coded {
            code: "PERMISSION_DENIED",
            ..
        } => extensions("FORBIDDEN", "PERMISSION_DENIED", VAGUE),
        Fault::Coded { code, .. } => extensions("BAD_USER_INPUT", code, VAGUE),
        Fault::NulByte | Fault::Storage(_) | Fault::Corrupt(_) => {
            json!({"code": "INTERNAL_SERVER_ERROR", "userFriendlyMessage": VAGUE})
        }
        _ => extensions("BAD_USER_INPUT", "INVALID_QUERY_INPUT", VAGUE),
    };
    json!({"message": fault.to_string(), "extensions": extensions})
}

fn extensions(code: &str, sub_code: &str, shown: &str) -> Value {
    json!({"code": code, "subCode": sub_code, "userFriendlyMessage": shown})
}
