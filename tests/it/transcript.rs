//! What the surface's reference answered once, asked again here: the same status and the same members, but
//! for what is listed with its reason. The recording is no part of the repository; where it is not there,
//! there is nothing to compare with.

use crate::coordinate::World;
use axum::http::Method;
use serde_json::{Value, json};
use skillgate_tests::http::Client;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// One recorded exchange.
struct Exchange {
    method: Method,
    path: String,
    body: Option<Value>,
    anonymous: bool,
    status: u16,
    answer: Value,
}

fn recorded() -> Option<Vec<Exchange>> {
    let path = "../../shared/data/mypa/coordinate-transcript.md";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()?;
    Some(text.split("\n### ").skip(1).map(exchange).collect())
}

fn exchange(text: &str) -> Exchange {
    let (asked, answered) = text.split_once('\n').unwrap();
    let (method, asked) = asked.split_once(' ').unwrap();
    let anonymous = asked.contains(" (no auth)");
    let asked = asked.replace(" (no auth)", "");
    let (path, body) = asked.trim().split_once(' ').unwrap_or((asked.trim(), ""));
    let (status, answer) = answered.split_once(' ').unwrap();
    Exchange {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        body: serde_json::from_str(body).ok(),
        anonymous,
        status: status.parse().unwrap(),
        answer: serde_json::from_str(answer).unwrap(),
    }
}

/// Where an answer of ours may differ from the reference's, and why that is better.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "POST /api/auth/register",
        "accounts are the platform's own, whose tokens are taken here",
    ),
    ("*.id", "ids are the CRM's: UUIDs"),
    ("*.entityId", "ids are the CRM's: UUIDs"),
    (
        "*.updatedAt",
        "filled, since the real CRM's nested answer is read",
    ),
    (
        "*.currency",
        "added: an amount means nothing without its currency",
    ),
    ("*.meta.total", "added: how many match in all"),
    ("*.meta.hasMore", "added: whether there is another page"),
    ("*.meta.usage", "words: ours names our own routes"),
    (
        "*.content",
        "a person has a name here; an escalation has our words; ids are UUIDs",
    ),
    ("*.query", "words for the recipient's assistant are ours"),
    ("*.provenance", "added: where a line comes from"),
    (
        "*.emailDraft.body",
        "the line that may be passed on, in place of the whole summary as JSON",
    ),
    ("*.paWorkspaceMessage", "words are ours"),
    (
        "*.message",
        "words are ours; nothing of an upstream is in them",
    ),
    ("*.plan", "added: what would happen, as data"),
    ("*.applied", "added: what did happen, with receipts"),
    ("*.payload", "what this workspace answered"),
    ("*.closeDate", "a moment, as the CRM keeps it"),
    ("*.dueDate", "to the millisecond, as the CRM keeps it"),
    (
        "*.city",
        "older workspaces' field: only where a community has it",
    ),
];

fn reason(exchange: &str, path: &str) -> Option<&'static str> {
    let full = format!("{exchange} {path}");
    let of = |pattern: &str| match pattern.strip_prefix('*') {
        Some(part) => {
            full.ends_with(part)
                || full.contains(&format!("{part}."))
                || full.contains(&format!("{part}["))
        }
        None => full.starts_with(pattern),
    };
    DIFFERENCES
        .iter()
        .find(|(pattern, _)| of(pattern))
        .map(|(pattern, _)| *pattern)
}

/// Lists where two answers differ, by path.
fn differences(path: &str, theirs: &Value, ours: &Value, found: &mut BTreeSet<String>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for name in names {
                let (a, b) = (a.get(name), b.get(name));
                let path = format!("{path}.{name}");
                match (a, b) {
                    (Some(a), Some(b)) => differences(&path, a, b, found),
                    _ => {
                        found.insert(path);
                    }
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{number}]"), a, b, found);
            }
        }
        (a, b) if a == b => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// Makes the records that the recording is about. Returns the ids there with those here.
async fn records(mia: &Client) -> BTreeMap<&'static str, String> {
    let taylor = json!({
        "name": { "firstName": "Taylor", "lastName": "Ops" },
        "emails": { "primaryEmail": "t@example.com" },
        "jobTitle": "CTO",
    });
    let deal = json!({ "name": "Acme Renewal", "stage": "PROPOSAL", "closeDate": "2026-12-01" });
    let task = json!({ "title": "Follow up with ACME", "status": "TODO", "dueAt": "2026-12-02T09:00:00Z" });
    let mut ids = BTreeMap::new();
    for (theirs, collection, payload) in [
        ("person_42", "people", taylor),
        ("opp_123", "opportunities", deal),
        ("task_123", "tasks", task),
    ] {
        let path = format!("/api/crm/{collection}");
        let made = mia
            .post(&path, &json!({ "payload": payload }))
            .await
            .with(201);
        let id = made["data"]["summary"]["id"].as_str().unwrap();
        ids.insert(theirs, id.to_owned());
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_reference_answered_is_answered_here() {
    let Some(recorded) = recorded() else { return };
    let world = World::new().await;
    world
        .gateway
        .plans("1) Call Taylor by Friday. 2) Send recap.");
    let ids = records(&world.mia).await;
    let nobody = Client::nobody(&world.host);
    let (mut used, mut unexplained) = (BTreeSet::new(), Vec::new());
    for exchange in recorded {
        let name = format!("{} {}", exchange.method, exchange.path);
        if let Some(pattern) = reason(&name, "") {
            used.insert(pattern);
            continue;
        }
        let asked = exchange.body.map(|body| {
            let text = ids.iter().fold(body.to_string(), |text, (theirs, ours)| {
                text.replace(theirs, ours)
            });
            serde_json::from_str::<Value>(&text).unwrap()
        });
        let client = if exchange.anonymous {
            &nobody
        } else {
            &world.mia
        };
        let answer = client
            .send(exchange.method, &exchange.path, asked.as_ref())
            .await;
        assert_eq!(
            answer.status.as_u16(),
            exchange.status,
            "{name}: {}",
            answer.body
        );
        // What is compared beside the records' own values, which the embedded CRM keeps in its own stages.
        let theirs = exchange
            .answer
            .to_string()
            .replace("NEGOTIATION", "PROPOSAL");
        let theirs = serde_json::from_str(&theirs).unwrap();
        let mut found = BTreeSet::new();
        differences("", &theirs, &answer.body, &mut found);
        for path in found {
            match reason(&name, &path) {
                Some(pattern) => {
                    used.insert(pattern);
                    println!("{name} {path}: {pattern}");
                }
                None => unexplained.push(format!("{name} {path}")),
            }
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    let all: BTreeSet<_> = DIFFERENCES.iter().map(|(pattern, _)| *pattern).collect();
    let unused: Vec<_> = all.difference(&used).collect();
    assert!(unused.is_empty(), "nothing differs so any more: {unused:?}");
}

/// Returns what the OpenAPI document says of an answer, as a schema of its own.
fn promised(document: &Value, exchange: &Exchange) -> Value {
    let path = exchange.path.split('?').next().unwrap();
    let status = exchange.status.to_string();
    let method = exchange.method.as_str().to_lowercase();
    let answer = &document["paths"][path][method]["responses"][&status];
    let mut schema = answer["content"]["application/json"]["schema"].clone();
    assert!(schema.is_object(), "{} {path} {status}", exchange.method);
    schema["components"] = document["components"].clone();
    schema
}

fn provenance() -> Value {
    json!({
        "type": "crm.opportunity",
        "object": "opportunity",
        "recordId": "018f0000-0000-7000-8000-000000000000",
        "updatedAt": null,
        "fetchedAt": "2026-11-20T12:00:00Z",
        "fields": [],
    })
}

/// Adds what is told here and was not there, each where its neighbour is.
fn with_additions(answer: &mut Value) {
    match answer {
        Value::Object(members) => {
            for (neighbour, added, value) in [
                ("offset", "total", json!(1)),
                ("offset", "hasMore", json!(false)),
                ("amount", "currency", Value::Null),
                ("query", "provenance", provenance()),
                ("tezDraft", "plan", Value::Null),
            ] {
                if members.contains_key(neighbour) {
                    members.insert(added.to_owned(), value);
                }
            }
            members.values_mut().for_each(with_additions);
        }
        Value::Array(items) => items.iter_mut().for_each(with_additions),
        _ => {}
    }
}

/// Answers as clients of the surface's reference know them: our own values in its members.
fn examples() -> Vec<Exchange> {
    let examples: Value = serde_json::from_str(include_str!("reference_answers.json")).unwrap();
    let exchange = |example: &Value| Exchange {
        method: example["method"].as_str().unwrap().parse().unwrap(),
        path: example["path"].as_str().unwrap().to_owned(),
        body: None,
        anonymous: false,
        status: example["status"].as_u64().unwrap().try_into().unwrap(),
        answer: example["answer"].clone(),
    };
    examples.as_array().unwrap().iter().map(exchange).collect()
}

/// What a client was told by the reference it may be told here: the document describes each of those
/// answers, but for members that were added.
#[test]
fn the_document_describes_what_the_reference_answers() {
    let document = skillgate_server::openapi();
    let mut unexplained = Vec::new();
    for mut exchange in examples().into_iter().chain(recorded().unwrap_or_default()) {
        let name = format!("{} {}", exchange.method, exchange.path);
        if reason(&name, "").is_some() {
            continue;
        }
        with_additions(&mut exchange.answer);
        let schema = jsonschema::validator_for(&promised(&document, &exchange)).unwrap();
        for fault in schema.iter_errors(&exchange.answer) {
            let status = exchange.status;
            unexplained.push(format!(
                "{name} {status} {}: {fault}",
                fault.instance_path()
            ));
        }
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}
