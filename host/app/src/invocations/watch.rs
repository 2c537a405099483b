use super::{Call, InvokeError};
use crate::ports::Meter;
use crate::run::Run;
use skillgate_domain::principal::Principal;
use std::sync::Arc;
use tokio::time::Instant;

/// Outcome of an invocation whose tool answered.
const ANSWERED: &str = "answered";
/// Outcome of an invocation whose caller went away.
const CANCELLED: &str = "cancelled";

/// One invocation from start to end. However it ends, it is counted and told in one log line.
pub(super) struct Watch<'a> {
    meter: &'a dyn Meter,
    caller: &'a Principal,
    call: &'a Call<'a>,
    started: Instant,
    /// Whether the skill is one that was granted: a name that a caller made up is not counted by.
    pub(super) granted: bool,
    pub(super) run: Option<Arc<Run>>,
    outcome: &'static str,
}

impl<'a> Watch<'a> {
    pub(super) fn start(meter: &'a dyn Meter, caller: &'a Principal, call: &'a Call<'a>) -> Self {
        Self {
            meter,
            caller,
            call,
            started: Instant::now(),
            granted: false,
            run: None,
            outcome: CANCELLED,
        }
    }

    pub(super) fn ended(mut self, error: Option<&InvokeError>) {
        self.outcome = error.map_or(ANSWERED, InvokeError::code);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let skill = self.granted.then_some(self.call.skill);
        let action = self.call.action().name();
        self.meter.invocation(action, skill, self.outcome, took);
        let (reads, writes) = self.run.as_ref().map_or((0, 0), |run| run.crm_calls());
        tracing::info!(
            skill.name = self.call.skill.as_str(),
            tool.name = self.call.tool.as_str(),
            action,
            outcome = self.outcome,
            duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            crm.reads = reads,
            crm.writes = writes,
            request.id = self.caller.origin.request.as_str(),
            "a tool was called"
        );
    }
}
