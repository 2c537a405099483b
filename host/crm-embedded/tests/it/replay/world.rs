//! A CRM that holds what a recording takes for granted, and the ids it gave out instead.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use serde_json::{Map, Value, json};
use skillgate_crm_embedded::{DEFAULT_BUDGETS, WORKSPACE_MEMBER_ID};
use uuid::Uuid;

use super::Exchange;
use crate::it::crm::{Answer, KEY, TestCrm};

/// Fields the recorded workspace had added, with a type the metadata API here offers.
const CUSTOM_FIELDS: &[(&str, &str, &str)] = &[
    ("people", "intro", "TEXT"),
    ("people", "workPreference", "MULTI_SELECT"),
    ("people", "performanceRating", "SELECT"),
    ("companies", "employees", "NUMBER"),
    ("companies", "tagline", "TEXT"),
    ("companies", "introVideo", "LINKS"),
    ("companies", "workPolicy", "MULTI_SELECT"),
    ("companies", "visaSponsorship", "BOOLEAN"),
];

/// Objects of the recorded workspace whose metadata id a request names. Its own object is played by
/// our notes.
const RECORDED_OBJECTS: &[(&str, &str)] = &[
    ("4b197c21-579d-4f82-b59f-e8db47c49451", "people"),
    ("fbbfa221-146f-4e71-898d-deab1d3fdd1c", "notes"),
];

/// The recorded member that records are assigned to.
const RECORDED_MEMBER: &str = "20202020-0687-4c41-b707-ed1bfca972a7";

/// A person: id, names, and perhaps a company.
type Searched = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

const SEARCHED: &[Searched] = &[
    (
        "20202020-b000-4485-94de-70c2a98daef2",
        "Jeffery",
        "Griffin",
        None,
    ),
    (
        "20202020-b160-4384-8d2e-6155f4adee0c",
        "Jeffery",
        "Gibson",
        None,
    ),
    (
        "20202020-b161-4384-8d2e-6155f4adee0c",
        "Jeffery",
        "Hall",
        None,
    ),
    (
        "20202020-b630-41a4-bf6a-79038a44a2fd",
        "Jeffrey",
        "Anderson",
        Some((
            "20202020-a859-4275-b748-98dbb3a32ba8",
            "Quotient Technology Inc.",
        )),
    ),
    (
        "20202020-b354-4bfe-a455-b13071671bd6",
        "Jeffrey",
        "Beck",
        Some(("20202020-aaf9-44b7-af76-73cd7aa561c4", "AppLovin")),
    ),
];

pub(super) struct World {
    crm: TestCrm,
    /// Recorded id to ours.
    ids: BTreeMap<String, String>,
    /// The last ETag we sent.
    etag: String,
    /// Names of the fields of every object, by its plural.
    fields: BTreeMap<String, BTreeSet<String>>,
}

impl World {
    pub(super) async fn for_file(name: &str, exchanges: &[Exchange]) -> Self {
        let crm = TestCrm::with(|options| {
            options.key_name = "research".to_owned();
            options.budgets.clear();
            if name == "rate_limit" {
                options.budgets = DEFAULT_BUDGETS.to_vec();
            }
        })
        .await;
        let member = (RECORDED_MEMBER.to_owned(), WORKSPACE_MEMBER_ID.to_string());
        let ids = BTreeMap::from([member]);
        let mut world = Self {
            crm,
            ids,
            etag: String::new(),
            fields: BTreeMap::new(),
        };
        world.add_fields().await;
        if name == "graphql" {
            world.seed_searched().await;
        }
        if name == "rate_limit" {
            for index in 0..100 {
                world.crm.advance(20);
                world.crm.person("Ada", &format!("Number {index}")).await;
            }
        } else {
            world.seed(exchanges).await;
        }
        world
    }

    async fn add_fields(&mut self) {
        let objects = self.crm.get("/rest/metadata/objects").await;
        let objects = objects.body["data"]["objects"].as_array().unwrap().clone();
        for (recorded, plural) in RECORDED_OBJECTS {
            let object = objects
                .iter()
                .find(|known| known["namePlural"] == *plural)
                .unwrap();
            self.ids.insert(
                (*recorded).to_owned(),
                object["id"].as_str().unwrap().to_owned(),
            );
        }
        for (object, name, kind) in CUSTOM_FIELDS {
            let object = objects
                .iter()
                .find(|known| known["namePlural"] == *object)
                .unwrap();
            let option = |value: &str| json!({"value": value, "label": value, "color": "green"});
            let body = json!({
                "objectMetadataId": object["id"],
                "type": kind,
                "name": name,
                "label": name,
                "options": [option("RATING_1"), option("REMOTE_WORK")],
                "defaultValue": if *kind == "BOOLEAN" { json!(false) } else { Value::Null },
            });
            let added = self.crm.post("/rest/metadata/fields", body).await;
            assert_eq!(added.status, 201, "{}", added.body);
        }
        let objects = self.crm.get("/rest/metadata/objects").await;
        for object in objects.body["data"]["objects"].as_array().unwrap() {
            let mut names = BTreeSet::new();
            for field in object["fields"].as_array().unwrap() {
                let name = field["name"].as_str().unwrap();
                match field["settings"]["joinColumnName"].as_str() {
                    Some(key) => names.insert(key.to_owned()),
                    None => names.insert(name.to_owned()),
                };
            }
            self.fields
                .insert(object["namePlural"].as_str().unwrap().to_owned(), names);
        }
    }

    /// Creates the people and companies that the recorded queries find.
    async fn seed_searched(&self) {
        for (id, first, last, company) in SEARCHED {
            let email = format!("{first}.{last}@example.com");
            let body = json!({
                "id": id,
                "name": {"firstName": first, "lastName": last},
                "emails": {"primaryEmail": email},
                "jobTitle": "Embryologist, clinical",
            });
            let person = self.crm.create("people", body).await;
            if let Some((id, name)) = company {
                self.crm
                    .create("companies", json!({"id": id, "name": name}))
                    .await;
                let path = format!("/rest/people/{}", person["id"].as_str().unwrap());
                self.crm.patch(&path, json!({"companyId": id})).await;
            }
        }
        for name in ["Xometry", "Xoxoday", "Xero"] {
            self.crm.create("companies", json!({"name": name})).await;
        }
    }

    /// Creates every record the answers show but no request of the file made.
    async fn seed(&self, exchanges: &[Exchange]) {
        let mut made = BTreeSet::new();
        let mut seeds: Vec<(String, Map<String, Value>)> = Vec::new();
        for exchange in exchanges {
            let is_create = exchange.method == "POST" && exchange.status == 201;
            for (object, record) in records(&exchange.answer) {
                if exchange.path.contains("/merge") {
                    continue;
                }
                let id = record["id"].as_str().unwrap_or_default().to_owned();
                if made.insert(id) && !is_create {
                    seeds.push((object, record));
                }
            }
        }
        for (object, record) in seeds {
            let mut body = Map::new();
            for (name, value) in &record {
                let plain = !matches!(
                    name.as_str(),
                    "createdBy" | "updatedBy" | "searchVector" | "deletedAt"
                );
                if plain && self.fields[&object].contains(name) && !value.is_null() {
                    body.insert(name.clone(), value.clone());
                }
            }
            if let Some(company) = record.get("companyId").and_then(Value::as_str) {
                let stub = json!({"id": company, "name": "Stub"});
                self.crm.post("/rest/companies?upsert=true", stub).await;
            }
            for key in [
                "pointOfContactId",
                "ownerId",
                "assigneeId",
                "accountOwnerId",
            ] {
                body.remove(key);
            }
            let path = format!("/rest/{object}");
            self.crm.post(&path, Value::Object(body)).await;
        }
    }

    /// Deletes what an answer shows as deleted: the recording did so between two exchanges.
    async fn catch_up(&self, exchange: &Exchange) {
        if exchange.title.contains("> 100 matches") {
            let many = vec![json!({"name": {"firstName": "Many"}}); 200];
            for rows in [Value::Array(many), json!([{"name": {"firstName": "More"}}])] {
                assert_eq!(self.crm.post("/rest/batch/people", rows).await.status, 201);
            }
        }
        if exchange.method != "GET" {
            return;
        }
        for (object, record) in records(&exchange.answer) {
            let id = self.ours(record["id"].as_str().unwrap_or_default());
            let path = format!("/rest/{object}/{id}");
            if !record["deletedAt"].is_null() && self.crm.get(&path).await.status == 200 {
                self.crm.delete(&format!("{path}?soft_delete=true")).await;
            }
        }
    }

    pub(super) async fn replay(&mut self, exchange: &Exchange) -> Answer {
        self.catch_up(exchange).await;
        let path = self.ours(&exchange.path);
        let mut request = Request::builder()
            .method(exchange.method.as_str())
            .uri(path);
        for (name, value) in exchange.headers.as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            request = match name.as_str() {
                "Authorization" => request.header("authorization", token(exchange, value)),
                "If-None-Match" => request.header("if-none-match", &self.etag),
                _ => request.header(name.as_str(), value),
            };
        }
        let answer = self
            .crm
            .send(request.body(self.body(exchange)).unwrap())
            .await;
        let etag = answer
            .headers
            .get("etag")
            .map(|tag| tag.to_str().unwrap().to_owned());
        self.etag = etag.unwrap_or_default();
        answer
    }

    fn body(&self, exchange: &Exchange) -> Body {
        if exchange.title.contains("over 10MB") {
            return Body::from(format!("{{\"jobTitle\": \"{}\"}}", "x".repeat(11 << 20)));
        }
        match &exchange.sent {
            Value::Null => Body::empty(),
            Value::String(text) => Body::from(self.ours(text)),
            other => Body::from(self.ours(&other.to_string())),
        }
    }

    /// Puts our ids where the recorded ones stand.
    pub(super) fn ours(&self, text: &str) -> String {
        self.ids
            .iter()
            .fold(text.to_owned(), |text, (theirs, ours)| {
                text.replace(theirs, ours)
            })
    }

    /// Notes which of our ids answers to which recorded one.
    pub(super) fn learn(&mut self, theirs: &Value, ours: &Value) {
        match (theirs, ours) {
            (Value::Object(theirs), Value::Object(ours)) => {
                for (name, value) in theirs {
                    if let Some(other) = ours.get(name) {
                        self.learn(value, other);
                    }
                }
            }
            (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
                for (value, other) in theirs.iter().zip(ours) {
                    self.learn(value, other);
                }
            }
            (Value::String(theirs), Value::String(ours))
                if theirs != ours
                    && [theirs, ours]
                        .map(|id| Uuid::parse_str(id))
                        .iter()
                        .all(Result::is_ok) =>
            {
                self.ids.insert(theirs.clone(), ours.clone());
            }
            _ => {}
        }
    }
}

/// Chooses a header that means here what the recorded one meant there.
fn token(exchange: &Exchange, recorded: &str) -> String {
    match recorded.split_once(' ') {
        _ if exchange.status == 401 => "Bearer tampered".to_owned(),
        Some((scheme, "<key>" | "<jwt-redacted>")) => format!("{scheme} {KEY}"),
        Some(_) => recorded.to_owned(),
        None => format!("Bearer {KEY}"),
    }
}

/// Lists the whole records of an answer with the plural of their object.
fn records(answer: &Value) -> Vec<(String, Map<String, Value>)> {
    const OBJECTS: &[(&str, &str, &str, &str)] = &[
        ("people", "person", "Person", "People"),
        ("companies", "company", "Company", "Companies"),
        (
            "opportunities",
            "opportunity",
            "Opportunity",
            "Opportunities",
        ),
        ("tasks", "task", "Task", "Tasks"),
        ("notes", "note", "Note", "Notes"),
    ];
    let mut found = Vec::new();
    for (name, value) in answer["data"].as_object().into_iter().flatten() {
        let object = OBJECTS.iter().find(|(plural, singular, one, many)| {
            name == plural || name == singular || name.ends_with(one) || name.ends_with(many)
        });
        let Some((plural, ..)) = object else { continue };
        let items = match value {
            Value::Array(items) => items.clone(),
            other => vec![other.clone()],
        };
        for item in items {
            if let Value::Object(record) = item
                && record.contains_key("createdAt")
            {
                found.push(((*plural).to_owned(), record));
            }
        }
    }
    found
}
