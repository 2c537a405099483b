//! `skillgate secret …`: what skills use and never see. A secret never stands on the command line, where others
//! see it, and is never printed.

use super::{bearer, input};
use crate::cli::{Bearer, Secret, SecretOf};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table};
use crate::wiring;
use secrecy::SecretString;
use serde_json::json;
use skillgate_app::credentials::SECRET_BYTES_MAX;
use skillgate_app::ports::SecretLine;
use skillgate_app::secrets::{Giving, Secrets, SecretsError};
use skillgate_domain::ids::{CredentialName, SkillName};
use skillgate_domain::principal::Principal;
use skillgate_server::{App, Problem, views};
use std::path::Path;

/// Runs a command on secrets with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    secret: Secret,
    output: Output,
) -> Result<(), Failure> {
    let host = wiring::host(config).await?;
    let done = act(&host.app, environment, secret, output).await;
    host.close().await;
    done
}

async fn act(
    app: &App,
    environment: &Environment,
    secret: Secret,
    output: Output,
) -> Result<(), Failure> {
    let caller = bearer::authenticate(&app.tokens, bearer_of(&secret), environment).await?;
    let secrets: &Secrets = &app.secrets;
    match secret {
        Secret::Set { of, file, .. } => {
            put(secrets, &caller, &of, &file, Giving::New, output).await
        }
        Secret::Rotate { of, file, .. } => {
            put(secrets, &caller, &of, &file, Giving::Rotation, output).await
        }
        Secret::List { skill, .. } => list(secrets, &caller, skill.as_deref(), output).await,
        Secret::Rm { of, .. } => remove(secrets, &caller, &of, output).await,
    }
}

const fn bearer_of(secret: &Secret) -> &Bearer {
    match secret {
        Secret::Set { bearer, .. }
        | Secret::Rotate { bearer, .. }
        | Secret::List { bearer, .. }
        | Secret::Rm { bearer, .. } => bearer,
    }
}

fn refused(error: SecretsError) -> Failure {
    Problem::from(error).into()
}

fn names(of: &SecretOf) -> Result<(SkillName, CredentialName), Failure> {
    let skill = SkillName::parse(&of.skill).map_err(Failure::usage)?;
    let name = CredentialName::parse(&of.name).map_err(Failure::usage)?;
    Ok((skill, name))
}

async fn put(
    secrets: &Secrets,
    caller: &Principal,
    of: &SecretOf,
    file: &Path,
    giving: Giving,
    output: Output,
) -> Result<(), Failure> {
    let (skill, name) = names(of)?;
    let text = read(file)?;
    let put = secrets.put(caller, (&skill, &name), text, giving).await;
    let view = views::secret(&put.map_err(refused)?);
    output.answer(&view, |view| {
        format!(
            "{} of {} is at version {}",
            view["name"], view["skill"], view["version"]
        )
    });
    Ok(())
}

/// The end of a line after the secret does not belong to it.
fn read(file: &Path) -> Result<SecretString, Failure> {
    // Two more for the end of the line, so that the limit is the secret's own.
    let bytes = input::file(file, SECRET_BYTES_MAX + 2)?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::failed("file", "a secret is text"))?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n'])))
}

async fn list(
    secrets: &Secrets,
    caller: &Principal,
    skill: Option<&str>,
    output: Output,
) -> Result<(), Failure> {
    let skill = skill.map(SkillName::parse).transpose();
    let skill = skill.map_err(Failure::usage)?;
    let mut all: Vec<SecretLine> = Vec::new();
    loop {
        let after = all.last().map(|line| (&line.skill, &line.name));
        let page = secrets.list(caller, skill.as_ref(), after).await;
        let page = page.map_err(refused)?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    output.answer(&views::secrets(&all), |view| {
        let columns = ["skill", "name", "version", "put_by", "put_at"];
        table(&view["secrets"], &columns)
    });
    Ok(())
}

async fn remove(
    secrets: &Secrets,
    caller: &Principal,
    of: &SecretOf,
    output: Output,
) -> Result<(), Failure> {
    let (skill, name) = names(of)?;
    let removed = secrets.remove(caller, (&skill, &name)).await;
    removed.map_err(refused)?;
    output.answer(&json!({ "removed": of.name }), |_| "removed".to_owned());
    Ok(())
}
