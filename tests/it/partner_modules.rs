//! Modules between partners: one community offers, the other takes over and grants, and what was granted runs while the
//! two are partners.

use crate::partnerships::{NORTH, SOUTH, World, id};
use axum::http::Method;
use serde_json::{Value, json};
use skillgate_app::modules::OFFERS_PAGE;
use skillgate_domain::principal::{Principal, Role};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, manifest, principal};
use skillgate_tests::http::Answer;
use std::sync::Arc;
use std::time::Duration;

const OFFERS: &str = "/api/modules/offers";
const CALL: &str = "/api/skills/good/tools/run";

/// A guest that says so.
fn good(version: &str) -> Value {
    let mut guest = manifest("good", &["log", "clock"]);
    guest["version"] = json!(version);
    guest
}

impl World {
    /// Hands a module in to the north, and returns its id.
    async fn handed_in(&self, guest: &Value, component: &[u8]) -> String {
        let author = Principal {
            community: id(NORTH),
            ..principal(Role::Partner, "author")
        };
        let modules = &self.host.app.modules;
        let module = modules.submit(&author, guest.to_string(), component.into());
        module.await.unwrap().submission.id.to_string()
    }

    /// Offers what was handed in to the north.
    async fn offered(&self, guest: &Value, component: &[u8]) -> String {
        let module = self.handed_in(guest, component).await;
        self.offer(&module).await;
        module
    }

    async fn offer(&self, module: &str) -> Value {
        let path = format!("/api/modules/{module}/offer");
        let north = self.admin(NORTH).await;
        north.send(Method::PUT, &path, None).await.with(200)
    }

    async fn adopt(&self, community: &str, offered: &str) -> Answer {
        let path = format!("{OFFERS}/{offered}");
        self.admin(community)
            .await
            .send(Method::POST, &path, None)
            .await
    }

    /// Has the south take over what the north offers, and grant it. Returns the module there.
    async fn adopted(&self, version: &str) -> String {
        let offered = self
            .offered(&good(version), &guests::component("good"))
            .await;
        let adopted = self.adopt(SOUTH, &offered).await.with(201);
        let module = format!("/api/modules/{}", adopted["id"].as_str().unwrap());
        self.grant(&module).await.with(201);
        module
    }

    async fn grant(&self, module: &str) -> Answer {
        let south = self.admin(SOUTH).await;
        south.post(&format!("{module}/grants"), &json!({})).await
    }

    async fn offers(&self, community: &str) -> Vec<Value> {
        let listed = self.admin(community).await.get(OFFERS).await.with(200);
        listed["offers"].as_array().unwrap().clone()
    }

    async fn call(&self) -> Answer {
        let member = self.client(SOUTH, Role::Member).await;
        member.post(CALL, &json!({})).await
    }

    /// Which skills a member of the south can call.
    async fn skills(&self) -> usize {
        let member = self.client(SOUTH, Role::Member).await;
        let skills = member.get("/api/skills").await.with(200);
        skills["skills"].as_array().unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_takes_over_what_is_offered() {
    let (world, _) = World::with_partners().await;
    let number = &world
        .handed_in(&good("0.1.0"), &guests::component("good"))
        .await;
    assert_eq!(world.offers(SOUTH).await, Vec::<Value>::new());
    world
        .adopt(SOUTH, number)
        .await
        .is_refused(404, "module-not-found");
    let offered = world.offer(number).await;
    assert_eq!(offered["offered_at"], "2026-03-01T12:00:00.000Z");

    let offers = world.offers(SOUTH).await;
    assert_eq!(offers.len(), 1);
    let shown = &offers[0];
    assert_eq!(
        (&shown["community"], &shown["skill"], &shown["module"]),
        (&json!(NORTH), &json!("good"), &Value::Null)
    );
    assert_eq!(
        shown["requests"]["capabilities"]["interfaces"],
        json!(["log", "clock"])
    );
    let adopted = world.adopt(SOUTH, number).await.with(201);
    let owner = json!({ "community": NORTH, "is_partner": true });
    assert_eq!(adopted["owner"], owner);
    assert_eq!(adopted["component"], offered["component"]);
    assert_eq!(adopted["submitted_by"], "author");
    assert_eq!(world.offers(SOUTH).await[0]["module"], adopted["id"]);
    let again = world.adopt(SOUTH, number).await;
    again.is_refused(409, "already-submitted");

    // Taken over, it is looked at and granted like any other.
    let here = format!("/api/modules/{}", adopted["id"].as_str().unwrap());
    let south = world.admin(SOUTH).await;
    assert_eq!(south.get(&here).await.with(200)["owner"], owner);
    assert_eq!(world.call().await.status, 404);
    let granted = world.grant(&here).await.with(201);
    assert_eq!(granted["owner"], owner);
    world.call().await.with(200);
    // It is its own community's to offer on, and to withdraw; what was taken over stays.
    for method in [Method::PUT, Method::DELETE] {
        let further = south.send(method, &format!("{here}/offer"), None).await;
        further.is_refused(409, "module-of-partner");
    }
    let offer = format!("/api/modules/{number}/offer");
    let north = world.admin(NORTH).await;
    let withdrawn = north.send(Method::DELETE, &offer, None).await.with(200);
    assert_eq!(withdrawn["offered_at"], Value::Null);
    assert_eq!(world.offers(SOUTH).await, Vec::<Value>::new());
    world.call().await.with(200);

    for (community, action, code) in [
        (NORTH, "offer-module", Value::Null),
        (SOUTH, "adopt-module", json!("already-submitted")),
    ] {
        assert_eq!(world.trail(community, action).await[0].1, code);
    }
    let records = world.host.recorded_in(&id(SOUTH), "adopt-module").await;
    assert_eq!(records[1]["module"]["owner"], NORTH);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_module_runs_while_the_two_are_partners() {
    let (world, number) = World::with_partners().await;
    let module = world.adopted("0.1.0").await;
    let (south, member) = (
        world.admin(SOUTH).await,
        world.client(SOUTH, Role::Member).await,
    );
    let stop = json!({ "status": "suspended" });
    let go_on = json!({ "status": "accepted" });
    for (side, change, runs) in [
        (NORTH, &stop, false),
        (NORTH, &go_on, true),
        (SOUTH, &stop, false),
        (NORTH, &stop, false),
        (SOUTH, &go_on, false),
        (NORTH, &go_on, true),
    ] {
        world.update(side, number, change).await.with(200);
        if runs {
            world.call().await.with(200);
            assert_eq!(world.skills().await, 1);
            continue;
        }
        world.call().await.is_refused(409, "partnership-inactive");
        assert_eq!(world.skills().await, 0);
        let shown = member.get("/api/skills/good").await;
        shown.is_refused(409, "partnership-inactive");
        assert_eq!(
            south.get(&module).await.with(200)["grant"]["owner"]["is_partner"],
            false
        );
        assert_eq!(world.offers(SOUTH).await, Vec::<Value>::new());
        // Nor is it granted anew meanwhile.
        world
            .grant(&module)
            .await
            .is_refused(409, "partnership-inactive");
    }
    // Nobody had to approve it again.
    let grants = world.host.recorded_in(&id(SOUTH), "grant-module").await;
    let done = grants.iter().filter(|it| it["outcome"] == "done");
    assert_eq!(done.count(), 1);

    // Over is over: what was granted under one partnership does not come back with the next.
    world.end(NORTH, number, None).await.with(200);
    world.call().await.is_refused(409, "partnership-inactive");
    world.become_partners().await;
    world.call().await.is_refused(409, "partnership-inactive");
    let shown = south.get(&module).await.with(200);
    assert_eq!(
        (
            &shown["owner"]["is_partner"],
            &shown["grant"]["owner"]["is_partner"]
        ),
        (&json!(true), &json!(false))
    );
    world.grant(&module).await.with(201);
    world.call().await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_before_comes_back_under_the_partnership_there_is() {
    let (world, number) = World::with_partners().await;
    world.adopted("0.1.0").await;
    world.adopted("0.2.0").await;
    let south = world.admin(SOUTH).await;
    let back = async || south.post("/api/skills/good/rollback", &json!({})).await;
    world.end(SOUTH, number, None).await.with(200);
    back().await.is_refused(409, "partnership-inactive");
    world.become_partners().await;
    assert_eq!(back().await.with(201)["owner"]["is_partner"], true);
    world.call().await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_ends_at_its_next_host_call_when_a_side_suspends() {
    let crm = Arc::new(OneContact::default());
    let host = TestHost::start_forgetful(crm.clone()).await;
    let world = World::over(host, &[NORTH, SOUTH]).await;
    let number = world.become_partners().await;
    let mut guest = manifest("reader", &["crm", "clock"]);
    guest["limits"] = json!({ "cpu_ms": 2000, "crm_reads": 200 });
    let offered = world.offered(&guest, &guests::component("reads_on")).await;
    let adopted = world.adopt(SOUTH, &offered).await.with(201);
    let module = format!("/api/modules/{}", adopted["id"].as_str().unwrap());
    world.grant(&module).await.with(201);
    let member = world.client(SOUTH, Role::Member).await;
    let input = json!({});
    let call = member.post("/api/skills/reader/tools/run", &input);
    let tick = async || {
        world.host.clock.advance(Duration::from_millis(20));
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let watch = async {
        while crm.calls().0 < 3 {
            tick().await;
        }
        let stop = json!({ "status": "suspended" });
        world.update(NORTH, number, &stop).await.with(200);
        let reads = crm.calls().0;
        while crm.calls().0 <= reads + 20 {
            tick().await;
        }
        crm.calls().0 - reads
    };
    let ended = tokio::select! {
        ended = call => ended,
        reads = watch => panic!("it read {reads} times more"),
    };
    ended.is_refused(403, "tool-denied");
    let calls = world.host.recorded_in(&id(SOUTH), "invoke-skill").await;
    let denials = &calls[0]["call"]["touched"]["denials"];
    assert_eq!(denials, &json!({ "partnership-inactive": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_what_is_looked_at() {
    let (world, _) = World::with_partners().await;
    let offered = world
        .offered(&good("0.1.0"), &guests::component("good"))
        .await;
    let (offer, adopt) = (
        format!("/api/modules/{offered}/offer"),
        format!("{OFFERS}/{offered}"),
    );
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let north = world.client(NORTH, role).await;
        for method in [Method::PUT, Method::DELETE] {
            let refused = north.send(method, &offer, None).await;
            refused.is_refused(403, "forbidden");
        }
        let south = world.client(SOUTH, role).await;
        let refused = south.send(Method::POST, &adopt, None).await;
        refused.is_refused(403, "forbidden");
        south.get(OFFERS).await.is_refused(403, "forbidden");
    }
    let (north, south) = (world.admin(NORTH).await, world.admin(SOUTH).await);
    // Nobody takes over their own, or offers another's; and there is nothing under other ids.
    let own = north.send(Method::POST, &adopt, None).await;
    own.is_refused(404, "module-not-found");
    let others = south.send(Method::PUT, &offer, None).await;
    others.is_refused(404, "module-not-found");
    let bad = south.send(Method::POST, &format!("{OFFERS}/x"), None).await;
    bad.is_refused(404, "module-not-found");
    for query in ["?after=x", "?after=1.2", "?before=1"] {
        let bad = south.get(&format!("{OFFERS}{query}")).await;
        bad.is_refused(400, "query-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_offers_has_pages() {
    let (world, _) = World::with_partners().await;
    let component = guests::component("good");
    let mut offered = Vec::new();
    for number in 0..=OFFERS_PAGE {
        let guest = good(&format!("0.1.{number}"));
        offered.push(world.offered(&guest, &component).await);
        world.host.clock.advance(Duration::from_millis(1));
    }
    offered.reverse();
    let south = world.admin(SOUTH).await;
    let (mut seen, mut path) = (Vec::new(), OFFERS.to_owned());
    loop {
        let page = south.get(&path).await.with(200);
        let offers = page["offers"].as_array().unwrap().iter();
        seen.extend(offers.map(|it| it["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("{OFFERS}?after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, offered);
}
