use super::samples::{community, count, skill};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{HttpBudget, HttpLimits, HttpUsage, HttpUsed};
use skillgate_domain::time::Timestamp;

const ROWS: &str = "SELECT COUNT(*) FROM http_usage";
const OLDEST: &str = "SELECT MIN(hour) FROM http_usage";
const TOTAL: &str = "SELECT requests FROM http_usage_totals";
const HOUR_MS: i64 = 3_600_000;
/// Some hour.
const NOW: i64 = 492_321;

/// Half past an hour.
fn in_hour(hour: i64) -> Timestamp {
    Timestamp::from_unix_ms(hour * HOUR_MS + HOUR_MS / 2)
}

const fn limits(per_hour: u32, per_day: u32) -> HttpLimits {
    HttpLimits { per_hour, per_day }
}

async fn take(database: &Database, hour: i64, limits: HttpLimits) -> Option<HttpBudget> {
    let (red, crm) = (community("red"), skill("crm"));
    let taken = database.take_request(&red, &crm, in_hour(hour), limits);
    taken.await.unwrap()
}

async fn used(database: &Database, hour: i64) -> (u32, u32) {
    let (red, crm) = (community("red"), skill("crm"));
    let HttpUsed { hour, day } = database.used(&red, &crm, in_hour(hour)).await.unwrap();
    (hour, day)
}

pub(super) async fn an_hour_has_so_many_requests(place: &Place) {
    let (database, other) = (place.open().await, place.open().await);
    assert_eq!(used(&database, NOW).await, (0, 0));
    assert_eq!(take(&database, NOW, limits(2, 9)).await, None);
    assert_eq!(take(&other, NOW, limits(2, 9)).await, None);
    let refused = take(&database, NOW, limits(2, 9)).await;
    assert_eq!(refused, Some(HttpBudget::Hour));
    // What is refused is not counted.
    assert_eq!(used(&database, NOW).await, (2, 2));
    assert_eq!(count(&database, TOTAL).await, 2);
    assert_eq!(take(&database, NOW + 1, limits(2, 9)).await, None);
    assert_eq!(used(&database, NOW + 1).await, (1, 3));
    let none = take(&database, NOW + 9, limits(0, 9)).await;
    assert_eq!(none, Some(HttpBudget::Hour));
}

pub(super) async fn an_hour_ends_with_its_last_millisecond(place: &Place) {
    let database = place.open().await;
    let (red, crm) = (community("red"), skill("crm"));
    let last = Timestamp::from_unix_ms((NOW + 1) * HOUR_MS - 1);
    let mut taken = Vec::new();
    for at in [last, last, last.plus_ms(1)] {
        let take = database.take_request(&red, &crm, at, limits(1, 9)).await;
        taken.push(take.unwrap());
    }
    assert_eq!(taken, [None, Some(HttpBudget::Hour), None]);
}

pub(super) async fn a_day_has_twenty_four_hours(place: &Place) {
    let database = place.open().await;
    for hour in 0..24 {
        assert_eq!(take(&database, NOW + hour, limits(9, 24)).await, None);
    }
    assert_eq!(used(&database, NOW + 23).await, (1, 24));
    let refused = take(&database, NOW + 23, limits(9, 24)).await;
    assert_eq!(refused, Some(HttpBudget::Day));
    // An hour later the first one does not count any more.
    assert_eq!(used(&database, NOW + 24).await, (0, 23));
    assert_eq!(take(&database, NOW + 24, limits(9, 24)).await, None);
    let refused = take(&database, NOW + 24, limits(9, 24)).await;
    assert_eq!(refused, Some(HttpBudget::Day));
}

/// Two hosts whose clocks differ a little take no more than one of them.
pub(super) async fn a_day_counts_what_a_clock_ahead_took(place: &Place) {
    let database = place.open().await;
    assert_eq!(take(&database, NOW + 1, limits(9, 2)).await, None);
    assert_eq!(take(&database, NOW, limits(9, 2)).await, None);
    let refused = take(&database, NOW, limits(9, 2)).await;
    assert_eq!(refused, Some(HttpBudget::Day));
    assert_eq!(used(&database, NOW).await, (1, 2));
}

pub(super) async fn requests_of_others_count_apart(place: &Place) {
    let database = place.open().await;
    assert_eq!(take(&database, NOW, limits(1, 1)).await, None);
    for (of, by) in [("blue", "crm"), ("red", "tez")] {
        let (of, by) = (community(of), skill(by));
        for expected in [None, Some(HttpBudget::Day)] {
            let taken = database.take_request(&of, &by, in_hour(NOW), limits(1, 1));
            assert_eq!(taken.await.unwrap(), expected);
        }
    }
}

pub(super) async fn hours_before_two_days_are_forgotten(place: &Place) {
    let database = place.open().await;
    let (red, tez) = (community("red"), skill("tez"));
    let other = database.take_request(&red, &tez, in_hour(NOW), limits(9, 9));
    assert_eq!(other.await.unwrap(), None);
    for hour in 0..3 {
        assert_eq!(take(&database, NOW + hour, limits(9, 9)).await, None);
    }
    assert_eq!(take(&database, NOW + 49, limits(9, 9)).await, None);
    // That of the other skill, and of this one the last two and the new one.
    assert_eq!(count(&database, ROWS).await, 4);
    assert_eq!(count(&database, OLDEST).await, NOW);
    // Nothing is forgotten for what is refused.
    let refused = take(&database, NOW + 99, limits(0, 9)).await;
    assert_eq!(refused, Some(HttpBudget::Hour));
    assert_eq!(count(&database, ROWS).await, 4);
}

pub(super) async fn of_concurrent_takers_no_more_get_one_than_there_are(place: &Place) {
    let hosts = [place.open().await, place.open().await];
    // In one hour, and over the end of an hour, where no two need to meet in one row.
    for (first, limits) in [(NOW, limits(7, 99)), (NOW + 48, limits(99, 7))] {
        let takers = (0..16).map(|number: i64| {
            let host = &hosts[usize::from(number % 4 < 2)];
            let later = if limits.per_day == 7 { number % 2 } else { 0 };
            take(host, first + later, limits)
        });
        let taken = join_all(takers).await;
        let got = taken.iter().filter(|taken| taken.is_none()).count();
        assert_eq!(got, 7, "{taken:?}");
        assert_eq!(used(&hosts[0], first).await.1, 7);
    }
    assert_eq!(count(&hosts[0], TOTAL).await, 14);
}
