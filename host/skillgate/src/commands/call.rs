//! `skillgate call SKILL TOOL`

use super::{REQUEST, bearer, input};
use crate::cli::Call as Arguments;
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::Output;
use crate::wiring;
use skillgate_app::invocations::Call;
use skillgate_domain::ids::{RequestId, SkillName, ToolName};
use skillgate_domain::limits::INPUT_BYTES_MAX;
use skillgate_server::{Problem, views};

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
    let app = wiring::app(config).await?;
    let caller = bearer::authenticate(&app.tokens, &arguments.bearer, environment).await?;
    let call = Call {
        skill: &skill,
        tool: &tool,
        input: &input,
        request: RequestId::parse(REQUEST).expect("a short word is a request id"),
    };
    let answer = app.invocations.invoke(&caller, call).await;
    let answer = views::answer(answer.map_err(Problem::from)?);
    output.answer(&answer, |view| format!("{:#}", view["output"]));
    Ok(())
}
