//! What the shipped policies say.

use crate::world::{resources, subject};
use skillgate_app::access::judge;
use skillgate_app::ports::{Policy, PolicyEffect, PolicyLanguage};
use skillgate_domain::policy::Act;
use skillgate_domain::principal::Role;
use skillgate_policy::Cedar;
use std::fmt::Write;

#[test]
fn every_role_action_and_resource() {
    let shipped = Cedar::new().shipped();
    let mut table = format!("{:<30}", "");
    for role in Role::ALL {
        write!(table, " {:<7}", role.name()).unwrap();
    }
    for action in Act::all() {
        for (name, resource) in resources() {
            if !action.applies_to(&resource.kind) {
                continue;
            }
            write!(table, "\n{:<17} {name:<12}", action.name()).unwrap();
            for role in Role::ALL {
                let permits = judge(&*shipped, &subject(role, "ada"), action, &resource).permits();
                write!(table, " {:<7}", if permits { "✓" } else { "✗" }).unwrap();
            }
        }
    }
    let lines: Vec<_> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("role_action_resource", lines.join("\n"));
}

#[test]
fn every_policy_of_the_files_is_there() {
    let shipped = Cedar::new().shipped();
    let names: Vec<_> = shipped.policies().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "admins-administer",
            "admins-and-partners-hand-in-modules",
            "all-but-partners-use-skills",
            "skills-do-what-they-were-granted",
            "all-but-partners-know-the-partners",
            "admins-and-services-report-events",
            "people-see-and-choose-their-own",
            "all-but-partners-reach-others",
        ]
    );
    let permits = |policy: &Policy| policy.effect == PolicyEffect::Permit;
    assert!(shipped.policies().iter().all(permits));
}

#[test]
fn nothing_is_permitted_on_a_resource_that_an_action_does_not_apply_to() {
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    let everything = Cedar::new().read(everything).unwrap();
    for role in Role::ALL {
        for action in Act::all() {
            for (name, resource) in resources() {
                let permits =
                    judge(&*everything, &subject(role, "ada"), action, &resource).permits();
                let expected = action.applies_to(&resource.kind) && action.within_reach_of(role);
                assert_eq!(permits, expected, "{role:?} {} {name}", action.name());
            }
        }
    }
}
