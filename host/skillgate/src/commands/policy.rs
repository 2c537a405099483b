//! `skillgate policy …`

use super::{bearer, input};
use crate::cli::{Bearer, Policy};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, details, table};
use crate::wiring;
use serde_json::json;
use skillgate_app::policies::PolicyError;
use skillgate_domain::limits::POLICY_TEXT_BYTES_MAX;
use skillgate_domain::principal::Principal;
use skillgate_server::limits::{BODY_BYTES_MAX, BODY_DEPTH_MAX};
use skillgate_server::views::PolicyQuestion;
use skillgate_server::{App, Problem, views};
use std::path::Path;

/// Runs a command on policies with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    policy: Policy,
    output: Output,
) -> Result<(), Failure> {
    let host = wiring::host(config).await?;
    let done = act(&host.app, environment, policy, output).await;
    host.close().await;
    done
}

async fn act(
    app: &App,
    environment: &Environment,
    policy: Policy,
    output: Output,
) -> Result<(), Failure> {
    let caller = bearer::authenticate(&app.tokens, bearer_of(&policy), environment).await?;
    match policy {
        Policy::List { .. } => list(app, &caller, output).await,
        Policy::Show { version, .. } => show(app, &caller, version, output).await,
        Policy::Validate { file, .. } => validate(app, &caller, &file, output).await,
        Policy::Put {
            file,
            expected_version,
            ..
        } => put(app, &caller, &file, expected_version, output).await,
        Policy::History { before, .. } => history(app, &caller, before, output).await,
        Policy::Explain { question, .. } => explain(app, &caller, &question, output).await,
    }
}

fn bearer_of(policy: &Policy) -> &Bearer {
    match policy {
        Policy::List { bearer }
        | Policy::Show { bearer, .. }
        | Policy::Validate { bearer, .. }
        | Policy::Put { bearer, .. }
        | Policy::History { bearer, .. }
        | Policy::Explain { bearer, .. } => bearer,
    }
}

fn refused(error: PolicyError) -> Failure {
    Problem::from(error).into()
}

fn text_of(file: &Path) -> Result<String, Failure> {
    String::from_utf8(input::file(file, POLICY_TEXT_BYTES_MAX)?)
        .map_err(|_| Failure::failed("file", "the policies are not UTF-8"))
}

async fn list(app: &App, caller: &Principal, output: Output) -> Result<(), Failure> {
    let current = app.policies.current(caller).await.map_err(refused)?;
    let mut view = json!(views::policy_list(&current.policies));
    view["version"] = current.version.into();
    output.answer(&view, |view| table(&view["policies"], &["id", "effect"]));
    Ok(())
}

/// For people the text alone, so that it can be kept in a file and put again.
async fn show(
    app: &App,
    caller: &Principal,
    version: Option<u32>,
    output: Output,
) -> Result<(), Failure> {
    let shown = match version {
        Some(version) => app.policies.version(caller, version).await,
        None => app.policies.current(caller).await,
    };
    let shown = shown.map_err(refused)?;
    output.answer(&views::policies(&shown), |_| shown.text.clone());
    Ok(())
}

async fn validate(
    app: &App,
    caller: &Principal,
    file: &Path,
    output: Output,
) -> Result<(), Failure> {
    let listed = app.policies.validate(caller, &text_of(file)?).await;
    let view = views::policy_list(&listed.map_err(refused)?);
    output.answer(&view, |view| table(&view["policies"], &["id", "effect"]));
    Ok(())
}

async fn put(
    app: &App,
    caller: &Principal,
    file: &Path,
    expected_version: u32,
    output: Output,
) -> Result<(), Failure> {
    let text = text_of(file)?;
    let put = app.policies.put(caller, text, expected_version).await;
    let put = views::policies(&put.map_err(refused)?);
    output.answer(&put, |view| {
        format!("version {} is in force", view["version"])
    });
    Ok(())
}

async fn history(
    app: &App,
    caller: &Principal,
    before: Option<u32>,
    output: Output,
) -> Result<(), Failure> {
    let history = app
        .policies
        .history(caller, before)
        .await
        .map_err(refused)?;
    output.answer(&views::policy_history(&history), |view| {
        table(
            &view["versions"],
            &["version", "put_by", "put_at", "digest"],
        )
    });
    Ok(())
}

async fn explain(
    app: &App,
    caller: &Principal,
    question: &str,
    output: Output,
) -> Result<(), Failure> {
    let bytes = input::literal_or_stdin(question, BODY_BYTES_MAX)?;
    let value = skillgate_app::json::parse(&bytes, BODY_BYTES_MAX, BODY_DEPTH_MAX)
        .map_err(|error| Failure::failed("question", error))?;
    let question: PolicyQuestion =
        serde_json::from_value(value).map_err(|error| Failure::failed("question", error))?;
    let (subject, action, resource) = question.decode(&caller.community)?;
    let explained = app
        .policies
        .explain(caller, &subject, action, &resource)
        .await
        .map_err(refused)?;
    output.answer(&views::explanation(&explained), details);
    Ok(())
}
