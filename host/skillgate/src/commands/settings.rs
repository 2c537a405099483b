//! `skillgate settings …`

use super::{bearer, input};
use crate::cli::{Bearer, Settings};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table};
use crate::wiring;
use skillgate_app::settings::SettingsError;
use skillgate_domain::principal::Principal;
use skillgate_server::limits::{BODY_BYTES_MAX, BODY_DEPTH_MAX};
use skillgate_server::views::NewSettings;
use skillgate_server::{App, Problem, views};
use std::path::Path;

/// Runs a command on a community's settings with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    settings: Settings,
    output: Output,
) -> Result<(), Failure> {
    let host = wiring::host(config).await?;
    let done = act(&host.app, environment, settings, output).await;
    host.close().await;
    done
}

async fn act(
    app: &App,
    environment: &Environment,
    settings: Settings,
    output: Output,
) -> Result<(), Failure> {
    let caller = bearer::authenticate(&app.tokens, bearer_of(&settings), environment).await?;
    match settings {
        Settings::Show { version, .. } => show(app, &caller, version, output).await,
        Settings::Put {
            file,
            expected_version,
            ..
        } => put(app, &caller, &file, expected_version, output).await,
        Settings::History { before, .. } => history(app, &caller, before, output).await,
    }
}

const fn bearer_of(settings: &Settings) -> &Bearer {
    match settings {
        Settings::Show { bearer, .. }
        | Settings::Put { bearer, .. }
        | Settings::History { bearer, .. } => bearer,
    }
}

fn refused(error: SettingsError) -> Failure {
    Problem::from(error).into()
}

/// For people the settings alone, so that they can be kept in a file and put again.
async fn show(
    app: &App,
    caller: &Principal,
    version: Option<u32>,
    output: Output,
) -> Result<(), Failure> {
    let shown = match version {
        Some(version) => app.settings.version(caller, version).await,
        None => app.settings.current(caller).await,
    };
    let view = views::community_settings(&shown.map_err(refused)?);
    output.answer(&view, |view| format!("{:#}", view["settings"]));
    Ok(())
}

async fn put(
    app: &App,
    caller: &Principal,
    file: &Path,
    expected_version: u32,
    output: Output,
) -> Result<(), Failure> {
    let text = input::file(file, BODY_BYTES_MAX)?;
    let settings = skillgate_app::json::parse(&text, BODY_BYTES_MAX, BODY_DEPTH_MAX)
        .map_err(|error| Failure::failed("file", error))?;
    let new = NewSettings {
        settings,
        expected_version,
    };
    let put = app.settings.put(caller, new.read(), expected_version).await;
    let put = views::community_settings(&put.map_err(refused)?);
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
    let history = app.settings.history(caller, before).await;
    let history = history.map_err(refused)?;
    output.answer(&views::settings_history(&history), |view| {
        table(
            &view["versions"],
            &["version", "put_by", "put_at", "digest"],
        )
    });
    Ok(())
}
