//! The flows of a day's work, called with JSON over a host in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::{Value, json};
use skillgate_sdk::crm::{self, Contact, Entry, Opportunity, Task};
use skillgate_sdk::testing::Host;
use skillgate_sdk::tez::{ContextItem, Kind, Line, Urgency, Visibility};
use skillgate_sdk::{ErrorCode, ToolError};

const TEAM: &str = "0190f5fe-7c00-7a00-8000-00000000beef";
const NOBODY: &str = "0190f5fe-7c00-7a00-8000-0000000000aa";

/// Calls a tool as the host does: the input satisfies its schema, and so must the answer.
fn call(host: &Host, tool: &str, input: Value) -> Result<Value, ToolError> {
    let skill = skillgate_skill_tez_handoff::definition();
    let defined = skill.tools().iter().find(|it| it.name() == tool).unwrap();
    assert_valid(defined.input_schema(), &input);
    let answer = host.call(&skill, tool, input)?;
    assert_valid(defined.output_schema(), &answer);
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

fn ada(host: &Host) -> Entry<Contact> {
    host.add(Contact {
        first_name: text("Ada"),
        email: text("ada@example.org"),
        ..Default::default()
    })
}

fn deal(host: &Host, close: Option<&str>) -> Entry<Opportunity> {
    host.add(Opportunity {
        name: text("Acme Renewal"),
        stage: text("PROPOSAL"),
        close_date: close.map(str::to_owned),
        ..Default::default()
    })
}

fn task(host: &Host, deal: &Entry<Opportunity>, title: &str, due: Option<&str>) -> Entry<Task> {
    let task = host.add(Task {
        title: text(title),
        due_at: due.map(str::to_owned),
        ..Default::default()
    });
    host.run(|| crm::link(&task, deal)).unwrap();
    task
}

#[test]
fn a_follow_up_is_made_once_and_handed_over() {
    let host = Host::new();
    let ada = ada(&host);
    let to = json!({ "team_id": TEAM, "recipients": ["carol"], "action_requested": "Call her", "urgency": "high" });
    let input =
        json!({ "contact_id": ada.id, "title": "Call Ada", "due_at": "2026-01-09", "to": to });
    let tool = "create_follow_up_and_hand_off";
    let made = call(&host, tool, input.clone()).unwrap();
    assert_eq!(made["created"], true);
    assert_eq!(made["tez"], json!({ "planned": true }));
    assert_eq!(
        made["surface_text"],
        "Follow-up for Ada: Call Ada (due 2026-01-09)"
    );
    let sent = &host.shared()[0];
    assert_eq!(
        (sent.kind, sent.visibility, sent.urgency),
        (Kind::Handoff, Visibility::Dm, Urgency::High)
    );
    let [
        ContextItem::OfRecord(person),
        ContextItem::OfRecord(task),
        ContextItem::OfWords(_),
    ] = &sent.context[..]
    else {
        panic!("{:?}", sent.context);
    };
    assert_eq!(person.id, ada.id);
    assert_eq!(json!(task.id), made["task_id"]);

    let again = call(&host, tool, input).unwrap();
    assert_eq!(
        (&again["created"], &again["task_id"]),
        (&json!(false), &made["task_id"])
    );
    assert_eq!(host.records::<Task>().len(), 1);

    let to_all = json!({ "team_id": TEAM });
    let both =
        json!({ "contact_id": ada.id, "opportunity_id": ada.id, "title": "x", "to": to_all });
    let of_nobody = json!({ "contact_id": NOBODY, "title": "x", "to": to_all });
    for (input, code) in [
        (both, ErrorCode::InvalidInput),
        (of_nobody, ErrorCode::NotFound),
    ] {
        assert_eq!(call(&host, tool, input).unwrap_err().code, code);
    }
    assert_eq!((host.shared().len(), host.records::<Task>().len()), (2, 1));
}

#[test]
fn what_holds_a_deal_up_is_found_and_told() {
    let host = Host::new().at("2026-02-01T12:00:00Z");
    let deal = deal(&host, Some("2026-02-20"));
    let host = host.at("2026-03-01T12:00:00Z");
    let late = task(&host, &deal, "Send the quote", Some("2026-02-25T09:00:00Z"));
    task(&host, &deal, "Call back", Some("2026-03-05T09:00:00Z"));
    let tool = "summarize_opportunity_blockers";
    let drafted = call(&host, tool, json!({ "opportunity_id": deal.id })).unwrap();
    let blockers = drafted["blockers"].as_array().unwrap();
    let kinds: Vec<_> = blockers
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["close_date_passed", "overdue_task", "stale"]);
    assert_eq!(
        blockers[1]["text"],
        "Overdue since 2026-02-25: Send the quote"
    );
    assert_eq!(drafted["open"], json!(["Call back"]));
    assert!(drafted["tez"].is_null() && host.shared().is_empty());

    let host = host.planner("Send the quote today.");
    let input = json!({ "opportunity_id": deal.id, "to": { "team_id": TEAM } });
    let told = call(&host, tool, input.clone()).unwrap();
    assert_eq!(told["advice"], "Send the quote today.");
    let sent = &host.shared()[0];
    assert!(
        sent.surface_text
            .ends_with("Advice:\nSend the quote today.")
    );
    assert_eq!(
        (sent.kind, sent.visibility),
        (Kind::Update, Visibility::Team)
    );
    let of_records = sent.context.iter().filter_map(|item| match item {
        ContextItem::OfRecord(target) => Some(target.id.clone()),
        ContextItem::OfWords(_) => None,
    });
    let of_records: Vec<_> = of_records.collect();
    assert_eq!((&of_records[0], &of_records[1]), (&deal.id, &late.id));
    let mut silent = input;
    silent["advice"] = json!(false);
    assert!(call(&host, tool, silent).unwrap()["advice"].is_null());
}

#[test]
fn a_deal_that_nobody_works_on_says_so_and_a_healthy_one_has_no_blockers() {
    let tool = "summarize_opportunity_blockers";
    let host = Host::new();
    let lonely = deal(&host, None);
    let told = call(&host, tool, json!({ "opportunity_id": lonely.id })).unwrap();
    assert_eq!(told["blockers"][0]["kind"], "no_open_task");
    task(&host, &lonely, "Call back", None);
    let told = call(&host, tool, json!({ "opportunity_id": lonely.id })).unwrap();
    assert_eq!(told["blockers"], json!([]));
    assert_eq!(
        told["surface_text"],
        "Nothing seems to hold Acme Renewal up.\n\nOpen:\n- Call back"
    );
    let refused = call(&host, tool, json!({ "opportunity_id": NOBODY })).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
}

fn tez(id: u8, sender: &str, at: &str, urgency: Urgency) -> Line {
    let id = format!("0190f5fe-7c00-7a00-8000-{id:012}");
    Line {
        thread_id: id.clone(),
        id,
        sender_id: sender.to_owned(),
        kind: Kind::Question,
        urgency,
        surface_text: "é".repeat(300),
        action_requested: text("Say yes\nor no"),
        created_at: at.to_owned(),
    }
}

#[test]
fn a_briefing_has_what_is_due_and_what_others_sent() {
    let host = Host::new()
        .at("2026-03-01T08:00:00Z")
        .config("closed_stages", "CUSTOMER, LOST")
        .tez(
            TEAM,
            tez(1, "carol", "2026-02-28T08:00:00.000Z", Urgency::Fyi),
        )
        .tez(
            TEAM,
            tez(2, "dave", "2026-02-27T08:00:00.000Z", Urgency::High),
        )
        .tez(
            TEAM,
            tez(3, "dave", "2026-02-10T08:00:00.000Z", Urgency::High),
        )
        .tez(
            TEAM,
            tez(4, "test-user", "2026-02-28T09:00:00.000Z", Urgency::High),
        );
    let due = deal(&host, Some("2026-03-01"));
    let won = host.add(Opportunity {
        name: text("Done"),
        stage: text("CUSTOMER"),
        close_date: text("2026-02-01"),
        ..Default::default()
    });
    task(&host, &due, "Send the quote", Some("2026-02-25T09:00:00Z"));
    task(&host, &due, "Call back", Some("2026-03-09T09:00:00Z"));
    let input = json!({ "team_ids": [TEAM] });
    let told = call(&host, "daily_briefing", input).unwrap();
    assert_eq!(told["follow_ups"].as_array().unwrap().len(), 1);
    assert_eq!(told["follow_ups"][0]["overdue"], true);
    assert_eq!(
        told["deals"].as_array().unwrap().len(),
        1,
        "{} is {}",
        won.id,
        told["deals"]
    );
    let from = |it: &Value| it["from"].as_str().unwrap().to_owned();
    let from: Vec<_> = told["tez"].as_array().unwrap().iter().map(from).collect();
    assert_eq!(
        from,
        ["dave", "carol"],
        "urgent ones first; neither old ones nor one's own"
    );
    assert_eq!(
        told["tez"][0]["text"].as_str().unwrap().chars().count(),
        280
    );
    assert_eq!(
        told["text"],
        "**Follow-ups** (1)\n- Send the quote (due 2026-02-25, overdue)\n\n\
         **Deals to close** (1)\n- Acme Renewal (closes 2026-03-01, overdue)\n\n\
         **Tez** (2)\n- urgent, from dave: Say yes or no\n- from carol: Say yes or no"
    );
    let nothing = call(&Host::new(), "daily_briefing", json!({})).unwrap();
    assert_eq!(nothing["text"], "Nothing is due.");
}
