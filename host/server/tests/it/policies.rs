//! Policies: looked at, tried, replaced, explained; and what they forbid.

use crate::world::{World, manifest, request};
use http::{Method, header};
use serde_json::{Value, json};
use skillgate_app::ports::StorageError;
use skillgate_domain::limits::POLICY_TEXT_BYTES_MAX;
use skillgate_domain::principal::Role;
use skillgate_policy::SHIPPED;

const NOT_ECHO: &str = "@id(\"not-echo\") forbid (principal, action, resource == Skill::\"echo\");
    @id(\"no-call-of-echo\") forbid (principal, action, resource in Skill::\"echo\")
    when { resource is Tool };";

async fn put(
    world: &World,
    admin: &str,
    more: &str,
    expected_version: u32,
) -> crate::world::Answer {
    let text = format!("{SHIPPED}\n{more}");
    let body = json!({ "text": text, "expected_version": expected_version });
    world.put("/api/policies", admin, &body).await
}

#[tokio::test]
async fn policies_are_put_and_remembered() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let shipped = world.get("/api/policies", &admin).await.body;
    assert_eq!(
        (&shipped["version"], &shipped["put_by"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(shipped["text"], SHIPPED);
    assert_eq!(
        shipped["policies"][0],
        json!({ "id": "admins-administer", "effect": "permit" })
    );

    let made = put(&world, &admin, NOT_ECHO, 0).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(
        (&made.body["version"], &made.body["put_by"]),
        (&json!(1), &json!("ada"))
    );
    assert!(made.body["digest"].as_str().unwrap().starts_with("sha256:"));
    assert_eq!(world.get("/api/policies", &admin).await.body, made.body);
    assert_eq!(
        world.get("/api/policies/versions/1", &admin).await.body,
        made.body
    );
    assert_eq!(
        world.get("/api/policies/versions/0", &admin).await.body,
        shipped
    );

    let lost = put(&world, &admin, "", 0).await;
    lost.is_problem(409, "policies-changed");
    assert_eq!(lost.body["version"], 1);

    put(&world, &admin, "", 1).await;
    let history = world.get("/api/policies/history", &admin).await.body;
    assert_eq!(
        (&history["versions"][0]["version"], &history["next_before"]),
        (&json!(2), &Value::Null)
    );
    let before = world
        .get("/api/policies/history?before=2", &admin)
        .await
        .body;
    assert_eq!(before["versions"].as_array().unwrap().len(), 1);
    assert_eq!(before["versions"][0]["digest"], made.body["digest"]);

    let stranger = world.token("away", "sam", Role::Admin).await;
    assert_eq!(world.get("/api/policies", &stranger).await.body, shipped);
    world
        .get("/api/policies/versions/1", &stranger)
        .await
        .is_problem(404, "policies-not-found");
}

#[tokio::test]
async fn a_policy_takes_effect_with_the_next_call() {
    let (world, member) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let input = json!({ "text": "hello" });
    assert_eq!(world.say(&member, &input).await.status, 200);

    assert_eq!(put(&world, &admin, NOT_ECHO, 0).await.status, 200);
    let refused = world.say(&member, &input).await;
    refused.is_problem(403, "forbidden");
    assert_eq!(refused.body["basis"], "forbidden");
    assert_eq!(refused.body["policies"], json!(["no-call-of-echo"]));
    let refused = world.get("/api/skills/echo", &member).await;
    refused.is_problem(403, "forbidden");
    assert_eq!(refused.body["policies"], json!(["not-echo"]));
    assert_eq!(
        world.get("/api/skills", &member).await.body["skills"],
        json!([])
    );

    assert_eq!(put(&world, &admin, "", 1).await.status, 200);
    assert_eq!(world.say(&member, &input).await.status, 200);
    assert_eq!(
        world.get("/api/skills", &member).await.body["skills"][0]["name"],
        "echo"
    );
}

#[tokio::test]
async fn modules_and_tokens_are_under_policies_too() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let made = world.submit(&partner, &manifest(), b"component").await;
    let path = format!("/api/modules/{}", made.body["id"].as_str().unwrap());
    let more = "@id(\"not-skillgate\") forbid (principal, action in [Action::\"grant-module\", Action::\"show-module\"], resource is Module)
            when { resource.publisher == \"skillgate\" };
        @id(\"no-new-admins\") forbid (principal, action == Action::\"issue-token\", resource is Token)
            when { resource.role == Role::\"admin\" };";
    assert_eq!(put(&world, &admin, more, 0).await.status, 200);

    let granted = world
        .post(&format!("{path}/grants"), &admin, &json!({}))
        .await;
    granted.is_problem(403, "forbidden");
    assert_eq!(granted.body["policies"], json!(["not-skillgate"]));
    world.get(&path, &admin).await.is_problem(403, "forbidden");
    assert_eq!(
        world.get("/api/modules", &admin).await.body["modules"],
        json!([])
    );

    let token =
        |role: &str| json!({ "user": "mia", "role": role, "may_write": false, "life_s": 60 });
    let refused = world.post("/api/tokens", &admin, &token("admin")).await;
    refused.is_problem(403, "forbidden");
    assert_eq!(refused.body["policies"], json!(["no-new-admins"]));
    assert_eq!(
        world
            .post("/api/tokens", &admin, &token("member"))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn a_grants_life_is_under_policies_too() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let mut modules = Vec::new();
    let mut grants = Vec::new();
    for component in [b"one", b"two"] {
        let made = world.submit(&partner, &manifest(), component).await;
        let id = made.body["id"].as_str().unwrap().to_owned();
        let path = format!("/api/modules/{id}/grants");
        let granted = world.post(&path, &admin, &json!({})).await;
        assert_eq!(granted.status, 201, "{}", granted.body);
        grants.push(format!("{path}/{}", granted.body["id"].as_str().unwrap()));
        modules.push(id);
    }
    let (one, two) = (&modules[0], &modules[1]);
    let more = format!(
        "@id(\"no-stop\") forbid (principal, action in [Action::\"freeze-skill\", Action::\"unfreeze-skill\"],
            resource == Skill::\"echo\");
        @id(\"not-to-one\") forbid (principal, action == Action::\"roll-back-skill\", resource == Module::\"{one}\");
        @id(\"not-two\") forbid (principal, action == Action::\"show-module\", resource == Module::\"{two}\");
        @id(\"no-revocation\") forbid (principal, action == Action::\"revoke-grant\", resource);"
    );
    let done = put(&world, &admin, &more, 0).await;
    assert_eq!(done.status, 200, "{}", done.body);

    // Comparing with the module in force shows that one, too.
    let diff = |id: &str| format!("/api/modules/{id}/diff");
    for (method, path, policy) in [
        (Method::POST, "/api/skills/echo/freeze", "no-stop"),
        (Method::POST, "/api/skills/echo/unfreeze", "no-stop"),
        (Method::POST, "/api/skills/echo/rollback", "not-to-one"),
        (Method::GET, &diff(one), "not-two"),
        (Method::GET, &diff(two), "not-two"),
        (Method::DELETE, &grants[1], "no-revocation"),
    ] {
        let request =
            request(method, path, &admin).header(header::CONTENT_TYPE, "application/json");
        let refused = world.send(request.body("{}".into()).unwrap()).await;
        refused.is_problem(403, "forbidden");
        assert_eq!(refused.body["policies"], json!([policy]), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_text_is_refused_with_findings() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let wrong = "@id(\"x\")\nforbid (principal, action == Action::\"crm-reed\", resource);";
    let text = format!("{SHIPPED}{wrong}");
    let line = text.lines().count();
    for answer in [
        put(&world, &admin, wrong, 0).await,
        world
            .post("/api/policies/validate", &admin, &json!({ "text": text }))
            .await,
    ] {
        answer.is_problem(422, "policies-invalid");
        let findings = answer.body["findings"].as_array().unwrap();
        let told = findings
            .iter()
            .find(|f| f["fix"].as_str().unwrap().contains("crm-read"));
        let path = told.unwrap()["path"].as_str().unwrap();
        let told_line: usize = path.split_once(':').unwrap().0.parse().unwrap();
        assert!(told_line.abs_diff(line) <= 1, "{path}");
    }
    let body = json!({ "text": "@id(\"a\") permit (principal, action, resource);", "expected_version": 0 });
    assert_eq!(
        world
            .post(
                "/api/policies/validate",
                &admin,
                &json!({ "text": body["text"] })
            )
            .await
            .body,
        json!({ "policies": [{ "id": "a", "effect": "permit" }] })
    );
    let nothing = json!({ "text": "", "expected_version": 0 });
    world
        .put("/api/policies", &admin, &nothing)
        .await
        .is_problem(422, "policies-lock-out-admins");
    let long = json!({ "text": "/".repeat(POLICY_TEXT_BYTES_MAX + 1), "expected_version": 0 });
    world
        .put("/api/policies", &admin, &long)
        .await
        .is_problem(422, "policies-invalid");
    assert_eq!(world.get("/api/policies", &admin).await.body["version"], 0);
}

#[tokio::test]
async fn a_decision_is_explained() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let question = json!({
        "principal": { "role": "agent", "user": "mia", "agent": "bot" },
        "action": "crm-update",
        "resource": { "type": "object-type", "object": "contact", "skill": "echo", "tool": "say" },
    });
    let answer = world.post("/api/policies/explain", &admin, &question).await;
    assert_eq!(
        answer.body,
        json!({
            "permitted": true,
            "basis": "permitted",
            "policies": ["skills-do-what-they-were-granted"],
            "version": 0,
        })
    );
    let id = "0190f5fe-7c00-7a00-8000-000000000001";
    for (action, resource) in [
        ("list-skills", json!({ "type": "community" })),
        ("list-skills", json!({ "type": "skill", "skill": "echo" })),
        (
            "invoke-skill",
            json!({ "type": "tool", "skill": "echo", "tool": "say" }),
        ),
        (
            "show-module",
            json!({ "type": "module", "id": id, "skill": "echo", "publisher": "p" }),
        ),
        ("freeze-skill", json!({ "type": "skill", "skill": "echo" })),
        (
            "roll-back-skill",
            json!({ "type": "module", "id": id, "skill": "echo", "publisher": "p" }),
        ),
        (
            "issue-token",
            json!({ "type": "token", "id": id, "user": "mia", "role": "agent" }),
        ),
        ("put-policies", json!({ "type": "policy" })),
        ("read-audit", json!({ "type": "audit-log" })),
    ] {
        let question = json!({
            "principal": { "role": "admin", "user": "ada" }, "action": action, "resource": resource,
        });
        let answer = world.post("/api/policies/explain", &admin, &question).await;
        assert_eq!(answer.body["permitted"], true, "{question} {}", answer.body);
    }
}

#[tokio::test]
async fn a_question_that_is_none_is_refused() {
    let world = World::new().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let community = json!({ "type": "community" });
    let who = json!({ "role": "admin", "user": "ada" });
    let agentless = json!({ "role": "agent", "user": "ada" });
    for (principal, action, resource, code) in [
        (&who, "put-policies", &community, "policy-question-invalid"),
        (
            &agentless,
            "list-skills",
            &community,
            "policy-question-invalid",
        ),
        (&who, "crm-delete", &community, "body-invalid"),
        (
            &json!({ "role": "root", "user": "ada" }),
            "list-skills",
            &community,
            "body-invalid",
        ),
        (
            &json!({ "role": "admin", "user": "a b" }),
            "list-skills",
            &community,
            "body-invalid",
        ),
        (
            &who,
            "list-skills",
            &json!({ "type": "planet" }),
            "body-invalid",
        ),
        (
            &who,
            "list-skills",
            &json!({ "type": "skill", "skill": "Not A Name" }),
            "body-invalid",
        ),
        (
            &who,
            "list-skills",
            &json!({ "type": "skill", "skill": "echo", "community": "away" }),
            "body-invalid",
        ),
    ] {
        let question = json!({ "principal": principal, "action": action, "resource": resource });
        let answer = world.post("/api/policies/explain", &admin, &question).await;
        answer.is_problem(422, code);
    }
}

#[tokio::test]
async fn nobody_else_sees_or_puts_policies() {
    let world = World::new().await;
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let token = world.token("home", "mia", role).await;
        let refused = put(&world, &token, "", 0).await;
        refused.is_problem(403, "forbidden");
        assert_eq!(refused.body["basis"], "beyond-role");
        for path in [
            "/api/policies",
            "/api/policies/history",
            "/api/policies/versions/0",
        ] {
            let refused = world.get(path, &token).await;
            refused.is_problem(403, "forbidden");
            assert_eq!(refused.body["basis"], "not-permitted");
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_has_a_code_and_storage_that_fails_is_no_yes() {
    let (world, member) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    for (path, status, code) in [
        ("/api/policies/versions/x", 404, "policies-not-found"),
        ("/api/policies/versions/-1", 404, "policies-not-found"),
        (
            "/api/policies/versions/4294967296",
            404,
            "policies-not-found",
        ),
        ("/api/policies/history?before=x", 400, "query-invalid"),
        ("/api/policies/history?after=1", 400, "query-invalid"),
    ] {
        world.get(path, &admin).await.is_problem(status, code);
    }
    *world.storage.fails_with.lock().unwrap() = Some(|| StorageError::Unavailable("gone".into()));
    for answer in [
        world.get("/api/policies", &admin).await,
        world.say(&member, &json!({ "text": "hello" })).await,
        world.get("/api/tokens", &admin).await,
    ] {
        answer.is_problem(503, "storage-unavailable");
    }
}
