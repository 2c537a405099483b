use super::keeping::Keeping;
use super::scratch::Scratch;
use super::store::Store;
use crate::crm::{Error, ErrorCode, ObjectKind};
use crate::log::Level;
use crate::tez::{Failure, FailureCode};
use crate::wit::skillgate::skill::http as wit;
use crate::workspace::{Action, Email};
use crate::{Retry, Timestamp, http, tez};
use std::collections::{BTreeMap, BTreeSet};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;
/// Reads and writes that one call may make, as hosts allow them by default.
const BUDGET: (u32, u32) = (64, 8);

/// What a skill may not do.
#[derive(Debug, Default)]
pub(super) struct Grant {
    pub(super) objects: BTreeSet<ObjectKind>,
    pub(super) hidden: BTreeSet<(ObjectKind, String)>,
    pub(super) read_only: BTreeSet<(ObjectKind, String)>,
}

/// Everything that a host under test holds.
#[derive(Debug)]
pub(super) struct State {
    pub(super) now_ms: i64,
    pub(super) config: BTreeMap<String, String>,
    pub(super) log_lines: Vec<(Level, String)>,
    /// How far calls said they had come.
    pub(super) progress: Vec<(u32, Option<u32>, String)>,
    /// What the planner answers; there is none without.
    pub(super) planner: Option<String>,
    pub(super) has_workspace: bool,
    /// What services outside answer, by method and address.
    pub(super) answers: Vec<(http::Method, String, http::Response)>,
    pub(super) requests: Vec<wit::Request>,
    /// Requests that change something are only planned.
    pub(super) plans: bool,
    /// The tool that runs promises to change nothing.
    pub(super) reads_only: bool,
    pub(super) keeping: Keeping,
    pub(super) scratch: Scratch,
    pub(super) shared: Vec<tez::Draft>,
    /// Tez of others, each with its team.
    pub(super) tez: Vec<(String, tez::Line)>,
    pub(super) emails: Vec<Email>,
    pub(super) actions: Vec<Action>,
    pub(super) grant: Grant,
    pub(super) store: Store,
    /// Reads and writes of one call.
    pub(super) budget: (u32, u32),
    /// Which call fails, counted from now, and how.
    pub(super) failure: Option<(u32, Error)>,
    used: (u32, u32),
    writes: i64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now_ms: START_MS,
            config: BTreeMap::new(),
            log_lines: Vec::new(),
            progress: Vec::new(),
            planner: None,
            has_workspace: false,
            answers: Vec::new(),
            requests: Vec::new(),
            plans: false,
            reads_only: false,
            keeping: Keeping::default(),
            scratch: Scratch::default(),
            shared: Vec::new(),
            tez: Vec::new(),
            emails: Vec::new(),
            actions: Vec::new(),
            grant: Grant::default(),
            store: Store::default(),
            budget: BUDGET,
            failure: None,
            used: (0, 0),
            writes: 0,
        }
    }
}

impl State {
    pub(super) fn begin_call(&mut self) {
        self.used = (0, 0);
        self.keeping.begin_call();
        self.scratch = Scratch::default();
    }

    /// Returns the failure that the test asked for, when it is this call's turn.
    pub(super) fn due_failure(&mut self) -> Option<Error> {
        match self.failure.take() {
            Some((0, error)) => Some(error),
            Some((skip, error)) => {
                self.failure = Some((skip - 1, error));
                None
            }
            None => None,
        }
    }

    /// Checks the grant, then counts reads and writes.
    pub(super) fn enter(
        &mut self,
        object: ObjectKind,
        reads: u32,
        writes: u32,
    ) -> Result<(), Error> {
        self.allowed(object)?;
        if writes > 0 && self.reads_only {
            return Err(denied());
        }
        let used = (self.used.0 + reads, self.used.1 + writes);
        if used.0 > self.budget.0 || used.1 > self.budget.1 {
            let message = "This call has used up its reads or writes.";
            return Err(Error::new(
                ErrorCode::BudgetExhausted,
                Retry::Never,
                message,
            ));
        }
        self.used = used;
        Ok(())
    }

    pub(super) fn allowed(&self, object: ObjectKind) -> Result<(), Error> {
        if self.grant.objects.contains(&object) {
            return Err(denied());
        }
        Ok(())
    }

    pub(super) fn may_see(&self, object: ObjectKind, field: &str) -> bool {
        !self.grant.hidden.contains(&(object, field.to_owned()))
    }

    pub(super) fn may_write(&self, object: ObjectKind, field: &str) -> bool {
        !self.grant.read_only.contains(&(object, field.to_owned()))
    }

    /// Returns the time of a change: each a millisecond after the one before.
    pub(super) fn next_change(&mut self) -> Timestamp {
        self.writes += 1;
        Timestamp::from_unix_ms(self.now_ms + self.writes)
    }
}

/// Says that a tool that promises to change nothing was about to.
pub(super) fn promised_to_read() -> Failure {
    let message = "The tool promises to change nothing.";
    Failure::new(FailureCode::Denied, Retry::Never, message)
}

pub(super) fn denied() -> Error {
    let message = "The skill's grant does not allow this.";
    Error::new(ErrorCode::Denied, Retry::Never, message)
}
