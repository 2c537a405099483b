//! `skillgate egress explain …`: which rule of a skill's grant allows a request, or what stops it. Nothing is sent.

use super::bearer;
use crate::cli::{Bearer, Egress};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table};
use crate::wiring;
use serde_json::Value;
use skillgate_app::tokens::Tokens;
use skillgate_domain::egress::{Method, Target};
use skillgate_domain::ids::SkillName;
use skillgate_server::views::ExplainedRequest;
use skillgate_server::{App, Problem, views};

/// Runs the command with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    egress: Egress,
    output: Output,
) -> Result<(), Failure> {
    let Egress::Explain {
        url,
        module,
        method,
        bearer,
    } = egress;
    let target = Target::parse(&url).map_err(Failure::usage)?;
    let skill = SkillName::parse(&module).map_err(Failure::usage)?;
    let unknown = || Failure::usage(format!("{method} is no method of HTTP that rules know"));
    let method = Method::from_name(&method).ok_or_else(unknown)?;
    let host = wiring::host(config).await?;
    let asked = (&skill, method, &target);
    let done = explain(&host.app, environment, &bearer, asked).await;
    host.close().await;
    output.answer(&done?, people);
    Ok(())
}

async fn explain(
    app: &App,
    environment: &Environment,
    bearer: &Bearer,
    (skill, method, target): (&SkillName, Method, &Target),
) -> Result<ExplainedRequest, Failure> {
    let tokens: &Tokens = &app.tokens;
    let caller = bearer::authenticate(tokens, bearer, environment).await?;
    let asked = (method, target);
    let explained = app.ways_out.explain(&caller, skill, asked).await;
    let explained = explained.map_err(|error| Failure::from(Problem::from(error)))?;
    Ok(views::explained_request(asked, &explained))
}

fn people(view: &Value) -> String {
    let verdict = if view["allowed"] == true {
        "allowed"
    } else {
        "refused"
    };
    let request = view["request"].as_str().unwrap_or_default();
    let address = view["address"].as_str().unwrap_or_default();
    let rules = table(&view["rules"], &["rule", "credential", "says"]);
    format!("{request}: {verdict}\n{rules}\nthe host's address: {address}")
}
