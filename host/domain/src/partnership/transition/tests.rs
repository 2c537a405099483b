use super::*;
use crate::ids::{CommunityId, PartnershipId};
use crate::partnership::{Filters, INVITATION_LASTS, Rates, Relationship};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;

const BEGUN: Timestamp = Timestamp::from_unix_ms(1_000_000);

fn community(name: &str) -> CommunityId {
    CommunityId::parse(name).unwrap()
}

fn admin(side: Side) -> Mover {
    let user = UserId::parse(&format!("{}-admin", side.name())).unwrap();
    Mover::Admin { side, user }
}

fn movers() -> [Mover; 3] {
    [admin(Side::Source), admin(Side::Target), Mover::System]
}

fn invitation() -> Invitation {
    Invitation {
        source: community("north"),
        target: community("south"),
        relationship: Relationship::Partner,
        message: None,
        by: UserId::parse("source-admin").unwrap(),
        at: BEGUN,
    }
}

fn begun() -> Partnership {
    Partnership::begin(PartnershipId::new(1), invitation(), Terms::default())
}

/// Permissions that are not the default ones.
fn quiet() -> Permissions {
    let rates = Rates {
        per_hour: 0,
        per_day: 0,
    };
    Permissions::new(BTreeSet::new(), rates, Filters::default()).unwrap()
}

fn other_terms() -> Terms {
    Terms {
        target_to_source: quiet(),
        ..Terms::default()
    }
}

fn commands() -> Vec<(&'static str, Command)> {
    let message = None;
    let accept = |terms| Command::Accept {
        message: None,
        terms,
    };
    vec![
        ("accept", accept(None)),
        ("accept same terms", accept(Some(Terms::default()))),
        ("accept other terms", accept(Some(other_terms()))),
        ("reject", Command::Reject { message }),
        ("cancel", Command::Cancel),
        ("expire", Command::Expire),
        ("suspend", Command::Suspend),
        ("reactivate", Command::Reactivate),
        ("end", Command::End { reason: None }),
        ("set permissions", Command::SetPermissions(quiet())),
    ]
}

/// Moves a partnership, one command each second.
fn after(steps: &[(Mover, Command)]) -> Partnership {
    let mut it = begun();
    for (second, (by, command)) in (1..).zip(steps) {
        let at = BEGUN.plus_ms(second * 1_000);
        let moved = it.decide(command.clone(), by, at).unwrap();
        let by = by.clone();
        it = it.after(&Change { by, at, moved }).unwrap();
    }
    it
}

/// One partnership for each way of standing, with when it is looked at.
fn standings() -> Vec<(&'static str, Partnership, Timestamp)> {
    let [source, target, _] = movers();
    let accept = Command::Accept {
        message: None,
        terms: None,
    };
    let counter = Command::Accept {
        message: None,
        terms: Some(other_terms()),
    };
    let reject = Command::Reject { message: None };
    let agreed = (target.clone(), accept);
    let suspended = |by: &Mover| (by.clone(), Command::Suspend);
    let end = (source.clone(), Command::End { reason: None });
    let soon = BEGUN.plus_ms(60_000);
    let late = invitation().expires_at();
    let mut expired = begun();
    expired = expired
        .after(&Change {
            by: Mover::System,
            at: late,
            moved: Move::Expired,
        })
        .unwrap();
    vec![
        ("pending", begun(), soon),
        ("pending, too late", begun(), late),
        (
            "counter-offer",
            after(&[(target.clone(), counter.clone())]),
            soon,
        ),
        (
            "counter-offer, too late",
            after(&[(target.clone(), counter)]),
            late,
        ),
        ("accepted", after(std::slice::from_ref(&agreed)), late),
        (
            "suspended by source",
            after(&[agreed.clone(), suspended(&source)]),
            late,
        ),
        (
            "suspended by target",
            after(&[agreed.clone(), suspended(&target)]),
            late,
        ),
        (
            "suspended by both",
            after(&[agreed.clone(), suspended(&source), suspended(&target)]),
            late,
        ),
        ("rejected", after(&[(target, reject)]), late),
        ("cancelled", after(&[(source, Command::Cancel)]), late),
        ("expired", expired, late),
        ("ended", after(&[agreed, end]), late),
    ]
}

fn told(standing: &Standing) -> String {
    match standing {
        Standing::Pending {
            counter_offer: Some(_),
        } => "pending, counter-offer".to_owned(),
        Standing::Suspended { by, .. } => format!("suspended, {by:?}"),
        other => other.status().name().to_owned(),
    }
}

#[test]
fn who_moves_what_from_where() {
    let mut table = String::new();
    for (name, it, at) in standings() {
        writeln!(table, "{name}").unwrap();
        for (command, wanted) in commands() {
            let mut line = format!("  {command:<18}");
            for by in movers() {
                let cell = match it.decide(wanted.clone(), &by, at) {
                    Err(refusal) => format!("- {refusal:?}"),
                    Ok(moved) => {
                        let by = by.clone();
                        let moved = it.after(&Change { by, at, moved }).unwrap();
                        format!("> {}", told(&moved.standing))
                    }
                };
                write!(line, " | {cell:<26}").unwrap();
            }
            writeln!(table, "{}", line.trim_end()).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_invitation_lasts_thirty_days_to_the_millisecond() {
    let last = BEGUN.plus(INVITATION_LASTS).plus_ms(-1);
    let target = admin(Side::Target);
    let accept = || Command::Accept {
        message: None,
        terms: None,
    };
    assert!(begun().decide(accept(), &target, last).is_ok());
    let not_due = begun().decide(Command::Expire, &Mover::System, last);
    assert_eq!(not_due, Err(Refusal::NotDue));
    let first = last.plus_ms(1);
    let expired = begun().decide(accept(), &target, first);
    assert_eq!(expired, Err(Refusal::Expired));
    let due = begun().decide(Command::Expire, &Mover::System, first);
    assert_eq!(due, Ok(Move::Expired));
}

#[test]
fn each_side_sets_what_it_sends() {
    let accept = Command::Accept {
        message: None,
        terms: None,
    };
    for side in Side::ALL.iter().copied() {
        let set = Command::SetPermissions(quiet());
        let it = after(&[(admin(Side::Target), accept.clone()), (admin(side), set)]);
        assert_eq!(*it.terms.sent_by(side), quiet());
        assert_eq!(*it.terms.sent_by(side.other()), Permissions::default());
    }
}

#[test]
fn a_counter_offer_is_what_holds_once_it_is_accepted() {
    let said = |text| Some(Message::parse(text).unwrap());
    let counter = Command::Accept {
        message: said("with less"),
        terms: Some(other_terms()),
    };
    let accept = Command::Accept {
        message: said("fine"),
        terms: None,
    };
    let it = after(&[
        (admin(Side::Target), counter),
        (admin(Side::Source), accept),
    ]);
    assert_eq!(it.terms, other_terms());
    let Standing::Accepted { response, .. } = it.standing else {
        panic!("{:?}", it.standing);
    };
    assert_eq!(response.message, said("with less"));
    assert_eq!(response.by.as_str(), "target-admin");
}

fn any_command() -> impl Strategy<Value = Command> {
    let all: Vec<_> = commands().into_iter().map(|(_, command)| command).collect();
    proptest::sample::select(all)
}

fn any_mover() -> impl Strategy<Value = Mover> {
    proptest::sample::select(movers().to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn what_happened_can_be_replayed_and_never_leaves_the_table(
        wanted in proptest::collection::vec((any_mover(), any_command(), 0i64..20), 0..40),
    ) {
        let (mut it, mut history, mut at) = (begun(), Vec::new(), BEGUN);
        for (by, command, days) in wanted {
            at = at.plus_ms(days * 24 * 3_600 * 1_000);
            let before = it.clone();
            let Ok(moved) = it.decide(command, &by, at) else {
                continue;
            };
            let change = Change { by, at, moved };
            it = it.after(&change).expect("what is decided can follow");
            history.push(change);
            // Terminal states stay terminal.
            prop_assert!(before.standing.status().is_live());
            prop_assert_eq!(it.version, before.version + 1);
            prop_assert_eq!(&it.invitation, &before.invitation);
            if let Standing::Accepted { started_at, response } = &it.standing {
                prop_assert!(response.at <= *started_at && *started_at <= at);
            }
        }
        let again = replayed(it.id, (invitation(), Terms::default()), &history);
        prop_assert_eq!(again, Some(it));
    }
}
