//! A client, the CRM it talks to, and a wire that writes down what passes and can be made to fail.

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Request, Response, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::ports::{Clock, Crm, CrmError};
use skillgate_connectors::transport::{
    AllowedOrigins, Bounds, InProcess, Transport, TransportError,
};
use skillgate_connectors::twenty::{Twenty, TwentyConfig};
use skillgate_crm_embedded::{EmbeddedCrm, Generation, Options};
use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldSet, FieldValue, ObjectKind, Query, Record, Selection,
};
use skillgate_domain::ids::{CommunityId, CustomFieldName, RecordId};
use skillgate_domain::principal::TokenScope;
use skillgate_domain::right::{CrmAction, Decision, PolicyRight, Right, Unredacted};
use skillgate_domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

pub(super) const KEY: &str = "local-key";
pub(super) const BASE: &str = "http://localhost";
pub(super) const NOON_MS: i64 = 1_790_000_000_000;

/// A clock that is moved by hand.
#[derive(Debug)]
pub(super) struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

impl HandClock {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NOON_MS)))
    }

    pub(super) fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// What to do with one request.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// Lose it before it arrives.
    Before(TransportError),
    /// Deliver it, and lose the answer.
    After(TransportError),
    /// Answer instead of the CRM, which never hears of it.
    Instead(StatusCode, &'static [(&'static str, &'static str)], String),
    /// Deliver it, and answer something else.
    Garbled(StatusCode, String),
}

/// One request that was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

type Applies = fn(&Seen) -> bool;

/// A wire to a CRM in this process. Requests that match a plan meet its next fate.
pub(super) struct Wire {
    crm: Arc<dyn Transport>,
    seen: Mutex<Vec<Seen>>,
    plans: Mutex<VecDeque<(Applies, Fate)>>,
    delay: Mutex<Duration>,
}

impl Wire {
    pub(super) fn to(crm: Arc<dyn Transport>) -> Arc<Self> {
        Arc::new(Self {
            crm,
            seen: Mutex::default(),
            plans: Mutex::default(),
            delay: Mutex::default(),
        })
    }

    /// The next request that `applies` accepts meets `fate`.
    pub(super) fn plan(&self, applies: Applies, fate: Fate) {
        self.plans.lock().unwrap().push_back((applies, fate));
    }

    pub(super) fn delay(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    /// Returns the requests since the last call, those for metadata left out.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        seen.into_iter()
            .filter(|seen| !seen.path.starts_with("/rest/metadata"))
            .collect()
    }

    pub(super) fn seen_all(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn note(&self, request: &Request<Bytes>) -> Option<Fate> {
        let seen = Seen {
            method: request.method().clone(),
            path: request
                .uri()
                .path_and_query()
                .map_or_else(String::new, ToString::to_string),
            body: serde_json::from_slice(request.body()).unwrap_or(Value::Null),
        };
        let mut plans = self.plans.lock().unwrap();
        let planned = plans.iter().position(|(applies, _)| applies(&seen));
        self.seen.lock().unwrap().push(seen);
        planned
            .and_then(|at| plans.remove(at))
            .map(|(_, fate)| fate)
    }
}

pub(super) fn creates(seen: &Seen) -> bool {
    seen.body["query"]
        .as_str()
        .is_some_and(|query| query.starts_with("mutation"))
}

pub(super) fn patches(seen: &Seen) -> bool {
    seen.method == Method::PATCH
}

pub(super) fn deletes(seen: &Seen) -> bool {
    seen.method == Method::DELETE
}

pub(super) fn gets(seen: &Seen) -> bool {
    seen.method == Method::GET && !seen.path.starts_with("/rest/metadata")
}

pub(super) fn metadata(seen: &Seen) -> bool {
    seen.path.starts_with("/rest/metadata")
}

fn answer(
    status: StatusCode,
    headers: &[(&'static str, &'static str)],
    body: String,
) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from(body)).unwrap()
}

#[async_trait]
impl Transport for Wire {
    async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        let fate = self.note(&request);
        let delay = *self.delay.lock().unwrap();
        let exchange = async {
            tokio::time::sleep(delay).await;
            match fate {
                Some(Fate::Before(error)) => Err(error),
                Some(Fate::Instead(status, headers, body)) => Ok(answer(status, headers, body)),
                Some(Fate::After(error)) => {
                    self.crm.send(request, bounds).await?;
                    Err(error)
                }
                Some(Fate::Garbled(status, body)) => {
                    self.crm.send(request, bounds).await?;
                    Ok(answer(status, &[], body))
                }
                None => self.crm.send(request, bounds).await,
            }
        };
        tokio::time::timeout(bounds.timeout, exchange)
            .await
            .map_err(|_| TransportError::Timeout)?
    }
}

/// A client with a CRM of its own.
pub(super) struct World {
    pub(super) twenty: Twenty,
    pub(super) wire: Arc<Wire>,
    pub(super) clock: Arc<HandClock>,
    ids: AtomicU64,
    crm: Arc<dyn Transport>,
}

pub(super) fn config() -> TwentyConfig {
    let origins = AllowedOrigins::parse([BASE]).unwrap();
    TwentyConfig::new(BASE.to_owned(), SecretString::from(KEY), origins)
}

/// A configuration for tests on a real clock: nothing waits.
pub(super) fn impatient() -> TwentyConfig {
    let mut config = config();
    config.timeouts.retry_pause = Duration::ZERO;
    config.budget.requests = 1_000_000;
    config
}

pub(super) fn community() -> CommunityId {
    CommunityId::parse("acme").unwrap()
}

pub(super) fn id(number: u64) -> RecordId {
    RecordId::new(Uuid::from_u128(
        0x0190_f5fe_7c00_7a00_8000_0000_0000_0000 | u128::from(number),
    ))
}

/// Opens an empty CRM in memory, with a clock that ticks at each look and no budget of its own.
pub(super) async fn crm(generation: Generation) -> axum::Router {
    let ticks = AtomicI64::new(0);
    let now = move || {
        let tick = ticks.fetch_add(1, Ordering::SeqCst);
        DateTime::<Utc>::from_timestamp_millis(NOON_MS + tick).unwrap()
    };
    let made = AtomicU64::new(0);
    let next = move || Uuid::from_u128(u128::from(made.fetch_add(1, Ordering::SeqCst)) + 1);
    let mut options = Options::in_memory(SecretString::from(KEY), Arc::new(now), Arc::new(next));
    options.generation = generation;
    options.budgets = Vec::new();
    EmbeddedCrm::open(options).await.unwrap().router()
}

impl World {
    pub(super) async fn new() -> Self {
        Self::speaking(Generation::V2_19).await
    }

    pub(super) async fn speaking(generation: Generation) -> Self {
        let router = crm(generation).await;
        let crm: Arc<dyn Transport> = Arc::new(InProcess::<_, Body>::new(router));
        let wire = Wire::to(Arc::clone(&crm));
        let clock = HandClock::new();
        let transport: Arc<dyn Transport> = Arc::<Wire>::clone(&wire);
        let twenty = Twenty::new(&impatient(), transport, Arc::<HandClock>::clone(&clock)).unwrap();
        Self {
            twenty,
            wire,
            clock,
            ids: AtomicU64::new(1_000),
            crm,
        }
    }

    pub(super) fn next_id(&self) -> RecordId {
        id(self.ids.fetch_add(1, Ordering::SeqCst))
    }

    /// Speaks to the CRM past the client.
    pub(super) async fn raw(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{BASE}{path}"))
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json")
            .body(if body.is_null() {
                Bytes::new()
            } else {
                Bytes::from(body.to_string())
            })
            .unwrap();
        let bounds = Bounds {
            timeout: Duration::from_secs(30),
            answer_bytes_max: usize::MAX,
        };
        let answer = self.crm.send(request, bounds).await.unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    /// Adds a custom field through the metadata interface.
    pub(super) async fn add_field(&self, object: &str, field: Value) {
        let (_, all) = self.raw("GET", "/rest/metadata/objects", Value::Null).await;
        let objects = all["data"]["objects"].as_array().unwrap();
        let found = objects.iter().find(|o| o["nameSingular"] == object);
        let mut body = field;
        body["objectMetadataId"] = found.unwrap()["id"].clone();
        body["label"] = body["name"].clone();
        let (status, answer) = self.raw("POST", "/rest/metadata/fields", body).await;
        assert_eq!(status, 201, "{answer}");
    }

    pub(super) async fn create(&self, changes: &Changes) -> Result<Record, CrmError> {
        let id = self.next_id();
        self.create_as(id, changes).await
    }

    pub(super) async fn create_as(
        &self,
        id: RecordId,
        changes: &Changes,
    ) -> Result<Record, CrmError> {
        let want = everything(changes.object);
        let made = self.twenty.create(&community(), id, changes, &want).await?;
        Ok(open(changes.object, &want, made))
    }

    pub(super) async fn update(&self, id: RecordId, changes: &Changes) -> Result<Record, CrmError> {
        let want = everything(changes.object);
        let written = self.twenty.update(&community(), id, changes, &want).await?;
        Ok(open(changes.object, &want, written))
    }

    pub(super) async fn get(&self, object: ObjectKind, id: RecordId) -> Result<Record, CrmError> {
        let want = everything(object);
        let read = self
            .twenty
            .get(&community(), EntryRef { object, id }, &want)
            .await?;
        Ok(open(object, &want, read))
    }

    pub(super) async fn search(&self, query: &Query) -> Result<Vec<RecordId>, CrmError> {
        let want = everything(query.object);
        let page = self.twenty.search(&community(), query, &want).await?;
        Ok(page.items.iter().map(Unredacted::id).collect())
    }
}

/// Every typed field, and the custom fields that tests add.
pub(super) fn everything(object: ObjectKind) -> Selection {
    let custom = [
        "leadScore",
        "segment",
        "tags",
        "vip",
        "birthday",
        "budget",
        "site",
        "note1",
    ];
    Selection {
        standard: FieldSet::of(object),
        custom: custom
            .into_iter()
            .map(|name| CustomFieldName::parse(name).unwrap())
            .collect(),
    }
}

/// Opens a sealed record with a right to read everything.
pub(super) fn open(object: ObjectKind, want: &Selection, sealed: Unredacted) -> Record {
    let mut granted = Capabilities::default();
    granted.set_object(
        object,
        ObjectCapability {
            read: Some(want.clone()),
            ..ObjectCapability::default()
        },
    );
    let scope = TokenScope {
        skills: None,
        may_write: false,
    };
    let right = Right::compile(granted, PolicyRight::of(|_, _| true), &scope);
    match right.decide(&CrmAction::Read(object, &Selection::EMPTY)) {
        Decision::Allow(pass) => pass.redact(sealed),
        Decision::Deny(denial) => panic!("{denial}"),
    }
}

pub(super) fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.to_owned())
}

pub(super) fn texts(values: &[&str]) -> FieldValue {
    FieldValue::Texts(values.iter().map(|value| (*value).to_owned()).collect())
}

pub(super) fn changes(
    object: ObjectKind,
    set: impl IntoIterator<Item = (Field, FieldValue)>,
) -> Changes {
    let set = set
        .into_iter()
        .map(|(field, value)| (FieldKey::Standard(field), value));
    Changes {
        object,
        set: set.collect(),
        clear: BTreeSet::new(),
    }
}

pub(super) fn contact(first_name: &str, email: &str) -> Changes {
    changes(
        ObjectKind::Contact,
        [
            (Field::ContactFirstName, text(first_name)),
            (Field::ContactEmail, text(email)),
        ],
    )
}

pub(super) fn clearing(mut changes: Changes, fields: &[Field]) -> Changes {
    changes
        .clear
        .extend(fields.iter().copied().map(FieldKey::Standard));
    changes
}

pub(super) fn query(object: ObjectKind) -> Query {
    Query {
        limit: 20,
        ..Query::everything(object)
    }
}

pub(super) fn custom(name: &str) -> FieldKey {
    FieldKey::Custom(CustomFieldName::parse(name).unwrap())
}

pub(super) fn of(record: &Record, field: Field) -> Option<&FieldValue> {
    record.fields.get(&FieldKey::Standard(field))
}

pub(super) fn page_of(plural: &str, nodes: &[Value]) -> Value {
    let edges: Vec<_> = nodes.iter().map(|node| json!({"node": node})).collect();
    json!({"data": {plural: {"totalCount": nodes.len(), "edges": edges,
        "pageInfo": {"hasNextPage": false, "endCursor": null}}}})
}

/// The fields of a record by name, for comparison.
pub(super) fn named(record: &Record) -> BTreeMap<&str, &FieldValue> {
    let fields = record.fields.iter();
    fields.map(|(key, value)| (key.name(), value)).collect()
}

/// A CRM for tests on a paused clock: it has every record one asks for, and no metadata to read.
struct Canned;

#[async_trait]
impl Transport for Canned {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path();
        let (status, body) = match path.strip_prefix("/rest/people/") {
            Some(id) => {
                let record = json!({"id": id, "name": {"firstName": "Ada"}});
                let key = if request.method() == Method::PATCH {
                    "updatePerson"
                } else {
                    "person"
                };
                (StatusCode::OK, json!({"data": {key: record}}))
            }
            None if path.starts_with("/rest/metadata") => {
                let denied =
                    json!({"error": "Error", "messages": ["x"], "code": "PERMISSION_DENIED"});
                (StatusCode::FORBIDDEN, denied)
            }
            None => (StatusCode::OK, page_of("people", &[])),
        };
        Ok(answer(status, &[], body.to_string()))
    }
}

/// A client of a canned CRM, with the usual waits and budget.
pub(super) fn canned() -> (Arc<Twenty>, Arc<Wire>) {
    let wire = Wire::to(Arc::new(Canned));
    let transport: Arc<dyn Transport> = Arc::<Wire>::clone(&wire);
    let twenty = Twenty::new(&config(), transport, HandClock::new()).unwrap();
    (Arc::new(twenty), wire)
}

/// A wire to a canned CRM.
pub(super) fn quiet_wire() -> Arc<Wire> {
    Wire::to(Arc::new(Canned))
}
