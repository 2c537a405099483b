//! `GET /api/modules/offers`

use crate::app::App;
use crate::extract::{Auth, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, OfferList, OffersQuery};
use axum::Json;
use axum::extract::State;

refusals!(
    AUTHENTICATED,
    &[Kind::QueryInvalid, Kind::Forbidden, Kind::ManifestInvalid]
);

/// Lists what partners of the community offer now. For admins.
#[utoipa::path(
    get,
    path = "/api/modules/offers",
    operation_id = "list_offers",
    tag = "modules",
    params(OffersQuery),
    responses((status = 200, description = "Offers, the newest first; at most 100", body = OfferList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Query(query): Query<OffersQuery>,
) -> Result<Json<OfferList>, Problem> {
    let page = app.modules.offers(&caller, query.read()?).await?;
    Ok(Json(views::offers(&page)))
}
