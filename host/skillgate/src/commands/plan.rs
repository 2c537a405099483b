//! `skillgate plan …`

use super::bearer;
use crate::cli::{Bearer, Plan};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, text};
use crate::wiring;
use serde_json::Value;
use skillgate_app::plans::PlanStanding;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::PlanId;
use skillgate_domain::plan::PlanState;
use skillgate_server::{App, Problem, views};
use std::fmt::Write;

/// Runs a command on a plan with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    plan: Plan,
    output: Output,
) -> Result<(), Failure> {
    let host = wiring::host(config).await?;
    let done = act(&host.app, environment, plan).await;
    host.close().await;
    let (standing, applied) = done?;
    output.answer(&views::plan(&standing), words);
    if applied && standing.state != PlanState::Applied {
        return Err(Failure::failed(
            "plan-stopped",
            "the plan did not come to its end",
        ));
    }
    Ok(())
}

async fn act(
    app: &App,
    environment: &Environment,
    plan: Plan,
) -> Result<(PlanStanding, bool), Failure> {
    let (id, digest, bearer): (String, Option<String>, Bearer) = match plan {
        Plan::Show { plan, bearer } => (plan, None, bearer),
        Plan::Apply {
            plan,
            digest,
            bearer,
        } => (plan, Some(digest), bearer),
    };
    let id = PlanId::parse(&id).map_err(Failure::usage)?;
    let caller = bearer::authenticate(&app.tokens, &bearer, environment).await?;
    let standing = match &digest {
        None => app.plans.show(&caller, id).await,
        Some(digest) => {
            let digest = Digest::parse(digest).map_err(Failure::usage)?;
            app.plans.apply(&caller, id, &digest).await
        }
    };
    let standing = standing.map_err(Problem::from)?;
    Ok((standing, digest.is_some()))
}

/// A plan for people: each effect with its fields, from what to what.
pub(super) fn words(view: &Value) -> String {
    let mut words = String::new();
    let plan = |name| text(&view[name]);
    let mut line = |line: String| {
        writeln!(words, "{line}").expect("a String takes any text");
    };
    line(format!("plan {} ({})", plan("id"), plan("state")));
    line(format!("digest {}", plan("digest")));
    line(format!("expires {}", plan("expires_at")));
    for effect in view["effects"].as_array().into_iter().flatten() {
        let part = |name| text(&effect[name]);
        let outcome = match (effect["outcome"].as_str(), effect["code"].as_str()) {
            (None, _) => String::new(),
            (Some(outcome), None) => format!(": {outcome}"),
            (Some(outcome), Some(code)) => format!(": {outcome} ({code})"),
        };
        line(format!(
            "{}. {} {} {}{outcome}",
            effect["number"],
            part("action"),
            part("object"),
            part("id"),
        ));
        if let Some(to) = effect["to"].as_object() {
            line(format!("   to {} {}", text(&to["object"]), text(&to["id"])));
        }
        for field in effect["fields"].as_array().into_iter().flatten() {
            let before = if field["before_hidden"] == true {
                "(not shown)".to_owned()
            } else {
                shown(&field["before"])
            };
            let after = shown(&field["after"]);
            line(format!("   {}: {before} -> {after}", text(&field["field"])));
        }
    }
    words
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(empty)".to_owned(),
        other => other.to_string(),
    }
}
