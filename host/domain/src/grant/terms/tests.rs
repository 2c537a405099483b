use super::*;
use crate::capability::{Interface, ObjectCapability};
use crate::crm::{FieldKey, ObjectKind};
use crate::ids::{CommunityId, GrantId, SkillName, SubmissionId, UserId};
use crate::skill::ConfigDeclaration;
use crate::time::Timestamp;
use uuid::Uuid;

fn declared(keys: &[&str]) -> BTreeMap<ConfigKey, ConfigDeclaration> {
    let declaration = |key: &&str| {
        let nothing = ConfigDeclaration {
            description: String::new(),
            default: None,
        };
        (ConfigKey::parse(key).unwrap(), nothing)
    };
    keys.iter().map(declaration).collect()
}

fn reading(fields: &[&str], interfaces: &[Interface]) -> Capabilities {
    let kind = ObjectKind::Contact;
    let read = fields
        .iter()
        .map(|name| FieldKey::from_name(kind, name).unwrap())
        .collect();
    let mut all = Capabilities::default();
    all.interfaces.extend(interfaces);
    all.set_object(
        kind,
        ObjectCapability {
            read: Some(read),
            ..ObjectCapability::default()
        },
    );
    all
}

fn skill() -> Skill {
    Skill {
        name: SkillName::parse("crm").unwrap(),
        version: "0.1.0".to_owned(),
        title: String::new(),
        description: String::new(),
        publisher: String::new(),
        license: String::new(),
        tools: Vec::new(),
        requests: reading(&["email", "phone"], &[Interface::Crm]),
        limits: CallLimits::DEFAULT,
        config: declared(&["stage"]),
        manual: None,
    }
}

fn tool(name: &str) -> ToolName {
    ToolName::parse(name).unwrap()
}

fn contracts(of: &[(&str, u8)]) -> BTreeMap<ToolName, Digest> {
    let contract = |(name, byte): &(&str, u8)| (tool(name), Digest::from_bytes([*byte; 32]));
    of.iter().map(contract).collect()
}

fn settings(of: &[(&str, &str)]) -> BTreeMap<ConfigKey, String> {
    let setting =
        |(key, value): &(&str, &str)| (ConfigKey::parse(key).unwrap(), (*value).to_owned());
    of.iter().map(setting).collect()
}

fn grant() -> Grant {
    Grant {
        id: GrantId::new(Uuid::nil()),
        community: CommunityId::parse("red").unwrap(),
        skill: SkillName::parse("crm").unwrap(),
        generation: Generation::new(1),
        submission: SubmissionId::new(Uuid::nil()),
        component: Digest::from_bytes([0; 32]),
        manifest: Digest::from_bytes([0; 32]),
        capabilities: reading(&["email", "job_title"], &[Interface::Crm, Interface::Log]),
        capability_set: Digest::from_bytes([0; 32]),
        tools: contracts(&[("kept", 1), ("changed", 2), ("gone", 3)]),
        limits: CallLimits {
            crm_reads: 3,
            ..CallLimits::CEILING
        },
        config: settings(&[("stage", "NEW"), ("gone", "x")]),
        granted_by: UserId::parse("ada").unwrap(),
        granted_at: Timestamp::from_unix_ms(0),
        end: None,
        frozen_at: None,
        owner: None,
    }
}

fn settle(terms: GrantTerms) -> Result<Settled, GrantRefusal> {
    terms.settle(
        &skill(),
        &contracts(&[("kept", 1), ("changed", 9), ("new", 4)]),
        Some(&grant()),
    )
}

fn carry_over() -> GrantTerms {
    GrantTerms {
        carry_over: true,
        ..GrantTerms::default()
    }
}

#[test]
fn settings_are_declared_and_bounded() {
    let long = "x".repeat(SETTING_BYTES_MAX);
    for (key, value, accepted) in [
        ("stage", "NEW", true),
        ("stage", &long, true),
        ("stage", &format!("{long}x"), false),
        ("stage", "N\0", false),
        ("other", "NEW", false),
    ] {
        let terms = GrantTerms {
            config: settings(&[(key, value)]),
            ..GrantTerms::default()
        };
        assert_eq!(settle(terms).is_ok(), accepted);
    }
}

#[test]
fn limits_only_shrink() {
    let limited = |limits| {
        settle(GrantTerms {
            limits: Some(limits),
            ..GrantTerms::default()
        })
    };
    assert_eq!(
        limited(CallLimits::CEILING).unwrap().limits,
        CallLimits::DEFAULT
    );
    let narrow = limited(CallLimits {
        crm_writes: 1,
        ..CallLimits::CEILING
    });
    let expected = CallLimits {
        crm_writes: 1,
        ..CallLimits::DEFAULT
    };
    assert_eq!(narrow.unwrap().limits, expected);
}

#[test]
fn tools_are_those_named_or_all() {
    let named = |names: &[&str]| {
        let tools = Some(names.iter().map(|name| tool(name)).collect());
        settle(GrantTerms {
            tools,
            ..GrantTerms::default()
        })
    };
    assert_eq!(named(&["new"]).unwrap().tools, contracts(&[("new", 4)]));
    assert_eq!(named(&[]).unwrap().tools, BTreeMap::new());
    assert_eq!(
        named(&["new", "gone"]),
        Err(GrantRefusal::UnknownTool(tool("gone")))
    );
    let all = contracts(&[("kept", 1), ("changed", 9), ("new", 4)]);
    assert_eq!(settle(GrantTerms::default()).unwrap().tools, all);
}

#[test]
fn only_what_is_unchanged_is_carried_over() {
    let settled = settle(carry_over()).unwrap();
    assert_eq!(settled.capabilities, reading(&["email"], &[Interface::Crm]));
    assert_eq!(
        settled.limits,
        CallLimits {
            crm_reads: 3,
            ..CallLimits::DEFAULT
        }
    );
    assert_eq!(settled.config, settings(&[("stage", "NEW")]));
    assert_eq!(settled.tools, contracts(&[("kept", 1)]));
}

#[test]
fn carrying_over_stands_alone_and_needs_a_grant() {
    for terms in [
        GrantTerms {
            capabilities: Some(Capabilities::default()),
            ..carry_over()
        },
        GrantTerms {
            limits: Some(CallLimits::DEFAULT),
            ..carry_over()
        },
        GrantTerms {
            config: settings(&[("stage", "NEW")]),
            ..carry_over()
        },
        GrantTerms {
            tools: Some(BTreeSet::new()),
            ..carry_over()
        },
    ] {
        assert_eq!(settle(terms), Err(GrantRefusal::CarriesOverOnly));
    }
    let alone = carry_over().settle(&skill(), &contracts(&[]), None);
    assert_eq!(alone, Err(GrantRefusal::NothingToCarryOver));
}
