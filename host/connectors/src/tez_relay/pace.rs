//! What the relay takes from this machine within a minute.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Most requests within [`WINDOW`]. The relay takes 100 from one address; a few are left to others there.
pub const REQUESTS_MAX: usize = 95;
/// The relay's window.
pub const WINDOW: Duration = Duration::from_mins(1);

/// Counts requests, in any window however it lies. Nobody waits here: who is too many is told when to come
/// back.
#[derive(Debug, Default)]
pub(super) struct Pace {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: VecDeque<Instant>,
    blocked_until: Option<Instant>,
}

impl Pace {
    /// Takes a place in the window, or says how long to wait for one.
    pub(super) fn take(&self) -> Result<(), Duration> {
        let (now, mut state) = (Instant::now(), self.lock());
        if let Some(until) = state.blocked_until.filter(|until| now < *until) {
            return Err(until - now);
        }
        let over = |sent: &Instant| now.duration_since(*sent) >= WINDOW;
        while state.sent.front().is_some_and(over) {
            state.sent.pop_front();
        }
        match state.sent.front() {
            Some(first) if state.sent.len() >= REQUESTS_MAX => Err(*first + WINDOW - now),
            _ => {
                state.sent.push_back(now);
                Ok(())
            }
        }
    }

    /// Learns that the relay asked to slow down.
    pub(super) fn refused(&self, after: Option<Duration>) {
        let until = after.map(|after| Instant::now() + after);
        let mut state = self.lock();
        state.blocked_until = state.blocked_until.max(until);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn no_window_has_more_than_it_may() {
        let pace = Pace::default();
        for _ in 0..REQUESTS_MAX - 1 {
            pace.take().unwrap();
        }
        advance(Duration::from_secs(20)).await;
        assert_eq!(pace.take(), Ok(()), "at the limit");
        assert_eq!(pace.take(), Err(Duration::from_secs(40)), "past it");
        advance(Duration::from_secs(40)).await;
        for _ in 0..REQUESTS_MAX - 1 {
            pace.take().unwrap();
        }
        assert_eq!(pace.take(), Err(Duration::from_secs(20)));
        assert_eq!(pace.lock().sent.len(), REQUESTS_MAX, "nothing else is kept");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_counts_for_everybody_for_as_long_as_it_says() {
        let (pace, s) = (Pace::default(), Duration::from_secs);
        pace.refused(None);
        assert_eq!(pace.take(), Ok(()), "it did not say");
        pace.refused(Some(s(30)));
        pace.refused(Some(s(10)));
        pace.refused(None);
        assert_eq!(pace.take(), Err(s(30)));
        advance(s(30)).await;
        assert_eq!(pace.take(), Ok(()));
    }
}
