use super::*;
use crate::crm::Field;
use uuid::Uuid;

const OBJECT: ObjectKind = ObjectKind::Opportunity;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn set(of: &[&str]) -> BTreeSet<String> {
    names(of).into_iter().collect()
}

fn reach() -> Selection {
    let standard = [Field::OpportunityAmount, Field::OpportunityCloseDate];
    let own = FieldKey::from_name(OBJECT, "region").unwrap();
    let keys = standard.map(FieldKey::Standard);
    keys.into_iter().chain([own]).collect()
}

fn expansion() -> Expansion {
    let user = |name| UserId::parse(name).unwrap();
    Expansion {
        id: ExpansionId::new(Uuid::nil()),
        community: CommunityId::parse("home").unwrap(),
        tez: TezId::new(Uuid::nil()),
        team: TeamId::new(Uuid::nil()),
        context: ContextId::new(Uuid::nil()),
        record: (OBJECT, RecordId::new(Uuid::nil())),
        asker: user("carol"),
        owner: user("alice"),
        fields: set(&["amount", "close_date"]),
        reason: "why".to_owned(),
        asked_at: Timestamp::from_unix_ms(0),
        expires_at: Timestamp::from_unix_ms(10),
        decision: None,
    }
}

#[test]
fn only_what_is_missing_and_may_be_let_out_is_asked_for() {
    use ExpansionFault as F;
    let held = names(&["name", "stage"]);
    let many = |count| vec!["amount"; count];
    let (most, one_more) = (many(EXPANSION_FIELDS_MAX), many(EXPANSION_FIELDS_MAX + 1));
    for (asked, expected) in [
        (vec!["amount"], Ok(set(&["amount"]))),
        (vec!["region", "amount"], Ok(set(&["amount", "region"]))),
        (most, Ok(set(&["amount"]))),
        (one_more, Err(F::FieldCount)),
        (vec![], Err(F::FieldCount)),
        (vec!["stage"], Err(F::HeldAlready("stage".to_owned()))),
        (vec!["owner_id"], Err(F::NotLetOut("owner_id".to_owned()))),
        (vec!["colour"], Err(F::NotLetOut("colour".to_owned()))),
        (vec!["amount", "createdBy"], Err(F::NotAField(1))),
        (vec!["a b"], Err(F::NotAField(0))),
    ] {
        let wanted = wanted(OBJECT, &names(&asked), &held, &reach());
        assert_eq!(wanted, expected, "{asked:?}");
    }
}

#[test]
fn words_are_what_people_see_and_short() {
    let longest = "é".repeat(WORDS_CHARS_MAX);
    let longer = "é".repeat(WORDS_CHARS_MAX + 1);
    for (text, said) in [
        (" a \u{202e}reason ", Some("a reason")),
        (&longest, Some(longest.as_str())),
        (&longer, None),
        ("", None),
        ("\u{200b}", None),
    ] {
        let expected = said.map(str::to_owned).ok_or(ExpansionFault::Reason);
        assert_eq!(reason(text), expected, "{text:?}");
    }
    assert_eq!(note(None), Ok(None));
    assert_eq!(note(Some("\u{feff}")), Ok(None));
    assert_eq!(note(Some(&longest)), Ok(Some(longest)));
    assert_eq!(note(Some(&longer)), Err(ExpansionFault::Note));
}

#[test]
fn a_decision_speaks_of_what_was_asked_for_and_of_all_of_it() {
    use ExpansionFault as F;
    use FieldVerdict::{Approve, Refuse};
    for (said, expected) in [
        (
            vec![("amount", Approve), ("close_date", Refuse)],
            Ok(set(&["amount"])),
        ),
        (
            vec![("amount", Refuse), ("close_date", Refuse)],
            Ok(set(&[])),
        ),
        (
            vec![("amount", Approve)],
            Err(F::Undecided("close_date".to_owned())),
        ),
        (
            vec![("amount", Approve), ("stage", Approve)],
            Err(F::NotAsked(1)),
        ),
        (vec![], Err(F::Undecided("amount".to_owned()))),
    ] {
        let verdicts = said.iter().map(|(name, said)| ((*name).to_owned(), *said));
        let approved = expansion().approved_by(&verdicts.collect());
        assert_eq!(approved, expected, "{said:?}");
    }
}

#[test]
fn it_waits_until_it_is_decided_or_too_old() {
    let decided = |approved: &[&str]| Expansion {
        decision: Some(Decision {
            at: Timestamp::from_unix_ms(5),
            approved: set(approved),
            note: None,
            reply: None,
        }),
        ..expansion()
    };
    for (expansion, ms, state) in [
        (expansion(), 9, ExpansionState::Pending),
        (expansion(), 10, ExpansionState::Expired),
        (decided(&["amount"]), 9, ExpansionState::Answered),
        (decided(&["amount"]), 11, ExpansionState::Answered),
        (decided(&[]), 11, ExpansionState::Refused),
    ] {
        assert_eq!(expansion.state(Timestamp::from_unix_ms(ms)), state);
    }
    assert_eq!(expansion().verdict("amount"), None);
    let some = decided(&["amount"]);
    assert_eq!(some.verdict("amount"), Some(FieldVerdict::Approve));
    assert_eq!(some.verdict("close_date"), Some(FieldVerdict::Refuse));
}
