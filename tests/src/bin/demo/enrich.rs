//! A partner's module asks a service outside, with a credential that it uses and never sees.

use crate::host::Host;
use crate::rights::Cast;
use crate::story::{call, install, line, step};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use skillgate_tests::outside::{Arrived, Service, answer};
use std::path::Path;

const KEY: &str = "directory-key-73b1f0c2";
/// Where the example looks people up, as it is shipped.
const DIRECTORY: &str = "https://people.example.org";

/// Tells it. A directory of people on this machine stands in for one elsewhere.
pub(crate) async fn tell(host: &Host, cast: &Cast<'_>, skills: &Path) -> anyhow::Result<()> {
    step(
        "A partner's module looks people up at a service outside. It gets one rule, and a credential by name.",
    );
    let directory = Service::serve(knows_ada).await;
    let manifest = std::fs::read_to_string(skills.join("enrich-lead.json"))?;
    let manifest = manifest.replace(DIRECTORY, directory.origin());
    let manifest = host.file("enrich-lead.json", manifest.as_bytes())?;
    let component = skills.join("enrich-lead.wasm");
    let component = component.to_str().context("text")?;
    install(host, cast.publisher, cast.admin, (&manifest, component))?;
    with_its_credential(host, cast, &directory).await?;
    elsewhere(host, cast, &directory)
}

async fn with_its_credential(
    host: &Host,
    cast: &Cast<'_>,
    directory: &Service,
) -> anyhow::Result<()> {
    let found = call(
        host,
        cast.agent,
        "search_contacts",
        &json!({ "text": "lovelace" }),
    )
    .await?;
    let ada = json!({ "id": found["contacts"][0]["id"] });
    let early = enrich(host, cast, &ada).await?;
    ensure!(
        early["output"].is_null(),
        "it was answered without a key: {early}"
    );

    step(
        "The admin gives it the credential. The host puts it into requests, and takes it out of answers.",
    );
    let file = host.file("key.txt", KEY.as_bytes())?;
    let set = [
        "secret",
        "set",
        "enrich-lead",
        "directory_key",
        "--file",
        &file,
    ];
    let set = host.command(Some(cast.admin), &set)?;
    line(
        "secret set",
        &json!({ "name": set["name"], "version": set["version"] }),
    );
    let enriched = enrich(host, cast, &ada).await?;
    ensure!(enriched["output"]["outcome"] == "enriched", "{enriched}");
    let arrived = directory.arrived();
    let reached = arrived.first().context("the directory was asked")?;
    let with_key = reached.headers.get("authorization") == Some(&format!("Bearer {KEY}"));
    line(
        "the directory was asked",
        &json!({ "request": reached.line, "with the key": with_key }),
    );
    ensure!(
        with_key && arrived.len() == 1,
        "it was asked otherwise: {arrived:?}"
    );
    let (with, all) = host.files_with(KEY)?;
    line(
        "files of the host that hold the key",
        &json!(format!("{with} of {all}")),
    );
    ensure!(with == 0 && all > 0, "the key lies open");
    Ok(())
}

fn elsewhere(host: &Host, cast: &Cast<'_>, directory: &Service) -> anyhow::Result<()> {
    step(
        "What leads elsewhere does not leave, and the host says which rule let it, or why none did.",
    );
    for url in [
        format!("{}/v1/people/ada", directory.origin()),
        "https://elsewhere.example/v1/people/ada".to_owned(),
        "https://169.254.169.254/v1/people/ada".to_owned(),
    ] {
        let explain = ["egress", "explain", &url, "--module", "enrich-lead"];
        let said = host.command(Some(cast.admin), &explain)?;
        let rule = &said["rules"][0];
        let told =
            json!({ "allowed": said["allowed"], "rule": rule["rule"], "says": rule["says"] });
        line(&format!("egress explain {url}"), &told);
        let own = url.starts_with(directory.origin());
        ensure!(said["allowed"] == own, "{said}");
    }
    Ok(())
}

/// Repeats the credential that it was asked with: a service can do that, and the module learns nothing by it.
fn knows_ada(asked: &Arrived) -> axum::response::Response {
    let key = asked.headers.get("authorization");
    if asked.line != "GET /v1/people/ada%40engines.example" {
        return answer(404, &[], "{}");
    }
    let known = json!({ "linkedin_url": "https://people.example/in/ada", "asked with": key });
    answer(200, &[], known.to_string())
}

async fn enrich(host: &Host, cast: &Cast<'_>, ada: &Value) -> anyhow::Result<Value> {
    let path = "/api/skills/enrich-lead/tools/enrich_lead";
    let (status, answered) = host.post(path, cast.agent, ada).await?;
    let seen = match answered.get("output") {
        Some(output) => output.clone(),
        None => json!({ "status": status, "code": answered["code"], "detail": answered["detail"] }),
    };
    line("enrich_lead", &seen);
    Ok(answered)
}
