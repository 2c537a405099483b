//! A decision asks tables alone: nothing is allocated, whatever it is about. Only a refusal that names a
//! field keeps that name.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use allocation_counter::measure;
use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{EntryRef, FieldKey, Link, ObjectKind, Selection};
use skillgate_domain::ids::RecordId;
use skillgate_domain::principal::TokenScope;
use skillgate_domain::right::{CrmAction, Decision, PolicyRight, Right};
use std::hint::black_box;
use uuid::Uuid;

/// Fields of a contact; the last one is of the community's own.
const GRANTED: [&str; 3] = ["email", "firstName", "favouriteColour"];

fn fields(names: &[&str]) -> Selection {
    let key = |name: &&str| FieldKey::from_name(ObjectKind::Contact, name).unwrap();
    names.iter().map(key).collect()
}

fn right(permitted: bool, may_write: bool) -> Right {
    let mut granted = Capabilities::default();
    let some = Some(fields(&GRANTED));
    let contact = ObjectCapability {
        read: some.clone(),
        create: some.clone(),
        update: some,
        ..ObjectCapability::default()
    };
    granted.set_object(ObjectKind::Contact, contact);
    let task = ObjectCapability {
        link: true,
        ..ObjectCapability::default()
    };
    granted.set_object(ObjectKind::Task, task);
    let scope = TokenScope {
        skills: None,
        may_write,
    };
    Right::compile(granted, PolicyRight::of(|_, _| permitted), &scope)
}

#[test]
fn a_decision_allocates_nothing() {
    let id = RecordId::new(Uuid::nil());
    let entry = |object| EntryRef { object, id };
    let link = |source| {
        CrmAction::Link(Link {
            source: entry(source),
            target: entry(ObjectKind::Contact),
        })
    };
    let (own, none) = (fields(&GRANTED), fields(&[]));
    let actions = [
        CrmAction::Read(ObjectKind::Contact, &own),
        CrmAction::Create(ObjectKind::Contact, &own),
        CrmAction::Update(ObjectKind::Contact, &own),
        link(ObjectKind::Task),
        link(ObjectKind::Contact),
        CrmAction::Read(ObjectKind::Company, &none),
    ];
    let mut allowed = 0;
    for (permitted, may_write) in [(true, true), (true, false), (false, true)] {
        let right = right(permitted, may_write);
        for action in &actions {
            let asked = measure(|| {
                let decision = black_box(right.decide(black_box(action)));
                allowed += u32::from(matches!(decision, Decision::Allow(_)));
            });
            assert_eq!(asked.count_total, 0, "{permitted} {may_write} {action:?}");
        }
    }
    assert_eq!(
        allowed, 5,
        "everything granted once, and a read without writes"
    );

    // The positive control: what allocates is counted.
    let phone = fields(&["phone"]);
    let right = right(true, true);
    let refused = measure(|| {
        black_box(right.decide(&CrmAction::Read(ObjectKind::Contact, &phone)));
    });
    assert_eq!(refused.count_total, 1, "the field's name");
}
