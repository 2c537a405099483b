//! Calls of which policies want a person to confirm what they write. Such a call is planned first. If the plan holds
//! nothing to confirm, the call goes on as every other; if it does, the call is told which plan a person has to
//! confirm, and once one did, the same call is answered with what became of it, once.

use super::watch::Watch;
use super::{Admitted, Answer, CallRecord, Done, Invocations, InvokeError};
use crate::json;
use crate::plans::{Awaiting, PlanStanding};
use skillgate_domain::limits::{JSON_DEPTH_MAX, OUTPUT_BYTES_MAX};
use skillgate_domain::plan::{Mode, PlanState};

impl Invocations {
    pub(super) async fn confirmed_first(
        &self,
        admitted: &Admitted<'_>,
        record: &mut CallRecord,
        watch: &mut Watch<'_>,
    ) -> Result<Done, InvokeError> {
        let (caller, call) = (admitted.caller, admitted.call);
        let of = (admitted.grant, call.tool);
        let mut awaiting = Awaiting::of(caller, of, admitted.input, call.records.as_ref());
        let now = self.trail.clock().now();
        if let Some(found) = awaiting.found(&*self.storage, caller, now).await? {
            record.about(&found);
            return waited(found);
        }
        let _place = self.gate.enter(&caller.community, call.skill).await?;
        let (run, output) = self.ran(admitted, Mode::Plan, record, watch).await?;
        let effects = run.draft().map(|mut draft| draft.take());
        let effects = effects.unwrap_or_default();
        if run.has_to_confirm(&effects) {
            awaiting.output = output.to_string();
            let planned = self.planned(admitted, &run, effects, Some(awaiting));
            let (standing, kept) = planned?;
            let awaits = InvokeError::RequiresConfirmation(Box::new(standing));
            return Ok(Done::Awaits(awaits, kept));
        }
        if !run.has_planned() {
            return Ok(Done::Answered(Answer {
                invocation: run.invocation,
                output,
                plan: None,
            }));
        }
        // What a person must confirm is refused, if the guest asks for it now.
        let (run, output) = self.ran(admitted, Mode::Execute, record, watch).await?;
        self.answered(admitted, &run, output)
    }
}

/// Answers a call whose plan was shown before.
fn waited(found: PlanStanding) -> Result<Done, InvokeError> {
    let id = found.plan.id;
    match found.state {
        PlanState::Open | PlanState::Interrupted | PlanState::Expired => {
            Err(InvokeError::RequiresConfirmation(Box::new(found)))
        }
        PlanState::Applying => Err(InvokeError::BeingApplied(id)),
        PlanState::Declined => Err(InvokeError::Declined(id)),
        PlanState::Stopped => {
            let stopped = InvokeError::Stopped(Box::new(found));
            Ok(Done::Told(id, Err(stopped)))
        }
        PlanState::Applied => {
            let awaited = found.plan.awaited.as_ref();
            let output = awaited.map_or("null", |awaited| awaited.output.as_str());
            let output = json::parse(output.as_bytes(), OUTPUT_BYTES_MAX, JSON_DEPTH_MAX);
            Ok(Done::Told(
                id,
                Ok(Answer {
                    invocation: found.plan.invocation,
                    output: output.map_err(|_| InvokeError::InvalidOutput)?,
                    plan: Some(found),
                }),
            ))
        }
    }
}
