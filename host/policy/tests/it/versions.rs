//! Policies put, refused, remembered, explained.

use crate::world::{World, caller, of_home, records, subject};
use skillgate_app::policies::{LockedOut, PolicyError};
use skillgate_app::ports::HISTORY_PAGE_MAX;
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{CommunityId, PolicyName};
use skillgate_domain::policy::{Act, Basis, ResourceKind};
use skillgate_domain::principal::{Action, Principal, Role};
use skillgate_policy::SHIPPED;

fn admin() -> Principal {
    caller(Role::Admin, "ada")
}

#[tokio::test]
async fn a_community_begins_with_the_shipped_policies_and_puts_its_own() {
    let world = World::new().await;
    let shipped = world.policies.current(&admin()).await.unwrap();
    assert_eq!((shipped.version, shipped.put.clone()), (0, None));
    assert_eq!(shipped.text, SHIPPED);

    let text = format!("{SHIPPED}\n// ours\n");
    let put = world.policies.put(&admin(), text.clone(), 0).await.unwrap();
    assert_eq!((put.version, &put.text), (1, &text));
    assert_ne!(put.digest, shipped.digest);
    assert_eq!(put.put.as_ref().unwrap().0, admin().user);
    assert_eq!(world.policies.current(&admin()).await.unwrap(), put);
    assert_eq!(world.policies.version(&admin(), 1).await.unwrap(), put);
    assert_eq!(world.policies.version(&admin(), 0).await.unwrap(), shipped);
    let absent = world.policies.version(&admin(), 2).await;
    assert!(
        matches!(absent, Err(PolicyError::NotFound(2))),
        "{absent:?}"
    );

    let elsewhere = Principal {
        community: CommunityId::parse("away").unwrap(),
        ..admin()
    };
    assert_eq!(world.policies.current(&elsewhere).await.unwrap(), shipped);
    let absent = world.policies.version(&elsewhere, 1).await;
    assert!(
        matches!(absent, Err(PolicyError::NotFound(1))),
        "{absent:?}"
    );
}

#[tokio::test]
async fn of_two_admins_one_wins_and_the_other_learns_the_version() {
    let world = World::new().await;
    let (ada, grace) = (admin(), caller(Role::Admin, "grace"));
    let put = |who, text: &str| world.policies.put(who, format!("{SHIPPED}{text}"), 0);
    let (one, other) = tokio::join!(put(&ada, "// ada"), put(&grace, "// grace"));
    let won = [&one, &other].into_iter().filter(|put| put.is_ok()).count();
    assert_eq!(won, 1);
    let lost = if one.is_ok() { other } else { one };
    assert!(
        matches!(lost, Err(PolicyError::Changed { present: 1 })),
        "{lost:?}"
    );
    for wrong in [0, 2, u32::MAX] {
        let refused = world.policies.put(&ada, SHIPPED.to_owned(), wrong).await;
        assert!(
            matches!(refused, Err(PolicyError::Changed { present: 1 })),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn policies_that_lock_admins_out_are_not_put() {
    use LockedOut::{Admins, Caller};
    let world = World::new().await;
    let only = |who: &str| {
        format!("@id(\"only\") permit ({who}, action == Action::\"put-policies\", resource);")
    };
    let without = |condition: &str| {
        format!("{SHIPPED}\n@id(\"not\") forbid (principal, action, resource) {condition};")
    };
    for (text, locked_out) in [
        (String::new(), Some(Caller)),
        ("// nothing".to_owned(), Some(Caller)),
        (only("principal == User::\"grace\""), Some(Caller)),
        (only("principal == User::\"ada\""), Some(Admins)),
        (only("principal in Role::\"member\""), Some(Caller)),
        (without(""), Some(Caller)),
        (without("when { principal == User::\"ada\" }"), Some(Caller)),
        (
            without("unless { principal == User::\"ada\" }"),
            Some(Admins),
        ),
        (
            without("when { 9223372036854775807 + 1 > 0 }"),
            Some(Caller),
        ),
        (without("when { principal == User::\"grace\" }"), None),
        (only("principal in Role::\"admin\""), None),
    ] {
        let present = world.policies.current(&admin()).await;
        // The last text permits nothing but putting, looking included.
        let present = present.map_or(1, |view| view.version);
        let put = world.policies.put(&admin(), text.clone(), present).await;
        let refused = match put {
            Ok(_) => None,
            Err(PolicyError::LocksOut(who)) => Some(who),
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(refused, locked_out, "{text}");
    }
}

#[tokio::test]
async fn only_admins_look_try_and_put() {
    let world = World::new().await;
    let text = SHIPPED.to_owned();
    for role in Role::ALL {
        let caller = caller(role, "mia");
        let question = Act::Host(Action::ReadAudit);
        let log = of_home(ResourceKind::AuditLog);
        let answers = [
            world.policies.current(&caller).await.map(drop),
            world.policies.version(&caller, 0).await.map(drop),
            world.policies.history(&caller, None).await.map(drop),
            world.policies.validate(&caller, &text).await.map(drop),
            world
                .policies
                .explain(&caller, &subject(role, "mia"), question, &log)
                .await
                .map(drop),
            world.policies.put(&caller, text.clone(), 0).await.map(drop),
        ];
        for answer in answers {
            let forbidden = matches!(answer, Err(PolicyError::Forbidden(_)));
            assert_eq!(forbidden, role != Role::Admin, "{role:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn history_comes_in_pages() {
    let world = World::new().await;
    for version in 0..=HISTORY_PAGE_MAX {
        world
            .policies
            .put(&admin(), SHIPPED.to_owned(), version)
            .await
            .unwrap();
    }
    let first = world.policies.history(&admin(), None).await.unwrap();
    let numbers: Vec<_> = first.changes.iter().map(|change| change.version).collect();
    let expected: Vec<_> = (2..=HISTORY_PAGE_MAX + 1).rev().collect();
    assert_eq!((numbers, first.next_before), (expected, Some(2)));
    let rest = world.policies.history(&admin(), Some(2)).await.unwrap();
    assert_eq!((rest.changes.len(), rest.next_before), (1, None));
}

#[tokio::test]
async fn a_decision_is_explained() {
    let world = World::new().await;
    world
        .add("@id(\"eve\") forbid (principal == User::\"eve\", action == Action::\"crm-read\", resource);")
        .await;
    let contacts = of_home(records(ObjectKind::Contact));
    let read = Act::Crm(Verb::Read);
    let put = Act::Host(Action::PutPolicies);
    let policies = of_home(ResourceKind::Policies);
    for (role, user, action, resource, basis, names) in [
        (Role::Agent, "eve", read, &contacts, Basis::Forbidden, "eve"),
        (
            Role::Partner,
            "pat",
            read,
            &contacts,
            Basis::NotPermitted,
            "",
        ),
        (
            Role::Member,
            "mia",
            read,
            &contacts,
            Basis::Permitted,
            "skills-do-what-they-were-granted",
        ),
        (Role::Agent, "ada", put, &policies, Basis::BeyondRole, ""),
    ] {
        let subject = subject(role, user);
        let admin = admin();
        let explained = world.policies.explain(&admin, &subject, action, resource);
        let explained = explained.await.unwrap();
        let decided: Vec<_> = explained
            .verdict
            .policies
            .iter()
            .map(PolicyName::as_str)
            .collect();
        assert_eq!(
            (
                explained.version,
                explained.verdict.basis,
                decided.join(" ").as_str()
            ),
            (1, basis, names)
        );
    }

    let mut agentless = subject(Role::Agent, "ada");
    agentless.agent = None;
    let mut with_agent = subject(Role::Agent, "ada");
    with_agent.role = Role::Member;
    for (subject, action, resource) in [
        (&agentless, read, &contacts),
        (&with_agent, read, &contacts),
        (&subject(Role::Member, "mia"), read, &policies),
        (&subject(Role::Admin, "ada"), put, &contacts),
    ] {
        let refused = world
            .policies
            .explain(&admin(), subject, action, resource)
            .await;
        assert!(
            matches!(refused, Err(PolicyError::NoSuchQuestion(_))),
            "{refused:?}"
        );
    }
}
