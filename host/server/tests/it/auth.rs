//! Who is let in, and the tokens an admin makes.

use crate::world::{MYPA_SECRET, NOW_MS, World, secret};
use axum::body::Body;
use http::Request;
use jsonwebtoken::{EncodingKey, Header, encode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_server::limits::CREDENTIAL_BYTES_MAX;

async fn with_headers(world: &World, values: &[&str]) -> crate::world::Answer {
    let mut request = Request::get("/api/skills");
    for value in values {
        request = request.header("authorization", *value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn only_one_good_bearer_credential_is_let_in() {
    let world = World::new().await;
    let token = world.token("home", "mia", Role::Member).await;
    let good = format!("Bearer {token}");
    for value in [
        good.clone(),
        format!("bearer {token}"),
        format!("BEARER  {token} "),
    ] {
        assert_eq!(with_headers(&world, &[&value]).await.status, 200, "{value}");
    }
    let spaces = " ".repeat(CREDENTIAL_BYTES_MAX - good.len());
    assert_eq!(
        with_headers(&world, &[&format!("{good}{spaces}")])
            .await
            .status,
        200
    );
    let refused = with_headers(&world, &[&format!("{good}{spaces} ")]).await;
    refused.is_problem(401, "token-not-valid");
    for values in [&[][..], &["Basic YTpi"]] {
        let refused = with_headers(&world, values).await;
        refused.is_problem(401, "authentication-required");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    }
    let other = format!("Bearer {}0", &token[..token.len() - 1]);
    let long = format!("Bearer {}", "x".repeat(10_000));
    for values in [
        &["Bearer"][..],
        &["Bearer "],
        &["Bearer sgt_"],
        &["Bearer x"],
        &[&other],
        &[&format!("{good}0")],
        &[&long],
        &[&good, &good],
    ] {
        let refused = with_headers(&world, values).await;
        refused.is_problem(401, "token-not-valid");
        let challenge = refused.header("www-authenticate");
        assert_eq!(challenge, Some("Bearer error=\"invalid_token\""));
        assert!(!refused.body.to_string().contains(&token));
    }
}

fn mypa(claims: &Value, key: &str) -> String {
    let key = EncodingKey::from_secret(secret(key).expose_secret().as_bytes());
    format!(
        "Bearer {}",
        encode(&Header::default(), claims, &key).unwrap()
    )
}

#[tokio::test]
async fn a_mypa_token_is_a_member_until_it_expires() {
    let world = World::new().await;
    world.grant_echo().await;
    let now = NOW_MS / 1_000;
    let claims = |exp: i64| json!({"sub": "u", "iss": "mypa", "aud": "mypa-api", "type": "access", "exp": exp});
    let let_in = with_headers(&world, &[&mypa(&claims(now + 1), MYPA_SECRET)]).await;
    assert_eq!(let_in.body["skills"][0]["name"], "echo");
    for refused in [
        mypa(&claims(now), MYPA_SECRET),
        mypa(&claims(now + 1), &"z".repeat(32)),
    ] {
        with_headers(&world, &[&refused])
            .await
            .is_problem(401, "token-not-valid");
    }
}

#[tokio::test]
async fn an_admin_makes_lists_and_revokes_tokens() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let wanted = json!({"label": "bot", "user": "mia", "agent": "bot-1", "role": "agent",
        "skills": ["echo"], "may_write": true, "life_s": 3600});
    let made = world.post("/api/tokens", &admin, &wanted).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let text = made.body["token"].as_str().unwrap();
    assert_eq!(made.body["community"], "home");
    assert_eq!(made.body["expires_at"], "2026-09-21T15:13:20.000Z");
    assert_eq!(world.get("/api/skills", text).await.status, 200);

    let list = world.get("/api/tokens", &admin).await;
    assert_eq!(list.body["tokens"].as_array().unwrap().len(), 2);
    assert_eq!(list.body["tokens"][0]["label"], "bot");
    assert!(!list.body.to_string().contains("sgt_"));

    let path = format!("/api/tokens/{}", made.body["id"].as_str().unwrap());
    let stranger = world.token("away", "sam", Role::Admin).await;
    world
        .delete(&path, &stranger)
        .await
        .is_problem(404, "token-not-found");
    assert_eq!(world.delete(&path, &admin).await.status, 204);
    world
        .get("/api/skills", text)
        .await
        .is_problem(401, "token-not-valid");
}

#[tokio::test]
async fn a_token_request_makes_sense_or_is_refused() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let good = json!({"user": "mia", "role": "member", "may_write": false, "life_s": 60});
    assert_eq!(world.post("/api/tokens", &admin, &good).await.status, 201);
    for (name, value, code) in [
        ("user", json!("a/b"), "body-invalid"),
        ("role", json!("root"), "body-invalid"),
        ("skills", json!(["A"]), "body-invalid"),
        ("may_write", json!("yes"), "body-invalid"),
        ("life_s", json!(-1), "body-invalid"),
        ("community", json!("away"), "body-invalid"),
        ("agent", json!(""), "body-invalid"),
        ("agent", json!("bot"), "token-request-invalid"),
        ("role", json!("agent"), "token-request-invalid"),
        ("life_s", json!(0), "token-request-invalid"),
        ("life_s", json!(u64::MAX), "token-request-invalid"),
        ("label", json!("x".repeat(201)), "token-request-invalid"),
    ] {
        let mut wanted = good.clone();
        wanted[name] = value;
        world
            .post("/api/tokens", &admin, &wanted)
            .await
            .is_problem(422, code);
    }
    let huge = vec![b' '; skillgate_server::limits::BODY_BYTES_MAX + 1];
    world
        .post_bytes("/api/tokens", &admin, huge)
        .await
        .is_problem(413, "body-too-large");
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let token = world.token("home", "x", role).await;
        world
            .post("/api/tokens", &token, &good)
            .await
            .is_problem(403, "forbidden");
        world
            .get("/api/tokens", &token)
            .await
            .is_problem(403, "forbidden");
    }
}
