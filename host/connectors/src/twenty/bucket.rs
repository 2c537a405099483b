use super::config::RequestBudget;
use std::time::Duration;
use tokio::time::Instant;

/// Share of the workspace's requests left to others, in percent of its budget.
const OTHERS_PERCENT: u32 = 5;
/// Refill is taken to be slower than promised, in percent, since the server's clock sees other intervals
/// than ours.
const REFILL_MARGIN_PERCENT: u32 = 10;

/// A copy of the server's token bucket, a little more careful than the original.
///
/// The server refills `floor(elapsed * rate)` tokens and counts `elapsed` from the last request it let
/// through: requests closer together than the time of one token never refill anything.
#[derive(Debug)]
pub(super) struct Bucket {
    capacity: u32,
    tokens: u32,
    interval: Duration,
    counted_from: Instant,
    blocked_until: Option<Instant>,
    refused_in_a_row: u32,
}

/// Most doublings of the wait after refusals that do not say how long to wait.
const BACK_OFF_DOUBLINGS_MAX: u32 = 5;

impl Bucket {
    pub(super) fn new(budget: RequestBudget, now: Instant) -> Self {
        let others = budget.requests * OTHERS_PERCENT / 100;
        let capacity = (budget.requests - others).max(1);
        let token = budget.window / budget.requests.max(1);
        Self {
            capacity,
            tokens: capacity,
            interval: token + token * REFILL_MARGIN_PERCENT / 100,
            counted_from: now,
            blocked_until: None,
            refused_in_a_row: 0,
        }
    }

    /// Takes `cost` tokens, or says when to come back.
    pub(super) fn take(&mut self, cost: u32, now: Instant) -> Result<(), Instant> {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Err(until);
            }
            // The wait after a refusal was long enough for one token, and no more is known.
            self.blocked_until = None;
            self.tokens = 1;
            self.counted_from = now;
        }
        let cost = cost.min(self.capacity);
        let there = self.there(now);
        if there < cost {
            return Err(self.counted_from + self.interval * (cost - self.tokens));
        }
        self.tokens = there - cost;
        self.counted_from = now;
        Ok(())
    }

    /// Tells whether at least this share of all tokens is there, in percent.
    pub(super) fn has_left(&self, percent: u32, now: Instant) -> bool {
        let blocked = self.blocked_until.is_some_and(|until| now < until);
        !blocked && self.there(now) >= self.capacity * percent / 100
    }

    fn there(&self, now: Instant) -> u32 {
        let elapsed = now.duration_since(self.counted_from);
        let refill = elapsed.as_nanos() / self.interval.as_nanos().max(1);
        let refill = u32::try_from(refill).unwrap_or(u32::MAX);
        self.tokens.saturating_add(refill).min(self.capacity)
    }

    /// Learns that the server refused, and for how long if it said so. Returns the wait.
    pub(super) fn refused(&mut self, after: Option<Duration>, now: Instant) -> Duration {
        let doublings = self.refused_in_a_row.min(BACK_OFF_DOUBLINGS_MAX);
        let wait = after
            .unwrap_or(self.interval * (1 << doublings))
            .max(self.interval);
        self.refused_in_a_row += 1;
        self.tokens = 0;
        let until = now + wait;
        self.blocked_until = Some(self.blocked_until.map_or(until, |known| known.max(until)));
        wait
    }

    /// Learns that the server let a request through, and how many it would still take if it said so.
    pub(super) fn accepted(&mut self, remaining: Option<u32>) {
        self.refused_in_a_row = 0;
        if let Some(remaining) = remaining {
            self.tokens = self.tokens.min(remaining);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket() -> (Bucket, Instant) {
        let start = Instant::now();
        (Bucket::new(RequestBudget::default(), start), start)
    }

    #[tokio::test]
    async fn ninety_five_at_once_and_then_one_each_660_ms() {
        let (mut bucket, start) = bucket();
        for _ in 0..95 {
            bucket.take(1, start).unwrap();
        }
        let ms = Duration::from_millis;
        assert_eq!(bucket.take(1, start), Err(start + ms(660)));
        assert_eq!(bucket.take(1, start + ms(659)), Err(start + ms(660)));
        assert_eq!(bucket.take(1, start + ms(660)), Ok(()));
        assert_eq!(bucket.take(2, start + ms(1_320)), Err(start + ms(1_980)));
        assert_eq!(bucket.take(2, start + ms(1_980)), Ok(()));
    }

    /// The quirk of the server: a refused attempt does not move its clock, a successful one does.
    #[tokio::test]
    async fn requests_close_together_refill_nothing() {
        let (mut bucket, start) = bucket();
        let mut now = start;
        let mut sent = 0;
        while bucket.take(1, now).is_ok() {
            sent += 1;
            now += Duration::from_millis(600);
        }
        assert_eq!(sent, 95, "57 s went by without one token");
    }

    #[tokio::test]
    async fn a_refusal_blocks_for_as_long_as_it_says_or_longer_each_time() {
        let (mut bucket, start) = bucket();
        let ms = Duration::from_millis;
        assert_eq!(bucket.refused(Some(ms(5_000)), start), ms(5_000));
        assert_eq!(bucket.take(1, start), Err(start + ms(5_000)));
        assert_eq!(bucket.take(1, start + ms(5_000)), Ok(()));
        assert!(bucket.take(1, start + ms(5_000)).is_err(), "one token only");
        bucket.accepted(None);
        let later = start + ms(60_000);
        let waits: Vec<_> = (0..8).map(|_| bucket.refused(None, later)).collect();
        assert_eq!(waits[..3], [ms(660), ms(1_320), ms(2_640)]);
        assert_eq!(waits[6..], [ms(21_120), ms(21_120)], "bounded");
        assert_eq!(bucket.refused(Some(ms(1)), later), ms(660), "never shorter");
    }

    #[tokio::test]
    async fn what_can_wait_leaves_a_share_to_others() {
        let (mut bucket, start) = bucket();
        assert!(bucket.has_left(100, start));
        bucket.take(47, start).unwrap();
        assert!(bucket.has_left(50, start), "48 of 95, and half is 47");
        bucket.take(2, start).unwrap();
        assert!(!bucket.has_left(50, start));
        let ms = Duration::from_millis;
        assert!(bucket.has_left(50, start + ms(660)), "one came back");
        bucket.refused(None, start);
        assert!(!bucket.has_left(0, start), "the server said to wait");
    }

    #[tokio::test]
    async fn what_the_server_says_is_left_counts() {
        let (mut bucket, start) = bucket();
        bucket.take(1, start).unwrap();
        bucket.accepted(Some(1));
        assert_eq!(bucket.take(1, start), Ok(()));
        assert!(bucket.take(1, start).is_err());
    }
}
