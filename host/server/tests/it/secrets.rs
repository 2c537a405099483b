//! Secrets at the door: given, replaced, listed, taken back, and never told.

use crate::world::{Answer, World};
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};
use skillgate_app::ports::PAGE_MAX;
use skillgate_domain::principal::Role;

const ROOT: &str = "/api/secrets";
const KEY: &str = "/api/secrets/echo/api_key";
/// Of no other word of an answer.
const TEXT: &str = "zq7-swordfish-31";

async fn give(world: &World, admin: &str, name: &str) -> Answer {
    let new = json!({ "skill": "echo", "name": name, "text": TEXT });
    world.post(ROOT, admin, &new).await
}

/// Sends a body as it is written here.
async fn send(world: &World, method: Method, admin: &str, body: &str) -> Answer {
    let path = if method == Method::POST { ROOT } else { KEY };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {admin}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()));
    world.send(request.unwrap()).await
}

fn listed(answer: &Answer) -> Vec<(&str, u64)> {
    let secrets = answer.body["secrets"].as_array().unwrap().iter();
    let of = |it: &'static str| move |secret: &Value| secret[it].clone();
    assert!(secrets.clone().map(of("put_by")).all(|by| by == "ada"));
    let line = |secret: &Value| (secret["name"].clone(), secret["version"].as_u64().unwrap());
    let lines: Vec<_> = secrets.map(line).collect();
    assert!(!answer.text.contains(TEXT), "{}", answer.text);
    let names = answer.body["secrets"].as_array().unwrap();
    let names = names.iter().map(|secret| secret["name"].as_str().unwrap());
    names.zip(lines.into_iter().map(|line| line.1)).collect()
}

#[tokio::test]
async fn a_secret_is_given_replaced_listed_and_taken_back() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    world
        .get(KEY, &admin)
        .await
        .is_problem(405, "method-not-allowed");
    let next = json!({ "text": TEXT });
    let none = world.put(KEY, &admin, &next).await;
    none.is_problem(404, "secret-not-found");

    let made = give(&world, &admin, "api_key").await;
    assert_eq!(
        (made.status.as_u16(), &made.body["version"]),
        (201, &json!(1))
    );
    give(&world, &admin, "api_key")
        .await
        .is_problem(409, "secret-present");
    let rotated = world.put(KEY, &admin, &next).await;
    assert_eq!(
        (rotated.status.as_u16(), &rotated.body["version"]),
        (200, &json!(2))
    );
    assert_eq!(listed(&world.get(ROOT, &admin).await), [("api_key", 2)]);

    let stranger = world.token("away", "ada", Role::Admin).await;
    assert_eq!(listed(&world.get(ROOT, &stranger).await), []);
    world
        .delete(KEY, &stranger)
        .await
        .is_problem(404, "secret-not-found");
    let member = world.token("home", "mia", Role::Member).await;
    world.get(ROOT, &member).await.is_problem(403, "forbidden");

    assert_eq!(world.delete(KEY, &admin).await.status, 204);
    world
        .delete(KEY, &admin)
        .await
        .is_problem(404, "secret-not-found");
    assert_eq!(listed(&world.get(ROOT, &admin).await), []);
    let again = give(&world, &admin, "api_key").await;
    assert_eq!(again.body["version"], 3, "no number comes twice");
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for number in 0..=PAGE_MAX {
        let made = give(&world, &admin, &format!("key_{number:03}")).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    let first = world.get(ROOT, &admin).await;
    assert_eq!(listed(&first).len(), PAGE_MAX as usize);
    let next = first.body["next"].as_str().unwrap();
    assert_eq!(next, "echo/key_199");
    let second = world.get(&format!("{ROOT}?after={next}"), &admin).await;
    assert_eq!(listed(&second), [("key_200", 1)]);
    assert_eq!(second.body["next"], Value::Null);
    let others = world.get(&format!("{ROOT}?skill=crm"), &admin).await;
    assert_eq!(listed(&others), []);
    for query in [
        "after=echo",
        "after=echo/",
        "after=/key",
        "skill=E",
        "who=me",
    ] {
        let refused = world.get(&format!("{ROOT}?{query}"), &admin).await;
        refused.is_problem(400, "query-invalid");
    }
}

/// A reader of JSON likes to say what it found instead.
#[tokio::test]
async fn what_is_wrong_with_a_secret_is_told_without_a_word_of_it() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let short = "zq7-sw";
    let long = TEXT.repeat(257);
    let bodies = [
        (format!("\"{TEXT}\""), "body-invalid"),
        (format!("[\"{TEXT}\"]"), "body-invalid"),
        (format!("{{\"{TEXT}\":1}}"), "body-invalid"),
        (format!("{{\"{TEXT}\":1,\"{TEXT}\":2}}"), "body-unreadable"),
        (format!("{{\"text\":\"{TEXT}\""), "body-unreadable"),
        (TEXT.to_owned(), "body-unreadable"),
        (json!({ "text": [TEXT] }).to_string(), "body-invalid"),
        (json!({ "text": 73_154_931 }).to_string(), "body-invalid"),
        (
            json!({ "text": TEXT, "more": TEXT }).to_string(),
            "body-invalid",
        ),
        (json!({ "text": short }).to_string(), "secret-invalid"),
        (json!({ "text": long }).to_string(), "secret-invalid"),
    ];
    assert_eq!(give(&world, &admin, "api_key").await.status, 201);
    for (body, code) in &bodies {
        for method in [Method::POST, Method::PUT] {
            // What is new names its skill, too.
            let named = "{\"skill\":\"echo\",\"name\":\"b\",\"text\"";
            let body = match method {
                Method::POST => body.replace("{\"text\"", named),
                _ => body.clone(),
            };
            let refused = send(&world, method.clone(), &admin, &body).await;
            assert_eq!(
                refused.body["code"], *code,
                "{method} {body}: {}",
                refused.text
            );
            for word in [TEXT, short, "73154931"] {
                assert!(
                    !refused.text.contains(word),
                    "{method} {body}: {}",
                    refused.text
                );
            }
        }
    }
    assert_eq!(listed(&world.get(ROOT, &admin).await), [("api_key", 1)]);
}

/// A digest of a body that holds a short secret would be a way to find it out.
#[tokio::test]
async fn nothing_of_a_request_about_a_secret_is_kept_for_a_repeat() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let new = json!({ "skill": "echo", "name": "api_key", "text": TEXT });
    let keyed = async |path: &str, body: &Value| {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {admin}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "once")
            .body(Body::from(body.to_string()));
        world.send(request.unwrap()).await
    };
    assert_eq!(keyed(ROOT, &new).await.status, 201);
    keyed(ROOT, &new).await.is_problem(409, "secret-present");
    assert!(world.storage.keyed.lock().unwrap().is_empty());
    // As it is where nothing is secret.
    let token = json!({ "user": "eve", "role": "member", "may_write": false, "life_s": 60 });
    assert_eq!(keyed("/api/tokens", &token).await.status, 201);
    assert_eq!(world.storage.keyed.lock().unwrap().len(), 1);
}
