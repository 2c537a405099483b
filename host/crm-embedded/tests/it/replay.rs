//! Recorded exchanges of a real server, run against a fresh CRM, where the recordings are there.
//!
//! Statuses, keys, types, texts of refusals and the values of plain fields must agree. What does not
//! is listed, with its reason, in `replay_uncovered.txt`; the list may only shrink.

mod compare;
mod world;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use world::World;

/// One recorded exchange.
pub(super) struct Exchange {
    /// `file#index name`
    pub(super) title: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Value,
    pub(super) sent: Value,
    pub(super) status: u16,
    pub(super) answer: Value,
}

/// Exchanges that need something the embedded CRM does not have, by a part of their title or path.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    ("restricted key", "one key, no roles"),
    ("revoked key", "one key, no roles"),
    ("[expired key]", "one key, no roles"),
    ("groupBy", "no groupBy"),
    ("/mcp", "no MCP endpoint"),
    ("/rest/rockets", "object of the recorded workspace"),
    ("/rest/skillRuns", "custom object"),
    (
        "/rest/metadata/objects",
        "custom objects cannot be created or changed",
    ),
    (
        "/rest/metadata/fields",
        "fields of custom objects, and changing fields",
    ),
    ("/rest/metadata/webhooks", "no webhooks"),
    ("/rest/metadata/apiKeys", "one key, no roles"),
    ("/rest/webhooks", "no webhooks"),
    ("/metadata", "no schema endpoint over GraphQL"),
    ("/rest/open-api", "no OpenAPI document"),
    ("/client-config", "no web client"),
    ("/duplicates", "no duplicates"),
    ("personDuplicates", "no duplicates"),
    (
        "updatePeople without filter",
        "object of the recorded workspace",
    ),
    ("/merge", "no merge"),
    ("get merged", "no merge"),
    (
        "order_by relation field",
        "the names of the companies are not recorded",
    ),
    ("has skillRuns", "custom object"),
];

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/twenty/transcripts")
}

/// Reads every recording, in file order.
fn files() -> Vec<(String, Vec<Exchange>)> {
    let Ok(folder) = std::fs::read_dir(recordings()) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let list: Vec<Value> =
                serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let exchanges = list.iter().enumerate();
            let exchanges = exchanges.map(|(index, entry)| exchange(&name, index, entry));
            (name.clone(), exchanges.collect())
        })
        .collect()
}

fn exchange(file: &str, index: usize, entry: &Value) -> Exchange {
    let (request, response) = (&entry["request"], &entry["response"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Exchange {
        title: format!("{file}#{index} {}", text(&entry["name"])),
        method: text(&request["method"]),
        path: text(&request["path"]),
        headers: request["headers"].clone(),
        sent: request["body"].clone(),
        status: u16::try_from(response["status"].as_u64().unwrap_or_default()).unwrap(),
        answer: response["body"].clone(),
    }
}

/// Returns why an exchange is not tried, or how it differs.
async fn difference(world: &mut World, exchange: &Exchange) -> Option<String> {
    if exchange.method.is_empty() {
        return Some("not a request".to_owned());
    }
    let answer = world.replay(exchange).await;
    let found = compare::answers(exchange, answer.status, &answer.body, world);
    if exchange.status == 201
        || exchange.sent["query"]
            .as_str()
            .is_some_and(|query| query.contains("create"))
    {
        world.learn(&exchange.answer, &answer.body);
    }
    let difference = found?;
    let known = OUT_OF_SCOPE
        .iter()
        .find(|(part, _)| exchange.title.contains(part) || exchange.path.contains(part));
    Some(known.map_or(difference, |(_, reason)| (*reason).to_owned()))
}

#[tokio::test]
async fn recorded_exchanges_agree() {
    let (mut read, mut uncovered) = (0, String::new());
    for (name, exchanges) in files() {
        let mut world = World::for_file(&name, &exchanges).await;
        for exchange in &exchanges {
            read += 1;
            if let Some(reason) = difference(&mut world, exchange).await {
                writeln!(uncovered, "{} | {reason}", exchange.title).unwrap();
            }
        }
    }
    if read == 0 {
        return;
    }
    let missed = uncovered.lines().count();
    println!(
        "replayed: read {read}, covered {}, not covered {missed}",
        read - missed
    );
    let listed = include_str!("../replay_uncovered.txt");
    let title = |line: &str| line.split(" | ").next().unwrap_or_default().to_owned();
    let now: Vec<String> = uncovered.lines().map(title).collect();
    let allowed: Vec<String> = listed.lines().map(title).collect();
    assert_eq!(
        allowed, now,
        "replay_uncovered.txt should read:\n{uncovered}"
    );
}
