//! Credentials that modules use and never see: they reach the service that they are for, and nobody else.

use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::ports::HttpLimits;
use skillgate_app::secrets::{Giving, SecretsError};
use skillgate_domain::ids::{CredentialName, SkillName};
use skillgate_domain::principal::Principal;
use skillgate_domain::principal::Role;
use skillgate_tests::host::{SetClock, Setup, TestHost, admin, agent, embedded_crm, principal};
use skillgate_tests::outside::{Arrived, Service, answer, way_out};
use skillgate_tests::skills;
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "sk-live/0123+456=789";

struct World {
    host: TestHost,
    service: Service,
}

impl World {
    /// A courier with one rule at `place`, and a service that repeats what it is sent.
    async fn new(
        place: Value,
        echo: impl Fn(&Arrived) -> axum::response::Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let service = Service::serve(echo).await;
        let setup = Setup {
            http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
            requests: HttpLimits {
                per_hour: 40,
                per_day: 50,
            },
            ..Setup::default()
        };
        let host = TestHost::start_with(embedded_crm().await, setup).await;
        let (mut manifest, component) = skills::courier();
        let origin = service.origin();
        manifest["capabilities"] = json!({
            "http": [
                { "allow": format!("GET,POST {origin}/v1/**"), "credential": "key" },
                { "allow": format!("GET,POST {origin}/open/**") },
            ],
            "credentials": { "key": { "audience": format!("{origin}/v1/**"), "place": place } },
        });
        host.install(&manifest, &component).await.unwrap();
        Self { host, service }
    }

    async fn give(
        &self,
        caller: &Principal,
        text: &str,
        giving: Giving,
    ) -> Result<u32, SecretsError> {
        let (skill, name) = courier();
        let (of, text) = ((&skill, &name), SecretString::from(text));
        let put = self.host.app.secrets.put(caller, of, text, giving);
        Ok(put.await?.version)
    }

    async fn send(&self, method: &str, path: &str, more: Value) -> Value {
        let mut request =
            json!({ "method": method, "url": format!("{}{path}", self.service.origin()) });
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        let sent = self
            .host
            .call_tool(&agent(), "courier", "send", &request)
            .await;
        sent.unwrap_or_else(|error| panic!("{request}: {error:?}"))
    }

    /// What came of each, oldest first: a code or an outcome, and the version.
    async fn outcomes(&self, action: &str) -> Vec<String> {
        let leaves = self.host.recorded(action).await;
        let word = |leaf: &Value| {
            let code = leaf["code"].as_str().or_else(|| leaf["outcome"].as_str());
            format!("{} {}", code.unwrap(), leaf["secret"]["version"])
        };
        leaves.iter().rev().map(word).collect()
    }
}

fn courier() -> (SkillName, CredentialName) {
    (
        SkillName::parse("courier").unwrap(),
        CredentialName::parse("key").unwrap(),
    )
}

fn bearer() -> Value {
    json!({ "header": "authorization", "prefix": "Bearer " })
}

fn silent(_: &Arrived) -> axum::response::Response {
    answer(200, &[], "hello")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_stands_where_its_service_looks_for_it() {
    let json_type = json!([["content-type", "application/json"]]);
    for (place, seen) in [
        (bearer(), "authorization: Bearer sk-live/0123+456=789"),
        (
            json!({ "header": "x-api-key" }),
            "x-api-key: sk-live/0123+456=789",
        ),
        (
            json!({ "query": "key" }),
            "GET /v1/a?q=1&key=sk-live%2F0123%2B456%3D789",
        ),
        (
            json!({ "json": "/auth/key" }),
            r#"{"auth":{"key":"sk-live/0123+456=789"},"n":1.50}"#,
        ),
        (
            json!({ "basic": "ada" }),
            "authorization: Basic YWRhOnNrLWxpdmUvMDEyMys0NTY9Nzg5",
        ),
        (
            json!({ "hmac_sha256": "x-sign", "prefix": "sha256=" }),
            "x-sign: sha256=",
        ),
    ] {
        let world = World::new(place.clone(), silent).await;
        world.give(&admin(), KEY, Giving::New).await.unwrap();
        let sent = if place.get("json").is_some() || place.get("hmac_sha256").is_some() {
            let body = json!({ "headers": json_type, "body": r#"{"auth":{},"n":1.50}"# });
            world.send("POST", "/v1/a", body).await
        } else {
            world.send("GET", "/v1/a?q=1", json!({})).await
        };
        assert_eq!(sent["status"], 200, "{place} {sent}");
        let arrived = world.service.arrived().remove(0);
        let headers = arrived
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        let mut parts: Vec<_> = headers.collect();
        parts.extend([arrived.line, arrived.body]);
        assert!(
            parts.iter().any(|part| part.starts_with(seen)),
            "{place}: {parts:?}"
        );
        // Where no rule names it, it does not go along.
        world.send("GET", "/open/a", json!({})).await;
        let open = format!("{:?}", world.service.arrived());
        assert!(
            !open.contains("sk-live") && !open.contains("c2stb"),
            "{open}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_repeats_it_does_not_tell_the_module() {
    let echo = |arrived: &Arrived| {
        let key = arrived
            .headers
            .get("authorization")
            .cloned()
            .unwrap_or_default();
        let spelt = key.replace('/', "\\/");
        let percent = "c%6B".to_owned() + &key.replace("Bearer sk", "").replace('/', "%2f");
        let body = json!({ "you_sent": key, "spelt": spelt }).to_string()
            + &percent.replace("c%6B", "s%6B");
        answer(
            401,
            &[
                ("location", &format!("https://a.example/?k={}", &key[7..])),
                ("x-echo", &key),
            ],
            body,
        )
    };
    let world = World::new(bearer(), echo).await;
    world.give(&admin(), KEY, Giving::New).await.unwrap();
    let sent = world.send("GET", "/v1/a", json!({})).await;
    let text = sent.to_string();
    assert_eq!(sent["status"], 401);
    assert!(
        !text.contains("0123") && text.contains("[redacted]"),
        "{text}"
    );
    let body = r#"{"you_sent":"Bearer [redacted]","spelt":"Bearer [redacted]"}[redacted]"#;
    assert_eq!(sent["body"], body);
    // What it says of other things comes through as it is.
    let open = world
        .send(
            "GET",
            "/open/a",
            json!({ "headers": [["authorization", "Bearer mine-0123"]] }),
        )
        .await;
    assert!(
        open["body"].as_str().unwrap().contains("mine-0123"),
        "{open}"
    );
}

/// The pattern of a text, as the courier looks for it in its memory.
fn pattern(text: &str) -> Value {
    let digit = |hash: u64, byte: u8| {
        hash.wrapping_mul(1_099_511_628_211)
            .wrapping_add(u64::from(byte))
    };
    let hash = text.bytes().fold(0, digit).to_string();
    json!({ "search": { "length": text.len(), "hash": hash } })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_the_module_never_holds_it() {
    let echo = |arrived: &Arrived| {
        let key = &arrived.headers["authorization"];
        answer(200, &[("x-echo", key)], format!("you said {key}"))
    };
    let world = World::new(bearer(), echo).await;
    world.give(&admin(), KEY, Giving::New).await.unwrap();
    for (text, found) in [
        ("you said Bearer [redacted]", true),
        ("x-echo", true),
        (KEY, false),
        (&KEY[..12], false),
        ("c2stbGl2ZS8wMTIz", false),
    ] {
        let sent = world.send("GET", "/v1/a", pattern(text)).await;
        assert_eq!(
            (&sent["status"], &sent["found"]),
            (&json!(200), &json!(found)),
            "{text}"
        );
    }
    // Somebody's own words are there, in whatever they are put.
    let own = world.send(
        "GET",
        "/open/a",
        json!({ "headers": [["authorization", "mine"]] }),
    );
    assert_eq!(own.await["body"], "you said mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_knows_it_is_not_heard() {
    let world = World::new(bearer(), silent).await;
    world.give(&admin(), KEY, Giving::New).await.unwrap();
    for (path, more, code) in [
        ("/v1/sk-live%2F0123", json!({}), "slash"),
        (
            "/v1/a?k=sk-live%2F0123%2B456%3D789",
            json!({}),
            "the address of the request holds",
        ),
        (
            "/v1/a",
            json!({ "headers": [["x-a", KEY]] }),
            "a header of the request holds",
        ),
        (
            "/v1/a",
            json!({ "headers": [["x-a", "c2stbGl2ZS8wMTIzKzQ1Nj03ODk="]] }),
            "a header of the request holds",
        ),
        (
            "/v1/a",
            json!({ "headers": [["Authorization", "Bearer mine"]] }),
            "of its own where the credential goes",
        ),
        (
            "/v1/a",
            json!({ "headers": [["Range", "bytes=0-9"]] }),
            "no range",
        ),
    ] {
        let sent = world.send("GET", path, more).await;
        assert_eq!(sent["sent"], false, "{path} {sent}");
        assert!(
            sent["message"].as_str().unwrap().contains(code),
            "{path} {sent}"
        );
    }
    let sent = world.send("POST", "/v1/a", json!({ "body": KEY })).await;
    assert!(
        sent["message"]
            .as_str()
            .unwrap()
            .contains("body of the request holds"),
        "{sent}"
    );
    assert_eq!(world.service.arrived(), []);
    assert_eq!(world.send("GET", "/v1/a", json!({})).await["status"], 200);
    let calls = world.host.recorded("invoke-skill").await;
    let denied = |code: &str| {
        calls
            .iter()
            .any(|leaf| leaf["call"]["touched"]["denials"][code] == 1)
    };
    for code in [
        "credential-in-address",
        "credential-in-header",
        "credential-in-body",
        "credential-with-range",
    ] {
        assert!(denied(code), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gives_a_secret_and_no_text_that_is_none() {
    let world = World::new(bearer(), silent).await;
    for caller in [
        agent(),
        principal(Role::Member, "bea"),
        principal(Role::Partner, "publisher"),
    ] {
        let refused = world.give(&caller, KEY, Giving::New).await;
        assert!(
            matches!(refused, Err(SecretsError::Forbidden(_))),
            "{refused:?}"
        );
    }
    assert!(matches!(
        world.give(&admin(), "short", Giving::New).await,
        Err(SecretsError::Text(_))
    ));
    assert_eq!(world.give(&admin(), KEY, Giving::New).await.unwrap(), 1);
    let outcomes = world.outcomes("put-secret").await;
    let (refused, short) = ("forbidden null", "credential-too-short null");
    assert_eq!(outcomes, [refused, refused, refused, short, "done 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_given_rotated_and_taken_back_by_admins() {
    let world = World::new(bearer(), silent).await;
    let sent = world.send("GET", "/v1/a", json!({})).await;
    assert_eq!(sent["code"], "FailureCode::NotConfigured");
    assert!(matches!(
        world.give(&admin(), KEY, Giving::Rotation).await,
        Err(SecretsError::NotFound)
    ));
    assert_eq!(world.give(&admin(), KEY, Giving::New).await.unwrap(), 1);
    assert!(matches!(
        world.give(&admin(), KEY, Giving::New).await,
        Err(SecretsError::Present)
    ));
    world.send("GET", "/v1/a", json!({})).await;
    assert_eq!(
        world
            .give(&admin(), "another-secret", Giving::Rotation)
            .await
            .unwrap(),
        2
    );
    world.send("GET", "/v1/a", json!({})).await;
    let presented: Vec<_> = world
        .service
        .arrived()
        .iter()
        .map(|it| it.headers["authorization"].clone())
        .collect();
    assert_eq!(
        presented,
        [format!("Bearer {KEY}"), "Bearer another-secret".to_owned()]
    );
    let secrets = &world.host.app.secrets;
    let listed = secrets.list(&admin(), None, None).await.unwrap();
    assert_eq!((listed.len(), listed[0].version), (1, 2));
    let (skill, name) = courier();
    let of = (&skill, &name);
    secrets.remove(&admin(), of).await.unwrap();
    assert!(matches!(
        secrets.remove(&admin(), of).await,
        Err(SecretsError::NotFound)
    ));
    let sent = world.send("GET", "/v1/a", json!({})).await;
    assert_eq!(
        (&sent["code"], &sent["sent"]),
        (&json!("FailureCode::NotConfigured"), &json!(false))
    );
    // What was given again is another version, which no old row opens for.
    assert_eq!(world.give(&admin(), KEY, Giving::New).await.unwrap(), 3);
    let outcomes = world.outcomes("put-secret").await;
    assert_eq!(
        outcomes,
        [
            "secret-not-found null",
            "done 1",
            "secret-present null",
            "done 2",
            "done 3",
        ]
    );
    assert_eq!(
        world.host.recorded("remove-secret").await[1]["secret"]["name"],
        "key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_and_a_day_have_so_many_requests() {
    let world = World::new(bearer(), silent).await;
    let many = |times: u32| json!({ "times": times });
    assert_eq!(world.send("GET", "/open/a", many(32)).await["status"], 200);
    let refused = world.send("GET", "/open/a", many(9)).await;
    assert_eq!(
        (&refused["code"], &refused["retry"]),
        (
            &json!("FailureCode::BudgetExhausted"),
            &json!("Retry::Safe")
        )
    );
    assert_eq!(world.service.arrived().len(), 40);
    world.host.clock.advance(Duration::from_hours(1));
    let refused = world.send("GET", "/open/a", many(11)).await;
    assert!(
        refused["message"].as_str().unwrap().contains("of the day"),
        "{refused}"
    );
    assert_eq!(world.service.arrived().len(), 10);
    world.host.clock.advance(Duration::from_hours(24));
    assert_eq!(world.send("GET", "/open/a", many(1)).await["status"], 200);
}

/// A directory of people that knows one of them, and whoever has the key.
async fn directory() -> Service {
    Service::serve(|arrived| {
        if arrived.headers.get("authorization").map(String::as_str)
            != Some("Bearer directory-key-1")
        {
            return answer(401, &[], "who are you?");
        }
        match arrived.line.as_str() {
            "GET /v1/people/ada%40example.org" => answer(
                200,
                &[],
                json!({ "job_title": "Analyst", "seen": arrived.headers["authorization"] })
                    .to_string(),
            ),
            _ => answer(404, &[], "{}"),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_module_enriches_a_lead_with_a_credential_that_it_never_sees() {
    let service = directory().await;
    let setup = Setup {
        http: Some(way_out(&["127.0.0.1"], Arc::new(SetClock::at_noon()))),
        ..Setup::default()
    };
    let host = TestHost::start_with(embedded_crm().await, setup).await;
    let (crm, component) = skills::crm();
    host.install(&crm, &component).await.unwrap();
    let (manifest, component) = skills::enrich_lead();
    let manifest = manifest
        .to_string()
        .replace("https://people.example.org", service.origin());
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    host.install(&manifest, &component).await.unwrap();
    let skill = SkillName::parse("enrich-lead").unwrap();
    let name = CredentialName::parse("directory_key").unwrap();
    let key = SecretString::from("directory-key-1");
    host.app
        .secrets
        .put(&admin(), (&skill, &name), key, Giving::New)
        .await
        .unwrap();
    let lead =
        json!({ "name": "Engine", "person": { "email": "ada@example.org", "first_name": "Ada" } });
    let made = host
        .call_tool(&agent(), "crm", "create_lead", &lead)
        .await
        .unwrap();
    let id = made["person"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"));
    let input = json!({ "id": id });
    let plan = host
        .plan(&agent(), "enrich-lead", "enrich_lead", &input)
        .await
        .unwrap();
    assert_eq!(plan.plan.effects.len(), 1, "it is shown first");
    let enriched = host
        .call_tool(&agent(), "enrich-lead", "enrich_lead", &input)
        .await
        .unwrap();
    assert_eq!(
        enriched,
        json!({ "outcome": "enriched", "fields": ["job_title"] })
    );
    let contact = host
        .call_tool(&agent(), "crm", "get_contact", &input)
        .await
        .unwrap();
    assert!(contact.to_string().contains("Analyst"), "{contact}");
    assert_eq!(service.arrived().len(), 2);
}
