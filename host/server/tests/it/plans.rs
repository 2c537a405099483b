//! Plans at the door. What they do to records is told by the stories over the whole host.

use crate::world::{Behaviour, World};
use serde_json::json;
use skillgate_domain::principal::Role;
use skillgate_domain::scope::SCOPED_RECORDS_MAX;

const RUN: &str = "/api/skills/echo/tools/say";

#[tokio::test]
async fn a_plan_is_made_shown_and_applied() {
    let (world, token) = World::with_echo().await;
    let planned = world
        .post(
            &format!("{RUN}?mode=plan"),
            &token,
            &json!({ "text": "hello" }),
        )
        .await;
    assert_eq!(planned.status, 200, "{}", planned.body);
    let plan = &planned.body["plan"];
    assert_eq!(
        (&plan["state"], &plan["effects"], &plan["tool"]),
        (&json!("open"), &json!([]), &json!("say"))
    );
    assert_eq!(plan["invocation"], planned.body["invocation"]);
    let path = format!("/api/plans/{}", plan["id"].as_str().unwrap());
    let shown = world.get(&path, &token).await;
    assert_eq!((shown.status.as_u16(), &shown.body), (200, plan));
    let apply = format!("{path}/apply");
    let digest = json!({ "digest": plan["digest"] });
    let applied = world.post(&apply, &token, &digest).await;
    assert_eq!(applied.status, 200, "{}", applied.body);
    assert_eq!(applied.body["state"], "applied");
    assert_eq!(world.post(&apply, &token, &digest).await.body, applied.body);
    let executed = world
        .post(
            &format!("{RUN}?mode=execute"),
            &token,
            &json!({ "text": "hello" }),
        )
        .await;
    assert!(executed.body.get("plan").is_none());
}

#[tokio::test]
async fn refusals() {
    let (world, token) = World::with_echo().await;
    let planned = world
        .post(
            &format!("{RUN}?mode=plan"),
            &token,
            &json!({ "text": "hello" }),
        )
        .await;
    let id = planned.body["plan"]["id"].as_str().unwrap().to_owned();
    let digest = planned.body["plan"]["digest"].clone();
    let other = world.token("home", "bo", Role::Member).await;
    let away = world.token("away", "mia", Role::Member).await;
    let partner = world.token("home", "mia", Role::Partner).await;
    let apply = format!("/api/plans/{id}/apply");
    let good = json!({ "digest": digest });
    let zeros = json!({ "digest": format!("sha256:{}", "0".repeat(64)) });
    for (path, token, body, status, code) in [
        (
            &format!("{RUN}?mode=try"),
            &token,
            &json!({}),
            400,
            "query-invalid",
        ),
        (
            &format!("{RUN}?plan=yes"),
            &token,
            &json!({}),
            400,
            "query-invalid",
        ),
        (
            &"/api/plans/1/apply".to_owned(),
            &token,
            &good,
            404,
            "plan-not-found",
        ),
        (&apply, &other, &good, 404, "plan-not-found"),
        (&apply, &away, &good, 404, "plan-not-found"),
        (&apply, &partner, &good, 403, "forbidden"),
        (&apply, &token, &zeros, 409, "plan-digest-differs"),
        (
            &apply,
            &token,
            &json!({ "digest": "sha256:1" }),
            422,
            "body-invalid",
        ),
        (&apply, &token, &json!({}), 422, "body-invalid"),
    ] {
        let answer = world.post(path, token, body).await;
        assert_eq!(answer.status, status, "{path} {}", answer.body);
        assert_eq!(answer.body["code"], code, "{path}");
    }
    assert_eq!(world.post(&apply, &token, &good).await.status, 200);
}

#[tokio::test]
async fn a_call_that_fails_makes_no_plan() {
    let (world, token) = World::with_echo().await;
    world.sandbox.set(Behaviour::Answer("1".to_owned()));
    let planned = world
        .post(
            &format!("{RUN}?mode=plan"),
            &token,
            &json!({ "text": "hello" }),
        )
        .await;
    assert_eq!(planned.body["code"], "skill-output-invalid");
    let last = world.audit.lines().pop().unwrap();
    assert_eq!(last, "plan-skill failed skill-output-invalid");
}

#[tokio::test]
async fn a_call_is_narrowed_to_records_that_can_be() {
    let (world, token) = World::with_echo().await;
    let tasks = |count: usize| {
        let task = |number: usize| format!("task:{}", uuid::Uuid::from_u128(number as u128));
        (0..count).map(task).collect::<Vec<_>>().join(",")
    };
    for (records, status) in [
        (tasks(SCOPED_RECORDS_MAX), 200),
        (String::new(), 200),
        (tasks(SCOPED_RECORDS_MAX + 1), 400),
        ("planet:1".to_owned(), 400),
        ("task:1".to_owned(), 400),
        ("task".to_owned(), 400),
    ] {
        let path = format!("{RUN}?records={records}");
        let answer = world.post(&path, &token, &json!({ "text": "hello" })).await;
        assert_eq!(answer.status, status, "{records}: {}", answer.body);
    }
}
