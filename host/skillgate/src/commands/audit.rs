//! `skillgate audit …`: the operator's export, and checks that need neither host nor database.

use super::{bearer, input};
use crate::cli::{Audit, AuditList, PublicKeys};
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table, text};
use crate::wiring::{self, Keys};
use serde_json::{Value, json};
use skillgate_app::audit::export::export;
use skillgate_app::audit::verify::{Proof, prove, verify};
use skillgate_app::audit::{LEAF_VERSION, Verifiers};
use skillgate_app::ports::Unmetered;
use skillgate_server::views::{self, AuditPage, AuditQuery};
use skillgate_server::{App, Problem};
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// Longest proof or checkpoint that is read, in bytes.
const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What a failed check is named.
const NOT_VERIFIED: &str = "not-verified";

/// Runs a command that needs the host's configuration.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    command: Audit,
    output: Output,
) -> Result<(), Failure> {
    match command {
        Audit::List(list) => {
            let host = wiring::host(config).await?;
            let page = page(&host.app, environment, list).await;
            host.close().await;
            show(&page?, output);
            Ok(())
        }
        Audit::Export { out } => write(config, &out, output).await,
        Audit::Key => {
            wiring::prepare_data(config)?;
            show_keys(&wiring::audit_keys(config)?, output);
            Ok(())
        }
        Audit::RotateKey => rotate(config, output).await,
        offline => check(offline, output),
    }
}

/// Runs a command that needs files and public keys alone.
pub(super) fn check(command: Audit, output: Output) -> Result<(), Failure> {
    match command {
        Audit::Verify {
            export,
            keys,
            since,
        } => verified(&export, &keys, since.as_deref(), output),
        Audit::Prove {
            export,
            record,
            keys,
        } => proved(&export, record, &keys, output),
        Audit::CheckProof { proof, keys } => check_proof(&proof, &keys, output),
        Audit::List(_) | Audit::Export { .. } | Audit::Key | Audit::RotateKey => Ok(()),
    }
}

async fn page(app: &App, environment: &Environment, list: AuditList) -> Result<AuditPage, Failure> {
    let caller = bearer::authenticate(&app.tokens, &list.bearer, environment).await?;
    let query = AuditQuery {
        before: list.before,
        limit: Some(list.limit),
        action: list.action,
        outcome: list.outcome,
        user: list.user,
        skill: list.skill,
        invocation: list.invocation,
        from: list.from,
        until: list.until,
    };
    let (filter, limit) = query.decode()?;
    let page = app.audit.list(&caller, &filter, limit).await;
    Ok(views::audit_page(&page.map_err(Problem::from)?, limit))
}

fn show(page: &AuditPage, output: Output) {
    output.answer(page, |page| {
        let none = Vec::new();
        let records = page["records"].as_array().unwrap_or(&none);
        let rows: Value = records.iter().map(row).collect();
        let columns = ["number", "at", "actor", "action", "target", "outcome"];
        table(&rows, &columns)
    });
}

fn row(view: &Value) -> Value {
    let record = &view["record"];
    let actor = match record["actor"]["user"].as_str() {
        Some(user) => format!("{} {user}", text(&record["actor"]["role"])),
        None => text(&record["actor"]["kind"]),
    };
    let code = record["code"].as_str().map(|code| format!(" {code}"));
    let at = skillgate_domain::time::Timestamp::from_unix_ms(record["at"].as_i64().unwrap_or(0));
    json!({
        "number": view["number"],
        "at": views::time(at),
        "actor": actor,
        "action": record["action"],
        "target": target(&record["target"]),
        "outcome": format!("{}{}", text(&record["outcome"]), code.unwrap_or_default()),
    })
}

fn target(target: &Value) -> String {
    let parts = ["kind", "object", "skill", "tool", "id"];
    let parts = parts.iter().filter_map(|part| target[part].as_str());
    parts.collect::<Vec<_>>().join(" ")
}

async fn write(config: &Config, out: &Path, output: Output) -> Result<(), Failure> {
    wiring::prepare_data(config)?;
    let database = wiring::open_database(config).await?;
    let keys = wiring::audit_keys(config)?;
    // What is not signed yet is signed when the trail closes.
    let audit = wiring::open_audit(config, &database, Arc::new(Unmetered)).await?;
    audit.close().await;
    let failed = |error| Failure::failed("file", format!("{}: {error}", out.display()));
    let file = OpenOptions::new().write(true).create_new(true).open(out);
    let mut file = BufWriter::new(file.map_err(failed)?);
    let records = export(&database, keys.signing.log(), &mut file)
        .await
        .map_err(|error| Failure::failed("export", error))?;
    file.flush()
        .and_then(|()| file.get_ref().sync_all())
        .map_err(failed)?;
    let view = json!({
        "records": records,
        "form": LEAF_VERSION,
        "key": keys.signing.public(),
        "former_keys": keys.former,
    });
    output.answer(&view, |view| {
        let keys = keys.public().join(" --key ");
        format!("{} records; check them with --key {keys}", view["records"])
    });
    Ok(())
}

fn show_keys(keys: &Keys, output: Output) {
    let view = json!({
        "log": keys.signing.log(),
        "key": keys.signing.public(),
        "former_keys": keys.former,
    });
    output.answer(&view, |_| keys.public().join("\n"));
}

async fn rotate(config: &Config, output: Output) -> Result<(), Failure> {
    if config.audit.key.is_some() {
        return Err(Failure::failed(
            "key-configured",
            "the key is where [audit] key says: put a new one there, and the public key that `skillgate \
             audit key` shows now into [audit] former_keys",
        ));
    }
    wiring::prepare_data(config)?;
    let database = wiring::open_database(config).await?;
    // What is not signed yet is signed by the old key, when the trail closes.
    let audit = wiring::open_audit(config, &database, Arc::new(Unmetered)).await?;
    audit.close().await;
    wiring::rotate_audit_key(&config.data_dir, &wiring::SystemEntropy)?;
    show_keys(&wiring::audit_keys(config)?, output);
    Ok(())
}

fn verifiers(keys: &PublicKeys) -> Result<Verifiers, Failure> {
    Verifiers::parse(keys.keys.iter().map(String::as_str)).map_err(Failure::usage)
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let failed = |error| Failure::failed("file", format!("{}: {error}", path.display()));
    File::open(path).map(BufReader::new).map_err(failed)
}

fn short(path: &Path) -> Result<String, Failure> {
    let bytes = input::file(path, FILE_BYTES_MAX)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::failed("file", format!("{} is not UTF-8", path.display())))
}

fn verified(
    path: &Path,
    keys: &PublicKeys,
    since: Option<&Path>,
    output: Output,
) -> Result<(), Failure> {
    let since = since.map(short).transpose()?;
    let found = verify(&mut open(path)?, &verifiers(keys)?, since.as_deref())
        .map_err(|error| Failure::failed(NOT_VERIFIED, error))?;
    let view = json!({
        "verified": true,
        "records": found.records,
        "checkpoints": found.checkpoints,
        "root": hex::encode(found.root),
    });
    output.answer(&view, |view| {
        format!("{} records are those that were signed", view["records"])
    });
    Ok(())
}

fn proved(path: &Path, record: u64, keys: &PublicKeys, output: Output) -> Result<(), Failure> {
    let proof = prove(&mut open(path)?, &verifiers(keys)?, record)
        .map_err(|error| Failure::failed(NOT_VERIFIED, error))?;
    output.answer(&json!(proof), |view| format!("{view:#}"));
    Ok(())
}

fn check_proof(path: &Path, keys: &PublicKeys, output: Output) -> Result<(), Failure> {
    let failed = |error| Failure::failed(NOT_VERIFIED, error);
    let proof = Proof::parse(&short(path)?).map_err(failed)?;
    let size = proof.verify(&verifiers(keys)?).map_err(failed)?;
    let record: Value = serde_json::from_str(&proof.leaf)
        .map_err(|_| Failure::failed(NOT_VERIFIED, "the record is not JSON"))?;
    let view = json!({ "number": proof.number, "size": size, "record": record });
    output.answer(&view, |view| {
        format!(
            "record {} of a log of {}: {:#}",
            proof.number, size, view["record"]
        )
    });
    Ok(())
}
