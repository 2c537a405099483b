//! `skillgate module …`

mod life;

use super::{bearer, input};
use crate::cli::{Bearer, Module};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, details, table};
use crate::wiring;
use skillgate_app::modules::{ModuleError, ModuleView};
use skillgate_domain::grant::GrantTerms;
use skillgate_domain::ids::SubmissionId;
use skillgate_domain::limits::{COMPONENT_BYTES_MAX, MANIFEST_BYTES_MAX};
use skillgate_domain::principal::Principal;
use skillgate_server::limits::{BODY_BYTES_MAX, BODY_DEPTH_MAX};
use skillgate_server::views::{OffersQuery, Terms};
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
        Module::Show { module, .. } => {
            answer(app.modules.show(&caller, id(&module)?).await, output)
        }
        Module::Grant { module, terms, .. } => grant(app, &caller, &module, terms, output).await,
        Module::Diff { module, .. } => diff(app, &caller, &module, output).await,
        Module::Offer { module, .. } => {
            answer(app.modules.offer(&caller, id(&module)?).await, output)
        }
        Module::Withdraw { module, .. } => {
            answer(app.modules.withdraw(&caller, id(&module)?).await, output)
        }
        Module::Offers { after, .. } => offers(app, &caller, after, output).await,
        Module::Adopt { module, .. } => {
            answer(app.modules.adopt(&caller, id(&module)?).await, output)
        }
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
    answer(module, output)
}

fn id(text: &str) -> Result<SubmissionId, Failure> {
    SubmissionId::parse(text).map_err(Failure::usage)
}

fn answer(module: Result<ModuleView, ModuleError>, output: Output) -> Result<(), Failure> {
    output.answer(&views::module(&module.map_err(refused)?), details);
    Ok(())
}

async fn offers(
    app: &App,
    caller: &Principal,
    after: Option<String>,
    output: Output,
) -> Result<(), Failure> {
    let after = OffersQuery { after }.read()?;
    let page = app.modules.offers(caller, after).await.map_err(refused)?;
    output.answer(&views::offers(&page), |view| {
        let columns = [
            "id",
            "community",
            "skill",
            "version",
            "offered_at",
            "module",
        ];
        let offers = table(&view["offers"], &columns);
        match view["next"].as_str() {
            Some(next) => format!("{offers}\nmore: --after {next}"),
            None => offers,
        }
    });
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

async fn diff(app: &App, caller: &Principal, module: &str, output: Output) -> Result<(), Failure> {
    let diff = app
        .modules
        .diff(caller, id(module)?)
        .await
        .map_err(refused)?;
    output.answer(&views::diff(&diff), details);
    Ok(())
}

async fn grant(
    app: &App,
    caller: &Principal,
    module: &str,
    terms: Option<PathBuf>,
    output: Output,
) -> Result<(), Failure> {
    let id = id(module)?;
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
