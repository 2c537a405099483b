//! Why a call was refused, in the words and with the status codes of the real server.
//!
//! The codes mislead on purpose: an unknown object, a duplicate and a denied permission are all
//! 400, as recorded. REST and GraphQL render the same [`Fault`] differently.

use serde_json::{Value, json};
use uuid::Uuid;

/// A refused call. `Display` is the message the caller sees.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// 400 `BadRequestException`.
    #[error("{0}")]
    BadRequest(String),
    /// 400 `Error` with a stable `code`.
    #[error("{message}")]
    Coded { message: String, code: &'static str },
    /// 400 `TypeError`: the real server trips over the body.
    #[error("{0}")]
    TypeError(String),
    /// 404.
    #[error("Record not found")]
    NotFound,
    /// 501: the real server does this, the embedded CRM does not.
    #[error("{0} is not covered by the embedded CRM")]
    NotCovered(&'static str),
    /// 404 of the router, before anything else: no such route.
    #[error("Cannot {0}")]
    NoRoute(String),
    /// 404 of the metadata API.
    #[error("Object metadata not found")]
    ObjectMetadataNotFound,
    /// 400 without field, id or code; only GraphQL says which record is in the way.
    #[error("A duplicate entry was detected")]
    Duplicate {
        object: String,
        field: String,
        record: Option<Uuid>,
    },
    /// 400 whose body is `message` (not `messages`): the body parser, before any handler.
    #[error("{0}")]
    Parser(Value),
    /// 400 of the metadata API with nested errors.
    #[error("Multiple validation errors occurred while creating fields")]
    Metadata(Box<Value>),
    /// 500: a NUL byte reached the database.
    #[error("Data validation error.")]
    NulByte,
    /// 500: the body is larger than the server reads.
    #[error("request entity too large")]
    BodyTooLarge,
    /// 429, or HTTP 200 with `LIMIT_REACHED` over GraphQL.
    #[error("Limit reached ({tokens} tokens per {window_ms} ms)")]
    RateLimited {
        tokens: u32,
        window_ms: u64,
        retry_after_seconds: u64,
    },
    /// 403: no bearer token.
    #[error("Missing authentication token")]
    TokenMissing,
    /// 401: a bearer token that is not ours.
    #[error("Token invalid.")]
    TokenInvalid,
    /// 500: SQLite did not answer. Its text is logged, never sent.
    #[error("Internal server error")]
    Storage(#[from] sqlx::Error),
    /// 500: a stored document is not what this crate writes.
    #[error("Internal server error")]
    Corrupt(&'static str),
}

impl Fault {
    /// Shortens `Fault::BadRequest(format!(..))`.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::BadRequest(message.into())
    }

    /// Shortens a refusal with a stable code.
    pub(crate) fn coded(message: impl Into<String>, code: &'static str) -> Self {
        Self::Coded {
            message: message.into(),
            code,
        }
    }

    /// Returns the refusal of a field the object does not have.
    pub(crate) fn no_field(object: &str, field: &str) -> Self {
        Self::BadRequest(format!(
            "Object {object} doesn't have any \"{field}\" field."
        ))
    }

    /// Returns the HTTP status of the REST answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::NotFound | Self::ObjectMetadataNotFound | Self::NoRoute(_) => 404,
            Self::NotCovered(_) => 501,
            Self::NulByte | Self::BodyTooLarge | Self::Storage(_) | Self::Corrupt(_) => 500,
            Self::RateLimited { .. } => 429,
            Self::TokenMissing => 403,
            Self::TokenInvalid => 401,
            _ => 400,
        }
    }

    /// Returns the REST body.
    pub(crate) fn body(&self) -> Value {
        let status = self.status();
        let message = self.to_string();
        let named =
            |error: &str| json!({"statusCode": status, "error": error, "messages": [message]});
        let coded = |code: &str| json!({"statusCode": status, "error": "Error", "messages": [message], "code": code});
        match self {
            Self::BadRequest(_) | Self::Duplicate { .. } => named("BadRequestException"),
            Self::Coded { code, .. } => coded(code),
            Self::TypeError(_) => named("TypeError"),
            Self::NotFound => named("NotFoundException"),
            Self::ObjectMetadataNotFound => coded("OBJECT_METADATA_NOT_FOUND"),
            Self::Parser(message) => {
                json!({"message": message, "error": "Bad Request", "statusCode": status})
            }
            Self::NoRoute(_) => {
                json!({"message": message, "error": "Not Found", "statusCode": status})
            }
            Self::NotCovered(_) => named("NotImplementedException"),
            Self::Metadata(body) => (**body).clone(),
            Self::BodyTooLarge => json!(message),
            Self::NulByte | Self::Storage(_) | Self::Corrupt(_) => {
                named("InternalServerErrorException")
            }
            Self::RateLimited { .. } => named("HttpException"),
            Self::TokenMissing => named("FORBIDDEN_EXCEPTION"),
            Self::TokenInvalid => named("UNAUTHENTICATED"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_as_recorded() {
        let cases = [
            (
                Fault::NotFound,
                json!({"statusCode": 404, "error": "NotFoundException", "messages": ["Record not found"]}),
            ),
            (
                Fault::coded("Invalid cursor", "INVALID_CURSOR"),
                json!({"statusCode": 400, "error": "Error", "messages": ["Invalid cursor"], "code": "INVALID_CURSOR"}),
            ),
            (
                Fault::Duplicate {
                    object: "person".into(),
                    field: "emails".into(),
                    record: None,
                },
                json!({"statusCode": 400, "error": "BadRequestException", "messages": ["A duplicate entry was detected"]}),
            ),
            (
                Fault::TokenMissing,
                json!({"statusCode": 403, "error": "FORBIDDEN_EXCEPTION", "messages": ["Missing authentication token"]}),
            ),
            (
                Fault::Parser(json!("Unexpected end of JSON input")),
                json!({"statusCode": 400, "error": "Bad Request", "message": "Unexpected end of JSON input"}),
            ),
            (Fault::BodyTooLarge, json!("request entity too large")),
        ];
        for (fault, body) in cases {
            assert_eq!(fault.body(), body);
        }
    }

    #[test]
    fn a_storage_failure_does_not_show_its_source() {
        let fault = Fault::Storage(sqlx::Error::Protocol("secret detail".into()));
        assert!(!fault.body().to_string().contains("secret"));
        assert_eq!(fault.status(), 500);
    }
}
