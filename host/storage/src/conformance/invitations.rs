//! Invitations: one at a time, so many, and how long.

use super::partnerships::{RECORDS, accept, admin, begin, begun, invitation, moved, with};
use super::samples::{community, count};
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{Begun, PartnershipStore};
use skillgate_domain::partnership::{Command, INVITATION_LASTS, INVITATIONS_MAX, Side};
use std::slice;

pub(super) async fn two_communities_have_one_partnership_at_a_time(place: &Place) {
    let (one, other) = (with(place, &["red", "blue"]).await, place.open().await);
    for round in 0..8 {
        let at_once = [("red", "blue"), ("blue", "red")].map(|(source, target)| {
            let host = if source == "red" { &one } else { &other };
            async move { begin(host, &invitation(source, target, round)).await }
        });
        let mut begun = join_all(at_once).await;
        begun.sort_by_key(|it| matches!(it, Begun::Already(_)));
        let [Begun::Now(now), Begun::Already(already)] = &begun[..] else {
            panic!("{begun:?}");
        };
        assert_eq!(now, already);
        let (red, blue) = (community("red"), community("blue"));
        let live = one.live_partnership(&blue, &red);
        assert_eq!(live.await.unwrap().as_ref(), Some(&**now));
        // Whoever comes later is told of it, too; and once it is over, the two begin anew.
        let later = begin(&other, &invitation("blue", "red", round)).await;
        assert_eq!(later, Begun::Already(now.clone()));
        moved(&one, now, admin(Side::Source), Command::Cancel, round + 1).await;
    }
    let strangers = begin(&one, &invitation("red", "green", 0)).await;
    assert_eq!(strangers, Begun::Unknown);
    // Two communities, eight invitations and their ends.
    assert_eq!(count(&one, RECORDS).await, 18);
}

pub(super) async fn so_many_invitations_of_a_community_wait(place: &Place) {
    let others: Vec<_> = (0..INVITATIONS_MAX + 8)
        .map(|number| format!("other-{number}"))
        .collect();
    let others: Vec<_> = others.iter().map(String::as_str).collect();
    let names = [&["red", "blue"], &others[..]].concat();
    let (one, other) = (with(place, &names).await, place.open().await);
    // One that nobody answered in time, and one of somebody else, take no place.
    let lasts = i64::try_from(INVITATION_LASTS.as_millis()).unwrap();
    begun(&one, "red", others[0], -lasts).await;
    begun(&one, "blue", "red", 0).await;
    let (before, last) = others[1..].split_at(INVITATIONS_MAX - 1);
    for name in before {
        begun(&one, "red", name, 0).await;
    }
    // Of several on two hosts that want the last place, one has it; of the others nothing is kept.
    let last = last.iter().zip([&one, &other].into_iter().cycle());
    let last = last.map(|(name, host)| async { begin(host, &invitation("red", name, 0)).await });
    let began = join_all(last).await;
    let refused = began.iter().filter(|it| **it == Begun::TooMany).count();
    assert_eq!((refused, began.len()), (7, 8), "{began:?}");
    for (kept, more) in [
        (
            "SELECT COUNT(*) FROM community_partnerships WHERE source_community_id = 'red'",
            1,
        ),
        (
            "SELECT COUNT(*) FROM community_events WHERE community_id = 'red'",
            2,
        ),
    ] {
        let all = i64::try_from(INVITATIONS_MAX).unwrap() + more;
        assert_eq!(count(&one, kept).await, all, "{kept}");
    }
}

pub(super) async fn overdue_invitations_are_found_when_it_is_time(place: &Place) {
    let database = with(place, &["red", "blue", "green"]).await;
    let second = begun(&database, "blue", "red", 5).await;
    let first = begun(&database, "red", "green", 0).await;
    let accepted = begun(&database, "green", "blue", 0).await;
    moved(&database, &accepted, admin(Side::Target), accept(), 1).await;
    let until = first.invitation.expires_at();
    let overdue = async |ms| {
        let found = database.overdue_invitations(until.plus_ms(ms)).await;
        found.unwrap()
    };
    assert_eq!(overdue(-1).await, []);
    assert_eq!(overdue(0).await, slice::from_ref(&first));
    assert_eq!(overdue(5).await, [first, second]);
}
