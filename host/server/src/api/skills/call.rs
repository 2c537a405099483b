//! `POST /api/skills/{skill}/tools/{tool}?mode=`

use crate::app::App;
use crate::extract::{Auth, Input, Part, Query};
use crate::openapi::{AUTHENTICATED, IdempotencyKey, KEYED, refusals};
use crate::problem::{Kind, Problem};
use crate::views::{self, AnswerView, CallQuery};
use axum::Json;
use axum::extract::State;
use skillgate_app::invocations::Call;
use skillgate_domain::ids::{SkillName, ToolName};

/// What may refuse a call.
const CALL: &[Kind] = &[
    Kind::InvalidPath,
    Kind::QueryInvalid,
    Kind::UnsupportedMediaType,
    Kind::RequestTimeout,
    Kind::BodyUnreadable,
    Kind::Forbidden,
    Kind::SkillOutOfScope,
    Kind::InputTooLong,
    Kind::InputUnreadable,
];

/// What may keep a skill from running, or end its run.
pub(crate) const RUN: &[Kind] = &[
    Kind::SkillNotFound,
    Kind::SkillFrozen,
    Kind::PartnershipInactive,
    Kind::ToolNotFound,
    Kind::InputInvalid,
    Kind::SkillBusy,
    Kind::SkillNotRunnable,
    Kind::SkillStopped,
    Kind::SkillOverLimit,
    Kind::SkillCrashed,
    Kind::SkillOutputInvalid,
    Kind::PlanTooLong,
    Kind::TooManyPlans,
    Kind::RequiresConfirmation,
    Kind::PlanDeclined,
    Kind::PlanBeingApplied,
    Kind::PlanStopped,
    Kind::ConfirmationUsed,
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

refusals!(AUTHENTICATED, KEYED, CALL, RUN);

/// Runs a tool, or plans what it would write. The body is its input.
#[utoipa::path(
    post,
    path = "/api/skills/{skill}/tools/{tool}",
    operation_id = "call_tool",
    tag = "skills",
    params(("skill" = String, Path, description = "A skill's name"), ("tool" = String, Path, description = "A tool's name"), CallQuery, IdempotencyKey),
    request_body(content = Object, description = "Satisfies the tool's input schema", content_type = "application/json"),
    responses((status = 200, description = "What the tool answered", body = AnswerView), Refusals)
)]
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
    Part(tool): Part<ToolName>,
    Query(query): Query<CallQuery>,
    Input(input): Input,
) -> Result<Json<AnswerView>, Problem> {
    let call = Call {
        mode: query.mode(),
        records: query.records()?,
        ..Call::of(&skill, &tool, &input)
    };
    let answer = app.invocations.invoke(&caller, call).await?;
    Ok(Json(views::answer(answer)))
}
