use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use skillgate_app::partnerships::{Counts, Metrics};
use skillgate_app::time::{date, parse_date};
use skillgate_domain::event::Withheld;
use skillgate_domain::partnership::MoveKind;
use skillgate_domain::time::Day;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Over which days is counted: at most 366, in UTC.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MetricsQuery {
    /// The first day, as `2026-03-01`; 29 days before the last, where absent.
    #[param(format = Date)]
    pub from: Option<String>,
    /// The last day; today, where absent.
    #[param(format = Date)]
    pub to: Option<String>,
}

impl MetricsQuery {
    /// Reads the first and the last day.
    pub fn read(&self) -> Result<(Option<Day>, Option<Day>), Problem> {
        Ok((day(self.from.as_deref())?, day(self.to.as_deref())?))
    }
}

fn day(text: Option<&str>) -> Result<Option<Day>, Problem> {
    let unread = || Problem::with_detail(Kind::QueryInvalid, "write a day as 2026-03-01");
    let read = text.map(|text| parse_date(text).ok_or_else(unread));
    read.transpose()
}

/// What is counted of a community's partnerships.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnershipMetrics {
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last.
    #[schema(format = Date)]
    to: String,
    /// All of it.
    total: CountsView,
    /// Each day on which something happened.
    days: Vec<DayView>,
    /// How many seconds the community takes to answer an invitation, in the middle.
    #[schema(required)]
    our_median_seconds_to_answer: Option<u64>,
    /// How many seconds others take to answer it.
    #[schema(required)]
    their_median_seconds_to_answer: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PartnershipCounts)]
struct CountsView {
    invitations_sent: u64,
    invitations_received: u64,
    counter_offered: u64,
    accepted: u64,
    rejected: u64,
    cancelled: u64,
    expired: u64,
    suspended: u64,
    reactivated: u64,
    ended: u64,
    /// Partners that something went to, each time.
    notifications_relayed: u64,
    /// Partners that something was kept from, each time, by the reason.
    notifications_suppressed: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipDay)]
struct DayView {
    #[schema(format = Date)]
    day: String,
    #[serde(flatten)]
    counts: CountsView,
}

fn counts(it: &Counts) -> CountsView {
    let moved = |kind| it.moves.get(&kind).copied().unwrap_or(0);
    let withheld = it.withheld.iter();
    CountsView {
        invitations_sent: it.invited,
        invitations_received: moved(MoveKind::Invited),
        counter_offered: moved(MoveKind::CounterOffered),
        accepted: moved(MoveKind::Accepted),
        rejected: moved(MoveKind::Rejected),
        cancelled: moved(MoveKind::Cancelled),
        expired: moved(MoveKind::Expired),
        suspended: moved(MoveKind::Suspended),
        reactivated: moved(MoveKind::Reactivated),
        ended: moved(MoveKind::Ended),
        notifications_relayed: it.relayed,
        notifications_suppressed: withheld
            .map(|(why, count)| (Withheld::name(*why), *count))
            .collect(),
    }
}

/// Shows what is counted.
pub fn partnership_metrics(metrics: &Metrics) -> PartnershipMetrics {
    let seconds = |it: Option<Duration>| it.map(|it| it.as_secs());
    let days = metrics.days.iter().map(|(day, it)| DayView {
        day: date(*day).unwrap_or_default(),
        counts: counts(it),
    });
    PartnershipMetrics {
        from: date(metrics.period.first).unwrap_or_default(),
        to: date(metrics.period.last).unwrap_or_default(),
        total: counts(&metrics.total),
        days: days.collect(),
        our_median_seconds_to_answer: seconds(metrics.ours),
        their_median_seconds_to_answer: seconds(metrics.theirs),
    }
}
