use crate::{NOBODY, call, company, contact, opportunity, refusal, task};
use serde_json::json;
use skillgate_sdk::crm::{ObjectKind, Opportunity};
use skillgate_sdk::{ErrorCode, testing::Host};

#[test]
fn contacts_are_found_by_all_words_of_name_and_email() {
    let host = Host::new();
    let ada = contact(&host, "Ada", "ada@engines.example");
    contact(&host, "Adam", "adam@other.example");
    for (words, total) in [
        ("ada", 2),
        ("ADA engines", 1),
        ("grace", 0),
        ("ada@engines.example", 1),
    ] {
        let answer = call(&host, "search_contacts", json!({ "text": words })).unwrap();
        assert_eq!(answer["total"], total, "{words}");
    }
    let answer = call(&host, "search_contacts", json!({ "text": "engines" })).unwrap();
    let expected = json!({ "id": ada.id, "name": "Ada", "email": "ada@engines.example" });
    assert_eq!(answer["contacts"], json!([expected]));
}

#[test]
fn pages_follow_each_other_and_a_foreign_cursor_is_refused() {
    let host = Host::new();
    for number in 0..3 {
        contact(&host, "Ada", &format!("ada{number}@example.org"));
    }
    let first = call(
        &host,
        "search_contacts",
        json!({ "text": "ada", "limit": 2 }),
    )
    .unwrap();
    assert_eq!(first["contacts"].as_array().unwrap().len(), 2);
    let cursor = &first["next_cursor"];
    let rest = json!({ "text": "ada", "limit": 2, "cursor": cursor });
    let second = call(&host, "search_contacts", rest).unwrap();
    assert_eq!(second["contacts"].as_array().unwrap().len(), 1);
    assert_eq!(second.get("next_cursor"), None);
    let foreign = json!({ "text": "eve", "cursor": cursor });
    assert_eq!(
        refusal(&host, "search_contacts", foreign),
        ErrorCode::InvalidInput
    );
}

#[test]
fn every_kind_is_searched_with_what_tells_its_records_apart() {
    let host = Host::new();
    contact(&host, "Ada", "ada@example.org");
    company(&host, "Ada Works", Some("ada.example"));
    opportunity(&host, "Ada's engine");
    task(&host, "Call Ada", None);
    host.add(skillgate_sdk::crm::Note {
        title: Some("Ada called".into()),
        ..Default::default()
    });
    for (object, name, detail) in [
        ("contact", "Ada", json!("ada@example.org")),
        ("company", "Ada Works", json!("ada.example")),
        ("opportunity", "Ada's engine", json!("NEW")),
        ("task", "Call Ada", json!("TODO")),
        ("note", "Ada called", json!(null)),
    ] {
        let answer = call(
            &host,
            "search_records",
            json!({ "object": object, "text": "ada" }),
        )
        .unwrap();
        assert_eq!(answer["total"], 1, "{object}");
        assert_eq!(answer["records"][0]["name"], name);
        assert_eq!(answer["records"][0]["detail"], detail);
    }
}

#[test]
fn records_are_narrowed_by_status_and_time_and_the_last_changed_comes_first() {
    let host = Host::new().at("2026-03-01T00:00:00Z");
    for (name, stage) in [("a", "NEW"), ("b", "MEETING"), ("c", "MEETING")] {
        host.add(Opportunity {
            name: Some(name.into()),
            stage: Some(stage.into()),
            ..Default::default()
        });
    }
    let input =
        json!({ "object": "opportunity", "status": "MEETING", "updated_since": "2026-03-01" });
    let answer = call(&host, "search_records", input).unwrap();
    assert_eq!(answer["total"], 2);
    assert_eq!(answer["records"][0]["name"], "c");
    let later = json!({ "object": "opportunity", "updated_since": "2026-03-02" });
    assert_eq!(call(&host, "search_records", later).unwrap()["total"], 0);
    let no_status = json!({ "object": "company", "status": "NEW" });
    assert_eq!(
        refusal(&host, "search_records", no_status),
        ErrorCode::InvalidInput
    );
}

#[test]
fn what_the_grant_hides_is_refused_or_left_out() {
    let host = Host::new()
        .deny(ObjectKind::Company)
        .deny_read(ObjectKind::Contact, "email");
    contact(&host, "Ada", "ada@example.org");
    let companies = json!({ "object": "company" });
    assert_eq!(
        refusal(&host, "search_records", companies),
        ErrorCode::Denied
    );
    let answer = call(&host, "search_contacts", json!({ "text": "ada" })).unwrap();
    assert_eq!(answer["contacts"][0].get("email"), None);
}

#[test]
fn a_missing_record_is_not_found_by_any_tool() {
    let host = Host::new();
    for (tool, input) in [
        ("get_contact", json!({ "id": NOBODY })),
        ("get_contact", json!({ "email": "eve@example.org" })),
        (
            "update_contact",
            json!({ "id": NOBODY, "job_title": "Poet" }),
        ),
        ("get_opportunity", json!({ "id": NOBODY })),
        (
            "update_opportunity",
            json!({ "id": NOBODY, "stage": "MEETING" }),
        ),
        ("upsert_task", json!({ "id": NOBODY, "title": "Call" })),
        ("complete_task", json!({ "id": NOBODY })),
        ("add_note", json!({ "title": "Call", "contact_id": NOBODY })),
    ] {
        assert_eq!(
            refusal(&host, tool, input.clone()),
            ErrorCode::NotFound,
            "{tool} {input}"
        );
    }
}
