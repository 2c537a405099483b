//! A partner's module: offered, taken over, granted, and at work while the two are partners.

use crate::host::Host;
use crate::rights::Cast;
use crate::story::{line, submit};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use skillgate_tests::guests;
use skillgate_tests::host::manifest;

const SKILL: &str = "almanac";

/// Has the partner offer a module, and the community's admin take it over and grant it.
pub(crate) fn taken_over(host: &Host, cast: &Cast<'_>, partner: &str) -> anyhow::Result<()> {
    let asks = manifest(SKILL, &["log", "clock"]).to_string();
    let asks = host.file("almanac.json", asks.as_bytes())?;
    let component = host.file("almanac.wasm", &guests::component("good"))?;
    let id = &submit(host, partner, (&asks, &component))?;
    host.command(Some(partner), &["module", "offer", id])?;
    let offers = host.command(Some(cast.admin), &["module", "offers"])?;
    let offer = &offers["offers"][0];
    let seen = json!({ "community": offer["community"], "skill": offer["skill"] });
    line("module offers", &seen);
    let adopted = host.command(Some(cast.admin), &["module", "adopt", id])?;
    line("module adopt", &adopted["owner"]);
    let adopted = adopted["id"].as_str().context("the answer has an id")?;
    let granted = host.command(Some(cast.admin), &["module", "grant", adopted])?;
    ensure!(granted["owner"]["is_partner"] == true, "{granted}");
    Ok(())
}

/// Calls it, and says what came of that: the status, and the code of a refusal.
pub(crate) async fn called(
    host: &Host,
    cast: &Cast<'_>,
    when: &str,
) -> anyhow::Result<(u16, Value)> {
    let path = format!("/api/skills/{SKILL}/tools/run");
    let (status, answer) = host.post(&path, cast.agent, &json!({})).await?;
    let seen = json!({ "status": status, "code": answer["code"] });
    line(&format!("{SKILL} run, {when}"), &seen);
    Ok((status, answer["code"].clone()))
}
