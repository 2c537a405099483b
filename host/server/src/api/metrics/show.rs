//! `GET /metrics`

use crate::app::App;
use crate::openapi::refusals;
use crate::problem::{Kind, Problem};
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use http::request::Parts;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

refusals!(&[
    Kind::AuthenticationRequired,
    Kind::TokenNotValid,
    Kind::Forbidden,
    Kind::Internal,
]);

/// Shows numbers about the host: to this machine, or to whoever has the token that the host's configuration names.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "health",
    security((), ("metrics" = [])),
    responses((status = 200, description = "Metrics in the text form of OpenMetrics", body = String, content_type = "application/openmetrics-text"), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    request: Parts,
) -> Result<impl IntoResponse, Problem> {
    let monitoring = &app.monitoring;
    monitoring.access.permit(&request)?;
    let text = monitoring.metrics.text((monitoring.levels)());
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text))
}
