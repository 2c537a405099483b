use crate::problem::{Kind, Problem};
use axum::extract::{FromRequestParts, Query as AxumQuery};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The query of a path, of a known shape.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        AxumQuery::try_from_uri(&parts.uri)
            .map(|AxumQuery(value)| Self(value))
            .map_err(|_| Problem::new(Kind::QueryInvalid))
    }
}
