//! Rules and credentials for requests to services outside.

use crate::finding::{finding, pointer};
use serde_json::{Map, Value, json};
use skillgate_domain::egress::{Credential, Outbound, OutboundError, Place, Route, Rule};
use skillgate_domain::ids::CredentialName;
use skillgate_domain::skill::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// What each kind of place is called.
const PLACES: [&str; 5] = ["header", "query", "json", "basic", "hmac_sha256"];

/// Writes rules into a set of capabilities, and the credentials beside them. Where there are none, nothing.
pub(super) fn write_outbound(outbound: &Outbound, capabilities: &mut Map<String, Value>) {
    if !outbound.routes().is_empty() {
        let routes = outbound.routes().iter().map(route_to_json).collect();
        capabilities.insert("http".to_owned(), Value::Array(routes));
    }
    if !outbound.credentials().is_empty() {
        let credentials = outbound.credentials().iter();
        let credentials = credentials.map(|(name, it)| (name.to_string(), credential_to_json(it)));
        capabilities.insert(
            "credentials".to_owned(),
            Value::Object(credentials.collect()),
        );
    }
}

fn route_to_json(route: &Route) -> Value {
    let allow = route.rule.to_string();
    match &route.credential {
        Some(credential) => json!({ "allow": allow, "credential": credential.as_str() }),
        None => json!({ "allow": allow }),
    }
}

fn credential_to_json(credential: &Credential) -> Value {
    let place = match &credential.place {
        Place::Header { name, prefix } => json!({ "header": name, "prefix": prefix }),
        Place::Query { name } => json!({ "query": name }),
        Place::Json { pointer } => json!({ "json": pointer }),
        Place::Basic { user } => json!({ "basic": user }),
        Place::Hmac { header, prefix } => json!({ "hmac_sha256": header, "prefix": prefix }),
    };
    json!({ "audience": credential.audience(), "place": place })
}

/// Reads the `http` and `credentials` of `capabilities`, whose form the schema has judged. Findings have
/// paths within `capabilities`.
pub(crate) fn outbound_from_json(capabilities: &Value) -> Result<Outbound, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut credentials = BTreeMap::new();
    for (name, value) in capabilities["credentials"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let Ok(known) = CredentialName::parse(name) else {
            // The schema's to report.
            continue;
        };
        match credential_from_json(value) {
            Ok(credential) => drop(credentials.insert(known, credential)),
            Err(wrong) => {
                let at = pointer("/credentials", name);
                findings.extend(crate::finding::under(&at, wrong));
            }
        }
    }
    let mut routes = BTreeSet::new();
    let listed = capabilities["http"].as_array().into_iter().flatten();
    for (index, value) in listed.enumerate() {
        match route_from_json(value) {
            Ok(Some(route)) => {
                if !routes.insert(route) {
                    let at = format!("/http/{index}");
                    findings.push(finding(
                        at,
                        "the rule is given more than once",
                        "Keep one of them.",
                    ));
                }
            }
            Ok(None) => {}
            Err(problem) => {
                let at = format!("/http/{index}/allow");
                findings.push(finding(at, problem, RULE_FIX));
            }
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    Outbound::new(routes, credentials).map_err(|error| vec![together(&error)])
}

const RULE_FIX: &str =
    "Write methods and an address, for example \"GET,POST https://api.example.org/v1/leads/**\".";

fn route_from_json(value: &Value) -> Result<Option<Route>, String> {
    let Some(allow) = value["allow"].as_str() else {
        return Ok(None);
    };
    let rule = Rule::parse(allow).map_err(|error| error.to_string())?;
    let credential = value["credential"].as_str();
    let credential = credential.and_then(|name| CredentialName::parse(name).ok());
    Ok(Some(Route { rule, credential }))
}

fn credential_from_json(value: &Value) -> Result<Credential, Vec<Finding>> {
    let place = place_from_json(&value["place"]);
    let place = place.map_err(|problem| vec![finding("/place", problem, PLACE_FIX)])?;
    let audience = value["audience"].as_str().unwrap_or_default();
    Credential::new(audience, place).map_err(|error| {
        let fix = "Write an address as in a rule, without methods, for example \"https://api.example.org/v1/**\".";
        vec![finding("/audience", error.to_string(), fix)]
    })
}

const PLACE_FIX: &str = "Say one of header, query, json, basic and hmac_sha256; a prefix goes with header and hmac_sha256.";

fn place_from_json(place: &Value) -> Result<Place, String> {
    let text = |key: &str| place[key].as_str().map(str::to_owned);
    let mut named = PLACES
        .into_iter()
        .filter_map(|kind| Some((kind, text(kind)?)));
    let (Some((kind, name)), None) = (named.next(), named.next()) else {
        return Err("a credential stands in one place".to_owned());
    };
    let prefix = text("prefix");
    if prefix.is_some() && kind != "header" && kind != "hmac_sha256" {
        return Err(format!("a {kind} has no prefix"));
    }
    let prefix = prefix.unwrap_or_default();
    let place = match kind {
        "header" => Place::Header { name, prefix },
        "query" => Place::Query { name },
        "json" => Place::Json { pointer: name },
        "basic" => Place::Basic { user: name },
        _ => Place::Hmac {
            header: name,
            prefix,
        },
    };
    place.checked().map_err(|error| error.to_string())
}

fn together(error: &OutboundError) -> Finding {
    let (path, fix) = match error {
        OutboundError::Undeclared { .. } => ("/http", "Declare it under `credentials`."),
        OutboundError::BeyondAudience { .. } => (
            "/http",
            "Narrow the rule, or widen the credential's audience.",
        ),
        OutboundError::InTheClear { .. } => ("/credentials", "Use https."),
        OutboundError::Ambiguous(..) => (
            "/http",
            "Let rules with different credentials allow different requests.",
        ),
    };
    finding(path, error.to_string(), fix)
}

#[cfg(test)]
mod tests;
