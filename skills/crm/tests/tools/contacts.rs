use crate::{call, company, contact, refusal, text};
use serde_json::json;
use skillgate_sdk::crm::{Contact, ObjectKind, Phone};
use skillgate_sdk::{ErrorCode, testing::Host};

fn ada_of_engines(host: &Host) -> String {
    let engines = company(host, "Engines", Some("engines.example"));
    let ada = host.add(Contact {
        first_name: text("Ada"),
        last_name: text("Lovelace"),
        email: text("ada@engines.example"),
        phone: Some(Phone {
            number: "612345678".into(),
            country: "FR".into(),
            calling_code: "+33".into(),
        }),
        job_title: text("Countess"),
        company_id: Some(engines.id),
        ..Default::default()
    });
    ada.id
}

#[test]
fn a_contact_is_read_by_id_or_by_email_in_any_case() {
    let host = Host::new();
    let id = ada_of_engines(&host);
    for input in [
        json!({ "id": id }),
        json!({ "email": "Ada@Engines.Example" }),
    ] {
        let answer = call(&host, "get_contact", input).unwrap();
        assert_eq!(answer["id"], id);
        assert_eq!(answer["name"], "Ada Lovelace");
        assert_eq!(answer["phone"], "+33 612345678");
        assert_eq!(answer["company"]["name"], "Engines");
    }
    for input in [
        json!({}),
        json!({ "id": id, "email": "ada@engines.example" }),
    ] {
        assert_eq!(
            refusal(&host, "get_contact", input),
            ErrorCode::InvalidInput
        );
    }
}

#[test]
fn a_company_that_may_not_be_read_has_no_name() {
    let host = Host::new();
    let id = ada_of_engines(&host);
    let host = host.deny(ObjectKind::Company);
    let answer = call(&host, "get_contact", json!({ "id": id })).unwrap();
    assert_eq!(answer["company"].get("name"), None);
    assert!(answer["company"]["id"].is_string());
}

#[test]
fn a_contact_changes_where_told_and_nowhere_else() {
    let host = Host::new();
    let id = ada_of_engines(&host);
    let input = json!({
        "id": id,
        "email": "Ada@New.Example",
        "phone": { "number": "698765432", "country": "fr" },
        "clear": ["job_title", "company_id"],
    });
    let answer = call(&host, "update_contact", input).unwrap();
    assert_eq!(answer["email"], "ada@new.example");
    assert_eq!(answer["name"], "Ada Lovelace");
    let ada = &host.records::<Contact>()[0].fields;
    assert_eq!((&ada.job_title, &ada.company_id), (&None, &None));
    assert_eq!(ada.phone.as_ref().unwrap().country, "FR");
}

#[test]
fn changes_that_cannot_be_are_refused() {
    let host = Host::new().deny_write(ObjectKind::Contact, "linkedin_url");
    let id = ada_of_engines(&host);
    contact(&host, "Grace", "grace@example.org");
    for (change, code) in [
        (json!({}), ErrorCode::InvalidInput),
        (json!({ "email": "GRACE@example.org" }), ErrorCode::Conflict),
        (
            json!({ "company_id": crate::NOBODY }),
            ErrorCode::InvalidInput,
        ),
        (
            json!({ "phone": { "number": "123", "country": "FR" }, "clear": ["phone"] }),
            ErrorCode::InvalidInput,
        ),
        (
            json!({ "linkedin_url": "https://example.org/ada" }),
            ErrorCode::Denied,
        ),
    ] {
        let mut input = change.clone();
        input["id"] = json!(id);
        assert_eq!(refusal(&host, "update_contact", input), code, "{change}");
    }
}
