use super::support::*;
use serde_json::json;
use skillgate_app::ports::CrmError;
use skillgate_crm_embedded::WORKSPACE_MEMBER_ID;
use skillgate_domain::crm::{Field, FieldValue, Money, ObjectKind, Phone};
use skillgate_domain::ids::RecordId;

fn money(micros: i64) -> FieldValue {
    FieldValue::Money(Money {
        amount_micros: micros,
        currency: "EUR".to_owned(),
    })
}

/// Sets every typed field of every kind, reads it back, empties it, and reads nothing back.
#[tokio::test]
async fn every_typed_field_goes_there_and_back() {
    let world = World::new().await;
    let company = world
        .create(&changes(ObjectKind::Company, []))
        .await
        .unwrap();
    let person = world.create(&contact("P", "p@x.test")).await.unwrap();
    let phone = FieldValue::Phone(Phone {
        number: "612345678".to_owned(),
        country: "FR".to_owned(),
        calling_code: "+33".to_owned(),
    });
    let at = FieldValue::DateTime("2026-12-31T10:00:00.000Z".to_owned());
    let member = RecordId::new(WORKSPACE_MEMBER_ID);
    for object in ObjectKind::ALL {
        let mut written = 0;
        for &field in Field::ALL.iter().filter(|field| field.object() == object) {
            let value = match field {
                Field::ContactEmail => text("ada@example.test"),
                Field::ContactAdditionalEmails => texts(&["a2@example.test"]),
                Field::ContactPhone => phone.clone(),
                Field::ContactLinkedinUrl => text("https://linkedin.com/in/ada"),
                Field::CompanyLinkedinUrl => text("https://linkedin.com/company/x"),
                Field::CompanyDomain => text("example.org"),
                Field::ContactCompany | Field::OpportunityCompany => {
                    FieldValue::Reference(company.id)
                }
                Field::OpportunityPointOfContact => FieldValue::Reference(person.id),
                Field::OpportunityOwner | Field::TaskAssignee => FieldValue::Reference(member),
                Field::CompanyAnnualRevenue | Field::OpportunityAmount => money((1 << 53) - 1),
                Field::OpportunityStage => text("MEETING"),
                Field::TaskStatus => text("IN_PROGRESS"),
                Field::OpportunityCloseDate | Field::TaskDueAt => at.clone(),
                Field::TaskBody | Field::NoteBody => text("# Title\n\n- *one*"),
                _ => text("some text, \"quoted\" \u{1f980}"),
            };
            let set = changes(object, [(field, value.clone())]);
            let made = world.create(&set).await.unwrap();
            assert_eq!(of(&made, field), Some(&value), "{field:?} created");
            let read = world.get(object, made.id).await.unwrap();
            assert_eq!(of(&read, field), Some(&value), "{field:?} read");
            let again = world.update(made.id, &set).await.unwrap();
            assert_eq!(of(&again, field), Some(&value), "{field:?} updated");
            if field != Field::OpportunityStage && field != Field::TaskStatus {
                let none = clearing(changes(object, []), &[field]);
                let emptied = world.update(made.id, &none).await.unwrap();
                assert_eq!(of(&emptied, field), None, "{field:?} emptied");
            }
            world
                .twenty
                .soft_delete(&community(), object, made.id)
                .await
                .unwrap();
            let path = format!("/rest/{}/{}", plural(object), made.id);
            assert_eq!(world.raw("DELETE", &path, json!(null)).await.0, 200);
            written += 1;
        }
        assert!(written > 0);
    }
}

fn plural(object: ObjectKind) -> &'static str {
    match object {
        ObjectKind::Contact => "people",
        ObjectKind::Company => "companies",
        ObjectKind::Opportunity => "opportunities",
        ObjectKind::Task => "tasks",
        ObjectKind::Note => "notes",
    }
}

#[tokio::test]
async fn custom_fields_by_their_type() {
    let world = World::new().await;
    let options = json!([
        {"label": "A", "value": "A", "color": "green", "position": 0},
        {"label": "B", "value": "B", "color": "red", "position": 1},
    ]);
    for field in [
        json!({"name": "note1", "type": "TEXT"}),
        json!({"name": "leadScore", "type": "NUMBER"}),
        json!({"name": "vip", "type": "BOOLEAN"}),
        json!({"name": "birthday", "type": "DATE"}),
        json!({"name": "segment", "type": "SELECT", "options": options}),
        json!({"name": "tags", "type": "MULTI_SELECT", "options": options}),
        json!({"name": "budget", "type": "CURRENCY"}),
        json!({"name": "site", "type": "LINKS"}),
    ] {
        world.add_field("person", field).await;
    }
    let set = [
        ("note1", text("hello")),
        ("leadScore", FieldValue::Number(12.5)),
        ("vip", FieldValue::Boolean(true)),
        (
            "birthday",
            FieldValue::DateTime("1990-01-31T00:00:00.000Z".to_owned()),
        ),
        ("segment", text("A")),
        ("tags", texts(&["A", "B"])),
        ("budget", money(5_000_000)),
        ("site", text("https://ada.test")),
    ];
    let mut ada = contact("Ada", "ada@example.test");
    ada.set.extend(
        set.iter()
            .map(|(name, value)| (custom(name), value.clone())),
    );
    let made = world.create(&ada).await.unwrap();
    for (name, value) in &set {
        assert_eq!(made.fields.get(&custom(name)), Some(value), "{name}");
    }
    let read = world.get(ObjectKind::Contact, made.id).await.unwrap();
    assert_eq!(named(&read), named(&made));

    let mut wrong = contact("Eve", "eve@example.test");
    wrong.set.insert(custom("segment"), text("C"));
    let said = Err(CrmError::Invalid("segment must be one of A, B".to_owned()));
    assert_eq!(world.create(&wrong).await, said);
    wrong.set.insert(custom("segment"), FieldValue::Number(1.0));
    let said = Err(CrmError::Invalid("segment has another type".to_owned()));
    assert_eq!(world.create(&wrong).await, said);
}

#[tokio::test]
async fn a_refused_value_names_our_field_and_nothing_of_the_crm() {
    let world = World::new().await;
    let contact = ObjectKind::Contact;
    let said = async |field, value| match world.create(&changes(contact, [(field, value)])).await {
        Err(CrmError::Invalid(message)) => message,
        other => panic!("{other:?}"),
    };
    let email = said(Field::ContactEmail, text("not-an-email")).await;
    assert_eq!(email, "the CRM did not accept the value of email");
    let number = FieldValue::Phone(Phone {
        number: "abc".to_owned(),
        ..Phone::default()
    });
    let phone = said(Field::ContactPhone, number).await;
    assert!(
        phone.contains("phone number") && !phone.contains("abc"),
        "{phone}"
    );
    let url = said(Field::ContactLinkedinUrl, text("not a url")).await;
    assert_eq!(url, "the CRM did not accept a web address");
    let nobody = said(Field::ContactCompany, FieldValue::Reference(id(1))).await;
    assert_eq!(nobody, "a record that is referred to does not exist");
    let stage = changes(
        ObjectKind::Opportunity,
        [(Field::OpportunityStage, text("WON"))],
    );
    let stage = world.create(&stage).await;
    let options = "stage must be one of NEW, SCREENING, MEETING, PROPOSAL, CUSTOMER";
    assert_eq!(stage, Err(CrmError::Invalid(options.to_owned())));
}

#[tokio::test]
async fn an_amount_that_would_be_rounded_is_refused() {
    let world = World::new().await;
    for micros in [1 << 53, -(1 << 53), i64::MIN] {
        let set = changes(
            ObjectKind::Opportunity,
            [(Field::OpportunityAmount, money(micros))],
        );
        assert!(
            matches!(world.create(&set).await, Err(CrmError::Invalid(_))),
            "{micros}"
        );
    }
    assert!(!world.wire.seen().iter().any(creates));
}
