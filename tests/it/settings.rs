//! What a community's admins decide: which fields are let out, and who makes hand-offs.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skillgate_app::ports::{AuditStore, Crm};
use skillgate_connectors::transport::AllowedOrigins;
use skillgate_connectors::workspace::{PaWorkspace, WorkspaceConfig};
use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{EntryRef, FieldKey, ObjectKind};
use skillgate_domain::grant::{Grant, GrantTerms};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::principal::{Principal, Role};
use skillgate_domain::skill::Skill;
use skillgate_tests::guests;
use skillgate_tests::host::{
    Setup, TestHost, admin, crm_behind, embedded_crm, embedded_server, manifest as manifest_of,
    principal,
};
use skillgate_tests::http::{Answer, Client};
use skillgate_tests::loopback::wire;
use skillgate_tests::skills;
use skillgate_tests::workspace::{FakeWorkspace, WORKSPACE_TOKEN};
use std::sync::Arc;
use tower::ServiceExt;

const SETTINGS: &str = "/api/community-settings";
const COORDINATE: &str = "/api/crm/workflows/coordinate";
const CAROL: &str = "0190f5fe-7c00-7a00-8000-0000000000ca";

/// A host with a mailbox, people of a team, and a deal worth nine euros.
struct World {
    host: TestHost,
    admin: Client,
    mia: Client,
    carol: Client,
    workspace: FakeWorkspace,
    team: String,
    deal: String,
}

impl World {
    async fn new() -> Self {
        let world = Self::without_coordinator().await;
        let (manifest, component) = skills::tez_handoff();
        world.host.install(&manifest, &component).await.unwrap();
        world
    }

    async fn without_coordinator() -> Self {
        Self::over(embedded_crm().await).await
    }

    async fn over(crm: Arc<dyn Crm>) -> Self {
        let workspace = FakeWorkspace::start().await;
        let settings = WorkspaceConfig {
            base_url: workspace.url().to_owned(),
            service_token: Some(WORKSPACE_TOKEN.into()),
            allowed_origins: AllowedOrigins::parse([workspace.url()]).unwrap(),
        };
        let transport = Arc::new(wire());
        let setup = Setup {
            workspace: Some(Arc::new(PaWorkspace::new(&settings, transport).unwrap())),
            ..Setup::default()
        };
        let host = TestHost::start_with(crm, setup).await;
        let mia = Client::of(&host, Role::Member, "mia").await;
        let named = json!({ "name": "Sales" });
        let team = mia.post("/teams", &named).await.with(201)["data"]["id"].clone();
        let deal = json!({ "payload": { "name": "Acme Renewal", "stage": "PROPOSAL",
            "amount": { "amountMicros": 9_000_000, "currencyCode": "EUR" } } });
        let made = mia.post("/api/crm/opportunities", &deal).await.with(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            admin: Client::of(&host, Role::Admin, "admin").await,
            carol: Client::of(&host, Role::Member, CAROL).await,
            team: text(&team),
            deal: text(&made["data"]["summary"]["id"]),
            mia,
            host,
            workspace,
        }
    }

    /// Puts settings in the place of `version` that let out these fields of deals.
    async fn let_out(&self, version: u32, of_deals: &[&str]) {
        let new = settings(version, "tez-handoff", of_deals);
        put(&self.admin, &new).await.with(200);
    }

    fn hand_off(&self) -> Value {
        json!({
            "entityType": "opportunity",
            "entityId": self.deal,
            "objective": "Move deal to next stage",
            "tez": { "teamId": self.team, "recipients": [CAROL], "share": true },
            "openclaw": { "enabled": false },
        })
    }

    /// What of the deal may be passed on: the line, and the names of its fields.
    async fn context(&self) -> (String, Value) {
        let asked = json!({ "entityType": "opportunity", "entityId": self.deal });
        let made = self.mia.post("/api/crm/tez-context", &asked).await;
        let item = made.with(200)["data"]["relayContext"][0].clone();
        let line = item["content"].as_str().unwrap().to_owned();
        (line, item["provenance"]["fields"].clone())
    }

    async fn apply(&self, plan: &Value) -> Answer {
        let id = plan["id"].as_str().unwrap();
        let path = format!("/api/crm/workflows/plans/{id}/apply");
        let approval = json!({ "digest": plan["digest"] });
        self.mia.post(&path, &approval).await
    }

    /// Records of an action, whole.
    async fn records(&self, action: &str) -> Vec<Value> {
        let rows = self.host.storage.audit_from(0).await.unwrap();
        let leaves = rows.iter().map(|row| serde_json::from_str(&row.leaf));
        let leaves = leaves.map(|leaf: Result<Value, _>| leaf.unwrap());
        leaves.filter(|leaf| leaf["action"] == action).collect()
    }
}

/// Settings that let out these fields of deals, and nothing of anything else.
fn settings(version: u32, coordinator: &str, of_deals: &[&str]) -> Value {
    let sharing = json!({ "opportunity": { "always": of_deals } });
    let settings = json!({ "coordinator": coordinator, "sharing": sharing });
    json!({ "settings": settings, "expected_version": version })
}

async fn put(client: &Client, new: &Value) -> Answer {
    client.send(Method::PUT, SETTINGS, Some(new)).await
}

#[track_caller]
fn refused(answer: Answer, status: u16, code: &str) -> Value {
    let body = answer.with(status);
    assert_eq!(body["error"]["code"], code, "{body}");
    body["error"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_widens_a_list_and_what_is_handed_over_holds_it() {
    let world = World::new().await;
    let (line, fields) = world.context().await;
    assert!(!line.contains("9.00"), "{line}");
    assert_eq!(fields, json!(["name", "stage"]));

    world.let_out(0, &["name", "amount"]).await;
    let (line, fields) = world.context().await;
    assert!(
        line.ends_with("title=Acme Renewal, amount=9.00 EUR"),
        "{line}"
    );
    assert_eq!(fields, json!(["name", "amount"]));

    let mut asked = world.hand_off();
    asked["execute"] = json!(true);
    let made = world.mia.post(COORDINATE, &asked).await.with(200);
    let tez = &made["data"]["applied"]["effects"][0]["answer"]["tezId"];
    let path = format!("/tez/{}", tez.as_str().unwrap());
    let read = world.carol.get(&path).await.with(200);
    let item = &read["data"]["context"][0];
    assert!(
        item["content"]
            .as_str()
            .unwrap()
            .contains("amount=9.00 EUR")
    );
    assert_eq!(item["provenance"]["fields"], json!(["name", "amount"]));

    // Another community's lists are as they were.
    let away = Principal {
        community: CommunityId::parse("away").unwrap(),
        ..principal(Role::Member, "mia")
    };
    let deal = EntryRef {
        object: ObjectKind::Opportunity,
        id: RecordId::parse(&world.deal).unwrap(),
    };
    let theirs = world.host.app.records.snapshot(&away, deal).await.unwrap();
    assert_eq!(theirs.0.provenance().fields, ["name", "stage"]);

    let put = &world.records("put-settings").await[0];
    assert_eq!(
        (&put["actor"]["user"], &put["outcome"]),
        (&json!("admin"), &json!("done"))
    );
    let shown = world.admin.get(SETTINGS).await.with(200);
    let version = json!({ "version": shown["version"], "digest": shown["digest"] });
    assert_eq!(put["settings"], version);
}

/// Asks the CRM itself, beside every client of ours.
async fn ask_crm(crm: &Router, key: &SecretString, path: &str, body: Option<&Value>) -> Value {
    let bearer = format!("Bearer {}", key.expose_secret());
    let method = if body.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", bearer)
        .header("content-type", "application/json");
    let body = Body::from(body.map(Value::to_string).unwrap_or_default());
    let answer = crm.clone().oneshot(request.body(body).unwrap()).await;
    let answer = answer.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_the_communitys_own_is_let_out_once_an_admin_says_so() {
    let (crm, key) = embedded_server().await;
    let objects = ask_crm(&crm, &key, "/rest/metadata/objects", None).await;
    let objects = objects["data"]["objects"].as_array().unwrap();
    let deals = objects
        .iter()
        .find(|it| it["namePlural"] == "opportunities");
    let field = json!({ "objectMetadataId": deals.unwrap()["id"], "type": "TEXT",
        "name": "dealSource", "label": "Deal source" });
    ask_crm(&crm, &key, "/rest/metadata/fields", Some(&field)).await;
    let world = World::over(crm_behind(crm, key)).await;
    let path = format!("/api/crm/opportunities/{}", world.deal);
    let change = json!({ "payload": { "dealSource": "Fair" } });
    world.mia.patch(&path, &change).await.with(200);
    assert_eq!(world.context().await.1, json!(["name", "stage"]));

    world.let_out(0, &["name", "dealSource"]).await;
    let (line, fields) = world.context().await;
    assert!(
        line.ends_with("title=Acme Renewal, dealSource=Fair"),
        "{line}"
    );
    assert_eq!(fields, json!(["name", "dealSource"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_a_human_admin_puts_settings() {
    let world = World::new().await;
    let everything = format!(
        "{}\n@id(\"everything\") permit (principal, action, resource);",
        skillgate_policy::SHIPPED
    );
    let policies = world.host.app.policies.put(&admin(), everything, 0).await;
    policies.unwrap();
    let (wide, nonsense) = (
        settings(0, "tez-handoff", &["name", "amount"]),
        json!({ "settings": { "color": "red" }, "expected_version": 0 }),
    );
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let client = Client::of(&world.host, role, "admin").await;
        // What is wrong with settings is for those who may put them.
        for new in [&wide, &nonsense] {
            let refused = put(&client, new).await.with(403);
            assert_eq!(
                (&refused["code"], &refused["basis"]),
                (&json!("forbidden"), &json!("beyond-role"))
            );
        }
    }
    let left = world.records("put-settings").await;
    let said = |leaf: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (role, code) = (&leaf["actor"]["role"], &leaf["code"]);
        format!("{} {} {}", text(role), text(&leaf["outcome"]), text(code))
    };
    let expected = ["member", "agent", "partner", "service"]
        .map(|role| format!("{role} refused forbidden"))
        .into_iter()
        .flat_map(|line| [line.clone(), line]);
    assert_eq!(
        left.iter().map(said).collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );
    assert_eq!(world.context().await.1, json!(["name", "stage"]));
    // The positive control.
    put(&world.admin, &wide).await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_narrowed_holds_for_what_was_planned_before() {
    let world = World::new().await;
    world.let_out(0, &["name", "amount"]).await;
    let both = world.hand_off();
    // The words of an e-mail are the skill's: what its call was given counts.
    let mut mail = world.hand_off();
    mail["tez"] = json!({});
    mail["googleWorkspace"] = json!({ "enabled": true, "sendEmail": true,
        "paEmail": "pa@mypa.example", "emailTo": "owner@example.com" });
    let mut plans = Vec::new();
    for asked in [&both, &mail] {
        let made = world.mia.post(COORDINATE, asked).await.with(200);
        plans.push(made["data"]["plan"].clone());
    }
    assert_eq!(plans[0]["effects"][0]["action"], "share-tez");
    assert_eq!(plans[1]["effects"][0]["action"], "send-email");

    world.let_out(1, &["name"]).await;
    for plan in &plans {
        let refused = refused(world.apply(plan).await, 409, "PLAN_SHARING_NARROWED");
        let message = refused["message"].as_str().unwrap();
        assert!(
            message
                .starts_with("effect 1 may hold the field amount of a record of kind opportunity"),
            "{message}"
        );
        let id = plan["id"].as_str().unwrap();
        let shown = world.mia.get(&format!("/api/plans/{id}")).await.with(200);
        assert_eq!(shown["state"], "open");
    }
    assert_eq!(world.workspace.done().len(), 0);
    let stream = format!("/tez/stream?teamId={}", world.team);
    assert_eq!(world.mia.get(&stream).await.with(200)["meta"]["count"], 0);
    let left = world.records("apply-plan").await;
    let codes: Vec<_> = left.iter().map(|leaf| &leaf["code"]).collect();
    assert_eq!(codes, ["plan-sharing-narrowed", "plan-sharing-narrowed"]);

    // The positive control: what is let out again, happens.
    world.let_out(2, &["amount", "name", "stage"]).await;
    for plan in &plans {
        let applied = world.apply(plan).await.with(200);
        assert_eq!(applied["data"]["state"], "applied");
    }
    assert_eq!(world.workspace.done().len(), 1);
    assert_eq!(world.mia.get(&stream).await.with(200)["meta"]["count"], 1);
}

/// Hands the hand-off skill in as a partner's own.
async fn partners_skill(world: &World, terms: GrantTerms) -> Grant {
    let (mut manifest, component) = skills::tez_handoff();
    manifest["name"] = json!("acme-handoff");
    manifest["publisher"] = json!("Acme");
    // It is the other skill's.
    manifest.as_object_mut().unwrap().remove("manual");
    let submitted = world.host.submit(&manifest, &component).await.unwrap();
    // Handed in is not granted.
    let new = settings(0, "acme-handoff", &["name", "stage"]);
    let refused = put(&world.admin, &new).await.with(409);
    assert_eq!(refused["code"], "coordinator-not-granted");
    let modules = &world.host.app.modules;
    modules.grant(&admin(), submitted, terms).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_skill_makes_hand_offs_within_its_grant() {
    let world = World::without_coordinator().await;
    // Of what it asks for it gets less: no stage of a deal.
    let (manifest, _) = skills::tez_handoff();
    let asked: Skill = skillgate_manifest::parse(&manifest.to_string()).unwrap();
    let name = FieldKey::from_name(ObjectKind::Opportunity, "name").unwrap();
    let mut capabilities = Capabilities::default();
    capabilities.interfaces = asked.requests.interfaces;
    let reads = ObjectCapability {
        read: Some([name].into_iter().collect()),
        ..ObjectCapability::default()
    };
    capabilities.set_object(ObjectKind::Opportunity, reads);
    let terms = GrantTerms {
        capabilities: Some(capabilities),
        ..GrantTerms::default()
    };
    let grant = partners_skill(&world, terms).await;
    let new = settings(0, "acme-handoff", &["name", "stage"]);
    put(&world.admin, &new).await.with(200);

    let made = world
        .mia
        .post(COORDINATE, &world.hand_off())
        .await
        .with(200);
    let item = &made["data"]["relayContext"][0];
    assert_eq!(item["provenance"]["fields"], json!(["name"]));
    assert_eq!(
        world.apply(&made["data"]["plan"]).await.with(200)["data"]["state"],
        "applied"
    );
    let planned = &world.records("plan-skill").await[0];
    assert_eq!(planned["target"]["skill"], "acme-handoff");
    assert_eq!(planned["call"]["grant"], grant.id.to_string());
    // The host's own context has the stage.
    assert_eq!(world.context().await.1, json!(["name", "stage"]));

    // Its grant ends: hand-offs are refused until there is another, and settings can be put.
    let modules = &world.host.app.modules;
    let ended = modules.revoke(&admin(), grant.submission, grant.id).await;
    ended.unwrap();
    let asked = world.hand_off();
    let answer = world.mia.post(COORDINATE, &asked).await;
    refused(answer, 502, "CRM_WORKFLOW_ERROR");
    let left = world.records("plan-skill").await;
    assert_eq!(left.last().unwrap()["code"], "skill-not-found");
    let narrower = settings(1, "acme-handoff", &["name"]);
    put(&world.admin, &narrower).await.with(200);
    let (manifest, component) = skills::tez_handoff();
    world.host.install(&manifest, &component).await.unwrap();
    put(&world.admin, &settings(2, "tez-handoff", &["name"]))
        .await
        .with(200);
    world.mia.post(COORDINATE, &asked).await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_hand_off_is_none() {
    let world = World::new().await;
    let (mut manifest, guest) = (
        manifest_of("odd-handoff", &["log", "clock"]),
        guests::component("good"),
    );
    world.host.install(&manifest, &guest).await.unwrap();
    // A skill without such a tool coordinates nothing.
    let new = settings(0, "odd-handoff", &["name"]);
    let refusal = put(&world.admin, &new).await.with(409);
    assert_eq!(refusal["code"], "coordinator-not-granted");
    manifest["version"] = json!("0.2.0");
    manifest["tools"][0]["name"] = json!("coordinate");
    world.host.install(&manifest, &guest).await.unwrap();
    put(&world.admin, &new).await.with(200);

    // It answers with an object, as its schema says, but with none that is a hand-off.
    let mut asked = world.hand_off();
    for execute in [false, true] {
        asked["execute"] = json!(execute);
        let answer = world.mia.post(COORDINATE, &asked).await;
        let error = refused(answer, 502, "CRM_WORKFLOW_ERROR");
        assert!(error.get("details").is_none(), "{error}");
    }
    let left = world.records("plan-skill").await;
    for record in &left {
        assert_eq!(
            (
                &record["outcome"],
                &record["code"],
                &record["target"]["skill"]
            ),
            (
                &json!("failed"),
                &json!("skill-output-invalid"),
                &json!("odd-handoff")
            )
        );
    }
    assert_eq!(left.len(), 2);
    assert_eq!(world.records("apply-plan").await.len(), 0);
    // The positive control.
    put(&world.admin, &settings(1, "tez-handoff", &["name"]))
        .await
        .with(200);
    world.mia.post(COORDINATE, &asked).await.with(200);
}
