//! `POST /api/crm/workflows/coordinate`

use super::DataWith;
use super::show::SHOW;
use super::tez_context::Usage;
use crate::app::App;
use crate::extract::{Auth, Checked, entity_id};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, JSON_BODY, KEYED, mypa_refusals};
use crate::problem::{Kind, Problem};
use crate::views::crm::{CoordinateRequest, Coordinated};
use axum::Json;
use axum::extract::State;

/// What to do with the answer.
const USAGE: &str =
    "Share tezDraft with a relay's /tez/share. Nothing has happened in mailbox and calendar.";

/// What may refuse the skill that coordinates.
const SKILL: &[Kind] = &[
    Kind::SkillNotFound,
    Kind::ToolNotFound,
    Kind::SkillFrozen,
    Kind::SkillNotRunnable,
    Kind::SkillBusy,
    Kind::SkillStopped,
    Kind::SkillOverLimit,
    Kind::SkillCrashed,
    Kind::SkillOutputInvalid,
    Kind::InputInvalid,
    Kind::PlanTooLong,
    Kind::TooManyPlans,
    Kind::ToolUnknownTool,
    Kind::ToolInvalidInput,
    Kind::ToolNotFoundRecord,
    Kind::ToolConflict,
    Kind::ToolDenied,
    Kind::ToolBudgetExhausted,
    Kind::ToolRateLimited,
    Kind::ToolUnavailable,
    Kind::ToolOutcomeUnknown,
    Kind::ToolFailed,
];

mypa_refusals!(AUTHENTICATED, KEYED, JSON_BODY, SHOW, SKILL);

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
    let Checked {
        mut value, body, ..
    } = sent;
    value["entityId"] = entity_id(&body.entity_id)?.to_string().into();
    let input = value.to_string();
    let answer = app.coordinations.coordinate(&caller, input.as_bytes());
    let data = serde_json::from_value(answer.await?.output);
    let data = data.map_err(|error| Problem::with_detail(Kind::SkillOutputInvalid, error))?;
    Ok(Json(DataWith {
        data,
        meta: Usage { usage: USAGE },
    }))
}
