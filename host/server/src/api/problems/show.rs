//! `GET /problems/{code}`

use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use serde::Serialize;
use utoipa::ToSchema;

/// What a code means.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemPage {
    code: &'static str,
    meaning: &'static str,
    status: u16,
    title: &'static str,
}

refusals!(&[Kind::InvalidPath, Kind::RouteNotFound, Kind::Internal]);

/// Explains a code: what the `type` of a problem leads to.
#[utoipa::path(
    get,
    path = "/problems/{code}",
    operation_id = "show_problem",
    tag = "docs",
    security(()),
    params(("code" = String, Path, description = "A problem's code")),
    responses((status = 200, description = "What the code means", body = ProblemPage), Refusals)
)]
pub(crate) async fn handler(
    code: Result<Path<String>, PathRejection>,
) -> Result<Json<ProblemPage>, Problem> {
    let Path(code) = code.map_err(|_| Problem::new(Kind::InvalidPath))?;
    let kind = Kind::from_code(&code).ok_or(Problem::new(Kind::RouteNotFound))?;
    Ok(Json(ProblemPage {
        code: kind.code(),
        meaning: kind.meaning(),
        status: kind.status().as_u16(),
        title: kind.title(),
    }))
}
