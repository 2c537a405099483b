//! `POST /api/skills/{skill}/tools/{tool}?mode=`

use crate::app::App;
use crate::extract::{Auth, Input, Part, Query};
use crate::problem::Problem;
use crate::views::{self, CallQuery};
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use skillgate_app::invocations::Call;
use skillgate_domain::ids::{SkillName, ToolName};

/// Runs a tool, or plans what it would write. The body is its input.
pub(crate) async fn handler(
    State(app): State<App>,
    Auth(caller): Auth,
    Part(skill): Part<SkillName>,
    Part(tool): Part<ToolName>,
    Query(query): Query<CallQuery>,
    Input(input): Input,
) -> Result<Json<Value>, Problem> {
    let call = Call {
        skill: &skill,
        tool: &tool,
        input: &input,
        mode: query.mode(),
        records: query.records()?,
    };
    let answer = app.invocations.invoke(&caller, call).await?;
    Ok(Json(views::answer(&answer)))
}
