//! `POST /api/crm/workflows/coordinate`

use super::DataWith;
use super::show::SHOW;
use super::tez_context::Usage;
use crate::api::plans::apply::APPLY;
use crate::api::skills::call::RUN;
use crate::app::App;
use crate::extract::{Auth, Checked, entity_id, invalid};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
use crate::problem::Problem;
use crate::views::crm::{CoordinateRequest, Coordinated};
use axum::Json;
use axum::extract::State;

/// What to do with the answer.
const USAGE: &str = "Apply plan with /api/crm/workflows/plans/{id}/apply, or give tezDraft to a relay's /tez/share.";

mypa_refusals!(AUTHENTICATED, KEYED, JSON_BODY, SHOW, RUN, APPLY);

/// Makes a hand-off of a record: context, draft, plan, e-mail and calendar entry, in one call.
#[utoipa::path(
    post,
    path = "/api/crm/workflows/coordinate",
    operation_id = "crm_coordinate",
    tag = "crm",
    params(IdempotencyKey),
    request_body = CoordinateRequest,
    responses((status = 200, description = "What was made of it", body = DataWith<Coordinated, Usage>), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    sent: Checked<CoordinateRequest>,
) -> Result<Json<DataWith<Coordinated, Usage>>, Problem> {
    let mut asked = sent.body;
    asked.entity_id = entity_id(&asked.entity_id)?.to_string();
    let at_once = asked.at_once().map_err(|found| invalid(&found))?;
    let asked = serde_json::to_value(asked).map_err(|error| Problem::internal(&error))?;
    // Half a hand-off is nobody's wish: it goes on when its caller leaves.
    let coordinations = app.coordinations.clone();
    let work = async move {
        let made = coordinations.coordinate::<Coordinated>(&caller, &asked, at_once);
        made.await
    };
    let made = app.to_its_end(work).await??;
    let mut data = made.output;
    data.with_plan(made.plan.as_ref());
    data.with_applied(made.applied.as_ref());
    Ok(Json(DataWith {
        data,
        meta: Usage { usage: USAGE },
    }))
}
