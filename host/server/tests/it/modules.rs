//! Modules: handed in, looked at, granted, taken back.

use crate::world::{World, form, manifest, request};
use axum::body::Body;
use http::{Method, header};
use serde_json::{Value, json};
use skillgate_app::ports::Inadmissible;
use skillgate_domain::limits::{COMPONENT_BYTES_MAX, MANIFEST_BYTES_MAX};
use skillgate_domain::principal::Role;
use skillgate_server::limits::MODULE_BODY_BYTES_MAX;

async fn handed_in(world: &World) -> (String, String) {
    let partner = world.token("home", "pat", Role::Partner).await;
    let made = world.submit(&partner, &manifest(), b"component").await;
    assert_eq!(made.status, 201, "{}", made.body);
    (
        format!("/api/modules/{}", made.body["id"].as_str().unwrap()),
        partner,
    )
}

#[tokio::test]
async fn a_module_goes_from_hand_to_grant_and_back() {
    let world = World::new().await;
    let (path, partner) = handed_in(&world).await;
    let admin = world.token("home", "ada", Role::Admin).await;

    let shown = world.get(&path, &admin).await;
    let requests = &shown.body["requests"];
    assert_eq!(
        requests["capabilities"]["crm"]["contact"]["read"],
        json!(["email"])
    );
    assert_eq!(requests["capabilities"]["interfaces"], json!(["crm"]));
    assert_eq!(requests["limits"]["cpu_ms"], 100);
    assert_eq!(requests["config"]["tone"]["default"], "kind");
    assert!(
        shown.body["component"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    assert_eq!(shown.body["grant"], Value::Null);

    let terms = json!({
        "capabilities": {"interfaces": ["crm"], "crm": {"contact": {"read": []}}},
        "limits": {"crm_reads": 3},
        "config": {"tone": "dry"},
    });
    let granted = world.post(&format!("{path}/grants"), &admin, &terms).await;
    assert_eq!(granted.status, 201, "{}", granted.body);
    assert_eq!(
        granted.body["capabilities"]["crm"]["contact"]["read"],
        json!([])
    );
    assert_eq!(granted.body["limits"]["crm_reads"], 3);
    assert_eq!(granted.body["limits"]["cpu_ms"], 100);
    assert_eq!(granted.body["config"]["tone"], "dry");

    let list = world.get("/api/modules", &partner).await;
    assert_eq!(list.body["modules"][0]["granted"], true);
    let skills = world.get("/api/skills", &admin).await;
    assert_eq!(skills.body["skills"][0]["name"], "echo");

    let grant = format!("{path}/grants/{}", granted.body["id"].as_str().unwrap());
    world
        .delete(&grant, &partner)
        .await
        .is_problem(403, "forbidden");
    for _ in 0..2 {
        assert_eq!(world.delete(&grant, &admin).await.status, 204);
    }
    assert_eq!(
        world.get("/api/skills", &admin).await.body["skills"],
        json!([])
    );
    assert_eq!(world.get(&path, &admin).await.body["grant"], Value::Null);
}

#[tokio::test]
async fn nobody_grants_their_own_module_or_anothers_communitys() {
    let world = World::new().await;
    let (path, partner) = handed_in(&world).await;
    let grants = format!("{path}/grants");
    world
        .post(&grants, &partner, &json!({}))
        .await
        .is_problem(403, "forbidden");
    let same_person = world.token("home", "pat", Role::Admin).await;
    world
        .post(&grants, &same_person, &json!({}))
        .await
        .is_problem(403, "own-module");
    let stranger = world.token("away", "sam", Role::Admin).await;
    world
        .post(&grants, &stranger, &json!({}))
        .await
        .is_problem(404, "module-not-found");
    world
        .get(&path, &stranger)
        .await
        .is_problem(404, "module-not-found");
    let member = world.token("home", "mia", Role::Member).await;
    world.get(&path, &member).await.is_problem(403, "forbidden");
    world
        .submit(&member, &manifest(), b"c")
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test]
async fn terms_are_checked_whole() {
    let world = World::new().await;
    let (path, _) = handed_in(&world).await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let grants = format!("{path}/grants");

    let wider = json!({"capabilities": {"interfaces": ["crm", "log"],
        "crm": {"contact": {"read": ["email", "phone"]}}}});
    let refused = world.post(&grants, &admin, &wider).await;
    refused.is_problem(422, "grant-too-wide");
    assert_eq!(refused.body["violations"].as_array().unwrap().len(), 2);

    let setting = json!({"config": {"volume": "11"}});
    world
        .post(&grants, &admin, &setting)
        .await
        .is_problem(422, "setting-refused");

    let faults = json!({"capabilities": {"interfaces": ["sockets"]}, "limits": {"cpu_ms": 1.5},
        "config": {"A": "x"}});
    let refused = world.post(&grants, &admin, &faults).await;
    refused.is_problem(422, "body-invalid");
    let paths: Vec<_> = refused.body["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            finding["path"]
                .as_str()
                .unwrap()
                .split('/')
                .nth(1)
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(paths, ["capabilities", "limits", "config"]);

    for (text, status, code) in [
        (r#"{"capability": {}}"#, 422, "body-invalid"),
        (r#"{"config": {"tone": 1}}"#, 422, "body-invalid"),
        (r#"{"config": {}, "config": {}}"#, 400, "body-unreadable"),
        ("", 400, "body-unreadable"),
    ] {
        world
            .post_bytes(&grants, &admin, text.into())
            .await
            .is_problem(status, code);
    }
}

#[tokio::test]
async fn a_faulty_module_is_told_why() {
    let world = World::new().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let refused = world
        .submit(&partner, r#"{"manifest_version": 1}"#, b"c")
        .await;
    refused.is_problem(422, "manifest-invalid");
    assert!(refused.body["findings"][0]["fix"].is_string());

    for (why, status) in [
        (Inadmissible::NotAComponent("x".into()), 422),
        (Inadmissible::CoreModule, 422),
        (
            Inadmissible::UnknownContract {
                found: "a".into(),
                spoken: "b".into(),
            },
            422,
        ),
        (Inadmissible::NoGuestExport("g".into()), 422),
        (Inadmissible::Imports(vec!["i".into()]), 422),
        (Inadmissible::TooDemanding("t".into()), 422),
        (Inadmissible::TooLarge { bytes: 2, max: 1 }, 413),
    ] {
        *world.sandbox.inadmissible.lock().unwrap() = Some(why.clone());
        let refused = world.submit(&partner, &manifest(), b"c").await;
        refused.is_problem(status, why.code());
        assert_eq!(refused.body["detail"], why.to_string());
    }
    *world.sandbox.inadmissible.lock().unwrap() = Some(Inadmissible::Internal("why".into()));
    world
        .submit(&partner, &manifest(), b"c")
        .await
        .is_problem(500, "internal");

    *world.sandbox.inadmissible.lock().unwrap() = None;
    assert_eq!(world.submit(&partner, &manifest(), b"c").await.status, 201);
    world
        .submit(&partner, &manifest(), b"c")
        .await
        .is_problem(409, "already-submitted");
}

#[tokio::test]
async fn a_form_has_both_parts_once() {
    let world = World::new().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let text = manifest();
    let (m, c) = (
        ("manifest", text.as_bytes()),
        ("component", b"c".as_slice()),
    );
    let mut cut = form(&[m, c]);
    cut.truncate(cut.len() - 8);
    for body in [
        form(&[]),
        form(&[m]),
        form(&[c]),
        form(&[m, m, c]),
        form(&[m, c, c]),
        form(&[m, c, ("extra", b"")]),
        form(&[("manifest", b"\xff"), c]),
        cut,
        b"nonsense".to_vec(),
        Vec::new(),
    ] {
        world
            .post_form(&partner, body)
            .await
            .is_problem(400, "form-invalid");
    }
    for media_type in ["application/json", "multipart/form-data", "text/plain"] {
        let request = request(Method::POST, "/api/modules", &partner)
            .header(header::CONTENT_TYPE, media_type)
            .body(Body::from("{}"))
            .unwrap();
        world
            .send(request)
            .await
            .is_problem(415, "unsupported-media-type");
    }
}

#[tokio::test]
async fn the_size_limits_are_exact() {
    let world = World::new().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let text = manifest();
    let padded = |bytes: usize| format!("{text}{}", " ".repeat(bytes - text.len()));
    let component = vec![0; COMPONENT_BYTES_MAX + 1];

    let most = &component[..COMPONENT_BYTES_MAX];
    assert_eq!(
        world
            .submit(&partner, &padded(MANIFEST_BYTES_MAX), most)
            .await
            .status,
        201
    );
    let refused = world.submit(&partner, &text, &component).await;
    refused.is_problem(413, "component-too-large");
    let refused = world
        .submit(&partner, &padded(MANIFEST_BYTES_MAX + 1), b"c")
        .await;
    refused.is_problem(422, "manifest-invalid");
    let refused = world
        .submit(&partner, &text, &vec![0; MODULE_BODY_BYTES_MAX])
        .await;
    refused.is_problem(413, "body-too-large");
}

#[tokio::test]
async fn an_id_that_is_none_names_nothing() {
    let world = World::new().await;
    let (path, _) = handed_in(&world).await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let long = "0".repeat(10_000);
    let other = "0190f5fe-7c00-7a00-8000-00000000ffff";
    for id in ["x", "%2f", "%3f", "..", other, &long] {
        let module = format!("/api/modules/{id}");
        if id != ".." {
            world
                .get(&module, &admin)
                .await
                .is_problem(404, "module-not-found");
        }
        let grant = format!("{path}/grants/{id}");
        world
            .delete(&grant, &admin)
            .await
            .is_problem(404, "module-not-found");
        let token = format!("/api/tokens/{id}");
        world
            .delete(&token, &admin)
            .await
            .is_problem(404, "token-not-found");
    }
}
