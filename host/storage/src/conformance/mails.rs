//! Mail that is to be sent: put there with each move, taken by one host, tried until it is over.

use super::members::{put, terms};
use super::partnerships::{accept, admin, begun, moved, user, with};
use super::samples::{at, change, community, count, execute};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    DueMail, MAILS_A_DAY_MAX, MailEnd, MemberDecision, MemberStore, Outbox, Tried,
};
use skillgate_domain::event::PartnershipNews;
use skillgate_domain::member::{MailKey, MemberRole};
use skillgate_domain::partnership::{Command, Message, MoveKind, Mover, Permissions, Side, Status};
use std::time::Duration;

const RED: &str = "red";
const BLUE: &str = "blue";
const MAILS: &str = "SELECT COUNT(*) FROM mails";
const LEASE: i64 = 1_000;

async fn take(host: &Database, now: i64) -> Vec<DueMail> {
    host.take_mails(at(now), at(now + LEASE), 100)
        .await
        .unwrap()
}

/// To whom mails go, of which community and of what.
fn told(mails: &[DueMail]) -> Vec<(&str, &str, &str)> {
    let each = mails.iter().map(|it| {
        let of = (it.id.community.as_str(), it.id.user.as_str());
        (of.0, of.1, it.news.moved.name())
    });
    let mut all: Vec<_> = each.collect();
    all.sort_unstable();
    all
}

/// Has somebody of the blue ones listed with an address.
async fn list_blue(database: &Database, who: &str, role: MemberRole) {
    let (blue, who) = (community(BLUE), user(who));
    let decide: &MemberDecision<'_> = &|roster| {
        let mut bytes = [9; 32];
        bytes[..who.as_str().len()].copy_from_slice(who.as_str().as_bytes());
        let terms = terms(role, Some("blue@example.org"));
        Ok((
            roster.put(&who, terms, (MailKey::new(bytes), at(0)))?,
            change(),
        ))
    };
    database.change_member(&blue, &who, decide).await.unwrap();
}

async fn change_red(database: &Database, who: &str, wants_mail: bool) {
    let (red, who) = (community(RED), user(who));
    let decide: &MemberDecision<'_> =
        &|roster| Ok((roster.want_mail(wants_mail, at(1))?, change()));
    database.change_member(&red, &who, decide).await.unwrap();
}

async fn with_admins(place: &Place) -> Database {
    let database = with(place, &[RED, BLUE]).await;
    put(&database, "ada", MemberRole::Admin, 0).await;
    list_blue(&database, "bea", MemberRole::Admin).await;
    database
}

pub(super) async fn each_admin_who_wants_mail_gets_it(place: &Place) {
    let database = with_admins(place).await;
    put(&database, "quiet", MemberRole::Admin, 0).await;
    change_red(&database, "quiet", false).await;
    put(&database, "mia", MemberRole::Member, 0).await;
    list_blue(&database, "bob", MemberRole::Admin).await;
    execute(
        &database,
        "UPDATE community_members SET email = NULL WHERE user_id = 'bob'",
    )
    .await
    .unwrap();
    let invited = begun(&database, RED, BLUE, 10).await;
    let mails = take(&database, 10).await;
    assert_eq!(
        told(&mails),
        [(BLUE, "bea", "invited"), (RED, "ada", "invited")]
    );
    let of_blue = mails.iter().find(|it| it.id.user == user("bea")).unwrap();
    assert_eq!(
        of_blue.to.email.as_ref().unwrap().as_str(),
        "blue@example.org"
    );
    assert_eq!((of_blue.tries, of_blue.at), (1, at(10)));
    let PartnershipNews {
        by, was_invited, ..
    } = of_blue.news;
    assert_eq!(
        (by, was_invited, of_blue.news.is_by_us()),
        (Some(Side::Source), true, Some(false))
    );

    let accepted = moved(&database, &invited, admin(Side::Target), accept(), 20).await;
    let mails = take(&database, 20).await;
    assert_eq!(
        told(&mails),
        [(BLUE, "bea", "accepted"), (RED, "ada", "accepted")]
    );
    let words = mails[0].news.words.as_ref();
    assert_eq!(words.map(Message::as_str), Some("yes"));
    // Of permissions nothing is mailed.
    let permissions = Command::SetPermissions(Permissions::default());
    let set = moved(&database, &accepted, admin(Side::Source), permissions, 30).await;
    assert_eq!(take(&database, 30).await, []);
    let suspended = moved(&database, &set, admin(Side::Source), Command::Suspend, 40).await;
    assert_eq!(take(&database, 40).await.len(), 2);
    let ended = Command::End { reason: None };
    moved(&database, &suspended, admin(Side::Target), ended, 50).await;
    let mails = take(&database, 50).await;
    assert_eq!(mails[0].news.status, Status::Ended);
    assert_eq!(mails[0].news.words, None);

    let lapses = begun(&database, BLUE, RED, 60).await;
    take(&database, 60).await;
    let late = lapses.invitation.expires_at().unix_ms();
    let (by, moves) = (Mover::System, Command::Expire);
    moved(&database, &lapses, by, moves, late).await;
    let mails = database
        .take_mails(at(late), at(late + LEASE), 100)
        .await
        .unwrap();
    let news = mails
        .iter()
        .map(|it| &it.news)
        .find(|it| it.moved == MoveKind::Expired);
    assert_eq!(news.map(|it| (it.by, it.is_by_us())), Some((None, None)));
}

pub(super) async fn one_host_has_a_mail_at_a_time(place: &Place) {
    let (one, other) = (with_admins(place).await, place.open().await);
    for number in 0..20 {
        put(&one, &format!("a{number}"), MemberRole::Admin, 0).await;
    }
    begun(&one, RED, BLUE, 10).await;
    let hosts = [&one, &other, &one, &other];
    let take_some = |host: &'_ Database| {
        let host = host.clone();
        async move { host.take_mails(at(10), at(10 + LEASE), 6).await.unwrap() }
    };
    let mut all: Vec<_> = join_all(hosts.map(take_some)).await.concat();
    all.extend(take(&one, 10).await);
    let mut ids: Vec<_> = all.iter().map(|it| it.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), all.len()), (22, 22));
    assert_eq!(take(&other, 10 + LEASE - 1).await, []);
    // Whoever took them is dead: others do, and what the dead says later does not count.
    let again = take(&other, 10 + LEASE).await;
    assert_eq!(again.len(), 22);
    assert!(again.iter().all(|it| it.tries == 2));
    let same = |it: &&DueMail| it.id == again[0].id;
    let before = all.iter().find(same).unwrap();
    let over = Tried::Over(MailEnd::Sent, at(2_000));
    assert!(!one.mail_tried(before, over).await.unwrap());
    assert!(other.mail_tried(&again[0], over).await.unwrap());
    assert!(!other.mail_tried(&again[0], over).await.unwrap());
    let due_later = Tried::Again(at(9_000));
    assert!(other.mail_tried(&again[1], due_later).await.unwrap());
    let third = take(&one, 10 + 2 * LEASE).await;
    assert_eq!(third.len(), 20);
    let last = take(&one, 9_000).await;
    assert!(last.iter().any(|it| it.id == again[1].id && it.tries == 3));
    assert!(last.iter().all(|it| it.id != again[0].id));
    assert_eq!(count(&one, MAILS).await, 22);
    let changed = execute(&one, "UPDATE mails SET tries = 9 WHERE outcome = 'sent'").await;
    assert!(changed.is_err(), "what became of a mail stays");
}

pub(super) async fn a_person_gets_so_many_mails_in_a_day(place: &Place) {
    let database = with_admins(place).await;
    assert_eq!(MAILS_A_DAY_MAX, 200);
    let mut partnership = begun(&database, RED, BLUE, 0).await;
    partnership = moved(&database, &partnership, admin(Side::Target), accept(), 1).await;
    let mut ms = 1;
    while ms < 199 {
        ms += 1;
        let command = if ms % 2 == 0 {
            Command::Suspend
        } else {
            Command::Reactivate
        };
        partnership = moved(&database, &partnership, admin(Side::Source), command, ms).await;
    }
    assert_eq!(count(&database, MAILS).await, 400);
    let suspend = moved(
        &database,
        &partnership,
        admin(Side::Source),
        Command::Suspend,
        200,
    )
    .await;
    assert_eq!(count(&database, MAILS).await, 400);
    // A day after the first, there is room for one again.
    let day = i64::try_from(Duration::from_hours(24).as_millis()).unwrap();
    moved(
        &database,
        &suspend,
        admin(Side::Source),
        Command::Reactivate,
        day,
    )
    .await;
    assert_eq!(count(&database, MAILS).await, 402);
}
