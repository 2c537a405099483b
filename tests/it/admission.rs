//! What is refused before it ever runs.

use serde_json::json;
use skillgate_app::modules::ModuleError;
use skillgate_app::ports::Inadmissible;
use skillgate_domain::grant::{GrantRefusal, GrantTerms};
use skillgate_domain::limits::COMPONENT_BYTES_MAX;
use skillgate_domain::principal::Role;
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, admin, manifest, principal};
use std::sync::Arc;

async fn host() -> TestHost {
    TestHost::start(Arc::new(OneContact::default())).await
}

async fn refused(component: &[u8]) -> Inadmissible {
    match host()
        .await
        .submit(&manifest("guest", &["log", "clock"]), component)
        .await
    {
        Err(ModuleError::Component(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_component_of_ours_is_refused() {
    let good = guests::component("good");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "not-a-component"),
        ("text", b"hello".to_vec(), "not-a-component"),
        ("core module", guests::module("endless_loop"), "core-module"),
        (
            "truncated",
            good[..good.len() / 2].to_vec(),
            "not-a-component",
        ),
        ("flipped", flip(&good), "not-a-component"),
        (
            "other version",
            guests::component_of_version("good", "0.2.0"),
            "unknown-contract",
        ),
        (
            "same line, other patch",
            guests::component_of_version("good", "0.1.1"),
            "unknown-contract",
        ),
        (
            "exports nothing",
            wat::parse_str("(component)").unwrap(),
            "no-guest-export",
        ),
        (
            "several memories",
            guests::component("several_memories"),
            "not-a-component",
        ),
        (
            "too large",
            vec![0; COMPONENT_BYTES_MAX + 1],
            "component-too-large",
        ),
    ];
    for (what, component, code) in cases {
        let refusal = refused(&component).await;
        assert_eq!(refusal.code(), code, "{what}: {refusal}");
    }
    host()
        .await
        .install(&manifest("guest", &["log", "clock"]), &good)
        .await
        .unwrap();
}

/// Changes a byte in the middle of the code.
fn flip(component: &[u8]) -> Vec<u8> {
    let mut component = component.to_vec();
    component[20] ^= 0xff;
    component
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_beyond_the_manifest_are_refused_with_their_list() {
    match refused(&guests::component("crm_reader")).await {
        Inadmissible::Imports(names) => assert_eq!(names, ["skillgate:skill/crm@0.1.0"]),
        other => panic!("{other:?}"),
    }
    let outside =
        wat::parse_str(r#"(component (import "wasi:sockets/network@0.2.0" (instance)))"#).unwrap();
    match refused(&outside).await {
        Inadmissible::Imports(names) => assert_eq!(names, ["wasi:sockets/network@0.2.0"]),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_may_be_narrower_and_never_wider() {
    let host = host().await;
    let id = host
        .submit(
            &manifest("reader", &["crm"]),
            &guests::component("crm_reader"),
        )
        .await
        .unwrap();
    let view = host.app.modules.show(&admin(), id).await.unwrap();
    let mut wider = view.skill.requests.clone();
    wider
        .interfaces
        .insert(skillgate_domain::capability::Interface::Clock);
    let terms = GrantTerms {
        capabilities: Some(wider),
        ..GrantTerms::default()
    };
    let refusal = host
        .app
        .modules
        .grant(&admin(), id, terms)
        .await
        .unwrap_err();
    assert!(
        matches!(refusal, ModuleError::Grant(GrantRefusal::Wider(excess)) if excess == ["clock"])
    );

    let mut narrower = view.skill.requests;
    narrower.set_object(
        skillgate_domain::crm::ObjectKind::Contact,
        skillgate_domain::capability::ObjectCapability::default(),
    );
    let terms = GrantTerms {
        capabilities: Some(narrower),
        ..GrantTerms::default()
    };
    host.app.modules.grant(&admin(), id, terms).await.unwrap();
    // The guest's read is now denied; it does not look and answers all the same.
    host.call("reader", &json!({})).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_but_another_admin() {
    let host = host().await;
    let id = host
        .submit(
            &manifest("good", &["log", "clock"]),
            &guests::component("good"),
        )
        .await
        .unwrap();
    for role in [Role::Agent, Role::Member, Role::Partner, Role::Service] {
        let caller = principal(role, "somebody");
        let refusal = host
            .app
            .modules
            .grant(&caller, id, GrantTerms::default())
            .await
            .unwrap_err();
        assert!(matches!(refusal, ModuleError::Forbidden(..)), "{role:?}");
    }
    let publisher = principal(Role::Admin, "publisher");
    let refusal = host
        .app
        .modules
        .grant(&publisher, id, GrantTerms::default())
        .await
        .unwrap_err();
    assert!(matches!(refusal, ModuleError::OwnModule));
    let mut stranger = admin();
    stranger.community = skillgate_domain::ids::CommunityId::parse("elsewhere").unwrap();
    let refusal = host
        .app
        .modules
        .grant(&stranger, id, GrantTerms::default())
        .await
        .unwrap_err();
    assert!(matches!(refusal, ModuleError::NotFound));
    host.app
        .modules
        .grant(&admin(), id, GrantTerms::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_skill_is_gone_with_the_next_call() {
    let host = host().await;
    let grant = host
        .install(
            &manifest("good", &["log", "clock"]),
            &guests::component("good"),
        )
        .await
        .unwrap();
    host.call("good", &json!({})).await.unwrap();
    host.app
        .modules
        .revoke(&admin(), grant.submission, grant.id)
        .await
        .unwrap();
    host.call("good", &json!({})).await.unwrap_err();
}
