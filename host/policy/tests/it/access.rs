//! Rights of one call, and what they are kept by.

use crate::world::{World, caller, of_home, skill, tool};
use skillgate_app::access::{AccessError, READY_RIGHTS_MAX};
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{PolicyName, ToolName};
use skillgate_domain::policy::{Basis, ResourceKind};
use skillgate_domain::principal::{Action, Role};
use skillgate_domain::right::PolicyRight;
use std::sync::atomic::Ordering;

const NO_DEALS: &str = "@id(\"no-deals\")
    forbid (principal, action == Action::\"crm-read\", resource == ObjectType::\"opportunity\");";
const NOBODY_CALLS: &str = "@id(\"nobody-calls\")
    forbid (principal, action == Action::\"invoke-skill\", resource);";

#[tokio::test]
async fn a_right_is_what_the_policies_leave() {
    let world = World::new().await;
    let agent = caller(Role::Agent, "ada");
    let right = |world: &World| {
        let (access, agent) = (world.access.clone(), agent.clone());
        async move {
            access
                .right(&agent, Action::InvokeSkill, &skill(), &tool())
                .await
        }
    };
    assert_eq!(right(&world).await.unwrap(), PolicyRight::of(|_, _| true));

    world.add(NO_DEALS).await;
    let without_deals =
        PolicyRight::of(|object, verb| (object, verb) != (ObjectKind::Opportunity, Verb::Read));
    assert_eq!(right(&world).await.unwrap(), without_deals);

    world.add(NOBODY_CALLS).await;
    for _ in 0..2 {
        match right(&world).await {
            Err(AccessError::Refused(refusal)) => {
                assert_eq!(refusal.basis, Basis::Forbidden);
                let names: Vec<_> = refusal.policies.iter().map(PolicyName::as_str).collect();
                assert_eq!(names, ["nobody-calls"]);
            }
            other => panic!("{other:?}"),
        }
    }
    world.add("").await;
    assert_eq!(right(&world).await.unwrap(), PolicyRight::of(|_, _| true));
}

#[tokio::test]
async fn a_right_costs_one_look_at_the_version() {
    let world = World::new().await;
    world.add(NO_DEALS).await;
    let agent = caller(Role::Agent, "ada");
    let reads = || world.store.reads.swap(0, Ordering::Relaxed);
    world
        .access
        .right(&agent, Action::InvokeSkill, &skill(), &tool())
        .await
        .unwrap();
    reads();
    for _ in 0..3 {
        world
            .access
            .right(&agent, Action::InvokeSkill, &skill(), &tool())
            .await
            .unwrap();
        assert_eq!(reads(), 1);
    }
    let other_user = caller(Role::Agent, "eve");
    world
        .access
        .right(&other_user, Action::InvokeSkill, &skill(), &tool())
        .await
        .unwrap();
    assert_eq!(reads(), 1);
}

#[tokio::test]
async fn rights_are_not_mixed_up() {
    let world = World::new().await;
    world
        .add("@id(\"eve\") forbid (principal == User::\"eve\", action == Action::\"crm-read\", resource);
              @id(\"other\") forbid (principal, action == Action::\"crm-link\", resource)
              when { context.tool == Tool::\"crm/other\" };")
        .await;
    let other = ToolName::parse("other").unwrap();
    for _ in 0..2 {
        for (role, user, tool, reads, links) in [
            (Role::Agent, "ada", tool(), true, true),
            (Role::Agent, "eve", tool(), false, true),
            (Role::Member, "eve", tool(), false, true),
            (Role::Agent, "ada", other.clone(), true, false),
            // Another kind of principal that happens to have the same name.
            (Role::Service, "eve", tool(), true, true),
        ] {
            let caller = caller(role, user);
            let right = world
                .access
                .right(&caller, Action::InvokeSkill, &skill(), &tool)
                .await
                .unwrap();
            let seen = (
                right.permits(ObjectKind::Contact, Verb::Read),
                right.permits(ObjectKind::Task, Verb::Link),
            );
            assert_eq!(seen, (reads, links), "{role:?} {user} {tool}");
        }
    }
}

#[tokio::test]
async fn more_tools_than_are_kept_change_nothing() {
    let world = World::new().await;
    let partner = caller(Role::Partner, "pat");
    for n in 0..=READY_RIGHTS_MAX {
        let tool = ToolName::parse(&format!("t{n}")).unwrap();
        let refused = world
            .access
            .right(&partner, Action::InvokeSkill, &skill(), &tool)
            .await;
        assert!(
            matches!(refused, Err(AccessError::Refused(_))),
            "{refused:?}"
        );
    }
    let agent = caller(Role::Agent, "ada");
    world
        .access
        .right(&agent, Action::InvokeSkill, &skill(), &tool())
        .await
        .unwrap();
}

#[tokio::test]
async fn where_storage_does_not_answer_nobody_may_anything() {
    let world = World::new().await;
    let admin = caller(Role::Admin, "ada");
    let policies = of_home(ResourceKind::Policies);
    world
        .access
        .right(&admin, Action::InvokeSkill, &skill(), &tool())
        .await
        .unwrap();
    world.store.fails.store(true, Ordering::Relaxed);
    let right = world
        .access
        .right(&admin, Action::InvokeSkill, &skill(), &tool())
        .await;
    assert!(matches!(right, Err(AccessError::Storage(_))), "{right:?}");
    let permit = world.access.permit(&admin, Action::ShowPolicies, &policies);
    let permit = permit.await;
    assert!(matches!(permit, Err(AccessError::Storage(_))), "{permit:?}");
}
