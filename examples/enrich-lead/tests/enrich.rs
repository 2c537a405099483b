//! The example without a host: what a partner runs while writing.

use serde_json::{Value, json};
use skillgate_example_enrich_lead::definition;
use skillgate_sdk::ErrorCode;
use skillgate_sdk::crm::Contact;
use skillgate_sdk::http::Method;
use skillgate_sdk::testing::{Host, answer};

const ADA: &str = "https://people.example.org/v1/people/ada%40example.org";

fn host(status: u16, body: &Value) -> Host {
    let answer = answer(status, body.to_string());
    let host = Host::new().config("directory", "https://people.example.org/v1/people");
    host.answers(Method::Get, ADA, answer)
}

fn ada(job_title: Option<&str>) -> Contact {
    Contact {
        email: Some("ada@example.org".into()),
        job_title: job_title.map(str::to_owned),
        ..Contact::default()
    }
}

#[test]
fn gaps_are_filled_and_what_is_known_stays() {
    let person = json!({ "job_title": "Analyst", "linkedin_url": "https://linkedin.example/ada", "age": 36 });
    for (known, fields) in [
        (None, json!(["job_title", "linkedin_url"])),
        (Some("Countess"), json!(["linkedin_url"])),
    ] {
        let host = host(200, &person);
        let contact = host.add(ada(known));
        let answer = host.call(&definition(), "enrich_lead", json!({ "id": contact.id }));
        assert_eq!(
            answer.unwrap(),
            json!({ "outcome": "enriched", "fields": fields })
        );
        let kept = &host.records::<Contact>()[0].fields;
        assert_eq!(kept.job_title.as_deref(), known.or(Some("Analyst")));
        assert_eq!(host.requests().len(), 1);
    }
}

#[test]
fn nothing_is_written_where_nothing_is_new() {
    for (status, body, outcome) in [
        (200, json!({ "job_title": null }), "nothing_new"),
        (404, json!({}), "unknown"),
    ] {
        let host = host(status, &body);
        let contact = host.add(ada(None));
        let answer = host.call(&definition(), "enrich_lead", json!({ "id": contact.id }));
        assert_eq!(answer.unwrap(), json!({ "outcome": outcome, "fields": [] }));
        assert_eq!(host.records::<Contact>(), [contact]);
    }
}

#[test]
fn what_goes_wrong_is_said() {
    for (status, body, code) in [
        (500, json!({}), ErrorCode::Unavailable),
        (200, json!("no person"), ErrorCode::Unavailable),
    ] {
        let host = host(status, &body);
        let contact = host.add(ada(None));
        let answer = host.call(&definition(), "enrich_lead", json!({ "id": contact.id }));
        assert_eq!(answer.unwrap_err().code, code, "{status}");
    }
    let host = Host::new();
    let nobody = host.add(Contact::default());
    let answer = host.call(&definition(), "enrich_lead", json!({ "id": nobody.id }));
    assert_eq!(answer.unwrap_err().code, ErrorCode::InvalidInput);
    let contact = host.add(ada(None));
    let answer = host.call(&definition(), "enrich_lead", json!({ "id": contact.id }));
    assert_eq!(answer.unwrap_err().code, ErrorCode::Denied, "no rule");
}
