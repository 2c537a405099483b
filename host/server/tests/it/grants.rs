//! The life of a grant: compared, carried over, stopped, gone back from.

use crate::world::{Answer, World, manifest, request};
use axum::body::Body;
use http::Method;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;

/// A host with an admin and a partner.
struct Story {
    world: World,
    admin: String,
    partner: String,
}

/// The manifest of the second version: a tool and a field more, and `say` with another schema.
fn next_manifest() -> Value {
    let mut next: Value = serde_json::from_str(&manifest()).unwrap();
    next["version"] = json!("0.2.0");
    next["license"] = json!("MIT");
    next["capabilities"]["crm"]["contact"]["read"] = json!(["email", "phone"]);
    next["interfaces"] = json!(["crm", "log"]);
    next["limits"] = json!({ "crm_reads": 10 });
    let mut whisper = next["tools"][0].clone();
    whisper["name"] = json!("whisper");
    next["tools"].as_array_mut().unwrap().push(whisper);
    next["tools"][0]["input_schema"]["properties"]["text"]["maxLength"] = json!(5);
    next
}

impl Story {
    async fn new() -> Self {
        let world = World::new().await;
        let admin = world.token("home", "ada", Role::Admin).await;
        let partner = world.token("home", "pat", Role::Partner).await;
        Self {
            world,
            admin,
            partner,
        }
    }

    /// Hands a module in and returns its path.
    async fn submit(&self, manifest: &Value, component: &[u8]) -> String {
        let made = self
            .world
            .submit(&self.partner, &manifest.to_string(), component)
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        format!("/api/modules/{}", made.body["id"].as_str().unwrap())
    }

    async fn first(&self) -> String {
        self.submit(&serde_json::from_str(&manifest()).unwrap(), b"one")
            .await
    }

    async fn next(&self) -> String {
        self.submit(&next_manifest(), b"two").await
    }

    async fn grant(&self, module: &str, terms: &Value) -> Answer {
        self.world
            .post(&format!("{module}/grants"), &self.admin, terms)
            .await
    }

    async fn granted(&self, module: &str, terms: &Value) -> Value {
        let granted = self.grant(module, terms).await;
        assert_eq!(granted.status, 201, "{}", granted.body);
        granted.body
    }

    async fn revoke(&self, module: &str, grant: &Value) -> Answer {
        let path = format!("{module}/grants/{}", grant["id"].as_str().unwrap());
        self.world.delete(&path, &self.admin).await
    }

    async fn diff(&self, module: &str) -> Value {
        self.world
            .get(&format!("{module}/diff"), &self.admin)
            .await
            .body
    }

    /// Asks for `freeze`, `unfreeze` or `rollback` of the skill `echo`.
    async fn echo(&self, what: &str) -> Answer {
        self.world
            .post(&format!("/api/skills/echo/{what}"), &self.admin, &json!({}))
            .await
    }

    async fn call(&self, tool: &str) -> Answer {
        let path = format!("/api/skills/echo/tools/{tool}");
        self.world
            .post(&path, &self.admin, &json!({"text": "hi"}))
            .await
    }
}

#[tokio::test]
async fn a_grant_says_what_it_is_bound_to() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    let first = story.granted(&one, &json!({})).await;
    assert_eq!(first["generation"], 1);
    assert_eq!(first["tools"].as_object().unwrap().len(), 1);
    let second = story.granted(&two, &json!({"tools": ["whisper"]})).await;
    assert_eq!(second["generation"], 2);
    for digest in ["component", "manifest", "capability_set"] {
        assert!(second[digest].as_str().unwrap().starts_with("sha256:"));
        assert_ne!(first[digest], second[digest], "{digest}");
    }
    let narrow = story
        .granted(&two, &json!({"capabilities": {"interfaces": []}}))
        .await;
    assert_ne!(narrow["capability_set"], second["capability_set"]);
    assert_eq!(narrow["component"], second["component"]);
}

#[tokio::test]
async fn a_diff_shows_what_would_change() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    let all_new = story.diff(&one).await;
    assert_eq!(
        (&all_new["in_force"], &all_new["generation"]),
        (&Value::Null, &json!(0))
    );
    assert_eq!(
        all_new["capabilities"]["added"],
        json!(["contact.read", "contact.read.email", "interfaces.crm"])
    );
    assert_eq!(all_new["tools"]["added"], json!(["say"]));
    assert_eq!(all_new["differences"], json!([]));

    let granted = story.granted(&one, &json!({})).await;
    let same = story.diff(&one).await;
    assert_eq!(same["in_force"]["grant"], granted["id"]);
    assert_eq!(
        (&same["differences"], &same["tools"]["added"]),
        (&json!([]), &json!([]))
    );

    let diff = story.diff(&two).await;
    assert_eq!(
        diff["capabilities"],
        json!({"added": ["contact.read.phone", "interfaces.log"], "removed": []})
    );
    assert_eq!(
        diff["tools"],
        json!({"added": ["whisper"], "removed": [], "changed": ["say"]})
    );
    let differences = diff["differences"].as_array().unwrap();
    let at = |path: &str| {
        differences
            .iter()
            .find(|found| found["path"] == path)
            .unwrap()
    };
    assert_eq!(
        at("/version"),
        &json!({"path": "/version", "before": "0.1.0", "after": "0.2.0"})
    );
    assert_eq!(at("/limits/crm_reads")["after"], 10);
    let schema = "/tools/say/input_schema/properties/text/maxLength";
    assert_eq!(at(schema), &json!({"path": schema, "after": 5}));
    let paths: Vec<_> = differences
        .iter()
        .map(|found| found["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "/component",
            "/license",
            "/limits/crm_reads",
            "/manifest",
            schema,
            "/tools/whisper",
            "/version"
        ]
    );
    assert_eq!(diff["differences_left_out"], 0);
}

#[tokio::test]
async fn a_diff_starts_from_what_was_granted_not_from_what_was_asked() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    story
        .granted(
            &two,
            &json!({"tools": ["whisper"], "limits": {"crm_reads": 2}}),
        )
        .await;
    let back = story.diff(&one).await;
    assert_eq!(
        back["tools"],
        json!({"added": ["say"], "removed": ["whisper"], "changed": []})
    );
    let removed = json!(["contact.read.phone", "interfaces.log"]);
    assert_eq!(back["capabilities"]["removed"], removed);
    let path = format!("{one}/diff");
    let shown = story.world.get(&path, &story.partner).await;
    assert_eq!(shown.body, back);
    let member = story.world.token("home", "mia", Role::Member).await;
    let stranger = story.world.token("away", "sam", Role::Admin).await;
    story
        .world
        .get(&path, &member)
        .await
        .is_problem(403, "forbidden");
    story
        .world
        .get(&path, &stranger)
        .await
        .is_problem(404, "module-not-found");
}

#[tokio::test]
async fn what_is_new_stays_off_until_it_is_approved() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    let carry_over = json!({"carry_over": true});
    story
        .grant(&two, &carry_over)
        .await
        .is_problem(409, "nothing-to-carry-over");
    story
        .granted(
            &one,
            &json!({"limits": {"crm_reads": 3}, "config": {"tone": "dry"}}),
        )
        .await;
    let kept = story.granted(&two, &carry_over).await;
    assert_eq!(kept["tools"], json!({}));
    assert_eq!(
        kept["capabilities"]["crm"]["contact"]["read"],
        json!(["email"])
    );
    assert_eq!(kept["capabilities"]["interfaces"], json!(["crm"]));
    assert_eq!(
        (&kept["limits"]["crm_reads"], &kept["config"]["tone"]),
        (&json!(3), &json!("dry"))
    );
    for tool in ["say", "whisper"] {
        story.call(tool).await.is_problem(404, "no-such-tool");
    }
    let shown = story.world.get("/api/skills/echo", &story.admin).await;
    assert_eq!(
        (&shown.body["version"], &shown.body["tools"]),
        (&json!("0.2.0"), &json!([]))
    );

    story.granted(&two, &json!({"tools": ["say"]})).await;
    assert_eq!(story.call("say").await.status, 200);
    let refused = story.call("whisper").await;
    refused.is_problem(404, "no-such-tool");
    assert!(
        !refused.body["detail"]
            .as_str()
            .unwrap()
            .contains("has say, whisper")
    );
    let listed = story.world.get("/api/skills", &story.admin).await;
    let tools = listed.body["skills"][0]["tools"].as_array().unwrap().iter();
    assert_eq!(tools.map(|tool| &tool["name"]).collect::<Vec<_>>(), ["say"]);

    // A version that changes nothing a caller sees keeps its tool.
    let mut patch = next_manifest();
    patch["version"] = json!("0.2.1");
    let three = story.submit(&patch, b"three").await;
    let kept = story.granted(&three, &carry_over).await;
    assert_eq!(
        kept["tools"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["say"]
    );
    assert_eq!(story.call("say").await.status, 200);
}

#[tokio::test]
async fn terms_that_cannot_be_are_refused() {
    let story = Story::new().await;
    let one = story.first().await;
    story.granted(&one, &json!({})).await;
    for (terms, status, code) in [
        (json!({"tools": ["whisper"]}), 422, "grant-tool-unknown"),
        (json!({"tools": ["Say"]}), 422, "body-invalid"),
        (
            json!({"carry_over": true, "tools": []}),
            422,
            "carry-over-alone",
        ),
        (
            json!({"carry_over": true, "config": {"tone": "x"}}),
            422,
            "carry-over-alone",
        ),
        (json!({"carry_over": 1}), 422, "body-invalid"),
        (json!({"expected_generation": -1}), 422, "body-invalid"),
        (
            json!({"capabilities": {"interfaces": ["crm"], "crm": {"contact": {"read": ["shoe_size"]}}}}),
            422,
            "body-invalid",
        ),
        (
            json!({"capabilities": {"interfaces": ["crm"], "crm": {"contact": {"read": ["phone"]}}}}),
            422,
            "grant-too-wide",
        ),
    ] {
        story.grant(&one, &terms).await.is_problem(status, code);
    }
    assert_eq!(story.diff(&one).await["generation"], 1);
}

#[tokio::test]
async fn of_two_admins_who_saw_the_same_one_grants() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    let seen = json!({"expected_generation": 0});
    let other = story.world.token("home", "eve", Role::Admin).await;
    let (path, other_path) = (format!("{one}/grants"), format!("{two}/grants"));
    let (mine, theirs) = tokio::join!(
        story.world.post(&path, &story.admin, &seen),
        story.world.post(&other_path, &other, &seen),
    );
    assert_eq!(mine.status, 201);
    theirs.is_problem(409, "grant-changed");
    assert_eq!(theirs.body["generation"], 1);
    // Each change counts, whoever makes it: a grant, a freeze, an unfreeze, a revocation.
    story.echo("freeze").await;
    story.echo("unfreeze").await;
    story.revoke(&one, &mine.body).await;
    let late = story.grant(&two, &json!({"expected_generation": 1})).await;
    late.is_problem(409, "grant-changed");
    assert_eq!(late.body["generation"], 4);
    let roll_back = "/api/skills/echo/rollback";
    let late = story
        .world
        .post(roll_back, &story.admin, &json!({"expected_generation": 1}))
        .await;
    late.is_problem(409, "grant-changed");
    assert_eq!(
        story
            .granted(&two, &json!({"expected_generation": 4}))
            .await["generation"],
        5
    );
}

#[tokio::test]
async fn a_frozen_skill_cannot_be_called_and_keeps_its_grant() {
    let story = Story::new().await;
    story
        .echo("freeze")
        .await
        .is_problem(404, "skill-not-found");
    let (one, two) = (story.first().await, story.next().await);
    let granted = story.granted(&one, &json!({})).await;
    let frozen = story.echo("freeze").await;
    assert_eq!(frozen.status, 200);
    assert_eq!(frozen.body["generation"], 2);
    assert!(frozen.body["frozen_at"].is_string());
    assert_eq!(story.echo("freeze").await.body, frozen.body);

    story.call("say").await.is_problem(409, "skill-frozen");
    let get = |path: &'static str| story.world.get(path, &story.admin);
    get("/api/skills/echo")
        .await
        .is_problem(409, "skill-frozen");
    assert_eq!(get("/api/skills").await.body["skills"], json!([]));
    let shown = story.world.get(&one, &story.admin).await.body;
    assert_eq!(shown["grant"]["id"], granted["id"]);
    assert_eq!(shown["grant"]["frozen_at"], frozen.body["frozen_at"]);
    // Another grant does not unfreeze it.
    assert_eq!(
        story.granted(&two, &json!({})).await["frozen_at"],
        frozen.body["frozen_at"]
    );
    story.call("whisper").await.is_problem(409, "skill-frozen");

    let unfrozen = story.echo("unfreeze").await;
    assert_eq!(
        unfrozen.body,
        json!({"skill": "echo", "generation": 4, "frozen_at": null})
    );
    assert_eq!(story.echo("unfreeze").await.body, unfrozen.body);
    assert_eq!(story.call("whisper").await.status, 200);
}

#[tokio::test]
async fn a_roll_back_is_a_grant_of_the_version_before() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    story
        .echo("rollback")
        .await
        .is_problem(404, "skill-not-found");
    let first = story
        .granted(&one, &json!({"limits": {"crm_reads": 3}}))
        .await;
    story
        .echo("rollback")
        .await
        .is_problem(409, "rollback-refused");
    story.granted(&two, &json!({})).await;
    story.granted(&two, &json!({"tools": ["say"]})).await;
    story.echo("freeze").await;
    let back = story.echo("rollback").await;
    assert_eq!(back.status, 201, "{}", back.body);
    for same in [
        "module",
        "component",
        "capability_set",
        "capabilities",
        "tools",
        "limits",
        "config",
    ] {
        assert_eq!(back.body[same], first[same], "{same}");
    }
    assert_eq!(
        (&back.body["generation"], &back.body["revoked_at"]),
        (&json!(5), &Value::Null)
    );
    assert_ne!(back.body["id"], first["id"]);
    story.call("say").await.is_problem(409, "skill-frozen");
    story.echo("unfreeze").await;
    assert_eq!(story.call("say").await.status, 200);
    // What was gone back from is no version to go back to.
    story
        .echo("rollback")
        .await
        .is_problem(409, "rollback-refused");
}

#[tokio::test]
async fn a_roll_back_goes_around_a_revocation_and_never_to_one() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    story.granted(&one, &json!({})).await;
    let bad = story.granted(&two, &json!({})).await;
    assert_eq!(story.revoke(&two, &bad).await.status, 204);
    story.call("say").await.is_problem(404, "skill-not-found");
    let back = story.echo("rollback").await;
    assert_eq!(
        format!("/api/modules/{}", back.body["module"].as_str().unwrap()),
        one
    );
    assert_eq!(story.call("say").await.status, 200);
    // The version before this one was taken back.
    story
        .echo("rollback")
        .await
        .is_problem(409, "rollback-refused");
}

#[tokio::test]
async fn a_grant_is_revoked_under_its_own_module_only() {
    let story = Story::new().await;
    let (one, two) = (story.first().await, story.next().await);
    let granted = story.granted(&one, &json!({})).await;
    story
        .revoke(&two, &granted)
        .await
        .is_problem(404, "module-not-found");
    assert_eq!(story.call("say").await.status, 200);
    assert_eq!(story.revoke(&one, &granted).await.status, 204);
    story.call("say").await.is_problem(404, "skill-not-found");
}

#[tokio::test]
async fn only_another_admin_of_the_community_changes_what_a_skill_may_do() {
    let story = Story::new().await;
    let one = story.first().await;
    let granted = story.granted(&one, &json!({})).await;
    let two = story.next().await;
    story.granted(&two, &json!({})).await;
    let grant = format!("{one}/grants/{}", granted["id"].as_str().unwrap());
    let changes = [
        (Method::POST, format!("{one}/grants")),
        (Method::DELETE, grant),
        (Method::POST, "/api/skills/echo/freeze".to_owned()),
        (Method::POST, "/api/skills/echo/unfreeze".to_owned()),
        (Method::POST, "/api/skills/echo/rollback".to_owned()),
    ];
    let ask = async |token: &str, (method, path): &(Method, String)| {
        let request = request(method.clone(), path, token)
            .header("content-type", "application/json")
            .body(Body::from("{}"));
        story.world.send(request.unwrap()).await
    };
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let caller = story.world.token("home", "zoe", role).await;
        for change in &changes {
            ask(&caller, change).await.is_problem(403, "forbidden");
        }
    }
    let stranger = story.world.token("away", "ada", Role::Admin).await;
    for change in &changes {
        let about = if change.1.contains("modules") {
            "module"
        } else {
            "skill"
        };
        ask(&stranger, change)
            .await
            .is_problem(404, &format!("{about}-not-found"));
    }
    // The publisher may stop what runs, also as an admin, and start nothing.
    let publisher = story.world.token("home", "pat", Role::Admin).await;
    for (change, allowed) in changes.iter().zip([false, true, true, false, false]) {
        let answer = ask(&publisher, change).await;
        if allowed {
            assert!(answer.status.is_success(), "{change:?}: {}", answer.body);
        } else {
            answer.is_problem(403, "own-module");
        }
    }
}
