use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{Field, FieldKey, ObjectKind, Selection};
use skillgate_domain::principal::TokenScope;
use skillgate_domain::right::{CrmAction, PolicyRight, Right};
use skillgate_tests::report::Report;
use std::hint::black_box;
use std::time::Instant;

const DECISIONS: u32 = 1_000_000;

/// One host call's decision: a table look-up.
pub(crate) fn measure(report: &Report) {
    let fields = [
        Field::ContactEmail,
        Field::ContactFirstName,
        Field::ContactJobTitle,
    ];
    let fields: Selection = fields.into_iter().map(FieldKey::Standard).collect();
    let mut granted = Capabilities::default();
    let contact = ObjectCapability {
        read: Some(fields.clone()),
        ..ObjectCapability::default()
    };
    granted.set_object(ObjectKind::Contact, contact);
    let right = Right::compile(granted, PolicyRight::of(|_, _| true), &TokenScope::FULL);
    let began = Instant::now();
    for _ in 0..DECISIONS {
        let action = CrmAction::Read(ObjectKind::Contact, black_box(&fields));
        black_box(right.decide(&action));
    }
    let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(DECISIONS);
    report.single("a decision", "us", each, DECISIONS as usize);
}
