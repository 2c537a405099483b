//! What skills keep: each its own, in each community apart, changed together and by whoever may write.

use futures::future::join_all;
use serde_json::{Value, json};
use skillgate_app::broker::{Broker, BrokerError};
use skillgate_app::budgets::{WriteBudgets, WriteLimits};
use skillgate_app::modules::ModuleError;
use skillgate_app::ports::Inadmissible;
use skillgate_app::run::Run;
use skillgate_domain::grant::{Grant, GrantTerms};
use skillgate_domain::ids::{CommunityId, InvocationId};
use skillgate_domain::plan::Mode;
use skillgate_domain::principal::{Principal, Role, TokenScope};
use skillgate_domain::right::PolicyRight;
use skillgate_domain::state::{STATE_CALLS_MAX, STATE_VALUE_BYTES_MAX, StateKey, StateQuota};
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{Counting, TestHost, admin, agent, principal, trail};
use skillgate_tests::skills;
use std::sync::Arc;
use uuid::Uuid;

struct World {
    host: TestHost,
    grant: Grant,
}

impl World {
    async fn new() -> Self {
        let host = TestHost::start(Arc::new(OneContact::default())).await;
        let (manifest, component) = skills::courier();
        let grant = host.install(&manifest, &component).await.unwrap();
        Self { host, grant }
    }

    async fn keep_as(&self, caller: &Principal, skill: &str, input: Value) -> Value {
        let kept = self.host.call_tool(caller, skill, "keep", &input).await;
        kept.unwrap_or_else(|error| panic!("{input}: {error:?}"))
    }

    /// Does steps in one call, and returns what the last one was answered.
    async fn keep(&self, steps: Value) -> Value {
        let input = json!({ "steps": steps });
        self.keep_as(&agent(), "courier", input).await
    }

    async fn value(&self, key: &str) -> Value {
        self.keep(json!([get(key)])).await["value"].clone()
    }
}

fn get(key: &str) -> Value {
    json!({ "call": "get", "key": key })
}

fn list(prefix: &str, after: Option<&str>, limit: u32) -> Value {
    json!({ "call": "list", "key": prefix, "after": after, "limit": limit })
}

fn commit(changes: &Value) -> Value {
    json!({ "call": "commit", "changes": changes })
}

fn put(key: &str, value: &str) -> Value {
    commit(&json!([{ "key": key, "put": value }]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_keeps_the_next_one_finds() {
    let world = World::new().await;
    assert_eq!(world.value("seen/ada").await, Value::Null);
    let changes = json!([{ "key": "seen/ada", "put": "1" }, { "key": "seen/grace", "put": "22" }]);
    let versions = world.keep(json!([commit(&changes)])).await["versions"].clone();
    let found = world.keep(json!([get("seen/ada")])).await;
    assert_eq!(
        (&found["value"], &found["version"]),
        (&json!("1"), &versions[0])
    );
    let all = json!([["seen/ada", versions[0], 1], ["seen/grace", versions[1], 2]]);
    let listed = async |prefix, after, limit| {
        world.keep(json!([list(prefix, after, limit)])).await["keys"].clone()
    };
    assert_eq!(listed("", None, 200).await, all);
    assert_eq!(listed("seen/", None, 1).await, json!([all[0]]));
    assert_eq!(listed("seen/", Some("seen/ada"), 1).await, json!([all[1]]));
    assert_eq!(listed("seen/b", None, 1).await, json!([]));
    let removed = commit(&json!([{ "key": "seen/ada" }]));
    assert_eq!(
        world.keep(json!([removed, get("seen/ada")])).await["value"],
        Value::Null
    );
    assert_eq!(listed("", None, 200).await, json!([all[1]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_happen_together_or_not_at_all_and_say_what_stood_against_them() {
    let world = World::new().await;
    let first = world.keep(json!([put("a", "1")])).await["versions"][0].clone();
    let second = world.keep(json!([put("a", "2")])).await["versions"][0].clone();
    for stale in [json!({ "version": first }), json!({ "absent": true })] {
        let mut change = json!({ "key": "a", "put": "3" });
        change
            .as_object_mut()
            .unwrap()
            .extend(stale.as_object().unwrap().clone());
        let both = commit(&json!([{ "key": "b", "put": "x" }, change]));
        let refused = world.keep(json!([both])).await;
        assert_eq!(refused["conflict"], "a", "{stale}: {refused}");
        assert_eq!(
            (world.value("a").await, world.value("b").await),
            (json!("2"), Value::Null)
        );
    }
    let fresh = json!({ "key": "a", "put": "3", "version": second });
    let both = commit(&json!([{ "key": "b", "put": "x", "absent": true }, fresh]));
    assert_eq!(world.keep(json!([both])).await["conflict"], Value::Null);
    assert_eq!(
        (world.value("a").await, world.value("b").await),
        (json!("3"), json!("x"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_of_calls_at_once_lose_nothing() {
    const CALLS: usize = 4;
    const TIMES: usize = 5;
    let world = World::new().await;
    let input = json!({ "steps": [{ "call": "count", "key": "n" }], "times": TIMES });
    let caller = agent();
    let calls = (0..CALLS).map(|_| world.keep_as(&caller, "courier", input.clone()));
    for counted in join_all(calls).await {
        assert_eq!(counted["code"], Value::Null, "{counted}");
    }
    assert_eq!(world.value("n").await, (CALLS * TIMES).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_and_communities_never_meet_and_versions_do() {
    let world = World::new().await;
    let (mut manifest, component) = skills::courier();
    manifest["name"] = json!("other-courier");
    world.host.install(&manifest, &component).await.unwrap();
    let elsewhere = |who: Principal| Principal {
        community: CommunityId::parse("hillside").unwrap(),
        ..who
    };
    let (partner, their_admin) = (elsewhere(principal(Role::Partner, "p")), elsewhere(admin()));
    let modules = &world.host.app.modules;
    let (courier, _) = skills::courier();
    let submitted = modules
        .submit(&partner, courier.to_string(), component.clone().into())
        .await
        .unwrap();
    modules
        .grant(&their_admin, submitted.submission.id, GrantTerms::default())
        .await
        .unwrap();
    let places = [
        (agent(), "courier"),
        (agent(), "other-courier"),
        (elsewhere(agent()), "courier"),
    ];
    let value = async |(caller, skill): &(Principal, &str)| {
        let input = json!({ "steps": [get("k")] });
        world.keep_as(caller, skill, input).await["value"].clone()
    };
    for (number, place) in places.iter().enumerate() {
        assert_eq!(value(place).await, Value::Null, "{place:?}");
        let input = json!({ "steps": [put("k", &number.to_string())] });
        world.keep_as(&place.0, place.1, input).await;
    }
    for (number, place) in places.iter().enumerate() {
        assert_eq!(value(place).await, number.to_string(), "{place:?}");
    }
    // Another caller of the same skill, and a new version of it.
    let member = (principal(Role::Member, "bea"), "courier");
    assert_eq!(value(&member).await, "0");
    let (mut manifest, _) = skills::courier();
    manifest["version"] = json!("0.2.0");
    let new = world.host.install(&manifest, &component).await.unwrap();
    assert_ne!(new.id, world.grant.id);
    assert_eq!(value(&member).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_plans_finds_its_own_changes_and_keeps_none() {
    let world = World::new().await;
    let kept = world.keep(json!([put("a", "1")])).await["versions"][0].clone();
    let steps = json!([
        commit(&json!([{ "key": "a", "put": "2", "version": kept }, { "key": "b", "put": "3" }])),
        list("", None, 10),
    ]);
    let how = (Mode::Plan, None);
    let input = json!({ "steps": steps });
    let planned = world
        .host
        .invoke(&agent(), "courier", "keep", &input, how)
        .await
        .unwrap();
    let keys = planned.output["keys"].as_array().unwrap();
    assert_eq!(
        (keys.len(), &keys[0][0], &keys[1][0]),
        (2, &json!("a"), &json!("b"))
    );
    assert_ne!(keys[0][1], kept);
    assert_eq!(planned.plan.unwrap().plan.effects, []);
    assert_eq!(
        (world.value("a").await, world.value("b").await),
        (json!("1"), Value::Null)
    );
    // The control: the same steps in a call that does what it says.
    let done = world.keep(steps).await;
    assert_eq!(done["keys"].as_array().unwrap().len(), 2);
    assert_eq!(
        (world.value("a").await, world.value("b").await),
        (json!("2"), json!("3"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_changes_nothing() {
    let world = World::new().await;
    let value = |key: usize| json!({ "key": format!("k{key:02}"), "put": "x", "repeat": STATE_VALUE_BYTES_MAX });
    let bytes = usize::try_from(StateQuota::DEFAULT.bytes).unwrap();
    let whole = bytes / (STATE_VALUE_BYTES_MAX + 3);
    let most: Vec<_> = (0..whole).map(value).collect();
    assert_eq!(
        world.keep(json!([commit(&json!(most))])).await["code"],
        Value::Null
    );
    let more = commit(&json!([{ "key": "small", "put": "y" }, value(whole)]));
    for mode in [Mode::Plan, Mode::Execute] {
        let input = json!({ "steps": [more] });
        let refused = world
            .host
            .invoke(&agent(), "courier", "keep", &input, (mode, None))
            .await;
        assert_eq!(
            refused.unwrap().output["code"],
            "FailureCode::BudgetExhausted"
        );
    }
    assert_eq!(world.host.denials().await, json!({ "state-bytes": 1 }));
    assert_eq!(world.value("small").await, Value::Null);
    let keys = world.keep(json!([list("", None, 200)])).await["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), whole);
    // What fits happens, and so does what makes room.
    assert_eq!(
        world.keep(json!([put("small", "y")])).await["code"],
        Value::Null
    );
    let swapped = commit(&json!([{ "key": "k00" }, value(whole)]));
    assert_eq!(world.keep(json!([swapped])).await["code"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_reads_and_changes_so_often() {
    let world = World::new().await;
    let many = async |times: u32| {
        let input = json!({ "steps": [get("k")], "times": times });
        world.keep_as(&agent(), "courier", input).await["code"].clone()
    };
    assert_eq!(many(STATE_CALLS_MAX).await, Value::Null);
    assert_eq!(world.host.denials().await, json!({}));
    assert_eq!(
        many(STATE_CALLS_MAX + 1).await,
        "FailureCode::BudgetExhausted"
    );
    assert_eq!(world.host.denials().await, json!({ "state-calls": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_read_changes_nothing() {
    let world = World::new().await;
    world.keep(json!([put("k", "1")])).await;
    let reader = Principal {
        scope: TokenScope {
            may_write: false,
            ..TokenScope::FULL
        },
        ..agent()
    };
    let read = json!({ "steps": [get("k")] });
    assert_eq!(world.keep_as(&reader, "courier", read).await["value"], "1");
    let write = json!({ "steps": [put("k", "2")] });
    let refused = world.keep_as(&reader, "courier", write.clone()).await;
    assert_eq!(refused["code"], "FailureCode::Denied");
    assert_eq!(world.host.denials().await, json!({ "not-granted": 1 }));
    assert_eq!(world.value("k").await, "1");
    world.keep_as(&agent(), "courier", write).await;
    assert_eq!(world.value("k").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_its_rule() {
    let world = World::new().await;
    let two = json!([{ "key": "a", "put": "" }, { "key": "a", "put": "" }]);
    let long = json!([{ "key": "a", "put": "x", "repeat": STATE_VALUE_BYTES_MAX + 1 }]);
    for (step, rule) in [
        (get(""), "state key"),
        (get("/a"), "state key"),
        (put("a/", "x"), "state key"),
        (list("a b", None, 1), "prefix"),
        (list("", Some(""), 1), "state key"),
        (list("", None, 0), "limit must be 1 to 200"),
        (list("", None, 201), "limit must be 1 to 200"),
        (commit(&two), "`a` is changed twice"),
        (commit(&long), "longer than 65536 bytes"),
    ] {
        let refused = world.keep(json!([step])).await;
        assert_eq!(refused["code"], "FailureCode::InvalidInput", "{step}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(rule), "{step}: {message}");
    }
    assert_eq!(
        world.keep(json!([list("", None, 200)])).await["keys"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_before_a_trap_stays() {
    let world = World::new().await;
    let input = json!({ "steps": [put("k", "1")], "traps": true });
    let trapped = world
        .host
        .call_tool(&agent(), "courier", "keep", &input)
        .await;
    assert!(trapped.is_err());
    assert_eq!(world.value("k").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_replayed_with_what_was_kept_then() {
    let world = World::new().await;
    let host = &world.host;
    let steps = json!([
        put("k", "1"),
        commit(&json!([{ "key": "k", "put": "2", "absent": true }])),
        put("/", "x"),
        list("", None, 10),
        get("k"),
    ]);
    let mut made = Vec::new();
    for mode in [Mode::Execute, Mode::Plan] {
        let input = json!({ "steps": steps });
        let done = host
            .invoke(&agent(), "courier", "keep", &input, (mode, None))
            .await;
        made.push(done.unwrap().invocation);
    }
    world.keep(json!([put("k", "3")])).await;
    for invocation in made {
        let replayed = host
            .replays
            .replay(&admin(), invocation, None)
            .await
            .unwrap();
        assert!(replayed.is_same(), "{:?}", replayed.differences);
    }
    assert_eq!(world.value("k").await, "3", "a replay keeps nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_the_interface_is_not_admitted() {
    let world = World::new().await;
    let (mut manifest, component) = skills::courier();
    let interfaces = manifest["interfaces"].as_array_mut().unwrap();
    interfaces.retain(|name| name != "state");
    let refused = world.host.submit(&manifest, &component).await;
    let Err(ModuleError::Component(Inadmissible::Imports(imports))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(imports, ["skillgate:skill/state@0.1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_under_a_grant_that_was_taken_back() {
    let world = World::new().await;
    let (storage, clock) = (world.host.storage.clone(), world.host.clock.clone());
    let budgets = WriteBudgets::new(storage.clone(), clock.clone(), WriteLimits::DEFAULT);
    let trail = trail(&storage, clock.clone()).await;
    let broker = Broker::new(
        Arc::new(OneContact::default()),
        clock,
        Arc::new(Counting::default()),
        storage.clone(),
        Arc::new(budgets),
        trail,
    );
    let broker = broker.keeping(storage);
    let invocation = InvocationId::new(Uuid::from_u128(1));
    let everything = PolicyRight::of(|_, _| true);
    let run = Run::without_guest(invocation, agent(), world.grant.clone(), everything);
    let key = StateKey::parse("k").unwrap();
    assert_eq!(broker.state_get(&run, &key).await, Ok(None));
    let modules = &world.host.app.modules;
    let (submission, grant) = (world.grant.submission, world.grant.id);
    modules.revoke(&admin(), submission, grant).await.unwrap();
    let ended = broker.state_get(&run, &key).await;
    assert_eq!(ended, Err(BrokerError::Ended("grant-revoked")));
}
