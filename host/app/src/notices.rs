//! What the CRM tells of its own: that a record changed, so that it is read anew.
//!
//! Invariant: a notice says which record, never what is in it. It changes nothing but how soon a change is
//! seen, so it leaves no record in the audit trail; it is counted, and told of in one log line.

use crate::ports::{Clock, Meter, Notice, NoticeReader, NoticeRefusal};
use crate::reads::{Cause, Reads};
use skillgate_domain::time::Timestamp;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Farthest that the time of a notice may be from ours, either way.
pub const NOTICE_WINDOW: Duration = Duration::from_mins(5);
/// Most notices that are remembered, so that none is taken twice. A notice that is repeated after so many
/// others costs one more read of its record.
pub const NOTICES_MAX: usize = 16_384;

/// What came of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Its record is read anew.
    Believed,
    /// It is of nothing that anybody here reads.
    Ignored,
    /// It came before.
    Repeated,
}

impl Taken {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Believed => "believed",
            Self::Ignored => "ignored",
            Self::Repeated => "repeated",
        }
    }
}

/// The use case of notices.
pub struct Notices {
    reader: Arc<dyn NoticeReader>,
    reads: Arc<Reads>,
    clock: Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
    seen: Mutex<Seen>,
}

impl Notices {
    /// Wires the use case to its ports.
    pub fn new(
        reader: Arc<dyn NoticeReader>,
        reads: Arc<Reads>,
        clock: Arc<dyn Clock>,
        meter: Arc<dyn Meter>,
    ) -> Self {
        Self {
            reader,
            reads,
            clock,
            meter,
            seen: Mutex::default(),
        }
    }

    /// Believes a notice, or not. What it is about is forgotten in every community: they share the CRM.
    pub fn take(&self, notice: &Notice<'_>) -> Result<Taken, NoticeRefusal> {
        let taken = self.checked(notice);
        let outcome = taken.map_or_else(NoticeRefusal::code, Taken::code);
        self.meter.crm_notice(outcome);
        if taken.is_ok() {
            tracing::info!(notice.outcome = outcome, "the CRM told of a change");
        } else {
            tracing::warn!(notice.outcome = outcome, "a notice was not believed");
        }
        taken
    }

    fn checked(&self, notice: &Notice<'_>) -> Result<Taken, NoticeRefusal> {
        let now = self.clock.now();
        let read = self.reader.read(notice, now)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.is_new(read.mark, now) {
            return Ok(Taken::Repeated);
        }
        drop(seen);
        let Some(target) = read.about else {
            return Ok(Taken::Ignored);
        };
        self.reads.forget(target, Cause::Notice);
        Ok(Taken::Believed)
    }
}

/// Notices that were believed, for as long as their time would be believed again.
#[derive(Default)]
struct Seen {
    marks: HashSet<[u8; 32]>,
    order: VecDeque<(Timestamp, [u8; 32])>,
}

impl Seen {
    fn is_new(&mut self, mark: [u8; 32], now: Timestamp) -> bool {
        // One from the future is believed for that much longer.
        let over = |at: Timestamp| now > at.plus(2 * NOTICE_WINDOW);
        while self.order.front().is_some_and(|(at, _)| over(*at)) {
            self.drop_first();
        }
        if !self.marks.insert(mark) {
            return false;
        }
        self.order.push_back((now, mark));
        if self.order.len() > NOTICES_MAX {
            self.drop_first();
        }
        true
    }

    fn drop_first(&mut self) {
        if let Some((_, mark)) = self.order.pop_front() {
            self.marks.remove(&mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(n: usize) -> [u8; 32] {
        let mut mark = [0; 32];
        mark[..8].copy_from_slice(&n.to_be_bytes());
        mark
    }

    #[test]
    fn a_notice_is_new_once_for_as_long_as_its_time_is_believed() {
        let mut seen = Seen::default();
        let noon = Timestamp::from_unix_ms(1_772_366_400_000);
        assert!(seen.is_new(mark(1), noon));
        let last = noon.plus(2 * NOTICE_WINDOW);
        assert!(!seen.is_new(mark(1), last));
        assert!(seen.is_new(mark(2), last), "another one is");
        assert!(seen.is_new(mark(1), last.plus_ms(1)));
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let mut seen = Seen::default();
        let noon = Timestamp::from_unix_ms(1_772_366_400_000);
        for n in 0..NOTICES_MAX {
            assert!(seen.is_new(mark(n), noon));
        }
        assert!(!seen.is_new(mark(0), noon), "all of them still are");
        assert!(seen.is_new(mark(NOTICES_MAX), noon));
        assert_eq!(
            (seen.marks.len(), seen.order.len()),
            (NOTICES_MAX, NOTICES_MAX)
        );
        assert!(!seen.is_new(mark(1), noon));
        assert!(seen.is_new(mark(0), noon), "the oldest one was forgotten");
    }
}
