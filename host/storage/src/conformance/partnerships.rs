use super::samples::{at, change, community, count, execute};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    Begun, CommunityPut, CommunityStore, Group, Moved, PartnershipQuery, PartnershipStore,
};
use skillgate_domain::community::{Community, Description};
use skillgate_domain::ids::{PartnershipId, ShortId, UserId};
use skillgate_domain::partnership::{
    Change, Command, Filters, Invitation, Message, Mover, Partnership, Permissions, Rates,
    Relationship, Side, Status, Terms, replayed,
};
use skillgate_domain::tez::DisplayName;
use skillgate_domain::time::Timestamp;
use std::slice;

pub(super) const RECORDS: &str = "SELECT COUNT(*) FROM audit";

fn known(name: &str) -> Community {
    Community {
        id: community(name),
        name: DisplayName::parse(&format!("The {name} ones")).unwrap(),
        short_id: ShortId::parse(name).unwrap(),
        description: None,
        members: 0,
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

async fn put(database: &Database, community: &Community) -> CommunityPut {
    database.put_community(community, &change()).await.unwrap()
}

/// Opens a database that knows some communities.
pub(super) async fn with(place: &Place, names: &[&str]) -> Database {
    let database = place.open().await;
    for name in names {
        assert_eq!(put(&database, &known(name)).await, CommunityPut::Kept);
    }
    database
}

pub(super) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub(super) fn invitation(source: &str, target: &str, ms: i64) -> Invitation {
    Invitation {
        source: community(source),
        target: community(target),
        relationship: Relationship::Ecosystem,
        message: Some(Message::parse("Let us \"meet\"; é").unwrap()),
        by: user("ada"),
        at: at(ms),
    }
}

pub(super) fn quiet() -> Permissions {
    let rates = Rates {
        per_hour: 1,
        per_day: 2,
    };
    let filters = Filters {
        min_votes: u32::MAX,
        boards: [-1, 7].into(),
    };
    Permissions::new([].into(), rates, filters).unwrap()
}

pub(super) async fn begin(database: &Database, invitation: &Invitation) -> Begun {
    let terms = Terms {
        source_to_target: quiet(),
        ..Terms::default()
    };
    let begun = database.begin_partnership(invitation, &terms, &|_| change());
    begun.await.unwrap()
}

pub(super) async fn begun(database: &Database, source: &str, target: &str, ms: i64) -> Partnership {
    match begin(database, &invitation(source, target, ms)).await {
        Begun::Now(begun) => *begun,
        other => panic!("{other:?}"),
    }
}

pub(super) fn admin(side: Side) -> Mover {
    let user = user(&format!("{}-admin", side.name()));
    Mover::Admin { side, user }
}

pub(super) fn accept() -> Command {
    Command::Accept {
        message: Some(Message::parse("yes").unwrap()),
        terms: None,
    }
}

pub(super) fn decided(
    before: &Partnership,
    by: Mover,
    command: Command,
    at: Timestamp,
) -> (Partnership, Change) {
    let moved = before.decide(command, &by, at).unwrap();
    let change = Change { by, at, moved };
    (before.after(&change).unwrap(), change)
}

async fn keep(database: &Database, after: &Partnership, made: &Change) -> bool {
    let moved = Moved {
        after: after.clone(),
        change: made.clone(),
        record: change(),
    };
    database.move_partnership(&[moved]).await.unwrap()
}

/// Moves a partnership and finds it as it should be.
pub(super) async fn moved(
    database: &Database,
    before: &Partnership,
    by: Mover,
    command: Command,
    ms: i64,
) -> Partnership {
    let (after, made) = decided(before, by, command, at(ms));
    assert!(keep(database, &after, &made).await);
    let found = database.partnership(before.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&after));
    after
}

/// Makes two communities partners, within a millisecond.
pub(super) async fn partners(
    database: &Database,
    source: &str,
    target: &str,
    ms: i64,
) -> Partnership {
    let begun = begun(database, source, target, ms).await;
    moved(database, &begun, admin(Side::Target), accept(), ms + 1).await
}

pub(super) async fn what_is_seen_of_a_community_has_versions(place: &Place) {
    let database = with(place, &["red"]).await;
    assert_eq!(put(&database, &known("red")).await, CommunityPut::Changed);
    let next = Community {
        description: Some(Description::parse("We meet on Mondays. é").unwrap()),
        short_id: ShortId::parse("reds").unwrap(),
        version: 2,
        updated_at: at(5),
        ..known("red")
    };
    assert_eq!(put(&database, &next).await, CommunityPut::Kept);
    assert_eq!(put(&database, &next).await, CommunityPut::Changed);
    let found = database.community(&next.id).await.unwrap();
    assert_eq!(found, Some(next.clone()));
    // The short id that it had is free, and the one that it has is not.
    let other = Community {
        id: community("blue"),
        ..known("reds")
    };
    assert_eq!(put(&database, &other).await, CommunityPut::ShortIdTaken);
    assert_eq!(database.community(&other.id).await.unwrap(), None);
    let other = Community {
        id: community("blue"),
        ..known("red")
    };
    assert_eq!(put(&database, &other).await, CommunityPut::Kept);
    let taken = Community {
        version: 2,
        short_id: ShortId::parse("reds").unwrap(),
        ..other.clone()
    };
    assert_eq!(put(&database, &taken).await, CommunityPut::ShortIdTaken);
    let (blue, green) = (community("blue"), community("green"));
    let both = database.communities(&[&next.id, &green, &blue]).await;
    let mut both = both.unwrap();
    both.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(both, [other, next]);
    assert_eq!(database.communities(&[]).await.unwrap(), []);
    assert_eq!(count(&database, RECORDS).await, 3);
}

pub(super) async fn communities_are_listed_as_they_changed(place: &Place) {
    let names = ["red", "blue", "green"];
    let (one, other) = (with(place, &names).await, place.open().await);
    let listed = async |after| {
        let changed = other.changed_communities(after).await.unwrap();
        let names = changed
            .into_iter()
            .map(|(number, it)| (number, it.short_id.to_string()));
        names.collect::<Vec<_>>()
    };
    let name = |number: u64, name: &str| (number, name.to_owned());
    assert_eq!(
        listed(0).await,
        [name(1, "red"), name(2, "blue"), name(3, "green")]
    );
    let next = Community {
        short_id: ShortId::parse("reds").unwrap(),
        version: 2,
        ..known("red")
    };
    assert_eq!(put(&one, &next).await, CommunityPut::Kept);
    // What was not kept counts for nothing.
    assert_eq!(put(&one, &next).await, CommunityPut::Changed);
    assert_eq!(listed(2).await, [name(3, "green"), name(4, "reds")]);
    assert_eq!(listed(4).await, []);
    let many = (0..16).map(|number| {
        let database = if number % 2 == 0 { &one } else { &other };
        async move { put(database, &known(&format!("new-{number}"))).await }
    });
    join_all(many).await;
    let numbers: Vec<u64> = listed(4)
        .await
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, (5..21).collect::<Vec<_>>());
}

pub(super) async fn live_partners_are_listed_with_where_they_stand(place: &Place) {
    let names = ["red", "blue", "green", "grey", "gold"];
    let database = with(place, &names).await;
    let source = || admin(Side::Source);
    let it = begun(&database, "red", "blue", 0).await;
    let it = moved(&database, &it, admin(Side::Target), accept(), 1).await;
    begun(&database, "green", "red", 2).await;
    let over = begun(&database, "red", "grey", 3).await;
    moved(&database, &over, source(), Command::Cancel, 4).await;
    begun(&database, "gold", "blue", 5).await;
    let listed = async |name: &str| {
        let (name, all) = (community(name), names.map(community));
        let all: Vec<_> = all.iter().collect();
        let live = database.live_partners(&name, &all).await.unwrap();
        let mut live: Vec<_> = live
            .into_iter()
            .map(|(id, status)| (id.to_string(), status))
            .collect();
        live.sort();
        live
    };
    let with = |name: &str, status| (name.to_owned(), status);
    let (blue, green) = (
        with("blue", Status::Accepted),
        with("green", Status::Pending),
    );
    assert_eq!(listed("red").await, [blue, green]);
    moved(&database, &it, source(), Command::Suspend, 6).await;
    let (gold, red) = (
        with("gold", Status::Pending),
        with("red", Status::Suspended),
    );
    assert_eq!(listed("blue").await, [gold, red]);
    assert_eq!(listed("grey").await, []);
    let (blue, red, grey) = (community("blue"), community("red"), community("grey"));
    for (among, found) in [
        (&[][..], &[][..]),
        (&[&red], &["red"]),
        (&[&red, &grey, &blue], &["red"]),
        (&[&grey], &[]),
    ] {
        let live = database.live_partners(&blue, among).await.unwrap();
        let ids: Vec<_> = live.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, found, "{among:?}");
    }
}

pub(super) async fn a_partnership_is_kept_with_all_that_happened_to_it(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    let it = begun(&database, "red", "blue", 0).await;
    assert_eq!(database.partnership(it.id).await.unwrap(), Some(it.clone()));
    let (source, target) = (admin(Side::Source), admin(Side::Target));
    let counter = Command::Accept {
        message: Some(Message::parse("with less").unwrap()),
        terms: Some(Terms {
            target_to_source: quiet(),
            ..Terms::default()
        }),
    };
    let reason = Some(Message::parse("it was good").unwrap());
    let steps = [
        (target.clone(), counter),
        (source.clone(), accept()),
        (target.clone(), Command::Suspend),
        (source.clone(), Command::Suspend),
        (source.clone(), Command::SetPermissions(quiet())),
        (target, Command::Reactivate),
        (source.clone(), Command::Reactivate),
        (source, Command::End { reason }),
    ];
    let mut now = it.clone();
    for (ms, (by, command)) in (1..).zip(steps) {
        now = moved(&database, &now, by, command, ms).await;
    }
    assert_eq!((now.standing.status(), now.version), (Status::Ended, 9));
    let kept = database.partnership_moves(it.id).await.unwrap();
    let (offered, moves) = kept.unwrap();
    assert_eq!(offered, it.terms);
    let versions: Vec<u32> = moves.iter().map(|it| it.version).collect();
    assert_eq!(versions, [2, 3, 4, 5, 6, 7, 8, 9]);
    let history: Vec<Change> = moves.into_iter().map(|it| it.change).collect();
    let again = replayed(it.id, (it.invitation.clone(), offered), &history);
    assert_eq!(again, Some(now));
    // One record for each, the two communities included.
    assert_eq!(count(&database, RECORDS).await, 11);
    let nobody = PartnershipId::new(it.id.number() + 1);
    assert_eq!(database.partnership(nobody).await.unwrap(), None);
    assert_eq!(database.partnership_moves(nobody).await.unwrap(), None);
}

pub(super) async fn every_end_of_an_invitation_reads_back(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    let (source, target) = (admin(Side::Source), admin(Side::Target));
    let counter = || Command::Accept {
        message: None,
        terms: Some(Terms::default()),
    };
    let reject = Command::Reject { message: None };
    let late = invitation("red", "blue", 0).expires_at();
    for (status, offers_other, by, command, when) in [
        (
            Status::Rejected,
            false,
            target.clone(),
            reject.clone(),
            at(2),
        ),
        (Status::Rejected, true, source.clone(), reject, at(2)),
        (
            Status::Cancelled,
            false,
            source.clone(),
            Command::Cancel,
            at(2),
        ),
        (Status::Cancelled, true, source, Command::Cancel, at(2)),
        (Status::Expired, false, Mover::System, Command::Expire, late),
        (Status::Expired, true, Mover::System, Command::Expire, late),
    ] {
        let mut it = begun(&database, "red", "blue", 0).await;
        if offers_other {
            it = moved(&database, &it, target.clone(), counter(), 1).await;
        }
        let (after, made) = decided(&it, by, command, when);
        assert_eq!(after.standing.status(), status);
        assert!(keep(&database, &after, &made).await);
        let found = database.partnership(it.id).await.unwrap();
        assert_eq!(found, Some(after));
    }
}

pub(super) async fn of_moves_at_the_same_instant_one_is_made(place: &Place) {
    let (one, other) = (with(place, &["red", "blue"]).await, place.open().await);
    for round in 0..8 {
        let it = begun(&one, "red", "blue", round).await;
        let (accepted, yes) = decided(&it, admin(Side::Target), accept(), at(round + 1));
        let (cancelled, no) = decided(&it, admin(Side::Source), Command::Cancel, at(round + 1));
        let both = [keep(&one, &accepted, &yes), keep(&other, &cancelled, &no)];
        let made = join_all(both).await;
        assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
        let winner = if made[0] { accepted } else { cancelled };
        let found = one.partnership(it.id).await.unwrap().unwrap();
        assert_eq!(found, winner);
        let moves = other.partnership_moves(it.id).await.unwrap().unwrap().1;
        assert_eq!(moves.len(), 1);
        if made[0] {
            let end = Command::End { reason: None };
            moved(&one, &found, admin(Side::Source), end, round + 2).await;
        }
    }
}

pub(super) async fn several_moves_are_made_or_none(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    let it = begun(&database, "red", "blue", 0).await;
    let it = moved(&database, &it, admin(Side::Target), accept(), 1).await;
    let (source, target) = (admin(Side::Source), admin(Side::Target));
    let (suspended, first) = decided(&it, source, Command::Suspend, at(2));
    let set = Command::SetPermissions(quiet());
    let (quieter, second) = decided(&suspended, target, set, at(2));
    let both = |records: [(&Partnership, &Change); 2]| {
        records.map(|(after, made)| Moved {
            after: after.clone(),
            change: made.clone(),
            record: change(),
        })
    };
    // The second does not follow what is there, so that the first is not made either.
    let odd = both([(&suspended, &first), (&suspended, &first)]);
    assert!(!database.move_partnership(&odd).await.unwrap());
    assert_eq!(database.partnership(it.id).await.unwrap(), Some(it.clone()));
    assert_eq!(count(&database, RECORDS).await, 4);
    let whole = both([(&suspended, &first), (&quieter, &second)]);
    assert!(database.move_partnership(&whole).await.unwrap());
    let found = database.partnership(it.id).await.unwrap();
    assert_eq!(found, Some(quieter));
    assert_eq!(count(&database, RECORDS).await, 6);
}

pub(super) async fn partnerships_are_listed_by_what_they_are_to_a_community(place: &Place) {
    let names = ["red", "blue", "green", "grey", "gold"];
    let database = with(place, &names).await;
    let source = || admin(Side::Source);
    let active = begun(&database, "red", "blue", 0).await;
    let active = moved(&database, &active, admin(Side::Target), accept(), 1).await;
    let outgoing = begun(&database, "red", "green", 2).await;
    let incoming = begun(&database, "grey", "red", 3).await;
    let old = begun(&database, "gold", "red", 4).await;
    let old = moved(&database, &old, source(), Command::Cancel, 5).await;
    let new = begun(&database, "red", "gold", 6).await;
    let new = moved(&database, &new, source(), Command::Cancel, 7).await;
    begun(&database, "blue", "green", 8).await;
    let (red, blue) = (community("red"), community("blue"));
    let listed = async |group, before, limit| {
        let query = PartnershipQuery {
            community: &red,
            group,
            before,
            limit,
        };
        database.partnerships(query).await.unwrap()
    };
    assert_eq!(
        listed(Group::Active, None, 9).await,
        slice::from_ref(&active)
    );
    assert_eq!(listed(Group::Outgoing, None, 9).await, [outgoing]);
    assert_eq!(listed(Group::Incoming, None, 9).await, [incoming]);
    let over = Group::Over(at(0));
    assert_eq!(listed(over, None, 9).await, [new.clone(), old.clone()]);
    assert_eq!(listed(over, None, 1).await, slice::from_ref(&new));
    assert_eq!(listed(over, Some(new.id), 9).await, [old]);
    assert_eq!(listed(Group::Over(at(6)), None, 9).await, [new]);
    let of_blue = PartnershipQuery {
        community: &blue,
        group: Group::Active,
        before: None,
        limit: 9,
    };
    assert_eq!(database.partnerships(of_blue).await.unwrap(), [active]);
}

pub(super) async fn a_partnership_that_cannot_be_is_refused(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    let it = begun(&database, "red", "blue", 0).await;
    let set = |what: &str| -> &'static str {
        format!("UPDATE community_partnerships SET version = version + 1, {what}").leak()
    };
    for what in [
        "status = 'friends'",
        "status = 'accepted'",
        "status = 'suspended'",
        "status = 'rejected'",
        "status = 'ended'",
        "suspended_by = 'both'",
        "end_reason = 'why'",
        "partnership_started_at = invited_at",
        "partnership_ended_at = invited_at",
        "responded_at = invited_at",
        "responded_by_user_id = 'ada'",
        "response_message = 'yes'",
        "responded_by_user_id = 'nobody', responded_at = invited_at",
        "source_to_target_permissions = '[]'",
        "relationship_type = 'enemy'",
        "relationship_type = 'partner'",
        "target_community_id = 'red'",
        "source_community_id = 'blue', target_community_id = 'red'",
        "invited_by_user_id = 'source-admin'",
        "invite_message = NULL",
        "version = version",
    ] {
        let refused = execute(&database, set(what)).await;
        assert!(refused.is_err(), "{what}");
    }
    // The control: it is a row like any other.
    execute(&database, set("status = 'cancelled'"))
        .await
        .unwrap();
    // What is over stays so.
    for what in ["status = 'pending'", "status = 'expired'"] {
        assert!(execute(&database, set(what)).await.is_err(), "{what}");
    }
    let moves = "UPDATE partnership_moves SET moved = 'accepted'";
    assert!(execute(&database, moves).await.is_err());
    let found = database.partnership(it.id).await.unwrap().unwrap();
    assert_eq!(found.standing.status(), Status::Cancelled);
}
