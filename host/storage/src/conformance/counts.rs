use super::partnerships::{accept, admin, begun, moved, with};
use super::samples::{at, change, community};
use crate::Database;
use crate::testing::Place;
use skillgate_app::ports::{Answered, EventStore, PartnershipCounts, Period, Report};
use skillgate_domain::event::{Notification, Withheld};
use skillgate_domain::partnership::{Command, MoveKind, Mover, NotificationKind, Side};
use skillgate_domain::tez::DisplayName;
use skillgate_domain::time::{Day, Timestamp};
use std::time::Duration;

const RED: &str = "red";
const BLUE: &str = "blue";
const DAY_MS: i64 = 86_400_000;

fn days(first: i32, last: i32) -> Period {
    Period {
        first: Day::new(first),
        last: Day::new(last),
    }
}

type Counted = (i32, MoveKind, Option<bool>, u64);

async fn moves(database: &Database, of: &str, period: Period) -> Vec<Counted> {
    let counted = database.count_moves(&community(of), period).await.unwrap();
    let each = counted.into_iter();
    let mut each: Vec<_> = each
        .map(|it| (it.day.number(), it.moved, it.by_us, it.count))
        .collect();
    each.sort_unstable();
    each
}

pub(super) async fn moves_are_counted_by_day_and_side(place: &Place) {
    use MoveKind::{Accepted, Expired, Invited, Reactivated, Suspended};
    let database = with(place, &[RED, BLUE, "green", "gold"]).await;
    let day = Day::of(at(0)).number();
    let begins = |number: i32| Day::new(number).begins().unix_ms() - at(0).unix_ms();
    // The last moment of one day, and the first of the next.
    let (last, first) = (begins(day + 1) - 1, begins(day + 1));
    let invited = begun(&database, RED, BLUE, last).await;
    begun(&database, "green", RED, last).await;
    let agreed = moved(&database, &invited, admin(Side::Target), accept(), first).await;
    let stopped = moved(
        &database,
        &agreed,
        admin(Side::Source),
        Command::Suspend,
        first + 1,
    )
    .await;
    moved(
        &database,
        &stopped,
        admin(Side::Source),
        Command::Reactivate,
        first + 2,
    )
    .await;
    let lapses = begun(&database, "gold", RED, first).await;
    let late = lapses.invitation.expires_at();
    let expires = late.unix_ms() - at(0).unix_ms();
    moved(&database, &lapses, Mover::System, Command::Expire, expires).await;
    let (ours, theirs) = (Some(true), Some(false));
    assert_eq!(
        moves(&database, RED, days(day, day + 1)).await,
        [
            (day, Invited, theirs, 1),
            (day, Invited, ours, 1),
            (day + 1, Invited, theirs, 1),
            (day + 1, Accepted, theirs, 1),
            (day + 1, Suspended, ours, 1),
            (day + 1, Reactivated, ours, 1),
        ]
    );
    assert_eq!(
        moves(&database, BLUE, days(day, day)).await,
        [(day, Invited, theirs, 1)]
    );
    let over = Day::of(late).number();
    assert_eq!(
        moves(&database, RED, days(over, over)).await,
        [(over, Expired, None, 1)]
    );
    assert_eq!(moves(&database, RED, days(over + 1, over + 9)).await, []);

    let answers =
        async |of: &str, period: Period| database.answers(&community(of), period).await.unwrap();
    let after = Duration::from_millis(1);
    let by = |by_us| [Answered { by_us, after }];
    assert_eq!(answers(RED, days(day, day + 1)).await, by(false));
    assert_eq!(answers(BLUE, days(day + 1, day + 1)).await, by(true));
    assert_eq!(answers(BLUE, days(day, day)).await, []);
    assert_eq!(answers("green", days(day, day + 1)).await, []);
}

async fn announce(database: &Database, when: Timestamp) {
    let report = Report {
        community: community(RED),
        notification: Notification {
            kind: NotificationKind::Announcements,
            board: None,
            votes: None,
            title: DisplayName::parse("We moved").unwrap(),
            text: None,
            link: None,
        },
        at: when,
    };
    let told = database.relay(&report, &|_| change()).await.unwrap();
    assert!(told.is_some());
}

pub(super) async fn relays_are_counted_by_day_and_outcome(place: &Place) {
    let database = with(place, &[RED, BLUE, "green"]).await;
    let (day, ms) = (Day::of(at(0)).number(), at(0).unix_ms());
    let counts = async |period: Period| {
        let counted = database
            .count_relays(&community(RED), period)
            .await
            .unwrap();
        let each = counted.into_iter();
        let mut each: Vec<_> = each
            .map(|it| (it.day.number(), it.withheld, it.count))
            .collect();
        each.sort_unstable();
        each
    };
    announce(&database, at(1)).await;
    assert_eq!(counts(days(day, day)).await, [], "there is no partner");
    for name in [BLUE, "green"] {
        let invited = begun(&database, RED, name, 2).await;
        let agreed = moved(&database, &invited, admin(Side::Target), accept(), 3).await;
        let open = Command::SetPermissions(skillgate_domain::partnership::Permissions::default());
        let agreed = moved(&database, &agreed, admin(Side::Source), open, 4).await;
        if name == "green" {
            moved(&database, &agreed, admin(Side::Target), Command::Suspend, 5).await;
        }
    }
    announce(&database, at(6)).await;
    announce(&database, at(7)).await;
    announce(&database, Timestamp::from_unix_ms(ms + DAY_MS)).await;
    let suspended = Some(Withheld::Suspended);
    let first = [(day, None, 2), (day, suspended, 2)];
    assert_eq!(counts(days(day, day)).await, first);
    let both = [
        first.as_slice(),
        &[(day + 1, None, 1), (day + 1, suspended, 1)],
    ]
    .concat();
    assert_eq!(counts(days(day - 5, day + 5)).await, both);
    let of_partner = database
        .count_relays(&community(BLUE), days(day, day))
        .await;
    assert_eq!(of_partner.unwrap(), []);
}
