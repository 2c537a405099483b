//! `GET /unread`

use crate::app::App;
use crate::extract::Auth;
use crate::openapi::relay_refusals;
use crate::problem::Problem;
use crate::views::tez::{self, Data, UnreadView};
use axum::Json;
use axum::extract::State;

relay_refusals!();

/// Counts what others sent and the caller has not read, by team.
#[utoipa::path(
    get,
    path = "/unread",
    operation_id = "count_unread_tez",
    tag = "tez",
    responses((status = 200, description = "Counts", body = Data<UnreadView>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
) -> Result<Json<Data<UnreadView>>, Problem> {
    let unread = app.relay.unread(&caller).await?;
    Ok(Json(tez::unread_tez(&unread)))
}
