use crate::{call, company, contact, refusal, text};
use serde_json::{Value, json};
use skillgate_sdk::crm::{Company, Contact, Error, ErrorCode, Opportunity};
use skillgate_sdk::{Retry, testing::Host};

fn lead() -> Value {
    json!({
        "name": "Analytical engine",
        "person": { "email": "Ada@Engines.example", "first_name": "Ada", "last_name": "Lovelace" },
        "company": { "name": "Engines", "domain": "https://www.engines.example/" },
        "amount": { "amount": 5000.0, "currency": "EUR" },
    })
}

fn outcomes(answer: &Value) -> [&str; 3] {
    ["company", "person", "opportunity"].map(|part| answer[part]["outcome"].as_str().unwrap())
}

fn counts(host: &Host) -> (usize, usize, usize) {
    (
        host.records::<Company>().len(),
        host.records::<Contact>().len(),
        host.records::<Opportunity>().len(),
    )
}

#[test]
fn a_new_lead_makes_three_records_and_the_same_lead_none() {
    let host = Host::new();
    let first = call(&host, "create_lead", lead()).unwrap();
    assert_eq!(outcomes(&first), ["created"; 3]);
    let deal = &host.records::<Opportunity>()[0].fields;
    assert_eq!(deal.stage.as_deref(), Some("NEW"));
    assert_eq!(deal.company_id.as_deref(), first["company"]["id"].as_str());
    assert_eq!(
        deal.point_of_contact_id.as_deref(),
        first["person"]["id"].as_str()
    );
    assert_eq!(
        host.records::<Company>()[0].fields.domain.as_deref(),
        Some("engines.example")
    );

    let second = call(&host, "create_lead", lead()).unwrap();
    assert_eq!(outcomes(&second), ["found"; 3]);
    for part in ["company", "person", "opportunity"] {
        assert_eq!(first[part]["id"], second[part]["id"], "{part}");
    }
    assert_eq!(counts(&host), (1, 1, 1));
}

#[test]
fn what_exists_is_found_and_left_as_it_is() {
    let host = Host::new();
    let engines = company(&host, "ENGINES plc", Some("https://engines.example"));
    contact(&host, "Augusta", "ada@engines.example");
    let answer = call(&host, "create_lead", lead()).unwrap();
    assert_eq!(outcomes(&answer), ["found", "found", "created"]);
    assert_eq!(answer["company"]["id"], engines.id);
    assert_eq!(answer["person"]["name"], "Augusta");
    assert_eq!(host.records::<Company>()[0], engines);
}

#[test]
fn a_closed_opportunity_does_not_stand_in_for_a_new_one() {
    for (closed_stages, stage, outcome) in [
        (None, "CUSTOMER", "created"),
        (None, "PROPOSAL", "found"),
        (Some("PROPOSAL, OTHER"), "PROPOSAL", "created"),
        (Some("OTHER"), "CUSTOMER", "found"),
    ] {
        let host = Host::new();
        let host = closed_stages.map_or(host.clone(), |it| host.config("closed_stages", it));
        let first = call(&host, "create_lead", lead()).unwrap();
        let moved = json!({ "id": first["opportunity"]["id"], "stage": stage });
        call(&host, "update_opportunity", moved).unwrap();
        let second = call(&host, "create_lead", lead()).unwrap();
        assert_eq!(
            second["opportunity"]["outcome"], outcome,
            "{stage} {closed_stages:?}"
        );
    }
}

#[test]
fn the_first_stage_is_a_setting() {
    let host = Host::new().config("lead_stage", "SCREENING");
    call(&host, "create_lead", lead()).unwrap();
    let deal = &host.records::<Opportunity>()[0].fields;
    assert_eq!(deal.stage.as_deref(), Some("SCREENING"));
}

#[test]
fn the_same_deal_with_a_colleague_is_the_same_deal() {
    let host = Host::new();
    call(&host, "create_lead", lead()).unwrap();
    let mut colleague = lead();
    colleague["person"] = json!({ "email": "charles@engines.example" });
    colleague["name"] = json!("  ANALYTICAL engine ");
    let answer = call(&host, "create_lead", colleague).unwrap();
    assert_eq!(outcomes(&answer), ["found", "created", "found"]);
}

#[test]
fn a_company_without_a_domain_is_found_by_name() {
    for (held_domain, given, outcome) in [
        (None, json!({ "name": "engines" }), Ok("found")),
        (
            Some("engines.example"),
            json!({ "name": "engines" }),
            Ok("found"),
        ),
        (
            None,
            json!({ "name": "engines", "domain": "engines.example" }),
            Ok("found"),
        ),
        (
            Some("other.example"),
            json!({ "name": "engines", "domain": "engines.example" }),
            Ok("created"),
        ),
        (None, json!({ "name": "engine" }), Ok("created")),
        (None, json!({}), Err(skillgate_sdk::ErrorCode::InvalidInput)),
        (
            None,
            json!({ "domain": "https://" }),
            Err(skillgate_sdk::ErrorCode::InvalidInput),
        ),
    ] {
        let host = Host::new();
        company(&host, "Engines", held_domain);
        let mut input = lead();
        input["company"] = given.clone();
        let answer = call(&host, "create_lead", input);
        let actual = match &answer {
            Ok(answer) => Ok(answer["company"]["outcome"].as_str().unwrap()),
            Err(error) => Err(error.code),
        };
        assert_eq!(actual, outcome, "{given} next to {held_domain:?}");
    }
}

#[test]
fn two_companies_of_a_name_are_not_told_apart_by_guessing() {
    let host = Host::new();
    company(&host, "Engines", None);
    company(&host, "engines", Some("a.example"));
    let mut input = lead();
    input["company"] = json!({ "name": "Engines" });
    assert_eq!(
        refusal(&host, "create_lead", input),
        skillgate_sdk::ErrorCode::Conflict
    );
    assert_eq!(counts(&host), (2, 0, 0));
}

#[test]
fn a_lead_needs_no_company() {
    let host = Host::new();
    let input = json!({ "name": "Poem", "person": { "email": "byron@example.org" } });
    let answer = call(&host, "create_lead", input.clone()).unwrap();
    assert_eq!(answer.get("company"), None);
    assert_eq!(answer["person"]["name"], "byron@example.org");
    call(&host, "create_lead", input).unwrap();
    assert_eq!(counts(&host), (0, 1, 1));
}

/// Calls are: search domain, search name, create company, search person, create person, search by person, search by
/// company, create opportunity.
#[test]
fn a_lead_that_broke_anywhere_is_completed_by_the_next_call() {
    for code in [
        ErrorCode::OutcomeUnknown,
        ErrorCode::Unavailable,
        ErrorCode::RateLimited,
    ] {
        for broken_call in 0..8 {
            let host = Host::new();
            host.fail(
                broken_call,
                Error::new(code, Retry::CheckFirst, "The line broke."),
            );
            let error = call(&host, "create_lead", lead()).unwrap_err();
            assert_eq!(error.retry, Retry::CheckFirst);
            call(&host, "create_lead", lead()).unwrap();
            assert_eq!(counts(&host), (1, 1, 1), "call {broken_call} {code:?}");
        }
    }
}

#[test]
fn a_record_made_in_between_is_found_through_the_conflict() {
    let host = Host::new();
    let ada = host.add(Contact {
        email: text("other@example.org"),
        ..Default::default()
    });
    for (rival, expected) in [
        (Some(ada.id.clone()), Ok("found")),
        (
            Some(crate::NOBODY.to_owned()),
            Err(skillgate_sdk::ErrorCode::Conflict),
        ),
        (None, Err(skillgate_sdk::ErrorCode::Conflict)),
    ] {
        let input = json!({ "name": "Engine", "person": { "email": "ada@example.org" } });
        let conflict = Error {
            conflicting_id: rival,
            ..Error::new(ErrorCode::Conflict, Retry::Never, "Taken.")
        };
        host.fail(1, conflict);
        let answer = call(&host, "create_lead", input);
        let actual = match &answer {
            Ok(answer) => Ok(answer["person"]["outcome"].as_str().unwrap()),
            Err(error) => Err(error.code),
        };
        assert_eq!(actual, expected);
    }
}
