//! A journal that answers a run in the host's place.

use super::answer::Answer;
use super::difference::{Difference, shown};
use super::request::Request;
use super::{Ending, HostAnswer, HostCall, Journal, LogLine};
use crate::broker::{BrokerError, ErrorCode, LogLevel, Told};
use crate::json::diff::DIFFERENCES_MAX;
use crate::ports::Retry;
use skillgate_domain::ids::ConfigKey;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A journal that answers a run in the host's place, and notes where the run differs.
///
/// Calls of the CRM, the clock and the log are compared each in its own order: a version that logs one
/// line more still gets the answers of the CRM.
#[derive(Debug)]
pub(crate) struct Playback(Mutex<State>);

#[derive(Debug)]
struct State {
    complete: bool,
    /// The run went on where an incomplete journal ends.
    past_end: bool,
    crm: Calls,
    clock: Times,
    log: Lines,
    settings: BTreeSet<ConfigKey>,
    found: Found,
}

/// Calls of the CRM.
#[derive(Debug)]
struct Calls {
    left: VecDeque<(HostCall, HostAnswer)>,
    made: u32,
    /// The run asked for something else than was recorded: from there on nobody knows the answers.
    astray: bool,
}

/// Calls of the clock.
#[derive(Debug)]
struct Times {
    left: VecDeque<u64>,
    recorded: usize,
    made: usize,
    now_ms: u64,
}

/// Lines of the log.
#[derive(Debug)]
struct Lines {
    left: VecDeque<LogLine>,
    written: u32,
    differ: bool,
}

/// Differences, at most [`DIFFERENCES_MAX`], and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Found {
    pub(crate) listed: Vec<Difference>,
    pub(crate) left_out: usize,
}

impl Found {
    fn add(&mut self, differences: impl IntoIterator<Item = Difference>) {
        for difference in differences {
            if self.listed.len() < DIFFERENCES_MAX {
                self.listed.push(difference);
            } else {
                self.left_out += 1;
            }
        }
    }
}

impl Playback {
    /// Begins to answer.
    pub(crate) fn of(journal: &Journal) -> Self {
        let began = u64::try_from(journal.run.at.unix_ms()).unwrap_or(0);
        Self(Mutex::new(State {
            complete: journal.complete,
            past_end: false,
            crm: Calls {
                left: journal.crm.clone().into(),
                made: 0,
                astray: false,
            },
            clock: Times {
                left: journal.clock.clone().into(),
                recorded: journal.clock.len(),
                made: 0,
                now_ms: began,
            },
            log: Lines {
                left: journal.log.clone().into(),
                written: 0,
                differ: false,
            },
            settings: journal.settings.keys().cloned().collect(),
            found: Found::default(),
        }))
    }

    /// Answers a call of the CRM as it was answered, as long as the run asks what was asked.
    pub(super) fn answer<A: Answer>(&self, request: &Request<'_>) -> Result<A, BrokerError> {
        match self.lock().next_answer(&request.compared()) {
            Some(HostAnswer::Error(told)) => Err(BrokerError::Replayed(Box::new(told))),
            Some(answer) => A::take(answer).ok_or_else(unrecorded),
            None => Err(unrecorded()),
        }
    }

    /// Tells the recorded time. Where none is left, time stands still.
    pub(super) fn clock(&self) -> u64 {
        let mut state = self.lock();
        state.clock.made += 1;
        if let Some(now) = state.clock.left.pop_front() {
            state.clock.now_ms = now;
        } else if !state.complete {
            state.past_end = true;
        }
        state.clock.now_ms
    }

    /// Compares a line of the log.
    pub(super) fn log(&self, level: LogLevel, message: &str) {
        let mut state = self.lock();
        state.log.written += 1;
        let now = LogLine {
            level,
            message: message.to_owned(),
        };
        match state.log.left.pop_front() {
            Some(recorded) if recorded == now => {}
            None if !state.complete => state.past_end = true,
            recorded => state.log_differs(recorded, Some(now)),
        }
    }

    /// Compares a question for a setting.
    pub(super) fn setting(&self, key: &ConfigKey) {
        let mut state = self.lock();
        if !state.settings.insert(key.clone()) {
            return;
        }
        if state.complete {
            state.found.add([Difference::Setting(key.clone())]);
        } else {
            state.past_end = true;
        }
    }

    /// Compares the end, and returns every difference.
    pub(crate) fn finish(&self, recorded: &Ending, now: &Ending) -> Found {
        let mut state = self.lock();
        state.left_over();
        if !state.past_end {
            state.found.add(Difference::endings(recorded, now));
        }
        std::mem::take(&mut state.found)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_answer(&mut self, now: &HostCall) -> Option<HostAnswer> {
        self.crm.made += 1;
        let number = self.crm.made;
        if self.crm.astray {
            let now = now.shown();
            self.found.add([Difference::Unanswered { number, now }]);
            return None;
        }
        match self.crm.left.pop_front() {
            Some((recorded, answer)) if recorded == *now => return Some(answer),
            None if !self.complete => self.past_end = true,
            recorded => {
                self.crm.astray = true;
                let recorded = recorded.as_ref().map(|(call, _)| call);
                let differences = Difference::calls(number, recorded, Some(now));
                self.found.add(differences);
            }
        }
        None
    }

    fn log_differs(&mut self, recorded: Option<LogLine>, now: Option<LogLine>) {
        if std::mem::replace(&mut self.log.differ, true) {
            return;
        }
        let text = |line: LogLine| shown(format!("{} {:?}", line.level.name(), line.message));
        self.found.add([Difference::Log {
            line: self.log.written,
            recorded: recorded.map(text),
            now: now.map(text),
        }]);
    }

    /// Notes what was recorded and did not happen now.
    fn left_over(&mut self) {
        if !self.crm.astray {
            for (recorded, _) in std::mem::take(&mut self.crm.left) {
                self.crm.made += 1;
                let differences = Difference::calls(self.crm.made, Some(&recorded), None);
                self.found.add(differences);
            }
        }
        if let Some(recorded) = self.log.left.pop_front() {
            self.log.written += 1;
            self.log_differs(Some(recorded), None);
        }
        let (recorded, now) = (self.clock.recorded, self.clock.made);
        if now < recorded || (now > recorded && self.complete) {
            self.found.add([Difference::Clock { recorded, now }]);
        }
    }
}

/// What a guest is told where the journal has no answer.
fn unrecorded() -> BrokerError {
    BrokerError::Replayed(Box::new(Told {
        code: ErrorCode::Denied,
        retry: Retry::Never,
        retry_after: None,
        message: "this host call was not recorded".to_owned(),
        holder: None,
        sent: false,
        fault: None,
    }))
}
