use super::support::*;
use skillgate_app::ports::{Crm, CrmError};
use skillgate_domain::crm::{
    Comparison, Comparison as C, Field, FieldKey, FieldValue, Filter, FilterKey, Money, ObjectKind,
    Selection, Sort,
};
use skillgate_domain::ids::RecordId;
use skillgate_domain::right::Unredacted;

async fn company(world: &World, name: &str, domain: &str, millions: i64) -> RecordId {
    let revenue = FieldValue::Money(Money {
        amount_micros: millions * 1_000_000_000_000,
        currency: "EUR".to_owned(),
    });
    let made = changes(
        ObjectKind::Company,
        [
            (Field::CompanyName, text(name)),
            (Field::CompanyDomain, text(domain)),
            (Field::CompanyAnnualRevenue, revenue),
        ],
    );
    world.create(&made).await.unwrap().id
}

fn filter(field: Field, comparison: Comparison) -> Filter {
    Filter {
        key: FilterKey::Field(FieldKey::Standard(field)),
        comparison,
    }
}

#[tokio::test]
async fn a_company_is_found_by_any_spelling_of_its_domain() {
    let world = World::new().await;
    let bare = world.next_id();
    // As a person typed it into Twenty, without a scheme.
    let body =
        serde_json::json!({"id": bare.to_string(), "domainName": {"primaryLinkUrl": "bare.test"}});
    assert_eq!(world.raw("POST", "/rest/companies", body).await.0, 201);
    let ours = company(&world, "Ours", "Example.org", 1).await;
    for (spelling, expected) in [
        ("bare.test", bare),
        ("https://Bare.test/", bare),
        ("HTTP://bare.test", bare),
        ("example.org", ours),
        ("https://Example.org/", ours),
    ] {
        let mut asked = query(ObjectKind::Company);
        asked.filters = vec![filter(
            Field::CompanyDomain,
            Comparison::Equals(text(spelling)),
        )];
        assert_eq!(
            world.search(&asked).await.unwrap(),
            [expected],
            "{spelling}"
        );
        asked.filters = vec![filter(
            Field::CompanyDomain,
            Comparison::OneOf(vec![spelling.to_owned()]),
        )];
        assert_eq!(
            world.search(&asked).await.unwrap(),
            [expected],
            "{spelling}"
        );
        // And nobody can make it twice.
        let twin = changes(
            ObjectKind::Company,
            [(Field::CompanyDomain, text(spelling))],
        );
        let conflict = Err(CrmError::Conflict {
            holder: Some(expected),
        });
        assert_eq!(world.create(&twin).await, conflict, "{spelling}");
        // Its own domain is no conflict.
        world.update(expected, &twin).await.unwrap();
    }
    let read = world.get(ObjectKind::Company, bare).await.unwrap();
    assert_eq!(of(&read, Field::CompanyDomain), Some(&text("bare.test")));
}

#[tokio::test]
async fn comparisons() {
    let world = World::new().await;
    let a = company(&world, "Alpha_1%", "alpha.test", 1).await;
    let b = company(&world, "beta", "beta.test", 2).await;
    let c = company(&world, "Gamma", "gamma.test", 3).await;
    let city = changes(ObjectKind::Company, [(Field::CompanyCity, text("Paris"))]);
    world.update(c, &city).await.unwrap();
    let micros = |n: i64| {
        FieldValue::Money(Money {
            amount_micros: n * 1_000_000_000_000,
            currency: "USD".to_owned(),
        })
    };
    let cases: Vec<(Field, C, Vec<RecordId>)> = vec![
        (Field::CompanyName, C::Equals(text("beta")), vec![b]),
        (Field::CompanyName, C::Equals(text("BETA")), vec![]),
        (Field::CompanyName, C::Contains("ETA".into()), vec![b]),
        (Field::CompanyName, C::Contains("_1%".into()), vec![a]),
        (Field::CompanyName, C::Contains("a_a".into()), vec![]),
        (Field::CompanyName, C::StartsWith("al".into()), vec![a]),
        (
            Field::CompanyName,
            C::OneOf(vec!["beta".into(), "Gamma".into()]),
            vec![b, c],
        ),
        (Field::CompanyName, C::NotEquals(text("beta")), vec![a, c]),
        (Field::CompanyCity, C::NotEquals(text("Paris")), vec![a, b]),
        (Field::CompanyCity, C::IsEmpty, vec![a, b]),
        (Field::CompanyCity, C::IsSet, vec![c]),
        (Field::CompanyDomain, C::StartsWith("gam".into()), vec![c]),
        (
            Field::CompanyDomain,
            C::Contains(".test".into()),
            vec![a, b, c],
        ),
        (
            Field::CompanyAnnualRevenue,
            C::AtLeast(micros(2)),
            vec![b, c],
        ),
        (
            Field::CompanyAnnualRevenue,
            C::AtMost(micros(2)),
            vec![a, b],
        ),
        (Field::CompanyAnnualRevenue, C::Equals(micros(3)), vec![c]),
    ];
    for (field, comparison, expected) in cases {
        let mut asked = query(ObjectKind::Company);
        let label = format!("{field:?} {comparison:?}");
        asked.filters = vec![filter(field, comparison)];
        let mut found = world.search(&asked).await.unwrap();
        found.sort();
        assert_eq!(found, expected, "{label}");
    }
}

#[tokio::test]
async fn what_cannot_be_compared_says_so() {
    let world = World::new().await;
    for (field, comparison) in [
        (
            Field::ContactAdditionalEmails,
            C::Equals(texts(&["a@b.test"])),
        ),
        (Field::ContactCompany, C::Contains("x".into())),
        (Field::ContactPhone, C::OneOf(vec!["1".into()])),
        (Field::ContactEmail, C::AtLeast(text("a"))),
        (Field::ContactEmail, C::Equals(FieldValue::Boolean(true))),
    ] {
        let mut asked = query(ObjectKind::Contact);
        asked.filters = vec![filter(field, comparison)];
        let answer = world.search(&asked).await;
        assert!(
            matches!(answer, Err(CrmError::Invalid(_))),
            "{field:?} {answer:?}"
        );
    }
    assert!(world.wire.seen().is_empty(), "nothing was asked");
}

#[tokio::test]
async fn all_words_must_occur_and_only_where_one_may_read() {
    let world = World::new().await;
    let ada = contact("Ada", "countess@example.test");
    let ada = world.create(&ada).await.unwrap().id;
    world
        .create(&contact("Adam", "adam@other.test"))
        .await
        .unwrap();
    let find = async |words: &str, want: &[Field]| {
        let mut asked = query(ObjectKind::Contact);
        asked.text = Some(words.to_owned());
        let want: Selection = want.iter().copied().map(FieldKey::Standard).collect();
        let page = world
            .twenty
            .search(&community(), &asked, &want)
            .await
            .unwrap();
        page.items.iter().map(Unredacted::id).collect::<Vec<_>>()
    };
    let (name, email) = (Field::ContactFirstName, Field::ContactEmail);
    assert_eq!(find("ada EXAMPLE", &[name, email]).await, [ada]);
    assert_eq!(find("ada", &[name, email]).await.len(), 2);
    assert!(find("ada nobody", &[name, email]).await.is_empty());
    // The address may not be read, so it may not be probed.
    assert!(find("countess", &[name]).await.is_empty());
    assert_eq!(find("countess", &[email]).await, [ada]);
    world.wire.seen();
    assert!(find("ada", &[Field::ContactJobTitle]).await.is_empty());
    assert!(world.wire.seen().is_empty(), "there was nothing to ask");
    assert!(
        find("%", &[name]).await.is_empty(),
        "a wildcard is a letter"
    );

    let mut asked = query(ObjectKind::Contact);
    asked.text = Some("w ".repeat(16));
    assert!(world.search(&asked).await.is_ok());
    asked.text = Some("w ".repeat(17));
    assert!(matches!(
        world.search(&asked).await,
        Err(CrmError::Invalid(_))
    ));
}

#[tokio::test]
async fn pages_follow_each_other_in_order() {
    let world = World::new().await;
    let mut expected = Vec::new();
    for name in ["e", "b", "d", "a", "c"] {
        let made = world
            .create(&contact(name, &format!("{name}@x.test")))
            .await
            .unwrap();
        expected.push((name, made.id));
    }
    expected.sort_by(|a, b| b.0.cmp(a.0));
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    let mut asked = query(ObjectKind::Contact);
    asked.limit = 2;
    asked.sort = Some(Sort {
        key: FilterKey::Field(FieldKey::Standard(Field::ContactFirstName)),
        descending: true,
    });
    let mut found = Vec::new();
    let mut pages = 0;
    loop {
        let want = everything(ObjectKind::Contact);
        let page = world
            .twenty
            .search(&community(), &asked, &want)
            .await
            .unwrap();
        assert_eq!(page.total, 5);
        found.extend(page.items.iter().map(Unredacted::id));
        pages += 1;
        match page.next_cursor {
            Some(cursor) => asked.cursor = Some(cursor),
            None => break,
        }
    }
    assert_eq!((found, pages), (expected, 3));
}

#[tokio::test]
async fn a_cursor_of_no_page_is_invalid() {
    let world = World::new().await;
    for cursor in ["nonsense", "e30=", "0190f5fe-7c00-7a00-8000-000000000001"] {
        let mut asked = query(ObjectKind::Contact);
        asked.sort = Some(Sort {
            key: FilterKey::UpdatedAt,
            descending: false,
        });
        asked.cursor = Some(cursor.to_owned());
        let answer = world.search(&asked).await;
        assert!(
            matches!(answer, Err(CrmError::Invalid(_))),
            "{cursor} {answer:?}"
        );
    }
}

#[tokio::test]
async fn by_when_a_record_changed() {
    let world = World::new().await;
    let first = world.create(&contact("a", "a@x.test")).await.unwrap();
    let second = world.create(&contact("b", "b@x.test")).await.unwrap();
    let since = second.updated_at.clone().unwrap();
    let mut asked = query(ObjectKind::Contact);
    asked.filters = vec![Filter {
        key: FilterKey::UpdatedAt,
        comparison: Comparison::AtLeast(FieldValue::DateTime(since)),
    }];
    assert_eq!(world.search(&asked).await.unwrap(), [second.id]);
    assert!(first.updated_at < second.updated_at);
}
