//! The request budget: token buckets that refill the way the real server's do.
//!
//! The refill is `floor(elapsed · rate)`, and the time of the last refill moves with every call that
//! passes. Calls closer together than one token's time therefore never refill anything.

use chrono::{DateTime, Utc};

use crate::fault::Fault;

/// One bucket: `tokens` per `window_ms` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Calls a full bucket allows.
    pub tokens: u32,
    /// Time in which an empty bucket fills, in milliseconds.
    pub window_ms: u32,
}

/// The limits of a fresh server: 100 calls per second and 100 per minute, for all keys together.
pub const DEFAULT_BUDGETS: [Budget; 2] = [
    Budget {
        tokens: 100,
        window_ms: 1_000,
    },
    Budget {
        tokens: 100,
        window_ms: 60_000,
    },
];

/// A bucket at work.
#[derive(Debug)]
struct Bucket {
    budget: Budget,
    tokens: u32,
    refilled_at: Option<DateTime<Utc>>,
}

impl Bucket {
    fn take(&mut self, now: DateTime<Utc>) -> Result<(), Fault> {
        let Budget { tokens, window_ms } = self.budget;
        let elapsed_ms = self
            .refilled_at
            .map_or(0, |at| (now - at).num_milliseconds().max(0));
        let elapsed_ms = u64::try_from(elapsed_ms).unwrap_or_default();
        let refill = elapsed_ms.saturating_mul(u64::from(tokens)) / u64::from(window_ms.max(1));
        let available = u64::from(self.tokens)
            .saturating_add(refill)
            .min(u64::from(tokens));
        if available == 0 {
            let window_ms = u64::from(window_ms);
            return Err(Fault::RateLimited {
                tokens,
                window_ms,
                retry_after_seconds: window_ms.div_ceil(u64::from(tokens.max(1)) * 1_000),
            });
        }
        self.tokens = u32::try_from(available - 1).unwrap_or(tokens);
        self.refilled_at = Some(now);
        Ok(())
    }
}

/// All buckets; a call takes one token of each, the first empty one refuses it.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    buckets: Vec<Bucket>,
}

impl RateLimiter {
    /// Starts with full buckets. No budget means no limit.
    pub(crate) fn new(budgets: &[Budget]) -> Self {
        let full = |budget: &Budget| Bucket {
            budget: *budget,
            tokens: budget.tokens,
            refilled_at: None,
        };
        Self {
            buckets: budgets.iter().map(full).collect(),
        }
    }

    /// Takes one token at `now`.
    pub(crate) fn take(&mut self, now: DateTime<Utc>) -> Result<(), Fault> {
        self.buckets
            .iter_mut()
            .try_for_each(|bucket| bucket.take(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_000 + ms).unwrap()
    }

    /// Counts the calls that pass, `count` of them `gap_ms` apart.
    fn passed(budgets: &[Budget], count: i64, gap_ms: i64) -> usize {
        let mut limiter = RateLimiter::new(budgets);
        (0..count)
            .filter(|index| limiter.take(at(index * gap_ms)).is_ok())
            .count()
    }

    #[test]
    fn the_hundred_and_first_call_is_refused() {
        assert_eq!(passed(&DEFAULT_BUDGETS, 100, 20), 100);
        assert_eq!(passed(&DEFAULT_BUDGETS, 101, 20), 100);
    }

    #[test]
    fn calls_closer_than_a_token_never_refill_and_slower_ones_always_do() {
        // 599 ms apart: the clock moves with each success, so nothing comes back until the bucket
        // is empty; then two gaps pay for one call.
        assert_eq!(passed(&DEFAULT_BUDGETS, 102, 599), 101);
        assert_eq!(passed(&DEFAULT_BUDGETS, 400, 600), 400);
    }

    #[test]
    fn an_empty_bucket_gives_about_one_and_two_thirds_per_second() {
        let mut limiter = RateLimiter::new(&DEFAULT_BUDGETS);
        for index in 0..100 {
            limiter.take(at(index * 20)).unwrap();
        }
        let passed = (0..60)
            .filter(|step| limiter.take(at(2_000 + step * 100)).is_ok())
            .count();
        assert!((9..=10).contains(&passed), "{passed}");
    }

    #[test]
    fn the_message_names_the_bucket_and_no_budget_is_no_limit() {
        let mut limiter = RateLimiter::new(&[Budget {
            tokens: 1,
            window_ms: 60_000,
        }]);
        limiter.take(at(0)).unwrap();
        let fault = limiter.take(at(1)).unwrap_err();
        assert_eq!(fault.to_string(), "Limit reached (1 tokens per 60000 ms)");
        assert_eq!(passed(&[], 1_000, 0), 1_000);
    }
}
