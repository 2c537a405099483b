use crate::{NOBODY, call, company, contact, opportunity, refusal, task};
use serde_json::{Value, json};
use skillgate_sdk::crm::{self, Error, Note, Task};
use skillgate_sdk::{ErrorCode, Retry, testing::Host};

#[test]
fn a_task_is_made_linked_and_found_again_while_open() {
    let host = Host::new();
    let ada = contact(&host, "Ada", "ada@example.org");
    let deal = opportunity(&host, "Engine");
    let input = json!({ "title": "Call Ada", "contact_id": ada.id, "opportunity_id": deal.id });
    let first = call(&host, "upsert_task", input.clone()).unwrap();
    assert_eq!(
        (&first["outcome"], &first["task"]["status"]),
        (&json!("created"), &json!("TODO"))
    );
    assert_eq!(host.links().len(), 2);

    let moved = json!({ "title": " call ada", "contact_id": ada.id, "due_at": "2026-01-05" });
    let second = call(&host, "upsert_task", moved).unwrap();
    assert_eq!(second["outcome"], "updated");
    assert_eq!(second["task"]["id"], first["task"]["id"]);
    assert_eq!(second["task"]["due_at"], "2026-01-05T00:00:00.000Z");

    for _ in 0..2 {
        let done = call(&host, "complete_task", json!({ "id": first["task"]["id"] })).unwrap();
        assert_eq!(done["status"], "DONE");
    }
    let third = call(&host, "upsert_task", input).unwrap();
    assert_eq!(
        third["outcome"], "created",
        "a done task is not opened again"
    );
    assert_eq!(host.records::<Task>().len(), 2);
}

#[test]
fn tasks_about_other_records_or_at_other_times_are_others() {
    let host = Host::new();
    let (ada, eve) = (
        contact(&host, "Ada", "a@b.example"),
        contact(&host, "Eve", "e@b.example"),
    );
    let friday = "2026-01-09";
    for (input, outcome) in [
        (json!({ "title": "Call", "contact_id": ada.id }), "created"),
        (json!({ "title": "Call", "contact_id": eve.id }), "created"),
        (
            json!({ "title": "Call again", "contact_id": eve.id }),
            "created",
        ),
        (json!({ "title": "Call", "due_at": friday }), "created"),
        (
            json!({ "title": "Call", "due_at": "2026-01-09T00:00:00+00:00" }),
            "updated",
        ),
        (
            json!({ "title": "Call", "due_at": "2026-01-10" }),
            "created",
        ),
    ] {
        let answer = call(&host, "upsert_task", input.clone()).unwrap();
        assert_eq!(answer["outcome"], outcome, "{input}");
    }
}

#[test]
fn a_known_task_is_changed_or_linked_by_id() {
    let host = Host::new();
    let known = task(&host, "Call", None);
    let engines = company(&host, "Engines", None);
    let linked = json!({ "id": known.id, "company_id": engines.id });
    assert_eq!(
        call(&host, "upsert_task", linked).unwrap()["outcome"],
        "updated"
    );
    assert_eq!(host.links(), [(known.reference(), engines.reference())]);
    let renamed = json!({ "id": known.id, "title": "Write", "status": "IN_PROGRESS" });
    assert_eq!(
        call(&host, "upsert_task", renamed).unwrap()["task"]["title"],
        "Write"
    );
    for input in [
        json!({}),
        json!({ "title": "  " }),
        json!({ "id": known.id }),
        json!({ "id": known.id, "status": "LATER" }),
    ] {
        assert_eq!(
            refusal(&host, "upsert_task", input),
            ErrorCode::InvalidInput
        );
    }
}

#[test]
fn a_task_that_could_not_be_linked_is_named() {
    let host = Host::new();
    let input = json!({ "title": "Call", "due_at": "2026-01-09", "contact_id": NOBODY });
    let error = call(&host, "upsert_task", input).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    let id = &host.records::<Task>()[0].id;
    assert!(error.message.contains(id), "{}", error.message);
}

#[test]
fn the_same_note_is_written_once() {
    let host = Host::new();
    let ada = contact(&host, "Ada", "ada@example.org");
    let note = json!({ "title": "Call", "body": "She wants two.", "contact_id": ada.id });
    let first = call(&host, "add_note", note.clone()).unwrap();
    let second = call(&host, "add_note", note).unwrap();
    assert_eq!(
        (&first["outcome"], &second["outcome"]),
        (&json!("created"), &json!("found"))
    );
    assert_eq!(first["id"], second["id"]);
    let other = json!({ "title": "Call", "body": "She wants three.", "contact_id": ada.id });
    assert_eq!(
        call(&host, "add_note", other).unwrap()["outcome"],
        "created"
    );
    assert_eq!((host.records::<Note>().len(), host.links().len()), (2, 2));
    let homeless = json!({ "title": "Call" });
    assert_eq!(
        refusal(&host, "add_note", homeless),
        ErrorCode::InvalidInput
    );
}

#[test]
fn a_note_whose_answer_was_lost_before_its_link_says_what_to_check() {
    let host = Host::new();
    let ada = contact(&host, "Ada", "ada@example.org");
    let lost = Error::new(
        crm::ErrorCode::OutcomeUnknown,
        Retry::CheckFirst,
        "The line broke.",
    );
    host.fail(1, lost);
    let note = json!({ "title": "Call", "contact_id": ada.id });
    let error = call(&host, "add_note", note).unwrap_err();
    assert_eq!(
        (error.code, error.retry),
        (ErrorCode::OutcomeUnknown, Retry::CheckFirst)
    );
}

fn listed(answer: &Value) -> Vec<(&str, bool)> {
    let follow_ups = answer["follow_ups"].as_array().unwrap();
    follow_ups
        .iter()
        .map(|it| {
            (
                it["title"].as_str().unwrap(),
                it["overdue"].as_bool().unwrap(),
            )
        })
        .collect()
}

#[test]
fn follow_ups_are_open_due_and_sorted() {
    let host = Host::new().at("2026-03-10T12:00:00Z");
    let week = task(&host, "in a week", Some("2026-03-17T12:00:00Z"));
    task(&host, "later", Some("2026-03-17T12:00:00.001Z"));
    let late = task(&host, "late", Some("2026-03-10T11:59:59.999Z"));
    task(&host, "now", Some("2026-03-10T12:00:00Z"));
    task(&host, "some day", None);
    let done = task(&host, "done", Some("2026-03-11"));
    call(&host, "complete_task", json!({ "id": done.id })).unwrap();
    let ada = contact(&host, "Ada", "ada@example.org");
    let deal = opportunity(&host, "Engine");
    host.link(&week, &ada);
    host.link(&late, &deal);

    let answer = call(&host, "list_upcoming_follow_ups", json!({})).unwrap();
    assert_eq!(
        listed(&answer),
        [("late", true), ("now", false), ("in a week", false)]
    );
    assert_eq!(answer["until"], "2026-03-17T12:00:00.000Z");
    for (input, titles) in [
        (json!({ "days": 0 }), vec!["late", "now"]),
        (
            json!({ "days": 8 }),
            vec!["late", "now", "in a week", "later"],
        ),
        (json!({ "contact_id": ada.id }), vec!["in a week"]),
        (json!({ "opportunity_id": deal.id }), vec!["late"]),
        (json!({ "limit": 1 }), vec!["late"]),
    ] {
        let answer = call(&host, "list_upcoming_follow_ups", input.clone()).unwrap();
        let actual: Vec<_> = listed(&answer)
            .into_iter()
            .map(|(title, _)| title)
            .collect();
        assert_eq!(actual, titles, "{input}");
    }
    let both = json!({ "contact_id": ada.id, "opportunity_id": deal.id });
    let code = refusal(&host, "list_upcoming_follow_ups", both);
    assert_eq!(code, ErrorCode::InvalidInput);
}
