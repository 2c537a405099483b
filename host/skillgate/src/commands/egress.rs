//! `skillgate egress explain …`: which rule of a skill's grant allows a request, or what stops it. Nothing is sent.

use super::bearer;
use crate::cli::{Bearer, Egress};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table};
use crate::wiring;
use serde_json::{Value, json};
use skillgate_app::modules::RuleAnswer;
use skillgate_app::tokens::Tokens;
use skillgate_connectors::egress::AddressError;
use skillgate_domain::egress::{Method, Target};
use skillgate_domain::ids::SkillName;
use skillgate_server::{App, Problem};

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
    let rules = done?;
    // Where the name leads is asked last, since that asks somebody else.
    let way_out = wiring::open_way_out(&config.egress).map_err(Failure::from)?;
    let address = way_out.judge(&target.to_string()).await;
    output.answer(&view((method, &target), &rules, address), people);
    Ok(())
}

async fn explain(
    app: &App,
    environment: &Environment,
    bearer: &Bearer,
    (skill, method, target): (&SkillName, Method, &Target),
) -> Result<Vec<RuleAnswer>, Failure> {
    let tokens: &Tokens = &app.tokens;
    let caller = bearer::authenticate(tokens, bearer, environment).await?;
    let explained = app
        .modules
        .explain_request(&caller, skill, (method, target));
    explained.await.map_err(|error| Problem::from(error).into())
}

fn view(
    (method, target): (Method, &Target),
    rules: &[RuleAnswer],
    address: Result<(), AddressError>,
) -> Value {
    let allowed = rules.iter().any(|rule| rule.misfit.is_none()) && address.is_ok();
    let rules: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "rule": rule.rule,
                "credential": rule.credential.as_ref().map(ToString::to_string),
                "says": rule.misfit.map_or("allowed", |part| part.code()),
            })
        })
        .collect();
    json!({
        "request": format!("{} {target}", method.name()),
        "allowed": allowed,
        "rules": rules,
        "address": address.map_or_else(|why| why.to_string(), |()| "allowed".to_owned()),
    })
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
