//! `skillgate call SKILL TOOL`

use super::{bearer, input};
use crate::cli::{Bearer, Call as Arguments};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::Output;
use crate::wiring;
use serde_json::Value;
use skillgate_app::invocations::Call;
use skillgate_domain::ids::{SkillName, ToolName};
use skillgate_domain::limits::INPUT_BYTES_MAX;
use skillgate_domain::plan::Mode;
use skillgate_domain::scope::RecordScope;
use skillgate_server::views::{self, AnswerView};
use skillgate_server::{App, Problem};

/// Runs a tool with the bearer's rights and shows its output.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    arguments: Arguments,
    output: Output,
) -> Result<(), Failure> {
    let skill = SkillName::parse(&arguments.skill).map_err(Failure::usage)?;
    let tool = ToolName::parse(&arguments.tool).map_err(Failure::usage)?;
    let input = input::literal_or_stdin(&arguments.input, INPUT_BYTES_MAX)?;
    let call = Call {
        mode: if arguments.plan {
            Mode::Plan
        } else {
            Mode::Execute
        },
        records: narrowed(&arguments.records)?,
        ..Call::of(&skill, &tool, &input)
    };
    let host = wiring::host(config).await?;
    let answer = invoke(&host.app, &arguments.bearer, environment, call).await;
    host.close().await;
    output.answer(&answer?, |view| match &view["plan"] {
        Value::Null => format!("{:#}", view["output"]),
        planned => views::plan_words(planned),
    });
    Ok(())
}

fn narrowed(records: &[String]) -> Result<Option<RecordScope>, Failure> {
    if records.is_empty() {
        return Ok(None);
    }
    let records = records.iter().map(String::as_str);
    Ok(Some(views::record_scope(records)?))
}

async fn invoke(
    app: &App,
    bearer: &Bearer,
    environment: &Environment,
    call: Call<'_>,
) -> Result<AnswerView, Failure> {
    let caller = bearer::authenticate(&app.tokens, bearer, environment).await?;
    let answer = app.invocations.invoke(&caller, call).await;
    Ok(views::answer(answer.map_err(Problem::from)?))
}
