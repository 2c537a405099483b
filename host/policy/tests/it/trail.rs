//! What putting policies, and being refused, leaves in the audit trail.

use crate::world::{World, caller, of_home, subject};
use skillgate_app::policies::PolicyError;
use skillgate_domain::policy::{Act, ResourceKind};
use skillgate_domain::principal::{Action, Principal, Role};
use skillgate_policy::SHIPPED;

#[tokio::test]
async fn a_change_is_recorded_with_the_digest_of_its_text() {
    let world = World::new().await;
    let admin = caller(Role::Admin, "ada");
    let put = world.policies.put(&admin, SHIPPED.to_owned(), 0);
    let put = put.await.unwrap();
    assert_eq!(world.audit.lines(), ["put-policies done"]);
    let leaf = world.audit.kept().records[0].leaf.clone();
    for part in [
        "\"target\":{\"kind\":\"community\"}".to_owned(),
        format!(
            "\"policies\":{{\"digest\":\"{}\",\"version\":1}}",
            put.digest
        ),
        "\"user\":\"ada\"".to_owned(),
    ] {
        assert!(leaf.contains(&part), "{part} in {leaf}");
    }
}

#[tokio::test]
async fn a_text_that_is_not_put_is_recorded_as_refused() {
    let world = World::new().await;
    let admin = caller(Role::Admin, "ada");
    for (text, version, code) in [
        ("permit", 0, "policies-invalid"),
        ("", 0, "policies-lock-out-admins"),
        (SHIPPED, 1, "policies-changed"),
    ] {
        let before = world.audit.lines().len();
        let put = world.policies.put(&admin, text.to_owned(), version).await;
        put.unwrap_err();
        let left = world.audit.lines().split_off(before);
        assert_eq!(left, [format!("put-policies refused {code}")]);
    }
}

async fn ask_everything(world: &World, who: &Principal) -> [Result<(), PolicyError>; 6] {
    let (subject, log) = (subject(Role::Admin, "ada"), of_home(ResourceKind::AuditLog));
    let read = Act::Host(Action::ReadAudit);
    let policies = &world.policies;
    [
        policies.current(who).await.map(drop),
        policies.version(who, 0).await.map(drop),
        policies.history(who, None).await.map(drop),
        policies.validate(who, SHIPPED).await.map(drop),
        policies.explain(who, &subject, read, &log).await.map(drop),
        policies.put(who, SHIPPED.to_owned(), 0).await.map(drop),
    ]
}

#[tokio::test]
async fn whoever_may_not_is_recorded_once_for_each_question() {
    let world = World::new().await;
    for answer in ask_everything(&world, &caller(Role::Member, "mia")).await {
        assert!(
            matches!(answer, Err(PolicyError::Forbidden(_))),
            "{answer:?}"
        );
    }
    let show = "show-policies refused forbidden";
    let others = [
        "explain-decision refused forbidden",
        "put-policies refused forbidden",
    ];
    assert_eq!(world.audit.lines(), [&[show; 4][..], &others[..]].concat());
}

#[tokio::test]
async fn a_refusal_that_cannot_be_recorded_is_not_told() {
    let world = World::new().await;
    world.audit.kept().full = true;
    for answer in ask_everything(&world, &caller(Role::Member, "mia")).await {
        assert!(matches!(answer, Err(PolicyError::Audit(_))), "{answer:?}");
    }
}
