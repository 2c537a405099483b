use super::super::tests::{changes, create, update};
use super::*;
use skillgate_domain::crm::{EntryRef, Field, FieldKey, FieldValue, Money, Phone};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn entry(object: ObjectKind, number: u128) -> EntryRef {
    EntryRef {
        object,
        id: RecordId::new(Uuid::from_u128(number)),
    }
}

fn custom(name: &str) -> FieldKey {
    FieldKey::from_name(ObjectKind::Opportunity, name).unwrap()
}

/// An update that has every kind of value.
fn full_update() -> Effect {
    let values = [
        FieldValue::Text("\u{1f9ee} \"quoted\"\n".to_owned()),
        FieldValue::Texts(vec!["a".to_owned(), String::new()]),
        FieldValue::Number(0.1 + 0.2),
        FieldValue::Number(-0.0),
        FieldValue::Number(f64::MAX),
        FieldValue::Boolean(true),
        FieldValue::DateTime("2026-03-03T09:00:00Z".to_owned()),
        FieldValue::Money(Money {
            amount_micros: (1 << 53) - 1,
            currency: "EUR".to_owned(),
        }),
        FieldValue::Phone(Phone {
            number: "12345".to_owned(),
            country: "FR".to_owned(),
            calling_code: "+33".to_owned(),
        }),
        FieldValue::Reference(RecordId::new(Uuid::from_u128(9))),
    ];
    let named = (0..).zip(values);
    let fields: BTreeMap<_, _> = named
        .map(|(number, value)| (custom(&format!("field{number}")), value))
        .collect();
    let mut changes = changes("new");
    changes.set.extend(fields.clone());
    changes.clear = BTreeSet::from([FieldKey::Standard(Field::OpportunityCloseDate)]);
    Effect::Update {
        id: RecordId::new(Uuid::from_u128(2)),
        changes,
        before: Before {
            fields,
            hidden: BTreeSet::from([custom("secret")]),
        },
    }
}

fn plan(agent: Option<&str>) -> Plan {
    Plan {
        id: PlanId::new(Uuid::from_u128(1)),
        community: CommunityId::parse("riverside").unwrap(),
        owner: Owner {
            user: UserId::parse("ada").unwrap(),
            agent: agent.map(|name| AgentId::parse(name).unwrap()),
        },
        invocation: InvocationId::new(Uuid::from_u128(3)),
        skill: SkillName::parse("crm").unwrap(),
        tool: ToolName::parse("create_lead").unwrap(),
        component: Digest::from_bytes([4; 32]),
        grant: GrantId::new(Uuid::from_u128(5)),
        made_at: Timestamp::from_unix_ms(6),
        expires_at: Timestamp::from_unix_ms(7),
        let_out: LetOut::default(),
        awaited: agent.map(|_| AwaitedCall {
            parameters: Digest::from_bytes([9; 32]),
            output: "{\"outcome\":\"created\"}".to_owned(),
        }),
        effects: vec![
            create(1),
            update(1, "renamed"),
            full_update(),
            Effect::Link {
                id: RecordId::new(Uuid::from_u128(8)),
                link: Link {
                    source: entry(ObjectKind::Task, 1),
                    target: entry(ObjectKind::Contact, 2),
                },
            },
        ],
    }
}

#[test]
fn a_plan_reads_back_to_the_last_bit() {
    for agent in [None, Some("openclaw")] {
        let plan = plan(agent);
        let text = write(&plan);
        assert_eq!(read(&text), Some(plan));
        assert_eq!(write(&read(&text).unwrap()), text);
    }
}

#[test]
fn what_was_let_out_reads_back_and_says_nothing_where_nothing_was() {
    assert!(!write(&plan(None)).contains("let_out"));
    let mut plan = plan(None);
    for name in ["name", "dealSource"] {
        plan.let_out.add(ObjectKind::Opportunity, custom(name));
    }
    let text = write(&plan);
    let part = r#""let_out":{"opportunity":["name","dealSource"]}"#;
    assert!(text.contains(part), "{text}");
    assert_eq!(read(&text), Some(plan));
    for wrong in [r#"{"planet":["name"]}"#, r#"{"opportunity":["createdBy"]}"#] {
        let text = text.replace(part, &format!(r#""let_out":{wrong}"#));
        assert_eq!(read(&text), None, "{wrong}");
    }
}

#[test]
fn another_text_is_no_plan() {
    let text = write(&plan(None));
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"contact\"", "\"planet\""),
        ("\"user\":\"ada\"", "\"user\":\"\""),
        ("\"effects\"", "\"affects\""),
        ("\"create\"", "\"destroy\""),
        ("\"clear\":[\"close_date\"]", "\"clear\":[\"\"]"),
    ] {
        assert!(text.contains(from), "{from}: {text}");
        assert_eq!(read(&text.replace(from, to)), None, "{from}");
    }
}
