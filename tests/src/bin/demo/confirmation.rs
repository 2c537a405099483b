//! What an agent may do only on its person's word.

use crate::host::Host;
use crate::rights::Cast;
use crate::story::{line, step, token};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// Agents make no deal before a person has confirmed it.
const ASK: &str = "@id(\"a-person-confirms-deals\") @ask forbid (principal is Agent,
    action == Action::\"crm-create\", resource == ObjectType::\"opportunity\");";

/// Tells this part of the story.
pub(crate) async fn tell(host: &Host, cast: &Cast<'_>) -> anyhow::Result<()> {
    step("The admin wants a person's word for every deal that an agent makes.");
    let shown = host.command(Some(cast.admin), &["policy", "show"])?;
    let text = format!("{}\n{ASK}", shown["text"].as_str().context("a text")?);
    let path = host.file("asking.cedar", text.as_bytes())?;
    let version = shown["version"].to_string();
    let put = ["policy", "put", &path, "--expected-version", &version];
    let put = host.command(Some(cast.admin), &put)?;
    line("policy put", &json!({ "version": put["version"] }));

    step("The agent's call waits; Ada looks at what it would write, and lets it happen.");
    let lead = json!({ "name": "Difference engine",
        "person": { "email": "charles@engines.example", "last_name": "Babbage" } });
    let waits = call(host, cast, &lead).await?;
    let asked = &waits["requires_confirmation"];
    let told = json!({ "code": waits["code"], "summary": asked["summary"] });
    line("create_lead", &told);
    ensure!(
        waits["code"] == "requires-confirmation",
        "nobody was asked: {waits}"
    );
    let ada = token(host, &["--role", "member", "--user", "ada", "--may-write"])?;
    let text = |name: &str| asked[name].as_str().map(str::to_owned).context("a text");
    let (id, digest) = (text("id")?, text("digest")?);
    let list = host.command(Some(&ada), &["plan", "list"])?;
    line("plan list", &list["plans"][0]["summary"]);
    let apply = ["plan", "apply", &id, "--digest", &digest];
    let applied = host.command(Some(&ada), &apply)?;
    line("plan apply", &applied["state"]);
    let done = call(host, cast, &lead).await?;
    let outcome = &done["output"]["opportunity"]["outcome"];
    line("create_lead, again", outcome);
    ensure!(
        outcome == "created",
        "what was confirmed is not told: {done}"
    );
    Ok(())
}

async fn call(host: &Host, cast: &Cast<'_>, lead: &Value) -> anyhow::Result<Value> {
    let path = "/api/skills/crm/tools/create_lead";
    Ok(host.post(path, cast.agent, lead).await?.1)
}
