//! A hand-off in one call: planned, applied, and read by whom it was for.

use crate::host::Host;
use crate::story::{install, line, step, token};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::path::Path;

/// The id of the colleague to whom the deal goes.
const CAROL: &str = "0190f5fe-7c00-7a00-8000-0000000000ca";

/// Tells it. The skill is handed in by the publisher and granted by the admin.
pub(crate) async fn tell(
    host: &Host,
    (publisher, admin, agent): (&str, &str, &str),
    skills: &Path,
) -> anyhow::Result<()> {
    step("The agent hands a deal over to a colleague: one call plans it, nothing happens yet.");
    let files = ["tez-handoff.json", "tez-handoff.wasm"].map(|name| skills.join(name));
    let [manifest, component] = &files;
    let paths = (
        manifest.to_str().context("text")?,
        component.to_str().context("text")?,
    );
    install(host, publisher, admin, paths)?;
    let carol = token(host, &["--role", "member", "--user", CAROL])?;
    let plan = plan(host, agent).await?;

    step("The plan is applied: each effect happens once, and has a receipt. Carol reads the Tez.");
    let path = format!(
        "/api/crm/workflows/plans/{}/apply",
        plan["id"].as_str().context("the plan has an id")?
    );
    let approval = json!({ "digest": plan["digest"] });
    let (status, applied) = host.post(&path, agent, &approval).await?;
    ensure!(status == 200, "the plan was not applied: {applied}");
    let receipt = &applied["data"]["effects"][0];
    let seen = json!({ "state": applied["data"]["state"], "receipt": receipt["answer"] });
    line("apply", &seen);
    let (_, again) = host.post(&path, agent, &approval).await?;
    ensure!(again == applied, "a repeat answers something else: {again}");
    let tez = receipt["answer"]["tezId"].as_str();
    let path = format!("/tez/{}", tez.context("the Tez has an id")?);
    let (status, read) = host.get(&path, &carol).await?;
    ensure!(status == 200, "Carol does not see it: {read}");
    let item = &read["data"]["context"][0];
    let seen = json!({ "text": read["data"]["surfaceText"], "source": item["source"],
        "content": item["content"], "fields": item["provenance"]["fields"] });
    line("Carol reads", &seen);
    let amount = item["content"]
        .as_str()
        .is_some_and(|text| text.contains("amount"));
    ensure!(!amount, "the amount was let out: {item}");
    more(host, admin, &carol, &read["data"]).await
}

/// The recipient asks for more, and the person behind the agent decides.
async fn more(host: &Host, admin: &str, carol: &str, tez: &Value) -> anyhow::Result<()> {
    step(
        "Carol asks for more of the deal. Ada, as a person, lets out one field and refuses another.",
    );
    let ada = token(host, &["--role", "member", "--user", "ada"])?;
    let path = format!("/tez/{}/expansions", tez["id"].as_str().context("an id")?);
    let question = json!({ "contextId": tez["context"][0]["id"],
        "fields": ["amount", "owner_id"], "reason": "What is it worth, and whose is it?" });
    let (status, asked) = host.post(&path, carol, &question).await?;
    ensure!(status == 201, "it was not asked: {asked}");
    let (_, waiting) = host.get("/tez/expansions", &ada).await?;
    let seen = &waiting["data"][0];
    line(
        "Ada sees",
        &json!({ "by": seen["askedBy"], "fields": seen["fields"] }),
    );
    let path = format!("{path}/{}/decide", seen["id"].as_str().context("an id")?);
    let said = json!({ "fields": { "amount": "approve", "owner_id": "refuse" } });
    let (status, decided) = host.post(&path, &ada, &said).await?;
    ensure!(status == 200, "it was not decided: {decided}");
    let reply = decided["data"]["replyTezId"].as_str().context("a reply")?;
    let (_, read) = host.get(&format!("/tez/{reply}"), carol).await?;
    let item = &read["data"]["context"][0];
    let seen = json!({ "source": item["source"], "content": item["content"],
        "fields": item["provenance"]["fields"] });
    line("Carol reads", &seen);
    let content = item["content"].as_str().context("a content")?;
    ensure!(
        content.contains("amount=1500.00 EUR") && !content.contains("owner"),
        "something else was let out: {content}"
    );
    let list = ["audit", "list", "--action", "decide-expansion"];
    let page = host.command(Some(admin), &list)?;
    line("audit list", &page["records"][0]["record"]["expansion"]);
    Ok(())
}

async fn plan(host: &Host, agent: &str) -> anyhow::Result<Value> {
    let (_, team) = host
        .post("/teams", agent, &json!({ "name": "Sales" }))
        .await?;
    let deal = json!({ "payload": { "name": "Acme renewal", "stage": "PROPOSAL",
        "amount": { "amountMicros": 1_500_000_000, "currencyCode": "EUR" } } });
    let (_, made) = host.post("/api/crm/opportunities", agent, &deal).await?;
    let asked = json!({
        "entityType": "opportunity",
        "entityId": made["data"]["summary"]["id"],
        "objective": "Get the signature by Friday",
        "tez": { "teamId": team["data"]["id"], "recipients": [CAROL], "share": true, "urgency": "high" },
    });
    let (status, answer) = host
        .post("/api/crm/workflows/coordinate", agent, &asked)
        .await?;
    ensure!(status == 200, "nothing was coordinated: {answer}");
    let data = &answer["data"];
    let effects = &data["plan"]["effects"];
    let seen = json!({ "summary": data["summary"]["title"], "amount": data["summary"]["amount"],
        "state": data["plan"]["state"], "effects": [effects[0]["action"]] });
    line("coordinate", &seen);
    Ok(data["plan"].clone())
}
