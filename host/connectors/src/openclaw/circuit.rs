//! Leaves a gateway alone that did not answer a few times in a row.

use skillgate_domain::time::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Turns in a row without an answer after which the gateway is left alone.
pub const FAILURES_MAX: u32 = 5;
/// How long it is left alone. After that, one turn tries whether it is back.
pub const OPEN_FOR: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub(super) struct Circuit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures_in_a_row: u32,
    /// When the gateway last did not answer once too often.
    opened_at: Option<Timestamp>,
    trying: bool,
}

impl State {
    /// A clock that was set back ends the pause, instead of making it longer.
    fn is_resting(&self, now: Timestamp) -> bool {
        let opened = self.opened_at;
        opened.is_some_and(|at| at <= now && now < at.plus(OPEN_FOR))
    }
}

impl Circuit {
    /// Lets a turn begin, or not.
    pub(super) fn enter(&self, now: Timestamp) -> Option<Attempt<'_>> {
        let mut state = self.lock();
        let closed = state.failures_in_a_row < FAILURES_MAX;
        if !closed && (state.trying || state.is_resting(now)) {
            return None;
        }
        state.trying = !closed;
        Some(Attempt {
            circuit: self,
            trial: !closed,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that was let begin. One that is dropped says nothing about the gateway.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    circuit: &'a Circuit,
    trial: bool,
}

impl Attempt<'_> {
    /// Tells whether the gateway answered.
    pub(super) fn ended(self, answered: bool, now: Timestamp) {
        let mut state = self.circuit.lock();
        if answered {
            state.failures_in_a_row = 0;
            return;
        }
        state.failures_in_a_row = state.failures_in_a_row.saturating_add(1);
        if state.failures_in_a_row >= FAILURES_MAX {
            state.opened_at = Some(now);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.trial {
            self.circuit.lock().trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

    fn fail(circuit: &Circuit, times: u32, now: Timestamp) {
        for _ in 0..times {
            circuit.enter(now).unwrap().ended(false, now);
        }
    }

    #[test]
    fn five_in_a_row_and_fifteen_seconds_of_peace() {
        let circuit = Circuit::default();
        fail(&circuit, FAILURES_MAX - 1, NOON);
        circuit.enter(NOON).unwrap().ended(true, NOON);
        fail(&circuit, FAILURES_MAX, NOON);
        assert!(circuit.enter(NOON).is_none());
        let end = NOON.plus(OPEN_FOR);
        assert!(circuit.enter(end.plus_ms(-1)).is_none());
        circuit.enter(end).unwrap().ended(true, end);
        fail(&circuit, FAILURES_MAX - 1, end);
        assert!(circuit.enter(end).is_some(), "it counts from the start");
    }

    #[test]
    fn one_tries_for_all_and_a_failure_is_enough_to_wait_again() {
        let circuit = Circuit::default();
        fail(&circuit, FAILURES_MAX, NOON);
        let later = NOON.plus(OPEN_FOR);
        let trial = circuit.enter(later).unwrap();
        assert!(circuit.enter(later).is_none(), "one at a time");
        drop(trial);
        let trial = circuit.enter(later).unwrap();
        trial.ended(false, later);
        assert!(circuit.enter(later.plus_ms(1)).is_none());
        assert!(circuit.enter(later.plus(OPEN_FOR)).is_some());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let circuit = Circuit::default();
        fail(&circuit, FAILURES_MAX, NOON);
        assert!(circuit.enter(NOON.plus_ms(-3_600_000)).is_some());
    }
}
