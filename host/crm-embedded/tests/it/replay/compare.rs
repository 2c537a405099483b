//! Says how our answer differs from the recorded one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Exchange;
use super::world::World;

/// Keys of the recorded workspace's own fields and of objects that do not exist here.
const FOREIGN: &[&str] = &[
    "whatsapp",
    "caredForPets",
    "previousCompanies",
    "previousEmployees",
    "targetBrandBrainPageId",
    "targetCampaignId",
    "targetCreatorId",
    "targetRocketId",
    "targetPetId",
    "targetSurveyResultId",
    "targetEmploymentHistoryId",
    "targetPetCareAgreementId",
    "targetBrandBrainPage",
    "targetCampaign",
    "targetCreator",
    "targetRocket",
    "targetPet",
    "targetSurveyResult",
    "targetEmploymentHistory",
    "targetPetCareAgreement",
];

/// Keys whose values differ from run to run; their types must agree.
const VOLATILE: &[&str] = &[
    "id",
    "createdAt",
    "updatedAt",
    "deletedAt",
    "position",
    "searchVector",
    "startCursor",
    "endCursor",
    "cursor",
    "blocknote",
    "totalCount",
    "tsRank",
    "tsRankCD",
    "recordId",
    "label",
    "objectNameSingular",
    "imageUrl",
    "hasNextPage",
    "locations",
    "conflictingRecordId",
    "universalIdentifier",
    "applicationId",
    "workspaceId",
    "objectMetadataId",
];

/// Keys whose values depend on who planted the record: only their names of subfields must agree.
const PLANTED: &[&str] = &[
    "createdBy",
    "updatedBy",
    "timelineActivities",
    "company",
    "companyId",
    "owner",
    "ownerId",
    "assignee",
    "assigneeId",
    "pointOfContactId",
];

pub(super) fn answers(
    exchange: &Exchange,
    status: u16,
    body: &Value,
    world: &World,
) -> Option<String> {
    if exchange.status != status {
        return Some(format!(
            "status {status} instead of {}: {body}",
            exchange.status
        ));
    }
    if exchange.answer["__truncated__"] == true {
        return None;
    }
    let recorded: Value = serde_json::from_str(&world.ours(&exchange.answer.to_string())).unwrap();
    if recorded["errors"].is_object() {
        return codes(&recorded, body);
    }
    values("", &recorded, body)
}

/// Compares metadata refusals by their codes; the real ones drag follow-up errors along.
fn codes(recorded: &Value, body: &Value) -> Option<String> {
    let path = "/errors/fieldMetadata/0/errors/0/code";
    let (theirs, ours) = (recorded.pointer(path), body.pointer(path));
    (theirs != ours).then(|| format!("code {ours:?} instead of {theirs:?}"))
}

fn values(at: &str, theirs: &Value, ours: &Value) -> Option<String> {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => objects(at, theirs, ours),
        (Value::Array(theirs), Value::Array(ours)) => {
            if theirs.is_empty() != ours.is_empty() {
                return Some(format!(
                    "{at}: {} entries instead of {}",
                    ours.len(),
                    theirs.len()
                ));
            }
            let whole = theirs.len() == ours.len();
            let pairs = theirs
                .iter()
                .zip(ours)
                .take(if whole { usize::MAX } else { 1 });
            pairs.into_iter().find_map(|(theirs, ours)| {
                if whole {
                    values(at, theirs, ours)
                } else {
                    keys(at, theirs, ours)
                }
            })
        }
        (Value::String(theirs), Value::String(ours)) if normal(theirs) == normal(ours) => None,
        _ if theirs == ours => None,
        _ => Some(format!("{at}: {ours} instead of {theirs}")),
    }
}

fn objects(at: &str, theirs: &Map<String, Value>, ours: &Map<String, Value>) -> Option<String> {
    if let Some(found) = key_sets(at, theirs, ours) {
        return Some(found);
    }
    theirs.iter().find_map(|(name, value)| {
        let here = format!("{at}/{name}");
        let other = ours.get(name)?;
        if PLANTED.contains(&name.as_str()) {
            match (value, other) {
                (Value::Object(value), Value::Object(other)) => key_sets(&here, value, other),
                _ => None,
            }
        } else if VOLATILE.contains(&name.as_str()) {
            (kind(value) != kind(other)).then(|| format!("{here}: {other} instead of {value}"))
        } else {
            values(&here, value, other)
        }
    })
}

/// Compares only the names of the first level.
fn keys(at: &str, theirs: &Value, ours: &Value) -> Option<String> {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => key_sets(at, theirs, ours),
        _ => (kind(theirs) != kind(ours)).then(|| format!("{at}: {ours} instead of {theirs}")),
    }
}

fn key_sets(at: &str, theirs: &Map<String, Value>, ours: &Map<String, Value>) -> Option<String> {
    let own = |map: &Map<String, Value>| -> BTreeSet<String> {
        map.keys()
            .filter(|name| !FOREIGN.contains(&name.as_str()))
            .cloned()
            .collect()
    };
    let (theirs, ours) = (own(theirs), own(ours));
    let missing: Vec<&String> = theirs.difference(&ours).collect();
    let extra: Vec<&String> = ours.difference(&theirs).collect();
    (!missing.is_empty() || !extra.is_empty())
        .then(|| format!("{at}: missing {missing:?}, extra {extra:?}"))
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Takes out names that every database makes for itself.
fn normal(text: &str) -> String {
    let cut = |text: &str, from: &str, to: char| match text.split_once(from) {
        Some((head, tail)) => {
            let tail = tail.find(to).map_or("", |at| &tail[at..]);
            format!("{head}{from}*{tail}")
        }
        None => text.to_owned(),
    };
    cut(&cut(text, "\"FK_", '"'), "enum workspace_", '.')
}
