//! `GET /api/communities/{community}/partnerships/metrics`

use crate::app::App;
use crate::extract::{Auth, Part, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, MetricsQuery, PartnershipMetrics};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::QueryInvalid,
        Kind::Forbidden,
        Kind::PartnershipNotFound
    ]
);

/// Counts what happened to the community's partnerships and what went to its partners, by days, for its admins.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/partnerships/metrics",
    operation_id = "count_partnerships",
    tag = "partnerships",
    params(("community" = String, Path), MetricsQuery),
    responses((status = 200, description = "The numbers, in all and by day", body = PartnershipMetrics), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Query(query): Query<MetricsQuery>,
) -> Result<Json<PartnershipMetrics>, Problem> {
    let period = query.read()?;
    let metrics = app.partnerships.metrics(&caller, &community, period);
    Ok(Json(views::partnership_metrics(&metrics.await?)))
}
