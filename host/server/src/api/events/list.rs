//! `GET /api/communities/{community}/events`

use crate::app::App;
use crate::extract::{Auth, Part, Query};
use crate::openapi::{AUTHENTICATED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, EventList, EventsQuery};
use axum::Json;
use axum::extract::State;
use skillgate_domain::ids::CommunityId;

refusals!(
    AUTHENTICATED,
    &[
        Kind::InvalidPath,
        Kind::QueryInvalid,
        Kind::Forbidden,
        Kind::CommunityNotFound
    ]
);

/// Lists what the community was told of, as far as the caller may see it: for whoever missed it in real time.
#[utoipa::path(
    get,
    path = "/api/communities/{community}/events",
    operation_id = "list_events",
    tag = "partnerships",
    params(("community" = String, Path), EventsQuery),
    responses((status = 200, description = "Events in order; at most 100", body = EventList), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(community): Part<CommunityId>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<EventList>, Problem> {
    let page = app.events.missed(&caller, &community, query.after).await?;
    Ok(Json(views::events(&community, &page)))
}
