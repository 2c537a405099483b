//! Modules between partners: offered, taken over, running while the partnership does.

use super::partnerships::{admin, begun, decided, moved, partners, quiet, with};
use super::samples::{
    at, change, community, count, execute, grant, granted, next_grant, skill, submission,
};
use crate::Database;
use crate::testing::Place;
use skillgate_app::ports::{
    Moved, OfferQuery, OfferStore, PartnershipStore, RightsInForce, Storage, StorageError,
    Submission,
};
use skillgate_domain::grant::{EndCause, Grant, GrantStatus, Owner};
use skillgate_domain::ids::{PartnershipId, SubmissionId};
use skillgate_domain::partnership::{Command, Partnership, Side, Status};
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

/// Hands a module in to a community, and offers it.
async fn offered(database: &Database, number: u8, name: &str) -> Submission {
    let mut of = Submission {
        community: community(name),
        ..submission(number)
    };
    let record = change();
    let kept = database.insert_submission(&of, &[number], &record).await;
    kept.unwrap();
    of.offered_at = Some(at(number.into()));
    set_offered(database, &of, of.offered_at).await;
    of
}

async fn set_offered(database: &Database, of: &Submission, at: Option<Timestamp>) {
    let set = database
        .set_offered(&of.community, of.id, at, &change())
        .await;
    set.unwrap();
}

async fn offers(
    database: &Database,
    name: &str,
    after: Option<(Timestamp, SubmissionId)>,
    limit: u32,
) -> Vec<Submission> {
    let query = OfferQuery {
        community: &community(name),
        after,
        limit,
    };
    let offers = database.offers(query).await.unwrap().into_iter();
    offers.map(|it| it.submission).collect()
}

/// What is taken over of an offer, under another id.
fn taken(
    of: &Submission,
    number: u8,
    name: &str,
    partnership: Option<PartnershipId>,
) -> Submission {
    Submission {
        id: SubmissionId::new(Uuid::from_u128(u128::from(number))),
        community: community(name),
        submitted_at: at(100),
        owner: Some(Owner {
            community: of.community.clone(),
            partnership,
        }),
        offered_at: None,
        ..of.clone()
    }
}

async fn adopted(database: &Database, of: &Submission, it: &Submission) -> bool {
    database.adopt(of.id, it, &change()).await.unwrap()
}

pub(super) async fn partners_see_what_is_offered(place: &Place) {
    let names = ["red", "blue", "green", "grey"];
    let (one, other) = (with(place, &names).await, place.open().await);
    let with_blue = partners(&one, "red", "blue", 0).await;
    partners(&one, "green", "red", 0).await;
    begun(&one, "red", "grey", 0).await;
    let first = offered(&one, 1, "blue").await;
    let second = offered(&one, 2, "green").await;
    let third = offered(&one, 3, "blue").await;
    // Of whoever is no partner yet, and the community's own.
    offered(&one, 4, "grey").await;
    offered(&one, 5, "red").await;
    let newest = [third.clone(), second.clone(), first.clone()];
    assert_eq!(offers(&other, "red", None, 9).await, newest);
    assert_eq!(offers(&other, "red", None, 2).await, newest[..2]);
    let behind = Some((at(2), second.id));
    assert_eq!(offers(&other, "red", behind, 9).await, newest[2..]);
    assert_eq!(offers(&other, "grey", None, 9).await, []);
    let found = async |name, id| other.offer(&community(name), id).await.unwrap();
    assert_eq!(found("red", second.id).await, Some(second.clone()));
    assert_eq!(found("blue", second.id).await, None, "of no partner");
    // Offered again, it is offered since the first time; withdrawn, no more.
    let elsewhere = Submission {
        community: community("blue"),
        ..second.clone()
    };
    for (again, stands) in [(Some(at(9)), true), (None, false)] {
        set_offered(&one, &second, again).await;
        set_offered(&one, &elsewhere, None).await;
        let is_there = offers(&other, "red", None, 9).await.contains(&second);
        assert_eq!(is_there, stands);
    }
    moved(&one, &with_blue, admin(Side::Target), Command::Suspend, 9).await;
    assert_eq!(offers(&other, "red", None, 9).await, []);
    assert_eq!(found("red", first.id).await, None);
}

pub(super) async fn what_is_offered_is_taken_over_once(place: &Place) {
    let names = ["red", "blue", "green"];
    let (one, other) = (with(place, &names).await, place.open().await);
    let of = offered(&one, 1, "blue").await;
    let adoption = taken(&of, 11, "red", None);
    assert!(!adopted(&one, &of, &adoption).await, "no partner");
    let before = count(&one, "SELECT COUNT(*) FROM audit").await;
    let partnership = partners(&one, "red", "blue", 0).await;
    assert_eq!(
        one.submission(&adoption.community, adoption.id)
            .await
            .unwrap(),
        None
    );
    assert!(adopted(&one, &of, &adoption).await);
    assert_eq!(count(&one, "SELECT COUNT(*) FROM audit").await, before + 3);
    let found = other.submission(&adoption.community, adoption.id).await;
    let kept = taken(&of, 11, "red", Some(partnership.id));
    assert_eq!(found.unwrap(), Some(kept.clone()));
    assert_eq!(other.submissions(&kept.community).await.unwrap(), [kept]);
    let offers = OfferQuery {
        community: &community("red"),
        after: None,
        limit: 9,
    };
    let listed = other.offers(offers).await.unwrap();
    assert_eq!(listed[0].present, Some(adoption.id));
    // Once; by those who may; while it is offered; and no further.
    let again = taken(&of, 12, "red", None);
    let again = one.adopt(of.id, &again, &change()).await;
    assert!(matches!(again, Err(StorageError::Conflict)));
    assert!(!adopted(&one, &of, &taken(&of, 13, "green", None)).await);
    let next = offered(&one, 2, "blue").await;
    let mistaken = Submission {
        community: community("green"),
        ..next.clone()
    };
    assert!(!adopted(&one, &next, &taken(&mistaken, 14, "red", None)).await);
    set_offered(&one, &next, None).await;
    assert!(!adopted(&one, &next, &taken(&next, 15, "red", None)).await);
    for sql in [
        "UPDATE submissions SET offered_at = submitted_at",
        "UPDATE submissions SET owner = community",
    ] {
        assert!(execute(&one, sql).await.is_err(), "{sql}");
    }
}

/// Grants something of the community's own, which no partnership is about.
async fn own_grant(database: &Database) -> Grant {
    let own = Submission {
        skill: skill("own"),
        ..submission(5)
    };
    let kept = database.insert_submission(&own, &[5], &change()).await;
    kept.unwrap();
    let own = grant(5, &own);
    granted(database, &own).await;
    own
}

async fn says(host: &Database, of: &Grant) -> (GrantStatus, Option<GrantStatus>) {
    let active = host.active_grant(&of.community, &of.skill).await.unwrap();
    let status = host.grant_status(&of.community, of.id).await.unwrap();
    let mut listed = host.active_grants(&of.community).await.unwrap();
    listed.retain(|it| it.skill == of.skill);
    assert_eq!(listed.first(), active.as_ref());
    (status, active.map(|it| it.status()))
}

pub(super) async fn a_grant_rests_on_its_partnership(place: &Place) {
    use GrantStatus::{Ended, InForce, PartnershipInactive};
    let (host, other) = (with(place, &["red", "blue"]).await, place.open().await);
    let mut it = partners(&other, "red", "blue", 0).await;
    let of = offered(&other, 1, "blue").await;
    assert!(adopted(&other, &of, &taken(&of, 11, "red", None)).await);
    let adoption = taken(&of, 11, "red", Some(it.id));
    let own = own_grant(&other).await;
    let first = Grant {
        owner: adoption.owner.clone(),
        ..grant(1, &adoption)
    };
    granted(&other, &first).await;
    assert_eq!(
        host.active_grant(&first.community, &first.skill)
            .await
            .unwrap(),
        Some(first.clone())
    );
    let both = |status| (status, Some(status));
    assert_eq!(says(&host, &first).await, both(InForce));
    for (side, command, status) in [
        (Side::Source, Command::Suspend, PartnershipInactive),
        (Side::Target, Command::Suspend, PartnershipInactive),
        (Side::Source, Command::Reactivate, PartnershipInactive),
        (Side::Target, Command::Reactivate, InForce),
    ] {
        it = moved(&other, &it, admin(side), command.clone(), 10).await;
        assert_eq!(
            says(&host, &first).await,
            both(status),
            "{side:?} {command:?}"
        );
        assert_eq!(says(&host, &own).await.0, InForce);
    }
    // What was replaced may end; not without the partnership.
    let second = Grant {
        owner: adoption.owner.clone(),
        ..next_grant(2, 2, &adoption)
    };
    granted(&other, &second).await;
    assert_eq!(
        says(&host, &first).await,
        (Ended(EndCause::Replaced), Some(InForce))
    );
    moved(
        &other,
        &it,
        admin(Side::Source),
        Command::End { reason: None },
        20,
    )
    .await;
    assert_eq!(says(&host, &first).await, both(PartnershipInactive));
    // Another partnership is another one: what rests on the one before does not come back.
    let next = partners(&other, "blue", "red", 30).await;
    assert_eq!(says(&host, &second).await, both(PartnershipInactive));
    let again = Grant {
        owner: taken(&of, 11, "red", Some(next.id)).owner,
        ..next_grant(3, 3, &adoption)
    };
    granted(&other, &again).await;
    assert_eq!(says(&host, &again).await, both(InForce));
}

pub(super) async fn moves_and_grants_at_once_end(place: &Place) {
    let names = ["red", "blue", "green"];
    let (one, other) = (with(place, &names).await, place.open().await);
    let mut blue = partners(&one, "red", "blue", 0).await;
    let mut green = partners(&one, "green", "red", 0).await;
    let of = offered(&one, 1, "blue").await;
    assert!(adopted(&one, &of, &taken(&of, 11, "red", None)).await);
    let adoption = taken(&of, 11, "red", Some(blue.id));
    granted(&one, &grant(1, &adoption)).await;
    let (red, skill) = (&adoption.community, &adoption.skill);
    let change = change();
    for round in 0..8 {
        let frozen = (round % 2 == 0).then(|| at(10 + round));
        let (next_blue, next_green, done) = futures::join!(
            changed_and_moved(&one, &blue, Side::Source, 10 + round),
            changed_and_moved(&other, &green, Side::Target, 10 + round),
            one.set_frozen(red, skill, frozen, &change),
        );
        done.unwrap();
        (blue, green) = (next_blue, next_green);
    }
}

/// Sets permissions, and stops a partnership or lets it go on: two moves in one transaction.
async fn changed_and_moved(
    database: &Database,
    before: &Partnership,
    side: Side,
    ms: i64,
) -> Partnership {
    let command = match before.standing.status() {
        Status::Accepted => Command::Suspend,
        _ => Command::Reactivate,
    };
    let mut moves = Vec::new();
    let mut after = before.clone();
    for command in [Command::SetPermissions(quiet()), command] {
        let (next, made) = decided(&after, admin(side), command, at(ms));
        after = next;
        moves.push(Moved {
            after: after.clone(),
            change: made,
            record: change(),
        });
    }
    assert!(database.move_partnership(&moves).await.unwrap());
    after
}
