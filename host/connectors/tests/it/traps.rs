//! The traps of Twenty's interface, one test each.

use super::support::*;
use http::Method;
use serde_json::json;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_crm_embedded::MESSAGE_ID;
use skillgate_domain::crm::{
    Comparison, EntryRef, Field, FieldKey, FieldValue, Filter, FilterKey, ObjectKind, Selection,
};

#[tokio::test]
async fn trap_01_delete_is_soft() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    world.wire.seen();

    let contact = ObjectKind::Contact;
    world
        .twenty
        .soft_delete(&community(), contact, ada.id)
        .await
        .unwrap();

    let seen = world.wire.seen();
    assert_eq!(
        seen[0].path,
        format!("/rest/people/{}?soft_delete=true", ada.id)
    );
    assert_eq!(world.get(contact, ada.id).await, Err(CrmError::NotFound));
    let path = format!(
        "/rest/people?filter=and(id[eq]:%22{}%22,deletedAt[is]:NOT_NULL)",
        ada.id
    );
    let (_, kept) = world.raw("GET", &path, json!(null)).await;
    assert_eq!(kept["data"]["people"][0]["name"]["firstName"], "Ada");
}

#[tokio::test]
async fn trap_02_a_change_names_one_record() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let bob = world
        .create(&contact("Bob", "bob@example.test"))
        .await
        .unwrap();
    world.wire.seen();

    let job = changes(
        ObjectKind::Contact,
        [(Field::ContactJobTitle, text("Countess"))],
    );
    world.update(ada.id, &job).await.unwrap();

    let seen = world.wire.seen();
    let patch: Vec<_> = seen.iter().filter(|s| s.method == Method::PATCH).collect();
    assert_eq!(patch.len(), 1);
    assert_eq!(patch[0].path, format!("/rest/people/{}", ada.id));
    let bob = world.get(ObjectKind::Contact, bob.id).await.unwrap();
    assert_eq!(of(&bob, Field::ContactJobTitle), None);
}

#[tokio::test]
async fn trap_03_the_rest_of_a_composite_stays() {
    let world = World::new().await;
    let ada = world.next_id();
    let body = json!({
        "id": ada.to_string(),
        "emails": {"primaryEmail": "ada@example.test", "additionalEmails": ["a2@example.test"]},
        "linkedinLink": {"primaryLinkUrl": "https://linkedin.com/in/ada", "primaryLinkLabel": "Ada",
            "secondaryLinks": [{"url": "https://e.test", "label": "s"}]},
    });
    assert_eq!(world.raw("POST", "/rest/people", body).await.0, 201);

    let more = changes(
        ObjectKind::Contact,
        [
            (Field::ContactAdditionalEmails, texts(&["A3@example.test"])),
            (
                Field::ContactLinkedinUrl,
                text("https://linkedin.com/in/ada2"),
            ),
        ],
    );
    let changed = world.update(ada, &more).await.unwrap();

    assert_eq!(
        of(&changed, Field::ContactEmail),
        Some(&text("ada@example.test"))
    );
    let (_, raw) = world
        .raw("GET", &format!("/rest/people/{ada}"), json!(null))
        .await;
    let person = &raw["data"]["person"];
    assert_eq!(
        person["emails"]["additionalEmails"],
        json!(["a3@example.test"])
    );
    assert_eq!(person["linkedinLink"]["primaryLinkLabel"], "Ada");
    assert_eq!(
        person["linkedinLink"]["secondaryLinks"][0]["url"],
        "https://e.test"
    );
    // Only the primary address: the others stay.
    let email = changes(
        ObjectKind::Contact,
        [(Field::ContactEmail, text("New@Example.test"))],
    );
    let changed = world.update(ada, &email).await.unwrap();
    assert_eq!(
        of(&changed, Field::ContactEmail),
        Some(&text("new@example.test"))
    );
    let others = of(&changed, Field::ContactAdditionalEmails);
    assert_eq!(others, Some(&texts(&["a3@example.test"])));
    // Emptied: the others stay, too. (Twenty may move one of them up.)
    let no_link = clearing(
        changes(ObjectKind::Contact, []),
        &[Field::ContactLinkedinUrl],
    );
    world.update(ada, &no_link).await.unwrap();
    let (_, raw) = world
        .raw("GET", &format!("/rest/people/{ada}"), json!(null))
        .await;
    let link = raw["data"]["person"]["linkedinLink"].to_string();
    assert!(
        link.contains("https://e.test") && !link.contains("ada2"),
        "{link}"
    );
}

/// Two changes of one composite at the same time: neither undoes the other.
#[tokio::test]
async fn trap_03_also_when_two_write_at_once() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let one = changes(
        ObjectKind::Contact,
        [(Field::ContactEmail, text("new@example.test"))],
    );
    let other = changes(
        ObjectKind::Contact,
        [(Field::ContactAdditionalEmails, texts(&["a2@example.test"]))],
    );
    world.wire.delay(std::time::Duration::from_millis(5));
    let (a, b) = tokio::join!(world.update(ada.id, &one), world.update(ada.id, &other));
    assert!(a.is_ok() && b.is_ok());
    let ada = world.get(ObjectKind::Contact, ada.id).await.unwrap();
    assert_eq!(
        of(&ada, Field::ContactEmail),
        Some(&text("new@example.test"))
    );
    assert_eq!(
        of(&ada, Field::ContactAdditionalEmails),
        Some(&texts(&["a2@example.test"]))
    );
}

#[tokio::test]
async fn trap_04_hostile_values_are_only_values() {
    let world = World::new().await;
    world
        .create(&contact("Bystander", "bystander@example.test"))
        .await
        .unwrap();
    let hostile = [
        "O'Brien",
        "x\",id[neq]:\"0",
        "),or(id[neq]:\"0\"",
        "a,b[eq]:c",
        "[a,b]",
        "100%_\\",
        "}}){people{edges{node{id}}}}#",
        "$f",
    ];
    for (nth, name) in hostile.into_iter().enumerate() {
        let made = world
            .create(&contact(name, &format!("h{nth}@example.test")))
            .await
            .unwrap();
        for comparison in [
            Comparison::Equals(text(name)),
            Comparison::Contains(name.to_owned()),
            Comparison::StartsWith(name.to_owned()),
            Comparison::OneOf(vec![name.to_owned()]),
        ] {
            let mut query = query(ObjectKind::Contact);
            query.filters.push(Filter {
                key: FilterKey::Field(FieldKey::Standard(Field::ContactFirstName)),
                comparison: comparison.clone(),
            });
            let found = world.search(&query).await.unwrap();
            assert_eq!(found, [made.id], "{name} {comparison:?}");
        }
    }
    for seen in world.wire.seen() {
        let document = seen.body["query"].as_str().unwrap_or_default();
        for name in hostile.iter().filter(|name| name.len() > 2) {
            assert!(!document.contains(name), "{document}");
        }
        assert!(!seen.path.contains("filter"), "{}", seen.path);
    }
}

#[tokio::test]
async fn trap_05_status_codes_are_read_with_their_bodies() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let get = |status: u16, body: &str| {
        let status = http::StatusCode::from_u16(status).unwrap();
        world
            .wire
            .plan(gets, Fate::Instead(status, &[], body.to_owned()));
        world.get(ObjectKind::Contact, ada.id)
    };
    let denied = r#"{"statusCode":400,"error":"Error","messages":["Entity performing the request does not have permission"],"code":"PERMISSION_DENIED"}"#;
    assert_eq!(get(400, denied).await, Err(CrmError::Forbidden));
    let missing = r#"{"statusCode":403,"messages":["Missing authentication token"],"error":"FORBIDDEN_EXCEPTION"}"#;
    assert_eq!(get(403, missing).await, Err(CrmError::Forbidden));
    let wrong = r#"{"statusCode":401,"messages":["Token invalid."],"error":"UNAUTHENTICATED"}"#;
    assert_eq!(get(401, wrong).await, Err(CrmError::Forbidden));
    let unknown = r#"{"statusCode":400,"error":"BadRequestException","messages":["object 'nopes' not found. eg: companies"]}"#;
    assert!(matches!(get(400, unknown).await, Err(CrmError::Invalid(_))));
    let none = world.next_id();
    assert_eq!(
        world.get(ObjectKind::Contact, none).await,
        Err(CrmError::NotFound)
    );
    // And the real duplicate: 400 over REST, 200 over GraphQL, a conflict to us.
    let again = world.create(&contact("Eve", "ADA@example.test")).await;
    assert_eq!(
        again,
        Err(CrmError::Conflict {
            holder: Some(ada.id)
        })
    );
    let eve = world
        .create(&contact("Eve", "eve@example.test"))
        .await
        .unwrap();
    let taken = changes(
        ObjectKind::Contact,
        [(Field::ContactEmail, text("ada@example.test"))],
    );
    let conflict = world.update(eve.id, &taken).await;
    assert_eq!(
        conflict,
        Err(CrmError::Conflict {
            holder: Some(ada.id)
        })
    );
}

#[tokio::test]
async fn trap_06_a_misspelt_field_is_noticed() {
    let world = World::new().await;
    world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let mut asked = query(ObjectKind::Contact);
    asked.filters.push(Filter {
        key: FilterKey::Field(custom("nope")),
        comparison: Comparison::IsSet,
    });
    let answer = world.search(&asked).await;
    assert_eq!(
        answer,
        Err(CrmError::Invalid("this CRM has no field nope".to_owned()))
    );
    // A field that may be read, and that this workspace does not have, is not asked for.
    world.wire.seen();
    assert_eq!(
        world
            .search(&query(ObjectKind::Contact))
            .await
            .unwrap()
            .len(),
        1
    );
    let seen = world.wire.seen();
    let document = seen[0].body["query"].as_str().unwrap();
    assert!(
        document.contains("emails{") && !document.contains("leadScore"),
        "{document}"
    );
    // 200 with errors is an error, also when there is data.
    let partial = r#"{"data":{"people":{"edges":[],"totalCount":0}},"errors":[{"message":"x","extensions":{"code":"FORBIDDEN","subCode":"PERMISSION_DENIED"}}]}"#;
    let posts = |seen: &Seen| seen.method == Method::POST;
    world.wire.plan(
        posts,
        Fate::Instead(http::StatusCode::OK, &[], partial.to_owned()),
    );
    assert_eq!(
        world.search(&query(ObjectKind::Contact)).await,
        Err(CrmError::Forbidden)
    );
}

#[tokio::test]
async fn trap_07_a_deleted_record_is_a_conflict_and_stays_deleted() {
    let world = World::new().await;
    let object = ObjectKind::Contact;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    world
        .twenty
        .soft_delete(&community(), object, ada.id)
        .await
        .unwrap();

    let again = world.create(&contact("Eve", "ada@example.test")).await;
    assert_eq!(
        again,
        Err(CrmError::Conflict {
            holder: Some(ada.id)
        })
    );
    assert_eq!(world.get(object, ada.id).await, Err(CrmError::NotFound));

    // Twenty would change it all the same.
    world.wire.seen();
    let job = changes(object, [(Field::ContactJobTitle, text("ghost"))]);
    assert_eq!(world.update(ada.id, &job).await, Err(CrmError::NotFound));
    assert!(!world.wire.seen().iter().any(patches));

    // Over REST a duplicate does not say who holds the value.
    let eve = world.create(&contact("Eve", "eve@example.test")).await;
    let taken = changes(object, [(Field::ContactEmail, text("ada@example.test"))]);
    let conflict = world.update(eve.unwrap().id, &taken).await;
    let holder = Some(ada.id);
    assert_eq!(conflict, Err(CrmError::Conflict { holder }));

    let acme = changes(
        ObjectKind::Company,
        [(Field::CompanyDomain, text("acme.test"))],
    );
    let made = world.create(&acme).await.unwrap();
    world
        .twenty
        .soft_delete(&community(), ObjectKind::Company, made.id)
        .await
        .unwrap();
    let conflict = world.create(&acme).await;
    assert_eq!(
        conflict,
        Err(CrmError::Conflict {
            holder: Some(made.id)
        })
    );
    for seen in world.wire.seen() {
        assert!(!seen.body.to_string().contains("upsert"));
        assert!(!seen.path.contains("upsert") && !seen.path.contains("restore"));
    }
}

#[tokio::test]
async fn trap_08_a_creation_is_sent_under_our_id() {
    let world = World::new().await;
    let id = world.next_id();
    let first = world
        .create_as(id, &contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let again = world
        .create_as(id, &contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    assert_eq!((first.id, again.id), (id, id));
    assert_eq!(named(&first), named(&again));
    assert_eq!(
        world.search(&query(ObjectKind::Contact)).await.unwrap(),
        [id]
    );
}

#[tokio::test(start_paused = true)]
async fn trap_09_the_budget_is_kept_and_its_end_survived() {
    let (twenty, wire) = canned();
    let read = async |number: u64| {
        let target = EntryRef {
            object: ObjectKind::Contact,
            id: id(number),
        };
        twenty
            .get(&community(), target, &Selection::EMPTY)
            .await
            .map(|found| found.id())
    };
    let started = tokio::time::Instant::now();
    for number in 0..95 {
        assert_eq!(read(number).await, Ok(id(number)));
    }
    assert_eq!(started.elapsed().as_millis(), 0, "a burst");
    for number in 0..5 {
        read(number).await.unwrap();
    }
    assert_eq!(
        started.elapsed().as_millis(),
        5 * 660,
        "then one token at a time"
    );

    // Someone else used the budget up: 2.19 does not say for how long, newer ones do.
    let spent = r#"{"statusCode":429,"error":"HttpException","messages":["Limit reached (100 tokens per 60000 ms)"]}"#;
    let newer = r#"{"statusCode":429,"error":"RATE_LIMITED","messages":["x"],"limit":100,"remaining":0,"retryAfterSeconds":5}"#;
    let refused = http::StatusCode::TOO_MANY_REQUESTS;
    for (headers, body, waits_ms) in [
        (&[][..], spent, 660),
        (&[], newer, 5_000),
        (&[("retry-after", "7")], newer, 7_000),
    ] {
        tokio::time::advance(std::time::Duration::from_mins(1)).await;
        wire.plan(gets, Fate::Instead(refused, headers, body.to_owned()));
        let started = tokio::time::Instant::now();
        read(1).await.unwrap();
        assert_eq!(started.elapsed().as_millis(), waits_ms, "{body}");
    }
    // For ever is not waited for, and an hour is told to the caller at once.
    for _ in 0..3 {
        wire.plan(gets, Fate::Instead(refused, &[], spent.to_owned()));
    }
    assert!(matches!(read(1).await, Err(CrmError::RateLimited { after }) if !after.is_zero()));
    tokio::time::advance(std::time::Duration::from_mins(1)).await;
    wire.plan(
        gets,
        Fate::Instead(refused, &[("retry-after", "3600")], newer.to_owned()),
    );
    let hour = std::time::Duration::from_hours(1);
    assert_eq!(read(1).await, Err(CrmError::RateLimited { after: hour }));
    wire.seen();
    assert_eq!(read(2).await, Err(CrmError::RateLimited { after: hour }));
    assert!(wire.seen().is_empty());
}

#[tokio::test]
async fn trap_10_system_objects_cannot_be_named() {
    let world = World::new().await;
    let ids = world.search(&query(ObjectKind::Note)).await.unwrap();
    assert!(ids.is_empty());
    for object in ObjectKind::ALL {
        let message = skillgate_domain::ids::RecordId::new(MESSAGE_ID);
        assert_eq!(world.get(object, message).await, Err(CrmError::NotFound));
        world.search(&query(object)).await.unwrap();
    }
    let ours = ["people", "companies", "opportunities", "tasks", "notes"];
    for seen in world.wire.seen() {
        let place = match seen.body["query"].as_str() {
            Some(document) => document.to_owned(),
            None => seen.path,
        };
        assert!(ours.iter().any(|plural| place.contains(plural)), "{place}");
        assert!(
            !place.contains("message") && !place.contains("workspaceMember"),
            "{place}"
        );
    }
}

#[tokio::test]
async fn trap_11_who_and_when_is_never_sent() {
    let world = World::new().await;
    let everything = changes(
        ObjectKind::Contact,
        [
            (Field::ContactFirstName, text("Ada")),
            (Field::ContactLastName, text("King")),
            (Field::ContactEmail, text("ada@example.test")),
            (Field::ContactJobTitle, text("Countess")),
        ],
    );
    let ada = world.create(&everything).await.unwrap();
    world.update(ada.id, &everything).await.unwrap();
    let mut sent = 0;
    for seen in world
        .wire
        .seen()
        .into_iter()
        .filter(|s| creates(s) || patches(s))
    {
        let body = if patches(&seen) {
            seen.body
        } else {
            seen.body["variables"]["d"].clone()
        };
        for key in [
            "createdBy",
            "createdAt",
            "updatedAt",
            "updatedBy",
            "deletedAt",
            "position",
        ] {
            assert!(body.get(key).is_none(), "{body}");
        }
        sent += 1;
    }
    assert_eq!(sent, 2);
    // A custom field of that name cannot be made at all, and one that the CRM has of another type is refused.
    assert_eq!(FieldKey::from_name(ObjectKind::Contact, "createdBy"), None);
    let mut forged = contact("Eve", "eve@example.test");
    forged
        .set
        .insert(custom("createdBy"), FieldValue::Text("EMAIL".to_owned()));
    let refused = world.create(&forged).await;
    assert!(matches!(refused, Err(CrmError::Invalid(_))), "{refused:?}");
    let mut forged = contact("Eve", "eve@example.test");
    forged.set.insert(
        custom("createdAt"),
        FieldValue::DateTime("2001-01-01T00:00:00Z".to_owned()),
    );
    let refused = world.create(&forged).await;
    assert!(matches!(refused, Err(CrmError::Invalid(_))), "{refused:?}");
    let nothing = Selection::default();
    let made = world
        .twenty
        .create(
            &community(),
            world.next_id(),
            &contact("Eve", "e@e.test"),
            &nothing,
        )
        .await;
    assert!(made.is_ok());
}

/// A webhook comes at most once, and cannot be told from a repeated one. So none is asked for:
/// what others change is seen because it is read anew.
#[tokio::test]
async fn trap_12_what_others_change_is_seen_without_a_webhook() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let path = format!("/rest/people/{}", ada.id);
    world
        .raw("PATCH", &path, json!({ "jobTitle": "Countess" }))
        .await;
    let read = world.get(ObjectKind::Contact, ada.id).await.unwrap();
    assert_eq!(of(&read, Field::ContactJobTitle), Some(&text("Countess")));
    world
        .raw("DELETE", &format!("{path}?soft_delete=true"), json!(null))
        .await;
    let gone = world.get(ObjectKind::Contact, ada.id).await;
    assert_eq!(gone, Err(CrmError::NotFound));
    let seen = world.wire.seen();
    assert!(!seen.is_empty());
    assert!(seen.iter().all(|seen| !seen.path.contains("webhook")));
}
