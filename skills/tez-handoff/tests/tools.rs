//! The skill's tool, called with JSON over a host in memory. Inputs and answers are checked against their schemas.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use skillgate_sdk::crm::{Company, Contact, Money, ObjectKind, Opportunity};
use skillgate_sdk::testing::Host;
use skillgate_sdk::tez::{ContextItem, Kind, Visibility};
use skillgate_sdk::{ErrorCode, ToolError};

const TEAM: &str = "0190f5fe-7c00-7a00-8000-00000000beef";
const CAROL: &str = "0190f5fe-7c00-7a00-8000-0000000000ca";

/// Calls the tool as the host does: the input satisfies its schema, and so must the answer.
fn call(host: &Host, input: Value) -> Result<Value, ToolError> {
    let skill = skillgate_skill_tez_handoff::definition();
    let tool = skill.tools().iter().find(|it| it.name() == "coordinate");
    let tool = tool.unwrap();
    assert_valid(tool.input_schema(), &input);
    let answer = host.call(&skill, "coordinate", input)?;
    assert_valid(tool.output_schema(), &answer);
    Ok(answer)
}

fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    if let Err(error) = validator.validate(value) {
        panic!("{error} in {value}");
    }
}

#[expect(clippy::unnecessary_wraps, reason = "fields are optional")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn deal(host: &Host) -> String {
    let deal = Opportunity {
        name: text("Acme Renewal"),
        stage: text("PROPOSAL"),
        amount: Some(Money {
            amount_micros: 1_500_500_000,
            currency: "EUR".to_owned(),
        }),
        ..Default::default()
    };
    host.add(deal).id
}

fn asked(id: &str, more: &Value) -> Value {
    let mut asked = json!({ "entityType": "opportunity", "entityId": id, "objective": "Close it" });
    let members = more.as_object().unwrap().clone();
    asked.as_object_mut().unwrap().extend(members);
    asked
}

#[test]
fn a_person_is_summarised_with_the_company() {
    let host = Host::new();
    let engines = Company {
        name: text("Engines"),
        ..Default::default()
    };
    let engines = host.add(engines);
    let ada = host.add(Contact {
        first_name: text("Ada"),
        email: text("ada@example.org"),
        company_id: Some(engines.id),
        ..Default::default()
    });
    let input = json!({ "entityType": "person", "entityId": ada.id, "objective": "Get aligned" });
    let answer = call(&host, input.clone()).unwrap();
    assert_eq!(answer["summary"]["company"], "Engines");
    let surface = &answer["tezDraft"]["surfaceText"];
    assert_eq!(surface, "CRM person handoff for Ada: Get aligned");
    let content = answer["contextLayers"][0]["content"].as_str().unwrap();
    assert!(!content.contains("ada@example.org"), "{content}");

    let blind = host.deny(ObjectKind::Company);
    let answer = call(&blind, input).unwrap();
    assert_eq!(answer["summary"]["company"], Value::Null);
}

#[test]
fn a_plan_goes_into_the_draft_and_a_long_one_is_cut() {
    let host = Host::new();
    let id = deal(&host);
    let without = call(&host, asked(&id, &json!({}))).unwrap();
    assert_eq!(without["openclaw"]["available"], false);
    let host = host.planner(&"é".repeat(5_000));
    let planned = call(&host, asked(&id, &json!({}))).unwrap();
    let plan = planned["openclaw"]["summary"].as_str().unwrap();
    assert_eq!(plan.chars().count(), 4_000);
    let surface = planned["tezDraft"]["surfaceText"].as_str().unwrap();
    assert!(surface.ends_with(plan));
    // While the agent thinks, whoever waits is told so.
    let told = host.progress();
    assert_eq!(
        told[1],
        (1, Some(4), "Thinking about what is next".to_owned())
    );
    let silent = json!({ "openclaw": { "enabled": false } });
    let planning = call(&host, asked(&id, &silent)).unwrap()["openclaw"].clone();
    assert_eq!(
        (&planning["available"], &planning["generated"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn a_tez_is_handed_over_where_that_is_wanted() {
    let host = Host::new();
    let id = deal(&host);
    let mut tez = json!({ "teamId": TEAM, "recipients": [CAROL], "type": "escalation" });
    call(&host, asked(&id, &json!({ "tez": tez }))).unwrap();
    assert!(host.shared().is_empty());
    tez["share"] = json!(true);
    call(&host, asked(&id, &json!({ "tez": tez }))).unwrap();
    let shared = &host.shared()[0];
    assert_eq!(
        (shared.kind, shared.visibility),
        (Kind::Handoff, Visibility::Dm)
    );
    let [ContextItem::OfWords(hint), ContextItem::OfRecord(record), _] = &shared.context[..] else {
        panic!("{:?}", shared.context);
    };
    assert!(hint.content.contains("escalation") && record.id == id);

    tez.as_object_mut().unwrap().remove("teamId");
    let refused = call(&host, asked(&id, &json!({ "tez": tez }))).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidInput);
}

#[test]
fn an_e_mail_says_no_more_than_may_be_passed_on() {
    let wish = json!({ "enabled": true, "sendEmail": true, "logCalendar": true,
        "paEmail": "pa@example.org", "emailTo": "owner@example.org" });
    let host = Host::new();
    let id = deal(&host);
    let input = asked(&id, &json!({ "googleWorkspace": wish }));
    let answer = call(&host, input.clone()).unwrap();
    let reason = &answer["googleWorkspace"]["reason"];
    assert_eq!(reason, "No workspace is configured");
    assert!(host.emails().is_empty());

    let host = host.workspace();
    call(&host, input).unwrap();
    let email = &host.emails()[0];
    assert_eq!(email.subject, "Follow-up: Acme Renewal");
    assert!(!email.body.contains("1500"), "{}", email.body);
    assert_eq!(host.actions()[0].summary, "CRM follow-up: Acme Renewal");
}
