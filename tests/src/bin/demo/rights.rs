//! Rights that narrow and end, and a trail that shows what was done with them.

use crate::host::Host;
use crate::story::{install, line, step};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use skillgate_tests::guests;
use skillgate_tests::host::manifest;

/// Whose tokens the story needs.
pub(crate) struct Cast<'a> {
    pub(crate) admin: &'a str,
    pub(crate) agent: &'a str,
    pub(crate) publisher: &'a str,
}

/// Tells this part of the story.
pub(crate) async fn tell(host: &Host, cast: &Cast<'_>) -> anyhow::Result<()> {
    let module = module(host, cast.admin)?;
    step(
        "The admin grants crm anew, but less: contacts, of which only the telephone may be changed.",
    );
    narrower(host, cast, &module).await?;
    step("A skill that reads on and on is granted; its grant is taken back while it runs.");
    while_it_runs(host, cast).await?;
    step("The admin stops the skill, lets it go on, and takes the grant back.");
    ended(host, cast, &module).await?;
    step(
        "The admin runs a recorded call again, offline: with its own component, and with another.",
    );
    replayed(host, cast)?;
    step(
        "What happened is on record. Anybody with the public key can check that nobody changed it.",
    );
    recorded(host, cast)
}

/// Finds the module of the skill crm.
fn module(host: &Host, admin: &str) -> anyhow::Result<String> {
    let all = host.command(Some(admin), &["module", "list"])?;
    let modules = all["modules"].as_array().context("a list")?;
    let crm = modules.iter().find(|module| module["skill"] == "crm");
    let id = crm.and_then(|module| module["id"].as_str());
    Ok(id.context("crm was handed in")?.to_owned())
}

async fn narrower(host: &Host, cast: &Cast<'_>, module: &str) -> anyhow::Result<()> {
    let seen = [
        "first_name",
        "last_name",
        "email",
        "phone",
        "job_title",
        "company_id",
    ];
    let terms = json!({ "capabilities": {
        "interfaces": ["crm", "clock", "config"],
        "crm": { "contact": { "read": seen, "update": ["phone"] } },
    } });
    let terms = host.file("terms.json", terms.to_string().as_bytes())?;
    let granted = host.command(
        Some(cast.admin),
        &["module", "grant", module, "--terms", &terms],
    )?;
    line("module grant --terms", &granted["capabilities"]["crm"]);

    let find = json!({ "text": "lovelace" });
    let (status, found) = host
        .post("/api/skills/crm/tools/search_contacts", cast.agent, &find)
        .await?;
    ensure!(status == 200, "reading was granted: {found}");
    let id = &found["output"]["contacts"][0]["id"];
    let change = json!({ "id": id, "job_title": "Countess" });
    let (status, refused) = host
        .post("/api/skills/crm/tools/update_contact", cast.agent, &change)
        .await?;
    let shown = json!({ "status": status, "code": refused["code"], "detail": refused["detail"] });
    line(&format!("update_contact {change}"), &shown);
    ensure!(
        status == 403,
        "a field that was not granted was written: {refused}"
    );
    Ok(())
}

async fn ended(host: &Host, cast: &Cast<'_>, module: &str) -> anyhow::Result<()> {
    let path = "/api/skills/crm/tools/search_contacts";
    let find = json!({ "text": "lovelace" });
    let ask = async || -> anyhow::Result<Value> {
        let (status, answer) = host.post(path, cast.agent, &find).await?;
        Ok(json!({ "status": status, "code": answer["code"] }))
    };
    host.command(Some(cast.admin), &["module", "freeze", "crm"])?;
    let frozen = ask().await?;
    line("search_contacts, frozen", &frozen);
    host.command(Some(cast.admin), &["module", "unfreeze", "crm"])?;
    let again = ask().await?;
    line("search_contacts, going on", &again);
    let shown = host.command(Some(cast.admin), &["module", "show", module])?;
    let grant = shown["grant"]["id"].as_str().context("a grant")?;
    host.command(Some(cast.admin), &["module", "revoke", module, grant])?;
    let gone = ask().await?;
    line("search_contacts, taken back", &gone);
    ensure!(
        frozen["code"] == "skill-frozen" && again["status"] == 200 && gone["status"] == 404,
        "what was taken back still answered"
    );
    // As it was, for whoever goes on trying.
    host.command(Some(cast.admin), &["module", "grant", module])?;
    Ok(())
}

async fn while_it_runs(host: &Host, cast: &Cast<'_>) -> anyhow::Result<()> {
    let mut asks = manifest("reader", &["crm", "clock"]);
    asks["limits"] = json!({ "cpu_ms": 2000, "crm_reads": 200 });
    let asks = host.file("reader.json", asks.to_string().as_bytes())?;
    let component = host.file("reader.wasm", &guests::component("reads_on"))?;
    let (module, grant) = install(host, cast.publisher, cast.admin, (&asks, &component))?;
    let nothing = json!({});
    let call = host.post("/api/skills/reader/tools/run", cast.agent, &nothing);
    let revoke = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let path = format!("/api/modules/{module}/grants/{grant}");
        host.delete(&path, cast.admin).await
    };
    let began = std::time::Instant::now();
    let (called, revoked) = tokio::join!(call, revoke);
    let ((status, problem), revoked) = (called?, revoked?);
    let ran = format!("reader run (after {} ms)", began.elapsed().as_millis());
    let seen = json!({ "status": status, "code": problem["code"], "detail": problem["detail"] });
    line(&ran, &seen);
    ensure!(
        revoked == 204 && problem["code"] == "tool-denied",
        "the call went on without its grant: {revoked} {problem}"
    );
    Ok(())
}

fn replayed(host: &Host, cast: &Cast<'_>) -> anyhow::Result<()> {
    let filter = [
        "--action",
        "invoke-skill",
        "--skill",
        "crm",
        "--outcome",
        "done",
    ];
    let listing = [["audit", "list", "--limit", "1"].as_slice(), &filter].concat();
    let page = host.command(Some(cast.admin), &listing)?;
    let call = &page["records"][0]["record"]["call"]["invocation"];
    let call = call.as_str().context("a call of crm is on record")?;
    let same = host.compared(cast.admin, &["replay", call])?;
    let seen = json!({ "tool": same["tool"], "same": same["same"] });
    line("replay", &seen);
    ensure!(same["same"] == true, "a replay differs: {same}");

    let other = host.file("other.wasm", &guests::component("endless_loop"))?;
    let other = host.compared(cast.admin, &["replay", call, "--component", &other])?;
    let differences = other["differences"].as_array().context("differences")?;
    let words: Vec<_> = differences.iter().map(|it| it["words"].clone()).collect();
    line("replay --component", &json!(words));
    ensure!(other["same"] == false, "another component does the same");
    Ok(())
}

fn recorded(host: &Host, cast: &Cast<'_>) -> anyhow::Result<()> {
    let page = host.command(Some(cast.admin), &["audit", "list", "--limit", "5"])?;
    for view in page["records"].as_array().context("records")? {
        let record = &view["record"];
        let words = json!({ "outcome": record["outcome"], "code": record["code"] });
        line(
            &format!("record {}: {}", view["number"], record["action"]),
            &words,
        );
    }
    let trail = host.path("trail.jsonl")?;
    let exported = host.command(None, &["audit", "export", "--out", &trail])?;
    let key = exported["key"].as_str().context("a public key")?;
    line(
        "audit export",
        &json!({ "records": exported["records"], "key": key }),
    );
    let verified = host.command(None, &["audit", "verify", &trail, "--key", key])?;
    line("audit verify", &verified);

    let text = std::fs::read_to_string(&trail)?;
    let spoilt = text.replacen("\"done\"", "\"dome\"", 1);
    let spoilt = host.file("spoilt.jsonl", spoilt.as_bytes())?;
    let refused = host.command(None, &["audit", "verify", &spoilt, "--key", key]);
    let refused = refused.err().context("one changed byte was not found")?;
    println!("   audit verify, one byte changed\n     -> {refused:#}");
    Ok(())
}
