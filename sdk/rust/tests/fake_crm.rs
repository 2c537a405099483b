//! The CRM of `testing::Host` behaves as guests see a real one.

use skillgate_sdk::crm::{
    self, Company, Contact, Draft, EntryRef, Error, ErrorCode, FieldValue, Filter, Money, Note,
    ObjectKind, Opportunity, Phone, Task, Upserted, field,
};
use skillgate_sdk::testing::Host;

const NOBODY: &str = "0190f5fe-7c00-7a00-8000-000000000001";

#[expect(clippy::unnecessary_wraps, reason = "fields are optional")]
fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn person(email: &str) -> Contact {
    Contact {
        email: text(email),
        ..Default::default()
    }
}

fn code<T>(result: Result<T, Error>) -> Option<ErrorCode> {
    result.err().map(|error| error.code)
}

#[test]
fn unique_values_are_kept_in_one_form_and_held_by_one_record() {
    let host = Host::new();
    let ada = host.add(person("Ada@Example.org"));
    assert_eq!(ada.fields.email.as_deref(), Some("ada@example.org"));
    host.run(|| {
        let error = crm::contacts()
            .create(person("ADA@example.org"))
            .unwrap_err();
        assert!(error.is_conflict());
        assert_eq!(error.conflicting_id.as_deref(), Some(&*ada.id));

        let eve = crm::contacts().create(person("eve@example.org")).unwrap();
        let taken = crm::contacts().update(&eve.id, person("ada@example.org"));
        assert_eq!(code(taken), Some(ErrorCode::Conflict));
        let own = crm::contacts().update(&ada.id, person("ada@example.org"));
        assert_eq!(code(own), None);

        let company = |domain| Company {
            domain: text(domain),
            ..Default::default()
        };
        crm::companies().create(company("Example.org/")).unwrap();
        let taken = crm::companies().create(company("example.org"));
        assert_eq!(code(taken), Some(ErrorCode::Conflict));
    });
}

#[test]
fn records_without_a_unique_value_do_not_collide() {
    let host = Host::new();
    host.run(|| {
        for _ in 0..2 {
            crm::contacts().create(Contact::default()).unwrap();
            crm::opportunities().create(Opportunity::default()).unwrap();
        }
    });
    assert_eq!(host.records::<Contact>().len(), 2);
    assert_eq!(
        host.records::<Opportunity>()[1].fields.stage.as_deref(),
        Some("NEW")
    );
}

#[test]
fn an_upsert_changes_the_holder_or_creates_and_needs_the_unique_value() {
    Host::new().run(|| {
        let (first, ada) = crm::contacts().upsert(person("ada@example.org")).unwrap();
        let named = Contact {
            first_name: text("Ada"),
            ..person("Ada@example.org")
        };
        let (second, same) = crm::contacts().upsert(named).unwrap();
        assert_eq!((first, second), (Upserted::Created, Upserted::Updated));
        assert_eq!((same.id, same.fields.first_name), (ada.id, text("Ada")));
        let nameless = crm::contacts().upsert(Contact::default());
        assert_eq!(code(nameless), Some(ErrorCode::InvalidInput));
    });
}

#[test]
fn what_does_not_exist_is_not_found_and_what_is_no_id_is_refused() {
    Host::new().run(|| {
        for (id, expected) in [
            (NOBODY, ErrorCode::NotFound),
            ("", ErrorCode::InvalidInput),
            ("../people", ErrorCode::InvalidInput),
            (
                "0190F5FE-7C00-7A00-8000-000000000001",
                ErrorCode::InvalidInput,
            ),
        ] {
            assert_eq!(code(crm::tasks().get(id)), Some(expected), "{id}");
            let update = crm::tasks().update(id, Task::default());
            assert_eq!(code(update), Some(expected), "{id}");
        }
    });
}

#[test]
fn values_that_a_crm_does_not_take_are_refused() {
    let money = |amount_micros| Opportunity {
        amount: Some(Money {
            amount_micros,
            currency: "EUR".into(),
        }),
        ..Default::default()
    };
    let note = |len| Note {
        body: Some("a".repeat(len)),
        ..Default::default()
    };
    let task = |due_at| Task {
        due_at: text(due_at),
        ..Default::default()
    };
    let phone = |number: &str, country: &str| Contact {
        phone: Some(Phone {
            number: number.into(),
            country: country.into(),
            calling_code: String::new(),
        }),
        ..Default::default()
    };
    Host::new().budget(0, 100).run(|| {
        for (made, ok) in [
            (
                code(crm::opportunities().create(money((1 << 53) - 1))),
                true,
            ),
            (code(crm::opportunities().create(money(1 << 53))), false),
            (code(crm::notes().create(note(64 * 1024))), true),
            (code(crm::notes().create(note(64 * 1024 + 1))), false),
            (code(crm::tasks().create(task("2026-02-28"))), true),
            (code(crm::tasks().create(task("2026-02-30"))), false),
            (code(crm::contacts().create(phone("612345678", "FR"))), true),
            (code(crm::contacts().create(phone("612345678", ""))), false),
            (code(crm::contacts().create(phone("06 12", "FR"))), false),
        ] {
            assert_eq!(made, (!ok).then_some(ErrorCode::InvalidInput));
        }
        let stage = Opportunity {
            stage: text("MAYBE"),
            ..Default::default()
        };
        assert_eq!(
            code(crm::opportunities().create(stage)),
            Some(ErrorCode::InvalidInput)
        );
        let nowhere = Contact {
            company_id: text(NOBODY),
            ..Default::default()
        };
        assert_eq!(
            code(crm::contacts().create(nowhere)),
            Some(ErrorCode::InvalidInput)
        );
    });
}

#[test]
fn fields_are_set_left_cleared_and_custom() {
    Host::new().run(|| {
        let draft = Draft::from(Contact {
            first_name: text("Ada"),
            job_title: text("Countess"),
            ..Default::default()
        });
        let made = crm::contacts().create(draft.custom("score", 7.5)).unwrap();
        assert_eq!(made.custom("score"), Some(&FieldValue::Number(7.5)));
        let change = Draft::from(Contact::default())
            .clear("job_title")
            .clear_custom("score");
        let read = crm::contacts().update(&made.id, change).unwrap();
        assert_eq!(read.fields.first_name, text("Ada"));
        assert_eq!((read.fields.job_title, read.custom.len()), (None, 0));

        let empty = Contact {
            first_name: text(""),
            ..Default::default()
        };
        let read = crm::contacts().update(&made.id, empty).unwrap();
        assert_eq!(read.fields.first_name, None, "empty text is no value");
        for draft in [
            Draft::from(Contact::default()).clear("shoe_size"),
            Draft::from(Contact::default()).custom("shoe size", 1.0),
            Draft::from(Contact {
                job_title: text("a"),
                ..Default::default()
            })
            .clear("job_title"),
        ] {
            let refused = crm::contacts().update(&made.id, draft);
            assert_eq!(code(refused), Some(ErrorCode::InvalidInput));
        }
    });
}

#[test]
fn comparisons_find_what_they_say() {
    let host = Host::new();
    for (title, status, due_at) in [
        ("Alpha", "TODO", Some("2026-01-01T00:00:00.000Z")),
        ("beta", "DONE", Some("2026-01-02T00:00:00.000Z")),
        ("Gamma", "IN_PROGRESS", None),
    ] {
        host.add(Task {
            title: text(title),
            status: text(status),
            due_at: due_at.map(Into::into),
            ..Default::default()
        });
    }
    let due = |time: &str| FieldValue::DateTime(time.into());
    let cases: Vec<(Filter, &[&str])> = vec![
        (field("title").equals("Alpha"), &["Alpha"]),
        (field("title").equals("alpha"), &[]),
        (field("title").not_equals("Alpha"), &["beta", "Gamma"]),
        (field("title").contains("ET"), &["beta"]),
        (field("title").starts_with("g"), &["Gamma"]),
        (field("status").one_of(["TODO", "DONE"]), &["Alpha", "beta"]),
        (
            field("due_at").at_most(due("2026-01-01T01:00:00+01:00")),
            &["Alpha"],
        ),
        (
            field("due_at").at_least(due("2026-01-01T00:00:00Z")),
            &["Alpha", "beta"],
        ),
        (
            field("due_at").not_equals(due("2026-01-01")),
            &["beta", "Gamma"],
        ),
        (field("due_at").is_empty(), &["Gamma"]),
        (field("due_at").is_set(), &["Alpha", "beta"]),
        (field("leadScore").is_set(), &[]),
    ];
    for (filter, titles) in cases {
        let page = host
            .run(|| crm::tasks().filter(filter.clone()).fetch())
            .unwrap();
        let found: Vec<_> = page.into_iter().filter_map(|it| it.fields.title).collect();
        assert_eq!(found, titles, "{filter:?}");
    }
}

#[test]
fn orders_put_empty_fields_last_and_break_ties_by_id() {
    let host = Host::new();
    for due_at in [
        None,
        Some("2026-01-02"),
        Some("2026-01-01"),
        Some("2026-01-02"),
    ] {
        host.add(Task {
            due_at: due_at.map(Into::into),
            ..Default::default()
        });
    }
    for (search, order) in [
        (crm::tasks().search().sort_by("due_at"), [3, 2, 4, 1]),
        (
            crm::tasks().search().sort_by_descending("due_at"),
            [2, 4, 3, 1],
        ),
        (crm::tasks().search(), [1, 2, 3, 4]),
        (
            crm::tasks().search().sort_by_descending("updated_at"),
            [4, 3, 2, 1],
        ),
    ] {
        let page = host.run(|| search.fetch()).unwrap();
        let ids: Vec<_> = page.into_iter().map(|it| it.id).collect();
        assert_eq!(
            ids,
            order.map(|n| format!("00000000-0000-7000-8000-{n:012x}"))
        );
    }
}

#[test]
fn pages_join_to_the_whole_and_cursors_belong_to_their_search() {
    let host = Host::new();
    for number in 0..7 {
        host.add(person(&format!("{number}@example.org")));
    }
    for limit in 1..=8 {
        let all = host
            .run(|| crm::contacts().search().limit(limit).fetch_up_to(100))
            .unwrap();
        assert_eq!(all, host.records::<Contact>(), "{limit}");
    }
    host.run(|| {
        let search = crm::contacts().text("example");
        let cursor = search
            .clone()
            .limit(3)
            .fetch()
            .unwrap()
            .next_cursor
            .unwrap();
        let other = crm::contacts().text("other").after(cursor.clone()).fetch();
        assert_eq!(code(other), Some(ErrorCode::InvalidInput));
        let forged = search.clone().after(format!("9{cursor}x")).fetch();
        assert_eq!(code(forged), Some(ErrorCode::InvalidInput));
        assert_eq!(
            search.limit(4).after(cursor).fetch().unwrap().next_cursor,
            None
        );
    });
}

#[test]
fn searches_out_of_bounds_are_refused() {
    let with_filters = |count: usize| {
        (0..count).fold(crm::contacts().search(), |search, _| {
            search.filter(field("email").is_set())
        })
    };
    for (search, ok) in [
        (crm::contacts().search().limit(1), true),
        (crm::contacts().search().limit(0), false),
        (crm::contacts().search().limit(crm::LIMIT_MAX), true),
        (crm::contacts().search().limit(crm::LIMIT_MAX + 1), false),
        (with_filters(16), true),
        (with_filters(17), false),
        (crm::contacts().text("a".repeat(500)), true),
        (crm::contacts().text("a".repeat(501)), false),
        (crm::contacts().filter(field("shoe_size").is_set()), false),
        (crm::contacts().filter(field("email").equals(true)), false),
        (crm::contacts().search().sort_by("shoe_size"), false),
    ] {
        let answer = Host::new().run(|| search.fetch());
        assert_eq!(
            code(answer),
            (!ok).then_some(ErrorCode::InvalidInput),
            "{search:?}"
        );
    }
}

#[test]
fn links_join_tasks_and_notes_to_other_records_once() {
    let host = Host::new();
    let (ada, call) = (
        host.add(person("ada@example.org")),
        host.add(Task::default()),
    );
    host.add(Task::default());
    host.run(|| {
        crm::link(&call, &ada).unwrap();
        crm::link(&call, &ada).unwrap();
        let linked = crm::tasks().linked_to(&ada).fetch().unwrap();
        assert_eq!((linked.total, &linked.items[0].id), (1, &call.id));
        let nobody = EntryRef::new(ObjectKind::Company, NOBODY);
        for (source, target, expected) in [
            (ada.reference(), call.reference(), ErrorCode::InvalidInput),
            (call.reference(), call.reference(), ErrorCode::InvalidInput),
            (call.reference(), nobody.clone(), ErrorCode::NotFound),
        ] {
            assert_eq!(code(crm::link_refs(&source, &target)), Some(expected));
        }
    });
    assert_eq!(host.links().len(), 1);
}

#[test]
fn budgets_hold_at_their_edge_and_are_fresh_for_every_call() {
    let host = Host::new().budget(2, 1);
    for _ in 0..2 {
        host.run(|| {
            // An upsert is one read and one write.
            crm::contacts().upsert(person("ada@example.org")).unwrap();
            crm::contacts().search().fetch().unwrap();
            for spent in [
                code(crm::contacts().search().fetch()),
                code(crm::notes().create(Note::default())),
            ] {
                assert_eq!(spent, Some(ErrorCode::BudgetExhausted));
            }
        });
    }
}

#[test]
fn a_grant_may_refuse_kinds_and_fields() {
    let host = Host::new()
        .deny(ObjectKind::Company)
        .deny_read(ObjectKind::Contact, "email")
        .deny_write(ObjectKind::Contact, "job_title");
    let ada = host.add(person("ada@example.org"));
    let note = host.add(Note::default());
    let title = Contact {
        job_title: text("Countess"),
        ..Default::default()
    };
    host.run(|| {
        let company = EntryRef::new(ObjectKind::Company, NOBODY);
        for refused in [
            code(crm::companies().get(NOBODY)),
            code(crm::link_refs(&note.reference(), &company)),
            code(crm::contacts().search().sort_by("email").fetch()),
            code(crm::contacts().update(&ada.id, title.clone())),
            code(
                crm::contacts().update(&ada.id, Draft::from(Contact::default()).clear("job_title")),
            ),
        ] {
            assert_eq!(refused, Some(ErrorCode::Denied));
        }
        assert_eq!(crm::contacts().get(&ada.id).unwrap().fields.email, None);
    });
}
