//! `skillgate replay INVOCATION`

use super::{bearer, input};
use crate::cli::Replay;
use crate::config::{Config, Environment};
use crate::outcome::{Exit, Failure};
use crate::output::{Output, text};
use crate::wiring::{self, Host};
use serde_json::Value;
use skillgate_app::replay::Replayed;
use skillgate_domain::ids::InvocationId;
use skillgate_domain::limits::COMPONENT_BYTES_MAX;
use skillgate_server::{Problem, views};
use std::sync::Arc;

/// Runs a recorded call again with the bearer's rights, and shows where it differs.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    replay: Replay,
    output: Output,
) -> Result<(), Failure> {
    let invocation = InvocationId::parse(&replay.invocation).map_err(Failure::usage)?;
    let component = replay
        .component
        .as_deref()
        .map(|path| input::file(path, COMPONENT_BYTES_MAX))
        .transpose()?;
    let host = wiring::host(config).await?;
    let done = act(&host, environment, &replay, invocation, component).await;
    host.close().await;
    let replayed = done?;
    output.answer(&views::replay(&replayed), words);
    if replayed.is_same() {
        return Ok(());
    }
    Err(Failure::told(Exit::Failed))
}

async fn act(
    host: &Host,
    environment: &Environment,
    replay: &Replay,
    invocation: InvocationId,
    component: Option<Vec<u8>>,
) -> Result<Replayed, Failure> {
    let caller = bearer::authenticate(&host.app.tokens, &replay.bearer, environment).await?;
    let component = component.map(Arc::from);
    let done = host.replays.replay(&caller, invocation, component).await;
    Ok(done.map_err(Problem::from)?)
}

/// A replay for people: one line for each difference.
fn words(view: &Value) -> String {
    let part = |name| text(&view[name]);
    let mut lines = vec![format!(
        "{} {} of {}, now {}",
        part("skill"),
        part("tool"),
        part("recorded_component"),
        part("component")
    )];
    for difference in view["differences"].as_array().into_iter().flatten() {
        lines.push(text(&difference["words"]));
    }
    if view["left_out"] != 0 {
        lines.push(format!("and {} more differences", view["left_out"]));
    }
    if !view["ends_after"].is_null() {
        let calls = &view["ends_after"];
        lines.push(format!("the journal ends after {calls} calls of the CRM"));
    }
    if view["same"] == true {
        lines.push("the same".to_owned());
    }
    lines.join("\n")
}
