//! `skillgate tez …`

use super::{bearer, input};
use crate::cli::{Bearer, Tez};
use crate::config::{Config, Environment};
use crate::outcome::{Exit, Failure};
use crate::output::{Output, text};
use crate::wiring;
use serde_json::{Value, json};
use skillgate_app::bundle::{self, BUNDLE_BYTES_MAX};
use skillgate_app::relay::Exported;
use skillgate_domain::ids::TezId;
use skillgate_server::{App, Problem};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// What a bundle with faults is named.
const NOT_A_BUNDLE: &str = "not-a-bundle";

/// Runs a command on a Tez with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: Tez,
    output: Output,
) -> Result<(), Failure> {
    match command {
        Tez::Check { bundle } => check(&bundle, output),
        Tez::Export { tez, out, bearer } => {
            let host = wiring::host(config).await?;
            let exported = export(&host.app, environment, &tez, &bearer).await;
            host.close().await;
            write(&exported?, &out, output)
        }
    }
}

async fn export(
    app: &App,
    environment: &Environment,
    tez: &str,
    bearer: &Bearer,
) -> Result<Exported, Failure> {
    let id = TezId::parse(tez).map_err(Failure::usage)?;
    let caller = bearer::authenticate(&app.tokens, bearer, environment).await?;
    let exported = app.relay.export(&caller, id).await;
    Ok(exported.map_err(Problem::from)?)
}

fn write(exported: &Exported, out: &Path, output: Output) -> Result<(), Failure> {
    let failed = |error| Failure::failed("file", format!("{}: {error}", out.display()));
    let file = OpenOptions::new().write(true).create_new(true).open(out);
    let mut file = file.map_err(failed)?;
    file.write_all(&exported.bundle)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    let view = json!({
        "tez": exported.id.to_string(),
        "bytes": exported.bundle.len(),
        "digest": exported.digest.to_string(),
    });
    output.answer(&view, |view| {
        format!("{} bytes, {}", view["bytes"], text(&view["digest"]))
    });
    Ok(())
}

/// Checks a bundle: everything that is wrong with it, or what is in it.
pub(super) fn check(path: &Path, output: Output) -> Result<(), Failure> {
    let bytes = input::file(path, BUNDLE_BYTES_MAX)?;
    let report = match bundle::check(&bytes) {
        Ok(report) => report,
        Err(faults) => {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            let body = json!({
                "code": NOT_A_BUNDLE,
                "detail": format!("the file breaks {} rules", faults.len()),
                "faults": faults,
            });
            output.answer(&body, faulty);
            return Err(Failure::told(Exit::Failed));
        }
    };
    let view = json!({
        "id": report.id,
        "level": report.level.number(),
        "items": report.items,
        "redacted": report.redacted,
        "citations": report.citations,
    });
    output.answer(&view, |view| {
        format!(
            "{}: a bundle of level {} with {} items, {} of them redacted, and {} citations",
            text(&view["id"]),
            view["level"],
            view["items"],
            view["redacted"],
            view["citations"],
        )
    });
    Ok(())
}

fn faulty(body: &Value) -> String {
    let faults = body["faults"].as_array().into_iter().flatten();
    let lines: Vec<_> = faults.map(|fault| format!("- {}", text(fault))).collect();
    format!("{}\n{}", text(&body["detail"]), lines.join("\n"))
}
