//! Reads every recorded answer of a running Twenty, where the recordings are at hand.

use super::call::{Call, Effect, GraphQl};
use super::client::{Failure, read_answer};
use super::object::names;
use super::refusal::Refusal;
use super::schema::Schema;
use super::{decode, object_of};
use bytes::Bytes;
use http::Response;
use serde_json::Value;
use skillgate_domain::crm::{FieldSet, ObjectKind, Selection};
use skillgate_domain::ids::RecordId;
use std::collections::BTreeMap;
use std::path::Path;

/// Beside the repository; not part of it.
const TRANSCRIPTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/twenty/transcripts"
);

struct Exchange {
    label: String,
    path: String,
    status: u16,
    body: Value,
}

fn exchanges() -> Vec<Exchange> {
    let Ok(files) = std::fs::read_dir(Path::new(TRANSCRIPTS)) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let items: Vec<Value> = serde_json::from_str(&text).unwrap();
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        for item in items.iter().filter(|item| item.get("response").is_some()) {
            all.push(Exchange {
                label: format!("{file}: {}", item["name"].as_str().unwrap_or_default()),
                path: item["request"]["path"].as_str().unwrap().to_owned(),
                status: u16::try_from(item["response"]["status"].as_u64().unwrap()).unwrap(),
                body: item["response"]["body"].clone(),
            });
        }
    }
    all
}

/// Says why an answer is not one that this client reads.
fn not_ours(exchange: &Exchange) -> Option<&'static str> {
    let path = exchange.path.as_str();
    if !path.starts_with("/rest/") && !path.starts_with("/graphql") && path != "/metadata" {
        Some("neither records nor metadata")
    } else if path.contains("/webhooks") || path.contains("/apiKeys") || path.contains("/open-api")
    {
        Some("administration")
    } else if exchange.body.get("__truncated__").is_some() {
        Some("recorded in part")
    } else if exchange.body.is_null() {
        Some("recorded without a body")
    } else {
        None
    }
}

fn call(path: &str) -> Call {
    if path.starts_with("/rest/") {
        return Call::Metadata(None);
    }
    Call::GraphQl(GraphQl {
        document: String::new(),
        variables: Value::Null,
        effect: Effect::Read,
        roots: 1,
    })
}

/// Finds the records of our kinds in an answer, under all the names that they go by.
fn records(answer: &Value) -> Vec<(ObjectKind, &Value)> {
    let data = answer.get("data").unwrap_or(answer);
    let mut found = Vec::new();
    for object in ObjectKind::ALL {
        let names = names(object);
        let under = |verb: &str| &data[format!("{verb}{}", names.type_name).as_str()];
        for one in [&data[names.singular], under("create"), under("update")] {
            if one.is_object() {
                found.push((object, one));
            }
        }
        let list = &data[names.plural];
        if let Some(items) = list.as_array() {
            found.extend(items.iter().map(|item| (object, item)));
        }
        if let Some(edges) = list["edges"].as_array() {
            found.extend(edges.iter().map(|edge| (object, &edge["node"])));
        }
    }
    found
}

fn kind(read: &Result<Value, Failure>) -> &'static str {
    match read {
        Ok(_) => "answer",
        Err(Failure::Refused(refusal)) => match refusal {
            Refusal::NotFound => "not found",
            Refusal::Duplicate(Some(_)) => "duplicate, holder known",
            Refusal::Duplicate(None) => "duplicate",
            Refusal::Credential => "credential",
            Refusal::Permission => "permission",
            Refusal::Slow(_) => "slow down",
            Refusal::Cursor => "cursor",
            Refusal::MissingReference => "missing reference",
            Refusal::PhoneNumber => "phone number",
            Refusal::WebAddress => "web address",
            Refusal::Input(_) => "input",
            Refusal::Server => "server error",
        },
        Err(Failure::Lost(..)) => "lost",
        Err(Failure::NotSent(_)) => "not sent",
    }
}

/// What the recorded body itself says, by its plainest signs.
fn expected(exchange: &Exchange) -> &'static str {
    let text = exchange.body.to_string();
    let has = |sign: &str| text.contains(sign);
    match exchange.status {
        200..300 if exchange.body.get("errors").is_none() => "answer",
        404 => "not found",
        429 => "slow down",
        401 => "credential",
        500 if exchange.body.is_string() => "lost",
        500.. => "server error",
        _ if has("conflictingRecordId") => "duplicate, holder known",
        _ if has("duplicate entry") => "duplicate",
        _ if has("LIMIT_REACHED") => "slow down",
        _ if has("RECORD_NOT_FOUND") => "not found",
        _ if has("PERMISSION_DENIED") => "permission",
        _ if has("FORBIDDEN") || has("UNAUTHENTICATED") => "credential",
        _ if has("INVALID_CURSOR") => "cursor",
        _ if has("foreign key constraint") => "missing reference",
        _ if has("INVALID_PHONE_NUMBER") => "phone number",
        _ if has("INVALID_URL") => "web address",
        _ => "input",
    }
}

#[test]
fn every_recorded_answer_is_read() {
    let exchanges = exchanges();
    let schema = Schema::assumed();
    let mut uncovered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut covered, mut decoded) = (0, 0);
    for exchange in &exchanges {
        if let Some(reason) = not_ours(exchange) {
            uncovered.entry(reason).or_default().push(&exchange.label);
            continue;
        }
        let answer = Response::builder()
            .status(exchange.status)
            .body(Bytes::from(exchange.body.to_string()))
            .unwrap();
        let read = read_answer(&call(&exchange.path), &answer);
        assert_eq!(kind(&read), expected(exchange), "{}", exchange.label);
        *kinds.entry(kind(&read)).or_default() += 1;
        covered += 1;
        if exchange.path.starts_with("/rest/metadata/objects?")
            && let Ok(page) = &read
        {
            assert!(
                Schema::empty().add_page(page).is_some(),
                "{}",
                exchange.label
            );
        }
        for (object, value) in read.iter().flat_map(records) {
            // A query may have left the id out; one that did not has a readable record.
            if value.get("id").is_none() {
                continue;
            }
            let want = Selection {
                standard: FieldSet::of(object),
                ..Selection::EMPTY
            };
            let own = object_of(&schema, object).unwrap();
            let record = decode::record(object, own, &want, value);
            let record = record.unwrap_or_else(|| panic!("{}: unreadable", exchange.label));
            let id = value["id"].as_str().map(|id| RecordId::parse(id).unwrap());
            assert_eq!(Some(record.id), id);
            decoded += 1;
        }
    }
    let left_out: usize = uncovered.values().map(Vec::len).sum();
    assert_eq!(covered + left_out, exchanges.len());
    println!(
        "read {}, covered {covered}, records {decoded}: {kinds:?}",
        exchanges.len()
    );
    for (reason, labels) in &uncovered {
        println!("not covered, {reason}: {}", labels.len());
        for label in labels {
            println!("  {label}");
        }
    }
    if !exchanges.is_empty() {
        assert!(
            covered >= 400,
            "{covered} of {} are covered",
            exchanges.len()
        );
        assert!(decoded >= 300, "{decoded} records were read");
        let few = [
            "duplicate, holder known",
            "cursor",
            "slow down",
            "permission",
        ];
        assert!(few.iter().all(|kind| kinds.contains_key(kind)), "{kinds:?}");
    }
}
