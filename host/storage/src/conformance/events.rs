use super::partnerships::{accept, admin, begun, moved, partners as become_partners, with};
use super::samples::{at, change, community, count, execute};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    EventQuery, EventStore, Feed, PAGE_MAX, PartnershipStore, Relayed, Report,
};
use skillgate_domain::event::{Audience, Event, Happened, Link, Notification, Withheld};
use skillgate_domain::partnership::{
    Command, Filters, Message, MoveKind, NotificationKind, Partnership, Permissions, Rates,
    Relationship, Side, Status,
};
use skillgate_domain::tez::DisplayName;

const RECORDS: &str = "SELECT COUNT(*) FROM audit";
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn notification(kind: NotificationKind) -> Notification {
    Notification {
        kind,
        board: Some(-7),
        votes: Some(u32::MAX),
        title: DisplayName::parse("What \"happened\"; é").unwrap(),
        text: Some(Message::parse("More of it.\nAnd more.").unwrap()),
        link: Some(Link::parse("https://red.example/1?a=b#c").unwrap()),
    }
}

fn announcement() -> Notification {
    Notification {
        board: None,
        votes: None,
        text: None,
        link: None,
        ..notification(NotificationKind::Announcements)
    }
}

async fn told(database: &Database, name: &str, what: Notification, ms: i64) -> Relayed {
    let report = Report {
        community: community(name),
        notification: what,
        at: at(ms),
    };
    let relayed = database.relay(&report, &|_| change()).await.unwrap();
    relayed.expect("the community is known")
}

fn withheld(relayed: &Relayed) -> Vec<Option<Withheld>> {
    relayed.partners.iter().map(|it| it.withheld).collect()
}

async fn events(database: &Database, name: &str, audience: Audience, after: u64) -> Vec<Event> {
    let query = EventQuery {
        community: &community(name),
        audience,
        after,
        limit: PAGE_MAX,
    };
    database.events(query).await.unwrap()
}

async fn numbers(database: &Database, name: &str) -> Vec<u64> {
    let all = events(database, name, Audience::Admins, 0).await;
    all.iter().map(|event| event.number).collect()
}

/// Two that are partners since `ms`, on the shipped terms or on the first's own.
async fn partners(
    database: &Database,
    (source, target): (&str, &str),
    ms: i64,
    rates: Option<(u16, u16)>,
) -> Partnership {
    let it = become_partners(database, source, target, ms).await;
    let (per_hour, per_day) = rates.unwrap_or((5, 20));
    let rates = Rates { per_hour, per_day };
    let all = NotificationKind::ALL.iter().copied().collect();
    let set = Permissions::new(all, rates, Filters::default());
    let set = Command::SetPermissions(set.unwrap());
    moved(database, &it, admin(Side::Source), set, ms + 2).await
}

pub(super) async fn both_sides_are_told_of_each_move(place: &Place) {
    let database = with(place, &["red", "blue", "green"]).await;
    let it = begun(&database, "red", "blue", 0).await;
    moved(&database, &it, admin(Side::Target), accept(), 1).await;
    let other = begun(&database, "green", "red", 2).await;
    let of_red = events(&database, "red", Audience::Admins, 0).await;
    let news = of_red.iter().map(|event| {
        let Happened::Partnership(news) = &event.happened else {
            panic!("{event:?}");
        };
        let partner = news.partner.as_str();
        (
            event.number,
            event.at,
            partner,
            news.moved,
            news.status,
            news.was_invited,
        )
    });
    assert_eq!(
        news.collect::<Vec<_>>(),
        [
            (1, at(0), "blue", MoveKind::Invited, Status::Pending, false),
            (
                2,
                at(1),
                "blue",
                MoveKind::Accepted,
                Status::Accepted,
                false
            ),
            (3, at(2), "green", MoveKind::Invited, Status::Pending, true),
        ]
    );
    let Happened::Partnership(news) = &of_red[2].happened else {
        panic!("{of_red:?}");
    };
    assert_eq!((news.partnership, news.version), (other.id, 1));
    assert_eq!(news.relationship, Relationship::Ecosystem);
    assert_eq!(news.invite_message, other.invitation.message);
    assert_eq!(numbers(&database, "blue").await, [1, 2]);
    assert_eq!(numbers(&database, "green").await, [1]);
    // It is for admins, and what was read is behind.
    assert_eq!(events(&database, "red", Audience::Everybody, 0).await, []);
    assert_eq!(
        events(&database, "red", Audience::Admins, 2).await,
        of_red[2..]
    );
    assert_eq!(
        events(&database, "red", Audience::Admins, u64::MAX).await,
        []
    );
}

pub(super) async fn partners_are_told_what_they_may_know(place: &Place) {
    let names = ["red", "blue", "green", "grey", "gold"];
    let database = with(place, &names).await;
    let open = partners(&database, ("red", "blue"), 0, None).await;
    let shut = partners(&database, ("red", "green"), 0, Some((0, 0))).await;
    let stopped = partners(&database, ("red", "gold"), 0, None).await;
    moved(
        &database,
        &stopped,
        admin(Side::Source),
        Command::Suspend,
        9,
    )
    .await;
    begun(&database, "red", "grey", 0).await;
    let before = count(&database, RECORDS).await;
    let posted = notification(NotificationKind::Posts);
    let relayed = told(&database, "red", posted.clone(), 10).await;
    let to = relayed.partners.iter();
    let to: Vec<_> = to
        .map(|it| (it.partnership, it.partner.as_str(), it.withheld))
        .collect();
    assert_eq!(
        to,
        [
            (open.id, "blue", None),
            (shut.id, "green", Some(Withheld::Hour)),
            (stopped.id, "gold", Some(Withheld::Suspended)),
        ]
    );
    assert_eq!(count(&database, RECORDS).await, before + 1);
    let own = events(&database, "red", Audience::Everybody, 0).await;
    let here = Event {
        number: relayed.event,
        at: at(10),
        happened: Happened::Here(posted.clone()),
    };
    assert_eq!(own, [here]);
    let of_blue = events(&database, "blue", Audience::Everybody, 0).await;
    let there = Event {
        number: 4,
        at: at(10),
        happened: Happened::AtPartner(community("red"), posted),
    };
    assert_eq!(of_blue, [there]);
    for nobody in ["green", "gold", "grey"] {
        assert_eq!(events(&database, nobody, Audience::Everybody, 0).await, []);
    }
    // The other direction has permissions of its own: the shipped ones tell of no comments.
    let commented = notification(NotificationKind::Comments);
    let relayed = told(&database, "blue", commented, 11).await;
    assert_eq!(withheld(&relayed), [Some(Withheld::Kind)]);
    let stranger = Report {
        community: community("white"),
        notification: announcement(),
        at: at(12),
    };
    let unknown = database.relay(&stranger, &|_| change()).await.unwrap();
    assert_eq!(unknown, None);
    assert_eq!(count(&database, RECORDS).await, before + 2);
}

pub(super) async fn a_partner_is_sent_so_much_in_an_hour_and_in_a_day(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    partners(&database, ("red", "blue"), 0, Some((2, 3))).await;
    let (hour, day) = (Some(Withheld::Hour), Some(Withheld::Day));
    for (ms, expected) in [
        (10, None),
        (20, None),
        (30, hour),
        (HOUR + 9, hour),
        // The first is an hour old.
        (HOUR + 10, None),
        (HOUR + 20, day),
        (DAY + 9, day),
        (DAY + 10, None),
        (DAY + 19, day),
        (DAY + 20, None),
        (DAY + 21, hour),
    ] {
        let relayed = told(&database, "red", announcement(), ms).await;
        assert_eq!(withheld(&relayed), [expected], "{ms}");
    }
    // What the other side sends counts apart.
    let relayed = told(&database, "blue", announcement(), DAY + 21).await;
    assert_eq!(withheld(&relayed), [None]);
    // To end it and begin anew does not help.
    let (red, blue) = (community("red"), community("blue"));
    let live = database.live_partnership(&red, &blue).await.unwrap();
    let live = live.unwrap();
    let end = Command::End { reason: None };
    moved(&database, &live, admin(Side::Source), end, DAY + 22).await;
    partners(&database, ("red", "blue"), DAY + 23, Some((2, 3))).await;
    let relayed = told(&database, "red", announcement(), DAY + 30).await;
    assert_eq!(withheld(&relayed), [hour]);
}

pub(super) async fn of_concurrent_reports_no_more_go_on_than_may(place: &Place) {
    let (one, other) = (
        with(place, &["red", "blue", "green"]).await,
        place.open().await,
    );
    partners(&one, ("red", "blue"), 0, Some((4, 4))).await;
    partners(&one, ("green", "red"), 0, Some((6, 6))).await;
    partners(&one, ("blue", "green"), 0, Some((3, 3))).await;
    // Each tells the two others, from both hosts, at once.
    let reports = (0..24).map(|number| {
        let host = if number % 2 == 0 { &one } else { &other };
        let name = ["red", "green", "blue"][number % 3];
        async move { (name, told(host, name, announcement(), 10).await) }
    });
    let reports = join_all(reports).await;
    let through = |from: &str, to: &str| {
        let of_sender = reports.iter().filter(|(name, _)| *name == from);
        let partners = of_sender.flat_map(|(_, relayed)| &relayed.partners);
        let told = partners.filter(|it| it.partner.as_str() == to && it.withheld.is_none());
        told.count()
    };
    assert_eq!((through("red", "blue"), through("green", "red")), (4, 6));
    // The shipped 5 an hour, the other way.
    assert_eq!((through("blue", "green"), through("blue", "red")), (3, 5));
    // Moves, own events, and those of the others, without a gap.
    let of_red = 6 + 8 + 6 + 5;
    assert_eq!(numbers(&one, "red").await, (1..=of_red).collect::<Vec<_>>());
    let mut own: Vec<u64> = reports
        .iter()
        .filter(|(name, _)| *name == "red")
        .map(|(_, relayed)| relayed.event)
        .collect();
    own.dedup();
    assert_eq!(own.len(), 8);
}

pub(super) async fn moves_and_reports_at_once_wait_for_each_other_and_end(place: &Place) {
    let (one, other) = (with(place, &["red", "blue"]).await, place.open().await);
    let mut it = partners(&one, ("red", "blue"), 0, Some((1_000, 1_000))).await;
    for round in 0..6 {
        let command = match it.standing.status() {
            Status::Accepted => Command::Suspend,
            _ => Command::Reactivate,
        };
        let (next, _, _) = futures::join!(
            moved(&one, &it, admin(Side::Source), command, 10 + round),
            told(&other, "red", announcement(), 10 + round),
            told(&one, "blue", announcement(), 10 + round),
        );
        it = next;
    }
    // Nobody hears of a partner between the move that stops the partnership and the one that lets it go on.
    for name in ["red", "blue"] {
        let mut status = Status::Accepted;
        for event in events(&one, name, Audience::Admins, 3).await {
            match event.happened {
                Happened::Partnership(news) => status = news.status,
                Happened::AtPartner(..) => assert_eq!(status, Status::Accepted, "{name}"),
                Happened::Here(_) => {}
            }
        }
    }
}

pub(super) async fn events_go_after_their_time(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    partners(&database, ("red", "blue"), 0, None).await;
    for ms in [10, 20] {
        told(&database, "red", announcement(), ms).await;
    }
    let feed = |name: &str, oldest, last| Feed {
        community: community(name),
        oldest,
        last,
    };
    let feeds = async || {
        let (red, blue, green) = (community("red"), community("blue"), community("green"));
        let mut feeds = database.feeds(&[&red, &green, &blue]).await.unwrap();
        feeds.sort_by(|a, b| b.community.cmp(&a.community));
        feeds
    };
    assert_eq!(
        feeds().await,
        [feed("red", Some(1), 5), feed("blue", Some(1), 5)]
    );
    assert_eq!(database.feeds(&[]).await.unwrap(), []);
    let gone = database.remove_events(at(10), 3).await.unwrap();
    assert_eq!(gone, 3);
    while database.remove_events(at(10), 3).await.unwrap() > 0 {}
    assert_eq!(
        feeds().await,
        [feed("red", Some(5), 5), feed("blue", Some(5), 5)]
    );
    assert_eq!(numbers(&database, "red").await, [5]);
    let kept = "SELECT COUNT(*) FROM notifications";
    assert_eq!(count(&database, kept).await, 1);
    while database.remove_events(at(20), 3).await.unwrap() > 0 {}
    assert_eq!(feeds().await, [feed("red", None, 5), feed("blue", None, 5)]);
    // The numbers go on.
    assert_eq!(told(&database, "red", announcement(), 30).await.event, 6);
    assert_eq!(numbers(&database, "blue").await, [6]);
}

pub(super) async fn what_was_told_is_never_changed(place: &Place) {
    let database = with(place, &["red", "blue"]).await;
    partners(&database, ("red", "blue"), 0, None).await;
    told(&database, "red", announcement(), 10).await;
    for sql in [
        "UPDATE community_events SET status = 'ended' WHERE status IS NOT NULL",
        "UPDATE notifications SET title = 'Something else'",
        "INSERT INTO community_events (community_id, number, at, notification)
            SELECT community_id, 5, at, id FROM notifications WHERE id < 0
            UNION ALL SELECT community_id, 5, at, NULL FROM notifications",
        "INSERT INTO community_events (community_id, number, at, notification, sender_community_id, sent)
            SELECT community_id, 5, at, id, community_id, 9 FROM notifications",
        "INSERT INTO community_events (community_id, number, at, notification, sender_community_id, sent)
            SELECT 'blue', 5, at, id, community_id, 1 FROM notifications",
        "INSERT INTO community_events (community_id, number, at, notification, sent)
            SELECT 'blue', 5, at, id, 2 FROM notifications",
    ] {
        assert!(execute(&database, sql).await.is_err(), "{sql}");
    }
    // The control: the next one that the other was sent.
    let good = "INSERT INTO community_events (community_id, number, at, notification, sender_community_id, sent)
        SELECT 'blue', 5, at, id, community_id, 2 FROM notifications";
    execute(&database, good).await.unwrap();
    assert_eq!(numbers(&database, "blue").await, [1, 2, 3, 4, 5]);
}
