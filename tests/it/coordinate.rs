//! Hand-offs in one call, with everything they reach: the relay, a planner, a workspace.

use axum::http::StatusCode;
use serde_json::{Value, json};
use skillgate_connectors::openclaw::{OpenClaw, OpenClawConfig};
use skillgate_connectors::transport::AllowedOrigins;
use skillgate_connectors::workspace::{PaWorkspace, WorkspaceConfig};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::PlanId;
use skillgate_domain::principal::Role;
use skillgate_tests::host::{SetClock, Setup, TestHost, embedded_crm, principal};
use skillgate_tests::http::Client;
use skillgate_tests::loopback::wire;
use skillgate_tests::openclaw::{FakeOpenClaw, OPENCLAW_TOKEN};
use skillgate_tests::skills;
use skillgate_tests::workspace::{FakeWorkspace, WORKSPACE_TOKEN};
use std::sync::Arc;
use std::time::Duration;

const COORDINATE: &str = "/api/crm/workflows/coordinate";

/// The id of a person, as coordinate takes it.
const CAROL: &str = "0190f5fe-7c00-7a00-8000-0000000000ca";

/// A host that reaches everybody, a person, a team of theirs, and a deal.
pub(crate) struct World {
    pub(crate) host: TestHost,
    pub(crate) mia: Client,
    carol: Client,
    pub(crate) gateway: FakeOpenClaw,
    workspace: FakeWorkspace,
    team: String,
    deal: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let (gateway, workspace) = (FakeOpenClaw::start().await, FakeWorkspace::start().await);
        let transport = || Arc::new(wire());
        let origins = |url| AllowedOrigins::parse([url]).unwrap();
        let mut planner = OpenClawConfig::new(
            gateway.url().to_owned(),
            OPENCLAW_TOKEN.into(),
            origins(gateway.url()),
        );
        planner.timeout = Duration::from_millis(300);
        let planner = OpenClaw::new(&planner, transport(), Arc::new(SetClock::at_noon()));
        let settings = WorkspaceConfig {
            base_url: workspace.url().to_owned(),
            service_token: Some(WORKSPACE_TOKEN.into()),
            allowed_origins: origins(workspace.url()),
        };
        let mailbox = PaWorkspace::new(&settings, transport()).unwrap();
        let setup = Setup {
            planner: Some(Arc::new(planner.unwrap())),
            workspace: Some(Arc::new(mailbox)),
            ..Setup::default()
        };
        let host = TestHost::start_with(embedded_crm().await, setup).await;
        let (manifest, component) = skills::tez_handoff();
        host.install(&manifest, &component).await.unwrap();
        let mia = Client::of(&host, Role::Member, "mia").await;
        let carol = Client::of(&host, Role::Member, CAROL).await;
        let named = json!({ "name": "Sales" });
        let team = mia.post("/teams", &named).await.with(201)["data"]["id"].clone();
        let deal = json!({ "payload": { "name": "Acme Renewal", "stage": "PROPOSAL",
            "amount": { "amountMicros": 9_000_000, "currencyCode": "EUR" } } });
        let made = mia.post("/api/crm/opportunities", &deal).await.with(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            team: text(&team),
            deal: text(&made["data"]["summary"]["id"]),
            host,
            mia,
            carol,
            gateway,
            workspace,
        }
    }

    /// A hand-off to Carol, by everything there is.
    fn hand_off(&self) -> Value {
        json!({
            "entityType": "opportunity",
            "entityId": self.deal,
            "objective": "Move deal to next stage",
            "tez": { "teamId": self.team, "recipients": [CAROL], "share": true },
            "googleWorkspace": {
                "enabled": true, "sendEmail": true, "logCalendar": true,
                "paEmail": "pa@mypa.example", "emailTo": "owner@example.com",
            },
        })
    }

    async fn coordinate(&self, asked: &Value) -> Value {
        let answer = self.mia.post(COORDINATE, asked).await.with(200);
        answer["data"].clone()
    }

    async fn apply(&self, plan: &Value) -> Value {
        let path = format!(
            "/api/crm/workflows/plans/{}/apply",
            plan["id"].as_str().unwrap()
        );
        let approval = json!({ "digest": plan["digest"] });
        self.mia.post(&path, &approval).await.with(200)["data"].clone()
    }
}

fn outcomes(plan: &Value) -> Vec<String> {
    let effects = plan["effects"].as_array().unwrap().iter();
    let told = |effect: &Value| {
        let word = |name: &str| effect[name].as_str().unwrap_or("-").to_owned();
        format!("{} {} {}", word("action"), word("outcome"), word("code"))
    };
    effects.map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_off_is_planned_applied_once_and_read_by_its_recipient() {
    let world = World::new().await;
    world.gateway.plans("1) Call Taylor by Friday.");
    let data = world.coordinate(&world.hand_off()).await;
    assert_eq!(data["openclaw"]["summary"], "1) Call Taylor by Friday.");
    assert_eq!(data["googleWorkspace"]["emailResult"], Value::Null);
    let plan = &data["plan"];
    let planned = ["share-tez - -", "send-email - -", "log-calendar - -"];
    assert_eq!(outcomes(plan), planned);
    assert_eq!(
        (&plan["state"], world.workspace.done().len()),
        (&json!("open"), 0)
    );
    let stream = format!("/tez/stream?teamId={}", world.team);
    assert_eq!(world.mia.get(&stream).await.with(200)["data"], json!([]));
    // What the planner was told is what may be passed on: no amount.
    let prompt = world.gateway.asked()[0].body["messages"].to_string();
    assert!(
        prompt.contains("Acme Renewal") && !prompt.contains("9.00"),
        "{prompt}"
    );

    let applied = world.apply(plan).await;
    let done = [
        "share-tez done -",
        "send-email done -",
        "log-calendar done -",
    ];
    assert_eq!(
        (outcomes(&applied), &applied["state"]),
        (done.map(String::from).into(), &json!("applied"))
    );
    let sent = world.workspace.done();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].0, WORKSPACE_TOKEN);
    assert_eq!(sent[0].1["subject"], "Follow-up: Acme Renewal");
    assert_eq!(sent[1].1["actionType"], "crm_follow_up");

    let tez = applied["effects"][0]["answer"]["tezId"].as_str().unwrap();
    let read = world.carol.get(&format!("/tez/{tez}")).await.with(200)["data"].clone();
    assert_eq!(read["senderUserId"], "mia");
    let item = &read["context"][0];
    assert_eq!(
        (&item["source"], &item["layer"]),
        (&json!("verified"), &json!("artifact"))
    );
    assert_eq!(item["provenance"]["recordId"], world.deal.as_str());

    // Again: the same receipts, and nothing happens.
    assert_eq!(world.apply(plan).await, applied);
    assert_eq!(world.workspace.done().len(), 2);
    drop(world.host);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_happens_at_once_where_that_is_asked_for() {
    let world = World::new().await;
    let mut asked = world.hand_off();
    asked["execute"] = json!(true);
    let data = world.coordinate(&asked).await;
    assert_eq!(
        (&data["plan"], &data["applied"]["state"]),
        (&Value::Null, &json!("applied"))
    );
    let result = json!({ "attempted": true, "success": true, "status": 200,
        "message": "PA Workspace did it", "payload": { "success": true, "id": 1 } });
    assert_eq!(data["googleWorkspace"]["emailResult"], result);
    assert_eq!(
        data["googleWorkspace"]["calendarResult"]["payload"]["id"],
        2
    );
    let stream = format!("/tez/stream?teamId={}", world.team);
    let stream = world.mia.get(&stream).await.with(200);
    assert_eq!(stream["meta"]["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_no_dry_run_sends_and_drafts_as_ever() {
    let world = World::new().await;
    let mut asked = world.hand_off();
    asked["tez"] = json!({});
    asked["openclaw"] = json!({ "enabled": false });
    asked["googleWorkspace"]["dryRun"] = json!(false);
    let data = world.coordinate(&asked).await;
    assert_eq!(data["googleWorkspace"]["emailResult"]["success"], true);
    assert_eq!(data["googleWorkspace"]["calendarResult"]["success"], true);
    assert_eq!(data["plan"], Value::Null);
    assert_eq!(
        data["openclaw"],
        json!({ "available": true, "generated": false,
        "message": "Planning was not asked for" })
    );

    // What is missing is told in its own place.
    let wish = asked["googleWorkspace"].as_object_mut().unwrap();
    wish.remove("emailTo");
    let data = world.coordinate(&asked).await;
    let email = &data["googleWorkspace"]["emailResult"];
    assert_eq!(
        (&email["attempted"], &email["success"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(data["googleWorkspace"]["calendarResult"]["success"], true);
    assert_eq!(world.workspace.done().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planner_that_fails_is_told_in_its_own_place() {
    let world = World::new().await;
    let asked = world.hand_off();
    world.gateway.fails(Some(StatusCode::INTERNAL_SERVER_ERROR));
    let failed = world.coordinate(&asked).await;
    world.gateway.fails(None);
    world.gateway.delays(Duration::from_mins(1));
    let slow = world.coordinate(&asked).await;
    for data in [failed, slow] {
        let planning = &data["openclaw"];
        assert_eq!(
            (&planning["available"], &planning["generated"]),
            (&json!(true), &json!(false))
        );
        assert!(
            !planning["message"].as_str().unwrap().contains("upstream"),
            "{planning}"
        );
        assert_eq!(outcomes(&data["plan"]).len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_fails_leaves_what_is_done_done() {
    let world = World::new().await;
    let mut asked = world.hand_off();
    asked["execute"] = json!(true);
    world.workspace.fails(Some(StatusCode::FORBIDDEN));
    let data = world.coordinate(&asked).await;
    let told = [
        "share-tez done -",
        "send-email failed workspace-refused",
        "log-calendar - -",
    ];
    assert_eq!(outcomes(&data["applied"]), told);
    assert_eq!(data["applied"]["state"], "stopped");
    let email = &data["googleWorkspace"]["emailResult"];
    assert_eq!(
        email["message"],
        "PA Workspace did not do it: workspace-refused"
    );
    assert_eq!(
        data["googleWorkspace"]["calendarResult"]["attempted"],
        false
    );

    // An answer that is none leaves nobody sure, and nothing is sent twice.
    world.workspace.fails(Some(StatusCode::BAD_GATEWAY));
    let data = world.coordinate(&asked).await;
    let told = [
        "share-tez done -",
        "send-email unknown -",
        "log-calendar - -",
    ];
    assert_eq!(outcomes(&data["applied"]), told);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_go_together_or_may_not_be_is_refused() {
    let world = World::new().await;
    let mut asked = world.hand_off();
    asked["googleWorkspace"]["dryRun"] = json!(false);
    let refused = world.mia.post(COORDINATE, &asked).await.with(400);
    assert_eq!(
        refused["error"]["details"][0]["path"],
        "googleWorkspace.dryRun"
    );
    let mut asked = world.hand_off();
    asked["tez"]["teamId"] = Value::Null;
    asked["tez"].as_object_mut().unwrap().remove("teamId");
    let refused = world.mia.post(COORDINATE, &asked).await.with(400);
    assert_eq!(refused["error"]["details"][0]["path"], "tez.teamId");

    // Carol is not in the team: the plan is made, and the relay does not take it.
    let mut asked = world.hand_off();
    asked["execute"] = json!(true);
    let data = world.carol.post(COORDINATE, &asked).await.with(200)["data"].clone();
    assert_eq!(
        outcomes(&data["applied"])[0],
        "share-tez failed tez-forbidden"
    );
    assert_eq!(world.workspace.done().len(), 0);

    // Another's plan is not there.
    let plan = world.coordinate(&world.hand_off()).await["plan"].clone();
    let path = format!(
        "/api/crm/workflows/plans/{}/apply",
        plan["id"].as_str().unwrap()
    );
    let approval = json!({ "digest": plan["digest"] });
    world.carol.post(&path, &approval).await.with(404);
    let wrong = json!({ "digest": format!("sha256:{}", "0".repeat(64)) });
    let refused = world.mia.post(&path, &wrong).await.with(409);
    assert_eq!(refused["error"]["code"], "PLAN_DIGEST_DIFFERS");
    world.host.clock.advance(Duration::from_secs(3_601));
    let mia = Client::of(&world.host, Role::Member, "mia").await;
    let refused = mia.post(&path, &approval).await.with(410);
    assert_eq!(refused["error"]["code"], "PLAN_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_apply_at_once_one_does() {
    let world = World::new().await;
    let plan = world.coordinate(&world.hand_off()).await["plan"].clone();
    let path = format!(
        "/api/crm/workflows/plans/{}/apply",
        plan["id"].as_str().unwrap()
    );
    let approval = json!({ "digest": plan["digest"] });
    let all = (0..8).map(|_| world.mia.post(&path, &approval));
    let all = futures::future::join_all(all).await;
    assert!(all.iter().any(|answer| answer.status == 200));
    assert!(
        all.iter()
            .all(|answer| [200, 409].contains(&answer.status.as_u16()))
    );
    assert_eq!(world.workspace.done().len(), 2);
    assert_eq!(world.apply(&plan).await["state"], "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_say_who_reaches_whom() {
    let world = World::new().await;
    let admin = Client::of(&world.host, Role::Admin, "ada").await;
    let shipped = skillgate_policy::SHIPPED;
    let text = format!(
        "{shipped}\n@id(\"no-mails-of-mias\")\nforbid (principal == User::\"mia\", action == Action::\"send-email\", resource);"
    );
    let put = json!({ "text": text, "expected_version": 0 });
    let put = admin
        .send(axum::http::Method::PUT, "/api/policies", Some(&put))
        .await;
    put.with(200);
    let data = world.coordinate(&world.hand_off()).await;
    assert_eq!(
        outcomes(&data["plan"]),
        ["share-tez - -", "log-calendar - -"]
    );
    let email = &data["googleWorkspace"]["emailResult"];
    assert_eq!(
        (&email["attempted"], &email["success"]),
        (&json!(false), &json!(false))
    );
    // The positive control: others may.
    let data = world
        .carol
        .post(COORDINATE, &world.hand_off())
        .await
        .with(200)["data"]
        .clone();
    assert_eq!(outcomes(&data["plan"]).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_say_what_is_handed_to_whom() {
    let world = World::new().await;
    let admin = Client::of(&world.host, Role::Admin, "ada").await;
    let planned = world.coordinate(&world.hand_off()).await["plan"].clone();
    let text = format!(
        "{}\n@id(\"no-deals-for-carol\")\nforbid (principal, action == Action::\"share-tez\", resource) when {{\n\
         context has recipients && context.recipients.contains(\"{CAROL}\") &&\n\
         context has objects && context.objects.contains(ObjectType::\"opportunity\") }};",
        skillgate_policy::SHIPPED
    );
    let put = json!({ "text": text, "expected_version": 0 });
    admin.put("/api/policies", &put).await.with(200);
    world
        .mia
        .post(COORDINATE, &world.hand_off())
        .await
        .with(403);
    // What was planned before is judged again when it is to happen.
    let path = format!(
        "/api/crm/workflows/plans/{}/apply",
        planned["id"].as_str().unwrap()
    );
    let approval = json!({ "digest": planned["digest"] });
    let refused = world.mia.post(&path, &approval).await;
    assert_eq!(refused.status.as_u16(), 403, "{}", refused.body);
    // The positive controls: to somebody else, and without the deal.
    let mut other = world.hand_off();
    other["tez"]["recipients"] = json!(["0190f5fe-7c00-7a00-8000-0000000000da"]);
    assert_eq!(outcomes(&world.coordinate(&other).await["plan"]).len(), 3);
    let words = json!({ "teamId": world.team, "surfaceText": "hi", "recipients": [CAROL] });
    world.mia.post("/tez/share", &words).await.with(201);
    let question = json!({
        "principal": { "role": "member", "user": "mia" },
        "action": "share-tez",
        "resource": { "type": "team", "id": world.team, "recipients": [CAROL], "objects": ["opportunity"] },
    });
    let explained = admin
        .post("/api/policies/explain", &question)
        .await
        .with(200);
    assert_eq!(
        explained["policies"],
        json!(["no-deals-for-carol"]),
        "{explained}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_must_confirm_stays_a_plan_of_an_agents() {
    let world = World::new().await;
    let admin = Client::of(&world.host, Role::Admin, "ada").await;
    let text = format!(
        "{}\n@id(\"a-person-sends\") @ask forbid (principal is Agent,\n\
         action in [Action::\"share-tez\", Action::\"send-email\"], resource);",
        skillgate_policy::SHIPPED
    );
    let put = json!({ "text": text, "expected_version": 0 });
    admin.put("/api/policies", &put).await.with(200);
    let mut asked = world.hand_off();
    asked["execute"] = json!(true);
    let agent = Client::of(&world.host, Role::Agent, "mia").await;
    let data = agent.post(COORDINATE, &asked).await.with(200)["data"].clone();
    assert_eq!(
        (&data["plan"]["state"], &data["applied"]),
        (&json!("open"), &Value::Null)
    );
    assert_eq!(
        (outcomes(&data["plan"]).len(), world.workspace.done().len()),
        (3, 0)
    );
    let path = format!("/api/plans/{}/apply", data["plan"]["id"].as_str().unwrap());
    let seen = json!({ "digest": data["plan"]["digest"] });
    let refused = agent.post(&path, &seen).await.with(403);
    assert_eq!(refused["code"], "requires-confirmation");
    assert_eq!(world.apply(&data["plan"]).await["state"], "applied");
    assert_eq!(world.workspace.done().len(), 2);
}

/// A caller that goes away in the middle of an application leaves what a killed host leaves: a claim, and
/// the receipts so far.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_when_the_host_died_is_not_sent_again() {
    let world = World::new().await;
    let plan = world.coordinate(&world.hand_off()).await["plan"].clone();
    let (id, digest) = (
        plan["id"].as_str().unwrap(),
        plan["digest"].as_str().unwrap(),
    );
    let (id, digest) = (PlanId::parse(id).unwrap(), Digest::parse(digest).unwrap());
    let mia = principal(Role::Member, "mia");
    world.workspace.delays(Duration::from_mins(1));
    let asked = || {
        world
            .workspace
            .asked()
            .iter()
            .any(|it| it.line == "POST /api/email/send")
    };
    let until_asked = async {
        while !asked() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        done = world.host.app.plans.apply(&mia, id, &digest) => panic!("{done:?}"),
        () = until_asked => {}
    }
    world.workspace.delays(Duration::ZERO);
    world.host.clock.advance(Duration::from_secs(121));
    let applied = world.apply(&plan).await;
    let told = [
        "share-tez done -",
        "send-email unknown -",
        "log-calendar - -",
    ];
    assert_eq!(
        (outcomes(&applied), &applied["state"]),
        (told.map(String::from).into(), &json!("stopped"))
    );
    let stream = format!("/tez/stream?teamId={}", world.team);
    let stream = world.mia.get(&stream).await.with(200);
    assert_eq!(stream["meta"]["count"], 1);
}
