//! What a request of a skill would meet, asked at the door.

use crate::world::{World, manifest};
use serde_json::{Value, json};
use skillgate_domain::principal::Role;

const EXPLAIN: &str = "/api/egress/explain";

/// Grants a skill that may ask a service, at a name and at an address of its own network.
async fn granted(world: &World) {
    let mut skill: Value = serde_json::from_str(&manifest()).unwrap();
    skill["interfaces"] = json!(["http"]);
    skill["capabilities"] = json!({
        "http": [
            { "allow": "GET https://people.example.org/v1/*", "credential": "key" },
            { "allow": "GET,POST https://10.0.0.1/**" },
        ],
        "credentials": { "key": {
            "audience": "https://people.example.org/**",
            "place": { "header": "x-key", "prefix": "" },
        } },
    });
    world.install(&skill.to_string(), b"courier").await;
}

#[tokio::test]
async fn each_rule_says_what_it_says_and_so_does_the_address() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    granted(&world).await;
    let ask = async |method: &str, url: &str| {
        let question = json!({ "skill": "echo", "method": method, "url": url });
        world.post(EXPLAIN, &admin, &question).await
    };
    let table = [
        (
            "GET",
            "https://people.example.org/v1/ada",
            ["allowed", "host-not-allowed"],
            "allowed",
        ),
        (
            "GET",
            "https://PEOPLE.example.org:443/v1/ada?q=1",
            ["allowed", "host-not-allowed"],
            "allowed",
        ),
        (
            "POST",
            "https://people.example.org/v1/ada",
            ["method-not-allowed", "host-not-allowed"],
            "allowed",
        ),
        (
            "GET",
            "https://people.example.org/v1/ada/x",
            ["path-not-allowed", "host-not-allowed"],
            "allowed",
        ),
        (
            "GET",
            "https://evil.example.org/v1/ada",
            ["host-not-allowed", "host-not-allowed"],
            "allowed",
        ),
        (
            "GET",
            "https://10.0.0.1/x",
            ["host-not-allowed", "allowed"],
            "private use",
        ),
    ];
    for (method, url, says, address) in table {
        let answer = ask(method, url).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let rules = answer.body["rules"].as_array().unwrap();
        let said: Vec<_> = rules.iter().map(|rule| &rule["says"]).collect();
        assert_eq!(said, says, "{method} {url}");
        let told = answer.body["address"].as_str().unwrap();
        assert!(told.contains(address), "{method} {url}: {told}");
        let allowed = says.contains(&"allowed") && address == "allowed";
        assert_eq!(answer.body["allowed"], allowed, "{method} {url}");
    }
    let first = &ask("GET", "https://people.example.org/v1/ada").await.body;
    assert_eq!(first["request"], "GET https://people.example.org/v1/ada");
    assert_eq!(first["rules"][0]["credential"], "key");
    assert_eq!(first["rules"][1]["credential"], Value::Null);
}

#[tokio::test]
async fn what_is_no_request_or_no_skill_here_is_refused() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    granted(&world).await;
    for (method, url) in [
        ("get", "https://people.example.org/v1/ada"),
        ("TRACE", "https://people.example.org/v1/ada"),
        ("GET", "https://user@people.example.org/v1/ada"),
        ("GET", "ftp://people.example.org/v1/ada"),
        ("GET", ""),
    ] {
        let question = json!({ "skill": "echo", "method": method, "url": url });
        let refused = world.post(EXPLAIN, &admin, &question).await;
        refused.is_problem(422, "body-invalid");
    }
    let question = json!({ "skill": "crm", "method": "GET", "url": "https://a.example/" });
    let none = world.post(EXPLAIN, &admin, &question).await;
    none.is_problem(404, "module-not-found");
    let stranger = world.token("away", "sam", Role::Admin).await;
    let question = json!({ "skill": "echo", "method": "GET", "url": "https://a.example/" });
    let theirs = world.post(EXPLAIN, &stranger, &question).await;
    theirs.is_problem(404, "module-not-found");
}
