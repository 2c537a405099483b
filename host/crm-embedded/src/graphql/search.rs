//! `search(searchInput, limit, includedObjectNameSingulars)`: words, any object, best first.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::document::Selected;
use crate::crm::Crm;
use crate::fault::Fault;
use crate::schema::{Object, Schema};
use crate::search_text::query_words;
use crate::store::{self, Record};

/// Results when nobody asks.
const LIMIT_DEFAULT: i64 = 60;
/// Most results.
pub(crate) const LIMIT_MAX: i64 = 1_000;
/// Rank of one word found, in the scale of the real server's full-text rank.
const RANK_PER_WORD: f64 = 0.1;

/// One result.
struct Hit<'a> {
    object: &'a Object,
    rank: f64,
    record: Record,
}

pub(super) async fn run(crm: &Crm, schema: &Schema, field: &Selected) -> Result<Value, Fault> {
    let words = query_words(field.argument("searchInput").as_str().unwrap_or_default());
    let objects = searched(schema, field);
    let limit = field
        .argument("limit")
        .as_i64()
        .unwrap_or(LIMIT_DEFAULT)
        .clamp(0, LIMIT_MAX);
    let mut conn = crm.pool.acquire().await?;
    let mut found = store::search_hits(&mut conn, &objects, &words, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_next = found.len() > wanted;
    found.truncate(wanted);
    let mut hits = Vec::with_capacity(found.len());
    for (object, words, record) in found {
        let object = schema
            .singular(&object)
            .ok_or(Fault::Corrupt("search object"))?;
        let words = u32::try_from(words).unwrap_or_default();
        hits.push(Hit {
            object,
            rank: f64::from(words) * RANK_PER_WORD,
            record,
        });
    }
    Ok(show(field, &hits, has_next))
}

fn searched<'a>(schema: &'a Schema, field: &Selected) -> Vec<&'a str> {
    let listed = |name: &str, object: &Object| {
        let names = field.argument(name).as_array();
        names.map(|names| names.iter().any(|known| known == object.singular))
    };
    schema
        .objects
        .iter()
        .filter(|object| object.is_searchable)
        .filter(|object| listed("includedObjectNameSingulars", object).unwrap_or(true))
        .filter(|object| !listed("excludedObjectNameSingulars", object).unwrap_or(false))
        .map(|object| object.singular)
        .collect()
}

fn show(field: &Selected, hits: &[Hit<'_>], has_next: bool) -> Value {
    let mut shown = Map::new();
    for child in &field.children {
        let value = match child.name.as_str() {
            "edges" => hits.iter().map(|hit| edge(child, hit)).collect(),
            "pageInfo" => pick(child, |name| match name {
                "hasNextPage" => json!(has_next),
                "endCursor" => hits.last().map_or(Value::Null, |hit| json!(mark(hit))),
                _ => Value::Null,
            }),
            _ => Value::Null,
        };
        shown.insert(child.key.clone(), value);
    }
    Value::Object(shown)
}

fn edge(field: &Selected, hit: &Hit<'_>) -> Value {
    let mut shown = Map::new();
    for child in &field.children {
        let value = match child.name.as_str() {
            "cursor" => json!(mark(hit)),
            "node" => pick(child, |name| match name {
                "recordId" => json!(hit.record.id),
                "objectNameSingular" => json!(hit.object.singular),
                "objectLabelSingular" => json!(hit.object.label_singular),
                "label" => json!(label(&hit.record)),
                "imageUrl" => json!(
                    hit.record
                        .doc
                        .get("avatarUrl")
                        .and_then(Value::as_str)
                        .unwrap_or("")
                ),
                "tsRankCD" | "tsRank" => json!(hit.rank),
                _ => Value::Null,
            }),
            _ => Value::Null,
        };
        shown.insert(child.key.clone(), value);
    }
    Value::Object(shown)
}

fn pick(field: &Selected, value: impl Fn(&str) -> Value) -> Value {
    Value::Object(
        field
            .children
            .iter()
            .map(|child| (child.key.clone(), value(&child.name)))
            .collect(),
    )
}

fn label(record: &Record) -> String {
    let name = record.doc.get("name").or_else(|| record.doc.get("title"));
    match name {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(parts)) => {
            let part = |name: &str| parts.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", part("firstName"), part("lastName"))
                .trim()
                .to_owned()
        }
        _ => String::new(),
    }
}

fn mark(hit: &Hit<'_>) -> String {
    let mark = json!({
        "lastRanks": {"tsRankCD": hit.rank, "tsRank": hit.rank},
        "lastRecordIdsPerObject": {(hit.object.singular): hit.record.id},
    });
    STANDARD.encode(mark.to_string())
}
