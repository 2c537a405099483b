//! `GET /problems/{code}`

use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde_json::{Value, json};

/// Explains a code: what the `type` of a problem leads to.
pub(crate) async fn handler(
    code: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Problem> {
    let Path(code) = code.map_err(|_| Problem::new(Kind::InvalidPath))?;
    let kind = Kind::from_code(&code).ok_or(Problem::new(Kind::RouteNotFound))?;
    Ok(Json(json!({
        "code": kind.code(),
        "status": kind.status().as_u16(),
        "title": kind.title(),
        "meaning": kind.meaning(),
    })))
}
