use super::{PartnershipError, Partnerships};
use crate::ports::{Answered, MoveCount, Period, RelayCount};
use skillgate_domain::event::Withheld;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::MoveKind;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::time::Day;
use std::collections::BTreeMap;
use std::time::Duration;

/// Most days that are counted at once.
pub const METRICS_DAYS_MAX: i32 = 366;
/// How many days are counted where nobody says which.
const METRICS_DAYS: i32 = 30;

/// What happened to a community's partnerships within some time, and what went to its partners.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Moves, by what was done; of the invitations, those that the community received.
    pub moves: BTreeMap<MoveKind, u64>,
    /// Invitations that it sent.
    pub invited: u64,
    /// Partners that something went to, each time.
    pub relayed: u64,
    /// Partners that something was kept from, each time, and why.
    pub withheld: BTreeMap<Withheld, u64>,
}

impl Counts {
    fn moved(&mut self, it: &MoveCount) {
        let count = if it.moved == MoveKind::Invited && it.by_us == Some(true) {
            &mut self.invited
        } else {
            self.moves.entry(it.moved).or_default()
        };
        *count = count.saturating_add(it.count);
    }

    fn relayed(&mut self, it: &RelayCount) {
        let count = match it.withheld {
            None => &mut self.relayed,
            Some(why) => self.withheld.entry(why).or_default(),
        };
        *count = count.saturating_add(it.count);
    }
}

/// What is counted of a community's partnerships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Over which time.
    pub period: Period,
    /// All of it.
    pub total: Counts,
    /// Each day on which something happened.
    pub days: BTreeMap<Day, Counts>,
    /// How long the community takes to answer, in the middle.
    pub ours: Option<Duration>,
    /// How long others take to answer it.
    pub theirs: Option<Duration>,
}

impl Partnerships {
    /// Counts what happened to the community's partnerships, by days of UTC: the last 30, where nothing is said.
    pub async fn metrics(
        &self,
        caller: &Principal,
        community: &CommunityId,
        (first, last): (Option<Day>, Option<Day>),
    ) -> Result<Metrics, PartnershipError> {
        self.may(caller, community, Action::ListPartnerships)
            .await?;
        let last = last.unwrap_or_else(|| Day::of(self.trail.clock().now()));
        let first = first.unwrap_or_else(|| last.minus(METRICS_DAYS - 1));
        let count = i64::from(last.number()) - i64::from(first.number()) + 1;
        if first.number() < 0 || !(1..=i64::from(METRICS_DAYS_MAX)).contains(&count) {
            return Err(PartnershipError::Period);
        }
        let period = Period { first, last };
        let moves = self.counts.count_moves(community, period).await?;
        let relays = self.counts.count_relays(community, period).await?;
        let answers = self.counts.answers(community, period).await?;
        Ok(counted(period, (&moves, &relays), &answers))
    }
}

fn counted(
    period: Period,
    (moves, relays): (&[MoveCount], &[RelayCount]),
    answers: &[Answered],
) -> Metrics {
    let (mut total, mut days) = (Counts::default(), BTreeMap::<Day, Counts>::new());
    for it in moves {
        total.moved(it);
        days.entry(it.day).or_default().moved(it);
    }
    for it in relays {
        total.relayed(it);
        days.entry(it.day).or_default().relayed(it);
    }
    let of = |by_us: bool| {
        let answers = answers.iter().filter(|it| it.by_us == by_us);
        middle(answers.map(|it| it.after).collect())
    };
    Metrics {
        period,
        total,
        days,
        ours: of(true),
        theirs: of(false),
    }
}

/// Finds the middle one; of an even number, what lies between the two.
fn middle(mut all: Vec<Duration>) -> Option<Duration> {
    all.sort_unstable();
    let half = all.len() / 2;
    let upper = *all.get(half)?;
    if all.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = all.get(half.checked_sub(1)?)?;
    Some(upper.saturating_add(*lower) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_them_are_faster() {
        let of = |seconds: &[u64]| {
            let all = seconds.iter().copied().map(Duration::from_secs);
            middle(all.collect()).map(|it| it.as_millis())
        };
        for (seconds, expected) in [
            (&[][..], None),
            (&[7], Some(7_000)),
            (&[9, 1], Some(5_000)),
            (&[1, 2], Some(1_500)),
            (&[100, 1, 2], Some(2_000)),
        ] {
            assert_eq!(of(seconds), expected, "{seconds:?}");
        }
    }
}
