//! `skillgate module …`

mod life;
mod offers;

use super::{bearer, input};
use crate::cli::{Bearer, Module};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, details, table};
use crate::wiring;
use skillgate_app::modules::ModuleError;
use skillgate_domain::grant::GrantTerms;
use skillgate_domain::ids::SubmissionId;
use skillgate_domain::limits::{COMPONENT_BYTES_MAX, MANIFEST_BYTES_MAX};
use skillgate_domain::principal::Principal;
use skillgate_server::limits::{BODY_BYTES_MAX, BODY_DEPTH_MAX};
use skillgate_server::views::Terms;
use skillgate_server::{App, Problem, views};
use std::path::{Path, PathBuf};

/// Runs a command on modules with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    module: Module,
    output: Output,
) -> Result<(), Failure> {
    let host = wiring::host(config).await?;
    let done = act(&host.app, environment, module, output).await;
    host.close().await;
    done
}

async fn act(
    app: &App,
    environment: &Environment,
    module: Module,
    output: Output,
) -> Result<(), Failure> {
    let caller = bearer::authenticate(&app.tokens, bearer_of(&module), environment).await?;
    match module {
        Module::Submit {
            manifest,
            component,
            ..
        } => submit(app, &caller, &manifest, &component, output).await,
        Module::List { .. } => list(app, &caller, output).await,
        Module::Show { module, .. } => show(app, &caller, &module, output).await,
        Module::Grant { module, terms, .. } => grant(app, &caller, &module, terms, output).await,
        Module::Diff { module, .. } => diff(app, &caller, &module, output).await,
        Module::Offer { module, .. } => offers::offer(app, &caller, &module, output).await,
        Module::Withdraw { module, .. } => offers::withdraw(app, &caller, &module, output).await,
        Module::Offers { after, .. } => offers::list(app, &caller, after, output).await,
        Module::Adopt { module, .. } => offers::adopt(app, &caller, &module, output).await,
        Module::Revoke { module, grant, .. } => {
            life::revoke(app, &caller, &module, &grant, output).await
        }
        Module::Freeze { skill, .. } => life::freeze(app, &caller, &skill, output).await,
        Module::Unfreeze { skill, .. } => life::unfreeze(app, &caller, &skill, output).await,
        Module::Rollback {
            skill,
            expected_generation,
            ..
        } => life::roll_back(app, &caller, &skill, expected_generation, output).await,
    }
}

fn bearer_of(module: &Module) -> &Bearer {
    match module {
        Module::Submit { bearer, .. }
        | Module::List { bearer }
        | Module::Show { bearer, .. }
        | Module::Grant { bearer, .. }
        | Module::Diff { bearer, .. }
        | Module::Offer { bearer, .. }
        | Module::Withdraw { bearer, .. }
        | Module::Offers { bearer, .. }
        | Module::Adopt { bearer, .. }
        | Module::Revoke { bearer, .. }
        | Module::Freeze { bearer, .. }
        | Module::Unfreeze { bearer, .. }
        | Module::Rollback { bearer, .. } => bearer,
    }
}

fn refused(error: ModuleError) -> Failure {
    Problem::from(error).into()
}

async fn submit(
    app: &App,
    caller: &Principal,
    manifest: &Path,
    component: &Path,
    output: Output,
) -> Result<(), Failure> {
    let text = String::from_utf8(input::file(manifest, MANIFEST_BYTES_MAX)?)
        .map_err(|_| Failure::failed("file", "the manifest is not UTF-8"))?;
    let component = input::file(component, COMPONENT_BYTES_MAX)?;
    let module = app.modules.submit(caller, text, component.into()).await;
    output.answer(&views::module(&module.map_err(refused)?), details);
    Ok(())
}

async fn list(app: &App, caller: &Principal, output: Output) -> Result<(), Failure> {
    let modules = app.modules.list(caller).await.map_err(refused)?;
    output.answer(&views::modules(&modules), |view| {
        let columns = [
            "id",
            "skill",
            "version",
            "publisher",
            "submitted_at",
            "grant",
        ];
        table(&view["modules"], &columns)
    });
    Ok(())
}

async fn show(app: &App, caller: &Principal, id: &str, output: Output) -> Result<(), Failure> {
    let id = SubmissionId::parse(id).map_err(Failure::usage)?;
    let module = app.modules.show(caller, id).await.map_err(refused)?;
    output.answer(&views::module(&module), details);
    Ok(())
}

async fn diff(app: &App, caller: &Principal, id: &str, output: Output) -> Result<(), Failure> {
    let id = SubmissionId::parse(id).map_err(Failure::usage)?;
    let diff = app.modules.diff(caller, id).await.map_err(refused)?;
    output.answer(&views::diff(&diff), details);
    Ok(())
}

async fn grant(
    app: &App,
    caller: &Principal,
    id: &str,
    terms: Option<PathBuf>,
    output: Output,
) -> Result<(), Failure> {
    let id = SubmissionId::parse(id).map_err(Failure::usage)?;
    let terms = terms.map_or(Ok(GrantTerms::default()), |path| read_terms(&path))?;
    let grant = app
        .modules
        .grant(caller, id, terms)
        .await
        .map_err(refused)?;
    output.answer(&views::grant(&grant), details);
    Ok(())
}

fn read_terms(path: &Path) -> Result<GrantTerms, Failure> {
    let bytes = input::file(path, BODY_BYTES_MAX)?;
    let value = skillgate_app::json::parse(&bytes, BODY_BYTES_MAX, BODY_DEPTH_MAX)
        .map_err(|error| Failure::failed("terms", error))?;
    let terms: Terms =
        serde_json::from_value(value).map_err(|error| Failure::failed("terms", error))?;
    Ok(terms.decode()?)
}
