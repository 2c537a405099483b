//! Requests of modules to services outside: what a rule allows arrives as it was written, nothing else leaves.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::plans::PlanError;
use skillgate_domain::plan::{PlanState, Receipt};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_policy::SHIPPED;
use skillgate_tests::host::{SetClock, Setup, TestHost, admin, agent, embedded_crm, principal};
use skillgate_tests::outside::{Service, answer, way_out};
use skillgate_tests::skills;
use std::sync::Arc;

struct World {
    host: TestHost,
    service: Service,
}

impl World {
    /// A host with a courier that may send what `rules` say. `{}` in them is the service.
    async fn new(rules: &[&str]) -> Self {
        Self::answering(rules, |_| answer(200, &[("x-served", "yes")], "hello")).await
    }

    async fn answering(
        rules: &[&str],
        answer: impl Fn(&skillgate_tests::outside::Arrived) -> axum::response::Response
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let service = Service::serve(answer).await;
        let setup = Setup {
            http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
            ..Setup::default()
        };
        let host = TestHost::start_with(embedded_crm().await, setup).await;
        let (mut manifest, component) = skills::courier();
        let rules = rules
            .iter()
            .map(|rule| rule.replace("{}", service.origin()));
        manifest["capabilities"]["http"] = rules.map(|allow| json!({ "allow": allow })).collect();
        host.install(&manifest, &component).await.unwrap();
        Self { host, service }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.service.origin())
    }

    async fn send(&self, request: Value) -> Value {
        let sent = self
            .host
            .call_tool(&agent(), "courier", "send", &request)
            .await;
        sent.unwrap_or_else(|error| panic!("{request}: {error:?}"))
    }

    /// Sends a request, and says how it was refused.
    async fn refused(&self, method: &str, url: &str) -> (String, String, bool) {
        let answer = self.send(json!({ "method": method, "url": url })).await;
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"), answer["sent"] == true)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_allows_arrives_as_it_was_written() {
    let world = World::new(&["GET,POST {}/v1/**"]).await;
    let request = json!({
        "method": "GET",
        "url": world.at("/v1/people/ada%40example.org?fields=a,b"),
        "headers": [["X-Mine", "one"], ["x-mine", "two"]],
    });
    let answered = world.send(request).await;
    assert_eq!(
        (&answered["status"], &answered["body"]),
        (&json!(200), &json!("hello"))
    );
    let headers = answered["headers"].as_array().unwrap();
    assert!(headers.contains(&json!(["x-served", "yes"])));
    let arrived = world.service.arrived();
    assert_eq!(
        arrived[0].line,
        "GET /v1/people/ada%40example.org?fields=a,b"
    );
    assert_eq!(
        arrived[0].headers["host"],
        world.service.origin().replace("http://", "")
    );
    assert_eq!(arrived[0].headers["accept-encoding"], "gzip");
    assert!(arrived[0].headers["user-agent"].starts_with("skillgate/"));

    let request = json!({ "method": "POST", "url": world.at("/v1/people"), "body": "{\"a\":1}" });
    assert_eq!(world.send(request).await["status"], 200);
    assert_eq!(world.service.arrived()[0].body, "{\"a\":1}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_rule_allows_is_refused_with_its_reason_and_recorded() {
    let world = World::new(&["GET {}/v1/people/*"]).await;
    let elsewhere = Service::serve(|_| answer(200, &[], "hello")).await;
    for (method, url, code) in [
        ("POST", world.at("/v1/people/ada"), "method-not-allowed"),
        ("GET", world.at("/v1/people"), "path-not-allowed"),
        ("GET", world.at("/v1/people/ada/notes"), "path-not-allowed"),
        (
            "GET",
            format!("{}/v1/people/ada", elsewhere.origin()),
            "port-not-allowed",
        ),
        (
            "GET",
            world.at("/v1/people/ada").replace("http:", "https:"),
            "scheme-not-allowed",
        ),
        (
            "GET",
            world.at("/v1/people/ada").replace("127.0.0.1", "127.0.0.2"),
            "host-not-allowed",
        ),
        (
            "GET",
            "https://example.org/v1/people/ada".to_owned(),
            "host-not-allowed",
        ),
    ] {
        let (kind, message, sent) = world.refused(method, &url).await;
        assert_eq!(
            (kind.as_str(), sent),
            ("FailureCode::Denied", false),
            "{method} {url}"
        );
        assert!(message.contains(code), "{method} {url}: {message}");
        let calls = world.host.recorded("invoke-skill").await;
        assert_eq!(
            calls[0]["call"]["touched"]["denials"][code], 1,
            "{}",
            calls[0]
        );
    }
    assert_eq!(
        (world.service.arrived(), elsewhere.arrived()),
        (vec![], vec![])
    );
    // The same, as the rule allows it.
    let request = json!({ "method": "GET", "url": world.at("/v1/people/ada") });
    assert_eq!(world.send(request).await["status"], 200);
    let calls = world.host.recorded("invoke-skill").await;
    let rule = format!("GET {}/v1/people/*", world.service.origin());
    assert_eq!(calls[0]["call"]["touched"]["requests"], json!({ rule: 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_ones_own_is_reached_where_the_operator_declared_it() {
    let service = Service::serve(|_| answer(200, &[], "hello")).await;
    let url = format!("{}/", service.origin());
    for (declared, status) in [(vec![], None), (vec!["127.0.0.1"], Some(200))] {
        let setup = Setup {
            http: Some(way_out(&declared, Arc::new(SetClock::at_noon()))),
            ..Setup::default()
        };
        let host = TestHost::start_with(embedded_crm().await, setup).await;
        let (mut manifest, component) = skills::courier();
        manifest["capabilities"]["http"] = json!([{ "allow": format!("GET {url}") }]);
        host.install(&manifest, &component).await.unwrap();
        let request = json!({ "method": "GET", "url": url });
        let sent = host
            .call_tool(&agent(), "courier", "send", &request)
            .await
            .unwrap();
        assert_eq!(sent["status"].as_u64(), status, "{sent}");
        if status.is_none() {
            assert_eq!(sent["code"], "FailureCode::Denied");
            assert_eq!(sent["sent"], false);
        }
    }
    assert_eq!(service.arrived().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_sends_as_often_and_as_much_as_it_may() {
    let world = World::new(&["GET,POST {}/**"]).await;
    let many = |times: u32| json!({ "method": "GET", "url": world.at("/a"), "times": times });
    assert_eq!(world.send(many(32)).await["status"], 200);
    let refused = world.send(many(33)).await;
    assert_eq!(refused["code"], "FailureCode::BudgetExhausted");
    assert_eq!(world.service.arrived().len(), 64);
    let long = |bytes: usize, times: u32| json!({ "method": "POST", "url": world.at("/a"), "body": "x".repeat(bytes), "times": times });
    let limit = 1024 * 1024;
    assert_eq!(world.send(long(900_000, 2)).await["status"], 200);
    let refused = world.send(long(900_000, 3)).await;
    assert_eq!(
        (&refused["code"], &refused["sent"]),
        (&json!("FailureCode::BudgetExhausted"), &json!(false))
    );
    assert_eq!(world.service.arrived().len(), 4);
    let too_long = world
        .host
        .call_tool(&agent(), "courier", "send", &long(limit + 1, 1))
        .await;
    assert!(too_long.is_err(), "longer than any input");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_leads_on_as_far_as_the_request_says_and_rules_allow() {
    let world = World::answering(&["GET,POST {}/a/**", "GET {}/b"], |arrived| {
        let path = arrived.line.split(' ').nth(1).unwrap();
        match path {
            "/a/1" => answer(302, &[("location", "/a/2")], ""),
            "/a/2" => answer(307, &[("location", "/b")], ""),
            "/a/out" => answer(301, &[("location", "/c")], ""),
            "/a/away" => answer(302, &[("location", "http://127.0.0.1:1/b")], ""),
            "/a/odd" => answer(302, &[("location", "//127.0.0.1/b")], ""),
            "/a/round" => answer(302, &[("location", "/a/round")], ""),
            _ => answer(200, &[], "there"),
        }
    })
    .await;
    let get = |path: &str, redirects: u8| {
        json!({
            "method": "GET",
            "url": world.at(path),
            "headers": [["x-mine", "secret"]],
            "redirects": redirects,
        })
    };
    // Off, unless the request asks for it.
    let answered = world.send(get("/a/1", 0)).await;
    assert_eq!(answered["status"], 302);
    let answered = world.send(get("/a/1", 1)).await;
    assert_eq!(answered["status"], 307);
    world.service.arrived();
    let answered = world.send(get("/a/1", 2)).await;
    assert_eq!(
        (&answered["status"], &answered["body"]),
        (&json!(200), &json!("there"))
    );
    let arrived = world.service.arrived();
    let carried: Vec<_> = arrived
        .iter()
        .map(|it| it.headers.contains_key("x-mine"))
        .collect();
    assert_eq!(carried, [true, false, false], "nothing is taken along");
    for (path, code, kind) in [
        ("/a/out", "path-not-allowed", "FailureCode::Denied"),
        ("/a/away", "port-not-allowed", "FailureCode::Denied"),
        ("/a/odd", "a redirect", "FailureCode::InvalidInput"),
    ] {
        let refused = world.send(get(path, 5)).await;
        assert_eq!(refused["code"], kind, "{path}");
        assert!(
            refused["message"].as_str().unwrap().contains(code),
            "{refused}"
        );
    }
    world.service.arrived();
    let answered = world.send(get("/a/round", 5)).await;
    assert_eq!(
        (&answered["status"], world.service.arrived().len()),
        (&json!(302), 6)
    );
    let post = json!({ "method": "POST", "url": world.at("/a/1"), "redirects": 1 });
    assert_eq!(world.send(post).await["code"], "FailureCode::InvalidInput");
    assert_eq!(world.service.arrived(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something_outside_is_planned_and_recorded_before_it_leaves() {
    let world = World::new(&["GET,POST {}/v1/**"]).await;
    let post = json!({
        "method": "POST",
        "url": world.at("/v1/people"),
        "headers": [["content-type", "application/json"]],
        "body": "{\"name\":\"Ada\"}",
    });
    let plan = world
        .host
        .plan(&agent(), "courier", "send", &post)
        .await
        .unwrap();
    assert_eq!(
        (plan.plan.effects.len(), world.service.arrived()),
        (1, vec![])
    );
    let applied = world.host.apply(&agent(), &plan).await.unwrap();
    assert_eq!(applied.state, PlanState::Applied);
    assert_eq!(
        applied.receipts,
        [Receipt::Answered(r#"{"status":200}"#.to_owned())]
    );
    assert_eq!(world.service.arrived()[0].body, "{\"name\":\"Ada\"}");

    assert_eq!(world.send(post).await["status"], 200);
    let outcomes: Vec<_> = world.host.recorded("send-request").await;
    let outcomes: Vec<_> = outcomes
        .iter()
        .map(|leaf| leaf["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["done", "intended", "done", "intended"]);
    // What only reads is asked while planning.
    let get = json!({ "method": "GET", "url": world.at("/v1/people") });
    let plan = world
        .host
        .plan(&agent(), "courier", "send", &get)
        .await
        .unwrap();
    assert_eq!(
        (plan.plan.effects.len(), world.service.arrived().len()),
        (0, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_policies_take_away() {
    let world = World::new(&["GET,POST {}/**"]).await;
    let url = world.at("/a");
    let request = |method: &str| json!({ "method": method, "url": url });
    let mut reader = agent();
    reader.scope = TokenScope {
        may_write: false,
        ..TokenScope::FULL
    };
    let sent = async |caller, method| {
        let sent = world
            .host
            .call_tool(caller, "courier", "send", &request(method))
            .await;
        sent.unwrap()["status"].as_u64()
    };
    assert_eq!(sent(&reader, "GET").await, Some(200));
    assert_eq!(sent(&reader, "POST").await, None);
    let member = principal(Role::Member, "bea");
    assert_eq!(sent(&member, "POST").await, Some(200));
    let forbid = r#"@id("no-courier-for-agents")
        forbid (principal is Agent, action == Action::"send-request", resource == Skill::"courier");"#;
    let text = format!("{SHIPPED}\n{forbid}");
    world
        .host
        .app
        .policies
        .put(&admin(), text, 0)
        .await
        .unwrap();
    let assistant = agent();
    assert_eq!(sent(&assistant, "GET").await, None);
    assert_eq!(sent(&member, "GET").await, Some(200));
    assert_eq!(world.service.arrived().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_must_confirm_leaves_once_they_have() {
    let world = World::new(&["GET,POST {}/**"]).await;
    let ask = r#"@id("a-person-confirms-requests") @ask
        forbid (principal is Agent, action == Action::"send-request", resource == Skill::"courier");"#;
    let policies = &world.host.app.policies;
    let text = format!("{SHIPPED}\n{ask}");
    policies.put(&admin(), text, 0).await.unwrap();
    // What only reads is not asked about.
    let read = json!({ "method": "GET", "url": world.at("/a") });
    assert_eq!(world.send(read).await["status"], 200);
    let write = json!({ "method": "POST", "url": world.at("/a"), "body": "hi" });
    let asked = world
        .host
        .call_tool(&agent(), "courier", "send", &write)
        .await;
    let Err(InvokeError::RequiresConfirmation(plan)) = asked else {
        panic!("{asked:?}");
    };
    let refused = world.host.apply(&agent(), &plan).await;
    assert!(
        matches!(refused, Err(PlanError::RequiresConfirmation)),
        "{refused:?}"
    );
    let arrived = || {
        world
            .service
            .arrived()
            .iter()
            .map(|it| it.line.clone())
            .collect::<Vec<_>>()
    };
    assert!(arrived().iter().all(|line| line.starts_with("GET")));
    let applied = world
        .host
        .apply(&principal(Role::Member, "ada"), &plan)
        .await;
    assert_eq!(applied.unwrap().state, PlanState::Applied);
    assert!(arrived().contains(&"POST /a".to_owned()));
}
