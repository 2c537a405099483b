use super::body::{read, require_json};
use crate::limits::{BODY_BYTES_MAX, BODY_DEPTH_MAX, BODY_READ_MAX};
use crate::problem::{Kind, Problem, violations};
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use skillgate_app::json;
use skillgate_app::schema::Schema;

/// A body whose published schema decides what is taken, and says everything that is wrong at once.
/// Members that the schema does not know are left alone, as clients of this surface expect.
pub(crate) struct Checked<T> {
    /// What was sent, as it came.
    pub(crate) bytes: Bytes,
    /// The same as what the route takes.
    pub(crate) body: T,
}

/// Something that has a published schema, compiled once.
pub(crate) trait Published: DeserializeOwned {
    fn schema() -> &'static Schema;
}

/// Publishes the schema that a type describes itself with. Every part of it is described in place.
macro_rules! published {
    ($type:ty) => {
        impl $crate::extract::Published for $type {
            fn schema() -> &'static skillgate_app::schema::Schema {
                static SCHEMA: std::sync::LazyLock<skillgate_app::schema::Schema> =
                    std::sync::LazyLock::new(|| {
                        let described = <$type as utoipa::PartialSchema>::schema();
                        let text = serde_json::to_string(&described).expect("a schema is JSON");
                        skillgate_app::schema::Schema::compile(&text)
                            .expect("what is published is a schema")
                    });
                &SCHEMA
            }
        }
    };
}
pub(crate) use published;

impl<T: Published, S: Send + Sync> FromRequest<S> for Checked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let body = request.into_body();
        let bytes = read(body, BODY_BYTES_MAX, BODY_READ_MAX, Kind::BodyTooLarge).await?;
        let value = json::parse(&bytes, BODY_BYTES_MAX, BODY_DEPTH_MAX)
            .map_err(|refusal| Problem::with_detail(Kind::BodyUnreadable, refusal))?;
        let found = T::schema().violations(&value);
        if !found.is_empty() {
            return Err(invalid(&found));
        }
        let body = serde_json::from_value(value)
            .map_err(|error| Problem::with_detail(Kind::BodyInvalid, error))?;
        Ok(Self { bytes, body })
    }
}

/// Says what is wrong with a query.
pub(crate) fn invalid_query(found: &[skillgate_app::schema::Violation]) -> Problem {
    Problem::with_detail(Kind::QueryInvalid, "the query has faults")
        .member("violations", violations(found))
}

/// Says what is wrong with a body.
pub(crate) fn invalid(found: &[skillgate_app::schema::Violation]) -> Problem {
    Problem::with_detail(Kind::BodyInvalid, "the request has faults; see the details")
        .member("violations", violations(found))
}
