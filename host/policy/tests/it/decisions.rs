//! How policies decide beyond the shipped ones.

use crate::world::{of_home, records, resources, subject};
use skillgate_app::access::judge;
use skillgate_app::ports::PolicyLanguage;
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{CommunityId, PolicyName};
use skillgate_domain::policy::{Act, Resource, ResourceKind, Subject};
use skillgate_domain::principal::{Action, Role};
use skillgate_policy::{Cedar, SHIPPED};

/// Tells how the shipped policies and `more` decide, and which policies decided.
fn answer(more: &str, subject: &Subject, action: Act, resource: &Resource) -> String {
    let policies = Cedar::new().read(&format!("{SHIPPED}\n{more}")).unwrap();
    let verdict = judge(&*policies, subject, action, resource);
    let names: Vec<_> = verdict.policies.iter().map(PolicyName::as_str).collect();
    format!("{}: {}", verdict.basis.code(), names.join(" "))
}

#[test]
fn an_agent_has_no_more_than_its_user() {
    let read = Act::Crm(Verb::Read);
    let contacts = of_home(records(ObjectKind::Contact));
    let eve_reads_nothing = "@id(\"eve\") forbid (principal == User::\"eve\", action == Action::\"crm-read\", resource);";
    let bots_read_nothing = "@id(\"bots\") forbid (principal == Agent::\"bot\", action == Action::\"crm-read\", resource);";
    let agents_of_eve = "@id(\"agents-of-eve\") forbid (principal is Agent, action == Action::\"crm-read\", resource)
         when { principal.user == User::\"eve\" };";
    for (more, role, user, expected) in [
        (
            "",
            Role::Agent,
            "eve",
            "permitted: skills-do-what-they-were-granted",
        ),
        (eve_reads_nothing, Role::Agent, "eve", "forbidden: eve"),
        (eve_reads_nothing, Role::Member, "eve", "forbidden: eve"),
        (
            eve_reads_nothing,
            Role::Agent,
            "ada",
            "permitted: skills-do-what-they-were-granted",
        ),
        (bots_read_nothing, Role::Agent, "ada", "forbidden: bots"),
        (
            bots_read_nothing,
            Role::Member,
            "ada",
            "permitted: skills-do-what-they-were-granted",
        ),
        (
            agents_of_eve,
            Role::Agent,
            "eve",
            "forbidden: agents-of-eve",
        ),
        (
            agents_of_eve,
            Role::Member,
            "eve",
            "permitted: skills-do-what-they-were-granted",
        ),
    ] {
        let answer = answer(more, &subject(role, user), read, &contacts);
        assert_eq!(answer, expected, "{role:?} {user} {more}");
    }
}

#[test]
fn an_agent_gets_nothing_that_only_agents_are_permitted() {
    let more = "@id(\"agents-read-the-log\")
        permit (principal is Agent, action == Action::\"read-audit\", resource);";
    let read = Act::Host(Action::ReadAudit);
    let log = of_home(ResourceKind::AuditLog);
    assert_eq!(
        answer(more, &subject(Role::Agent, "ada"), read, &log),
        "not-permitted: "
    );
    let people = "@id(\"people-read-the-log\")
        permit (principal is User, action == Action::\"read-audit\", resource);";
    let both = format!("{more}\n{people}");
    assert_eq!(
        answer(&both, &subject(Role::Agent, "ada"), read, &log),
        "permitted: agents-read-the-log people-read-the-log"
    );
}

#[test]
fn no_text_lifts_a_ceiling() {
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    let questions = Action::ALL.into_iter().flat_map(|action| {
        let all = resources().into_iter().map(|(_, resource)| resource);
        all.map(move |resource| (action, resource))
    });
    for (action, resource) in questions {
        let asked = Act::Host(action).applies_to(&resource.kind);
        if !action.administers() || !asked {
            continue;
        }
        for role in Role::ALL {
            let answer = answer(
                everything,
                &subject(role, "ada"),
                Act::Host(action),
                &resource,
            );
            let expected = if role == Role::Admin {
                "permitted: admins-administer everything"
            } else {
                "beyond-role: "
            };
            assert_eq!(answer, expected, "{role:?} {}", action.name());
        }
    }
}

#[test]
fn another_community_is_out_of_reach() {
    let away = CommunityId::parse("away").unwrap();
    let everything = "@id(\"everything\") permit (principal, action, resource);";
    for (action, kind) in [
        (Act::Host(Action::PutPolicies), ResourceKind::Policies),
        (Act::Host(Action::ReadAudit), ResourceKind::AuditLog),
        (Act::Crm(Verb::Read), records(ObjectKind::Contact)),
    ] {
        let theirs = Resource::of(&away, kind);
        let answer = answer(everything, &subject(Role::Admin, "ada"), action, &theirs);
        assert_eq!(answer, "other-community: ");
    }
}

#[test]
fn a_policy_that_fails_is_a_no() {
    // Cedar itself would pass over the policy and permit.
    let overflows = "@id(\"overflows\") forbid (principal == User::\"ada\", action == Action::\"crm-read\", resource)
        when { 9223372036854775807 + 1 > 0 };";
    let read = Act::Crm(Verb::Read);
    let contacts = of_home(records(ObjectKind::Contact));
    for (user, expected) in [
        ("ada", "policy-failed: overflows"),
        ("mia", "permitted: skills-do-what-they-were-granted"),
    ] {
        assert_eq!(
            answer(overflows, &subject(Role::Member, user), read, &contacts),
            expected
        );
    }
}

#[test]
fn policies_know_skill_and_tool_and_attributes() {
    let member = subject(Role::Member, "mia");
    let admin = subject(Role::Admin, "ada");
    let tool = of_home(crate::world::resources()[2].1.kind.clone());
    let token = of_home(crate::world::resources()[4].1.kind.clone());
    let module = of_home(crate::world::resources()[3].1.kind.clone());
    let tasks = of_home(records(ObjectKind::Task));
    let invoke = Act::Host(Action::InvokeSkill);
    for (more, who, action, resource) in [
        (
            "forbid (principal, action, resource == Tool::\"crm/create_lead\")",
            &member,
            invoke,
            &tool,
        ),
        (
            "forbid (principal, action, resource in Skill::\"crm\")",
            &member,
            invoke,
            &tool,
        ),
        (
            "forbid (principal, action, resource in Community::\"home\")",
            &member,
            invoke,
            &tool,
        ),
        (
            "forbid (principal, action == Action::\"crm-link\", resource == ObjectType::\"task\") when { context.tool in Skill::\"crm\" }",
            &member,
            Act::Crm(Verb::Link),
            &tasks,
        ),
        (
            "forbid (principal, action == Action::\"crm-link\", resource) when { context.skill == Skill::\"crm\" }",
            &member,
            Act::Crm(Verb::Link),
            &tasks,
        ),
        (
            "forbid (principal, action == Action::\"issue-token\", resource is Token) when { resource.role == Role::\"member\" && resource.user == \"mia\" }",
            &admin,
            Act::Host(Action::IssueToken),
            &token,
        ),
        (
            "forbid (principal, action == Action::\"grant-module\", resource is Module) when { resource.publisher like \"ac*\" && resource.skill == Skill::\"crm\" }",
            &admin,
            Act::Host(Action::GrantModule),
            &module,
        ),
        (
            "forbid (principal, action, resource) when { principal.role == Role::\"member\" && principal.community == Community::\"home\" }",
            &member,
            invoke,
            &tool,
        ),
    ] {
        let more = format!("@id(\"this-one\") {more};");
        assert_eq!(
            answer(&more, who, action, resource),
            "forbidden: this-one",
            "{more}"
        );
        let permitted = answer("", who, action, resource);
        assert!(permitted.starts_with("permitted"), "{permitted}");
    }
}

#[test]
fn what_a_policy_asks_about_is_permitted_once_it_is_confirmed() {
    let update = Act::Crm(Verb::Update);
    let deals = of_home(records(ObjectKind::Opportunity));
    let ask = "@id(\"ask\") @ask forbid (principal, action == Action::\"crm-update\", resource == ObjectType::\"opportunity\");";
    let ask_agents = "@id(\"ask-agents\") @ask forbid (principal is Agent, action == Action::\"crm-update\", resource);";
    let never = "@id(\"never\") forbid (principal == User::\"eve\", action == Action::\"crm-update\", resource);";
    let both = format!("{ask}\n{never}");
    let twice = format!("{ask}\n{ask_agents}");
    let permitted = "permitted: skills-do-what-they-were-granted";
    for (more, role, user, expected) in [
        (ask, Role::Member, "eve", "requires-confirmation: ask"),
        (ask, Role::Agent, "eve", "requires-confirmation: ask"),
        (ask_agents, Role::Member, "eve", permitted),
        (
            ask_agents,
            Role::Agent,
            "eve",
            "requires-confirmation: ask-agents",
        ),
        (
            &twice,
            Role::Agent,
            "eve",
            "requires-confirmation: ask ask-agents",
        ),
        // What another policy forbids, nobody is asked about.
        (&both, Role::Member, "eve", "forbidden: ask never"),
        (&both, Role::Agent, "eve", "forbidden: ask never"),
        (&both, Role::Agent, "ada", "requires-confirmation: ask"),
        // Nor about what no policy permits, nor where nobody is there to ask.
        (ask, Role::Partner, "eve", "not-permitted: "),
        (ask, Role::Service, "eve", "forbidden: ask"),
        (ask_agents, Role::Service, "eve", permitted),
    ] {
        let subject = subject(role, user);
        let told = answer(more, &subject, update, &deals);
        assert_eq!(told, expected, "{role:?} {user} {more}");
    }
    // The control: what it does not speak of.
    let contacts = of_home(records(ObjectKind::Contact));
    let member = subject(Role::Member, "eve");
    assert_eq!(answer(ask, &member, update, &contacts), permitted);
}
