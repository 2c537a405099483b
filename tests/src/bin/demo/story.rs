//! What happens in the demonstration, and that it does.

use crate::confirmation;
use crate::enrich;
use crate::hand_off;
use crate::host::Host;
use crate::partners;
use crate::rights::{self, Cast};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use skillgate_tests::{guests, host::manifest};
use std::path::Path;

/// The agents' tokens.
pub(crate) struct Tokens {
    pub(crate) agent: String,
    pub(crate) reader: String,
}

pub(crate) fn step(what: &str) {
    println!("\n== {what}");
}

/// Prints a line of the story: what was asked, and what came back.
pub(crate) fn line(asked: &str, answered: &Value) {
    println!("   {asked}\n     -> {answered}");
}

/// Tells the story.
pub(crate) async fn tell(host: &Host, skills: &Path) -> anyhow::Result<Tokens> {
    step(&format!(
        "The host is up on {}: SQLite and an embedded CRM, nothing configured but that skills may ask a service on this machine.",
        host.origin
    ));
    step("The operator makes tokens: a publisher, an admin, two agents (one may only read).");
    let publisher = token(host, &["--role", "partner", "--user", "publisher"])?;
    let admin = token(host, &["--role", "admin", "--user", "admin", "--may-write"])?;
    let agent = token(
        host,
        &[
            "--role",
            "agent",
            "--user",
            "ada",
            "--agent",
            "openclaw",
            "--may-write",
        ],
    )?;
    let reader = token(
        host,
        &["--role", "agent", "--user", "ada", "--agent", "reader"],
    )?;

    step("The publisher hands in the skill crm; an admin looks at what it asks for and grants it.");
    let (manifest_path, component_path) = (skills.join("crm.json"), skills.join("crm.wasm"));
    let paths = (
        manifest_path.to_str().context("text")?,
        component_path.to_str().context("text")?,
    );
    install(host, &publisher, &admin, paths)?;

    step("The agent works: a lead, found again, never doubled.");
    lead(host, &agent).await?;

    step("The agent asks what a call would write, and lets exactly that happen, once.");
    plan(host, &agent).await?;

    step("An agent whose token may only read is refused a write.");
    let lead =
        json!({ "name": "A lead it may not make", "person": { "email": "eve@elsewhere.example" } });
    let (status, refusal) = host
        .post("/api/skills/crm/tools/create_lead", &reader, &lead)
        .await?;
    line(
        "create_lead with the reader's token",
        &json!({ "status": status, "code": refusal["code"], "detail": refusal["detail"] }),
    );
    ensure!(status == 403, "the write went through: {refusal}");

    step(
        "A hostile skill (an endless loop) is granted too, called, and stopped; the good one answers meanwhile.",
    );
    hostile(host, &publisher, &admin, &agent).await?;
    hand_off::tell(host, (&publisher, &admin, &agent), skills).await?;
    let cast = Cast {
        admin: &admin,
        agent: &agent,
        publisher: &publisher,
    };
    enrich::tell(host, &cast, skills).await?;
    confirmation::tell(host, &cast).await?;
    partners::tell(host, &cast).await?;
    rights::tell(host, &cast).await?;
    Ok(Tokens { agent, reader })
}

pub(crate) fn token(host: &Host, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = vec![
        "token",
        "create",
        "--community",
        "riverside",
        "--label",
        "demo",
    ];
    command.extend(arguments);
    let made = host.command(None, &command)?;
    made["token"]
        .as_str()
        .map(str::to_owned)
        .context("the answer has a token")
}

/// Hands a module in and grants it as it asks. Returns the ids of both.
pub(crate) fn install(
    host: &Host,
    publisher: &str,
    admin: &str,
    (manifest, component): (&str, &str),
) -> anyhow::Result<(String, String)> {
    let id = submit(host, publisher, (manifest, component))?;
    let asked = host.command(Some(admin), &["module", "show", &id])?;
    line("module show", &asked["requests"]["capabilities"]);
    let granted = host.command(Some(admin), &["module", "grant", &id])?;
    line(
        "module grant",
        &json!({ "grant": granted["id"], "skill": granted["skill"] }),
    );
    let grant = granted["id"].as_str().context("the answer has an id")?;
    Ok((id, grant.to_owned()))
}

/// Hands a module in. Returns its id.
pub(crate) fn submit(
    host: &Host,
    publisher: &str,
    (manifest, component): (&str, &str),
) -> anyhow::Result<String> {
    let submit = [
        "module",
        "submit",
        "--manifest",
        manifest,
        "--component",
        component,
    ];
    let submitted = host.command(Some(publisher), &submit)?;
    let id = submitted["id"].as_str().context("the answer has an id")?;
    Ok(id.to_owned())
}

pub(crate) async fn call(
    host: &Host,
    token: &str,
    tool: &str,
    input: &Value,
) -> anyhow::Result<Value> {
    let (status, answer) = host
        .post(&format!("/api/skills/crm/tools/{tool}"), token, input)
        .await?;
    ensure!(status == 200, "{tool}: {answer}");
    line(&format!("{tool} {input}"), &answer["output"]);
    Ok(answer["output"].clone())
}

async fn lead(host: &Host, agent: &str) -> anyhow::Result<()> {
    let lead = json!({
        "name": "Analytical engine",
        "person": { "email": "ada@engines.example", "first_name": "Ada", "last_name": "Lovelace" },
        "company": { "name": "Engines", "domain": "engines.example" },
    });
    let made = call(host, agent, "create_lead", &lead).await?;
    let again = call(host, agent, "create_lead", &lead).await?;
    ensure!(
        made["opportunity"]["id"] == again["opportunity"]["id"],
        "the lead was doubled"
    );
    let found = call(
        host,
        agent,
        "search_contacts",
        &json!({ "text": "lovelace" }),
    )
    .await?;
    ensure!(found["total"] == 1, "the contact was not found again");
    let due = tomorrow();
    let task = json!({ "title": "Call Ada", "due_at": due, "contact_id": made["person"]["id"] });
    call(host, agent, "upsert_task", &task).await?;
    let due = call(
        host,
        agent,
        "list_upcoming_follow_ups",
        &json!({ "days": 7 }),
    )
    .await?;
    ensure!(due["total"] == 1, "the follow-up is not listed");
    Ok(())
}

async fn plan(host: &Host, agent: &str) -> anyhow::Result<()> {
    let found = call(
        host,
        agent,
        "search_contacts",
        &json!({ "text": "lovelace" }),
    )
    .await?;
    let change = json!({ "id": found["contacts"][0]["id"], "job_title": "Analyst" });
    let path = "/api/skills/crm/tools/update_contact?mode=plan";
    let (status, planned) = host.post(path, agent, &change).await?;
    ensure!(status == 200, "it was not planned: {planned}");
    let plan = &planned["plan"];
    let (id, digest) = (plan["id"].as_str(), plan["digest"].as_str());
    let (id, digest) = id.zip(digest).context("a plan has an id and a digest")?;
    line(
        &format!("update_contact {change}, planned"),
        &json!({ "effects": plan["effects"], "digest": digest }),
    );
    let apply = format!("/api/plans/{id}/apply");
    let zeros = json!({ "digest": format!("sha256:{}", "0".repeat(64)) });
    let (refused, problem) = host.post(&apply, agent, &zeros).await?;
    line(
        "apply, with another digest",
        &json!({ "status": refused, "code": problem["code"] }),
    );
    let approved = json!({ "digest": digest });
    let (_, applied) = host.post(&apply, agent, &approved).await?;
    let (_, again) = host.post(&apply, agent, &approved).await?;
    let outcome =
        |view: &Value| json!({ "state": view["state"], "outcome": view["effects"][0]["outcome"] });
    line("apply", &outcome(&applied));
    line("apply again", &outcome(&again));
    ensure!(
        refused == 409 && applied["state"] == "applied" && again == applied,
        "the plan was not applied: {applied}"
    );
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the host under demonstration runs on the real clock"
)]
fn tomorrow() -> String {
    let then = chrono::Utc::now() + chrono::TimeDelta::days(1);
    then.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

async fn hostile(host: &Host, publisher: &str, admin: &str, agent: &str) -> anyhow::Result<()> {
    let manifest = host.file(
        "hostile.json",
        manifest("endless", &[]).to_string().as_bytes(),
    )?;
    let component = host.file("hostile.wasm", &guests::component("endless_loop"))?;
    install(host, publisher, admin, (&manifest, &component))?;
    let (nothing, ada) = (json!({}), json!({ "text": "ada" }));
    let began = std::time::Instant::now();
    let (stopped, good) = tokio::join!(
        host.post("/api/skills/endless/tools/run", agent, &nothing),
        host.post("/api/skills/crm/tools/search_contacts", agent, &ada),
    );
    let ((status, problem), (good_status, good)) = (stopped?, good?);
    let seen = json!({ "status": status, "code": problem["code"], "detail": problem["detail"] });
    line(
        &format!(
            "endless run (ended after {} ms)",
            began.elapsed().as_millis()
        ),
        &seen,
    );
    line("search_contacts at the same time", &good["output"]);
    ensure!(
        status >= 500 && good_status == 200,
        "the neighbour was harmed: {good}"
    );
    Ok(())
}

/// Says what to try while the host stays up.
pub(crate) fn invite(host: &Host, tokens: &Tokens) {
    let Tokens { agent, reader } = tokens;
    let origin = &host.origin;
    println!(
        "\nThe host stays up; stop it with Ctrl-C. Try:\n\n  \
         TOKEN={agent}\n  READER={reader}\n\n  \
         curl -s {origin}/api/skills -H \"Authorization: Bearer $TOKEN\"\n\n  \
         curl -s {origin}/api/skills/crm/tools/search_contacts -H \"Authorization: Bearer $TOKEN\" \\\n    \
         -H 'Content-Type: application/json' -d '{{\"text\":\"ada\"}}'\n\n  \
         curl -s {origin}/api/skills/crm/tools/create_lead -H \"Authorization: Bearer $READER\" \\\n    \
         -H 'Content-Type: application/json' -d '{{\"name\":\"Nope\",\"person\":{{\"email\":\"a@b.example\"}}}}'\n"
    );
}
