use crate::{call, company, contact, opportunity, refusal, text};
use serde_json::json;
use skillgate_sdk::crm::{Money, ObjectKind, Opportunity};
use skillgate_sdk::{ErrorCode, testing::Host};

#[test]
fn an_opportunity_is_read_with_its_people() {
    let host = Host::new();
    let engines = company(&host, "Engines", None);
    let ada = contact(&host, "Ada", "ada@example.org");
    let deal = host.add(Opportunity {
        name: text("Engine No. 1"),
        amount: Some(Money {
            amount_micros: 1_500_500_000,
            currency: "EUR".into(),
        }),
        company_id: Some(engines.id.clone()),
        point_of_contact_id: Some(ada.id.clone()),
        ..Default::default()
    });
    let answer = call(&host, "get_opportunity", json!({ "id": deal.id })).unwrap();
    assert_eq!(answer["stage"], "NEW");
    assert_eq!(
        answer["amount"],
        json!({ "amount": 1500.5, "currency": "EUR" })
    );
    assert_eq!(
        answer["company"],
        json!({ "id": engines.id, "name": "Engines" })
    );
    assert_eq!(
        answer["point_of_contact"],
        json!({ "id": ada.id, "name": "Ada" })
    );

    let host = host.deny(ObjectKind::Contact);
    let answer = call(&host, "get_opportunity", json!({ "id": deal.id })).unwrap();
    assert_eq!(answer["point_of_contact"], json!({ "id": ada.id }));
}

#[test]
fn an_opportunity_changes_where_told() {
    let host = Host::new();
    let deal = opportunity(&host, "Engine");
    let input = json!({
        "id": deal.id,
        "stage": "PROPOSAL",
        "amount": { "amount": 12.34, "currency": "eur" },
        "close_date": "2026-06-30",
    });
    let answer = call(&host, "update_opportunity", input).unwrap();
    assert_eq!(answer["stage"], "PROPOSAL");
    assert_eq!(
        answer["amount"],
        json!({ "amount": 12.34, "currency": "EUR" })
    );
    assert_eq!(answer["close_date"], "2026-06-30T00:00:00.000Z");

    let emptied = json!({ "id": deal.id, "clear": ["amount", "close_date"] });
    let answer = call(&host, "update_opportunity", emptied).unwrap();
    assert_eq!(
        (answer.get("amount"), answer.get("close_date")),
        (None, None)
    );
    for change in [
        json!({ "id": deal.id }),
        json!({ "id": deal.id, "stage": "LOST CAUSE" }),
    ] {
        assert_eq!(
            refusal(&host, "update_opportunity", change),
            ErrorCode::InvalidInput
        );
    }
}
