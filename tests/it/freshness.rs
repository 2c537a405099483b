//! Records that many ask for: how often the CRM is asked, and how soon a change is seen.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use futures::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use skillgate_app::ports::{Clock, Crm, Unmetered};
use skillgate_app::reads::{AGE_MAX, AGE_MAX_TOLD, LOOK_EVERY};
use skillgate_connectors::twenty::{RequestBudget, Twenty, TwentyWebhooks};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldValue, ObjectKind, Selection,
};
use skillgate_domain::ids::RecordId;
use skillgate_domain::principal::Role;
use skillgate_server::router;
use skillgate_tests::host::{
    SetClock, Setup, TestHost, client_of, community, embedded_server_at, principal,
};
use skillgate_tests::http::Client;
use skillgate_tests::skills;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

const SECRET: &str = "a secret of the workspace";
const FORMER: &str = "the secret of yesterday";
const WORKSPACE: &str = "0190f5fe-7c00-7a00-8000-0000000000aa";

/// A host over a CRM that others change too, and that counts what the host asks for.
struct World {
    host: TestHost,
    /// Somebody else who works with the same CRM.
    other: Twenty,
    clock: Arc<SetClock>,
    requests: Arc<AtomicU32>,
}

impl World {
    async fn new() -> Self {
        Self::keeping(AGE_MAX_TOLD).await
    }

    async fn keeping(read_age: Duration) -> Self {
        let clock = Arc::new(SetClock::at_noon());
        let (crm, key) = embedded_server_at(clock.clone()).await;
        let requests = Arc::new(AtomicU32::new(0));
        let many = RequestBudget {
            requests: 60_000,
            window: Duration::from_mins(1),
        };
        let other = client_of(crm.clone(), key.clone(), many, Arc::new(Unmetered));
        let counted = counted(crm, requests.clone());
        // The budget of a real workspace.
        let budget = RequestBudget::default();
        let client = client_of(counted, key, budget, Arc::new(Unmetered));
        let secrets = vec![SECRET.into(), FORMER.into()];
        let workspace = Some(WORKSPACE.parse().unwrap());
        let setup = Setup {
            read_age,
            notices: Some(Arc::new(TwentyWebhooks::new(secrets, workspace))),
            ..Setup::default()
        };
        let host = TestHost::start_with(Arc::new(client), setup).await;
        Self {
            host,
            other,
            clock,
            requests,
        }
    }

    /// Somebody else makes a deal.
    async fn deal(&self, n: u128) -> EntryRef {
        let id = RecordId::new(Uuid::from_u128(
            0x0190_f5fe_7c00_7a00_8000_0000_0001_0000 + n,
        ));
        let want = Selection::EMPTY;
        let (home, changes) = (community(), named("Engine"));
        let made = self.other.create(&home, id, &changes, &want);
        made.await.unwrap();
        let object = ObjectKind::Opportunity;
        EntryRef { object, id }
    }

    /// Somebody else gives a deal another name, a moment later.
    async fn rename(&self, deal: EntryRef, name: &str) {
        self.pass(Duration::from_millis(1));
        let (home, changes, want) = (community(), named(name), Selection::EMPTY);
        let renamed = self.other.update(&home, deal.id, &changes, &want);
        renamed.await.unwrap();
    }

    fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.host.clock.advance(span);
    }

    /// What a member sees of a deal.
    async fn name(&self, deal: EntryRef) -> String {
        let mia = principal(Role::Member, "mia");
        let seen = self.host.app.records.snapshot(&mia, deal).await;
        seen.unwrap().0.name()
    }

    fn requests(&self) -> u32 {
        self.requests.swap(0, Ordering::SeqCst)
    }

    fn now(&self) -> String {
        self.host.clock.now().unix_ms().to_string()
    }

    /// Posts a delivery. Returns the status.
    async fn post(&self, timestamp: &str, signature: &str, body: &[u8]) -> u16 {
        let request = Request::post("/webhooks/twenty")
            .header("content-type", "application/json")
            .header("x-twenty-webhook-timestamp", timestamp)
            .header("x-twenty-webhook-signature", signature)
            .header("x-twenty-webhook-nonce", "00")
            .body(Body::from(body.to_vec()));
        let answer = router(self.host.app.clone()).oneshot(request.unwrap());
        answer.await.unwrap().status().as_u16()
    }

    /// The workspace tells that a deal changed.
    async fn told(&self, deal: EntryRef) -> u16 {
        let (now, body) = (self.now(), event(deal));
        self.post(&now, &sign(SECRET, &now, &body), &body).await
    }
}

/// Counts what costs a request of the workspace's budget.
fn counted(crm: Router, requests: Arc<AtomicU32>) -> Router {
    crm.layer(from_fn(move |request: Request, next: Next| {
        let free = request.uri().path().starts_with("/rest/metadata");
        requests.fetch_add(u32::from(!free), Ordering::SeqCst);
        next.run(request)
    }))
}

fn named(name: &str) -> Changes {
    let key = FieldKey::Standard(Field::OpportunityName);
    Changes {
        object: ObjectKind::Opportunity,
        set: BTreeMap::from([(key, FieldValue::Text(name.to_owned()))]),
        clear: BTreeSet::new(),
    }
}

/// What Twenty sends. That the record in it has another name counts for nothing.
fn event(deal: EntryRef) -> Vec<u8> {
    let event = json!({
        "targetUrl": "https://host.example.org/webhooks/twenty",
        "eventName": "opportunity.updated",
        "objectMetadata": { "id": WORKSPACE, "nameSingular": "opportunity" },
        "workspaceId": WORKSPACE,
        "webhookId": WORKSPACE,
        "eventDate": "2026-03-01T12:00:00.000Z",
        "record": { "id": deal.id.to_string(), "name": "Forged" },
        "updatedFields": ["name"],
    });
    event.to_string().into_bytes()
}

fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}:").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_agents_who_read_twenty_records_stay_inside_the_budget() {
    let world = World::keeping(AGE_MAX).await;
    let mut deals = Vec::new();
    for n in 0..20 {
        deals.push(world.deal(n).await);
    }
    let readings = (0..500).map(|n| {
        let agent = principal(Role::Agent, &format!("user-{n}"));
        let (records, deal) = (world.host.app.records.clone(), deals[n % deals.len()]);
        async move { records.snapshot(&agent, deal).await }
    });
    for reading in join_all(readings).await {
        assert_eq!(reading.unwrap().0.name(), "Engine");
    }
    let asked = world.requests();
    assert!(asked <= 20, "{asked} requests");
    // The positive control: without memory, each costs one, and soon there are none left.
    let forgetful = World::keeping(Duration::ZERO).await;
    let deal = forgetful.deal(0).await;
    for _ in 0..30 {
        forgetful.name(deal).await;
    }
    assert_eq!(forgetful.requests(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_runs_of_coordination_share_what_they_read() {
    let world = World::new().await;
    let (manifest, component) = skills::tez_handoff();
    world.host.install(&manifest, &component).await.unwrap();
    let mia = Client::of(&world.host, Role::Member, "mia").await;
    let deal = world.deal(0).await;
    let asked =
        json!({ "entityType": "opportunity", "entityId": deal.id.to_string(), "objective": "x" });
    let coordinate = || mia.post("/api/crm/workflows/coordinate", &asked);
    coordinate().await.with(200);
    let first = world.requests();
    assert!((1..=2).contains(&first), "{first}");
    for _ in 0..20 {
        coordinate().await.with(200);
    }
    assert_eq!(world.requests(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_when_the_workspace_tells_of_it() {
    let world = World::new().await;
    let deal = world.deal(0).await;
    assert_eq!(world.name(deal).await, "Engine");
    world.rename(deal, "Mill").await;
    assert_eq!(world.name(deal).await, "Engine", "from memory");
    assert_eq!(world.told(deal).await, 200);
    assert_eq!(
        world.name(deal).await,
        "Mill",
        "and not what the delivery says"
    );
    // It came before: nothing is read anew, so that nobody uses up the budget with it.
    world.requests();
    assert_eq!(world.told(deal).await, 200);
    assert_eq!(
        (world.name(deal).await.as_str(), world.requests()),
        ("Mill", 0)
    );
    let later = world.now();
    world.rename(deal, "Loom").await;
    let (body, old) = (event(deal), sign(SECRET, &later, &event(deal)));
    assert_eq!(world.post(&later, &old, &body).await, 200, "repeated");
    assert_eq!(world.name(deal).await, "Mill");
    assert_eq!(world.told(deal).await, 200);
    assert_eq!(world.name(deal).await, "Loom");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_makes_the_host_forget() {
    let world = World::new().await;
    let deal = world.deal(0).await;
    world.name(deal).await;
    world.rename(deal, "Mill").await;
    let (now, body) = (world.now(), event(deal));
    let good = sign(SECRET, &now, &body);
    let shifted = |ms: i64| (world.host.clock.now().unix_ms() + ms).to_string();
    let (early, late) = (shifted(-300_001), shifted(300_001));
    let elsewhere = String::from_utf8(body.clone()).unwrap();
    let elsewhere = elsewhere
        .replace(WORKSPACE, &deal.id.to_string())
        .into_bytes();
    for (timestamp, signature, sent, status) in [
        (
            &now,
            sign("another secret of theirs", &now, &body),
            &body,
            401,
        ),
        (&now, sign(SECRET, &early, &body), &body, 401),
        (&early, sign(SECRET, &early, &body), &body, 401),
        (&late, sign(SECRET, &late, &body), &body, 401),
        (&now, good.clone(), &event(world.deal(1).await), 401),
        (&now, sign(SECRET, &now, &elsewhere), &elsewhere, 401),
        (&now, sign(SECRET, &now, b"{}"), &b"{}".to_vec(), 422),
        (&String::new(), good.clone(), &body, 401),
        (&now, String::new(), &body, 401),
    ] {
        assert_eq!(
            world.post(timestamp, &signature, sent).await,
            status,
            "{timestamp} {signature}"
        );
        assert_eq!(world.name(deal).await, "Engine", "{timestamp} {signature}");
    }
    // The positive control, with the secret that is on its way out, at the edge of the window.
    let edge = shifted(-300_000);
    assert_eq!(
        world.post(&edge, &sign(FORMER, &edge, &body), &body).await,
        200
    );
    assert_eq!(world.name(deal).await, "Mill");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_nobody_told_of_is_found() {
    let world = World::new().await;
    let (deal, quiet, gone) = (
        world.deal(0).await,
        world.deal(1).await,
        world.deal(2).await,
    );
    for deal in [deal, quiet, gone] {
        world.name(deal).await;
    }
    world.rename(deal, "Mill").await;
    let home = community();
    let deleted = world.other.soft_delete(&home, gone.object, gone.id);
    deleted.await.unwrap();
    world.pass(LOOK_EVERY);
    assert_eq!(world.name(deal).await, "Engine", "from memory");
    world.requests();
    world.host.reconciliation.look().await;
    assert_eq!(world.requests(), 1, "one for each kind that is kept");
    assert_eq!(world.name(deal).await, "Mill");
    let mia = principal(Role::Member, "mia");
    let missing = world.host.app.records.snapshot(&mia, gone).await;
    assert_eq!(missing.unwrap_err().code(), "record-not-found");
    world.requests();
    assert_eq!(
        (world.name(quiet).await.as_str(), world.requests()),
        ("Engine", 0)
    );
    // What was read since is not read again, though the same change is told of again.
    world.pass(Duration::from_secs(1));
    world.host.reconciliation.look().await;
    world.requests();
    assert_eq!(
        (world.name(deal).await.as_str(), world.requests()),
        ("Mill", 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_change_is_seen_at_once_and_an_old_one_when_its_time_is_over() {
    let world = World::new().await;
    let deal = world.deal(0).await;
    let mia = Client::of(&world.host, Role::Member, "mia").await;
    let path = format!("/api/crm/opportunity/{}", deal.id);
    let name = async || mia.get(&path).await.with(200)["data"]["summary"]["title"].clone();
    assert_eq!(name().await, "Engine");
    let change = json!({ "payload": { "name": "Mill" } });
    let to_change = format!("/api/crm/opportunities/{}", deal.id);
    mia.patch(&to_change, &change).await.with(200);
    assert_eq!(name().await, "Mill");
    world.rename(deal, "Loom").await;
    assert_eq!(name().await, "Mill");
    world.pass(AGE_MAX_TOLD);
    assert_eq!(name().await, "Loom");
}

/// The same record, hot in memory, changed behind the host's back.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_rests_on_nothing_that_was_read_before_it_was_asked_for() {
    let world = World::new().await;
    let (manifest, component) = skills::tez_handoff();
    world.host.install(&manifest, &component).await.unwrap();
    let mia = Client::of(&world.host, Role::Member, "mia").await;
    let team = mia
        .post("/teams", &json!({ "name": "Sales" }))
        .await
        .with(201);
    let deal = world.deal(0).await;
    let coordinate = async |share: bool| {
        let asked = json!({
            "entityType": "opportunity",
            "entityId": deal.id.to_string(),
            "objective": "x",
            "tez": { "teamId": team["data"]["id"], "share": share },
        });
        mia.post("/api/crm/workflows/coordinate", &asked).await
    };
    let looked = coordinate(false).await.with(200);
    assert_eq!(looked["data"]["summary"]["title"], "Engine");
    world.rename(deal, "Mill").await;
    let looked = coordinate(false).await.with(200);
    assert_eq!(looked["data"]["summary"]["title"], "Engine", "from memory");
    let refused = coordinate(true).await;
    assert_eq!(refused.status.as_u16(), 502, "{}", refused.body);
    assert_eq!(refused.body["error"]["code"], "CRM_UPSTREAM_ERROR");
    let planned = coordinate(true).await.with(200);
    let effects = planned["data"]["plan"]["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 1);
    let text = Value::from(effects.clone()).to_string();
    assert!(text.contains("Mill") && !text.contains("Engine"), "{text}");
}
