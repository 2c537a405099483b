//! What a call is answered from memory, and how far it may go with that.
//!
//! Invariant: nothing is written, planned or sent by a call that rests on what was read before it asked. As
//! long as a call only reads, it is answered from memory. Before its first effect, each such answer is
//! compared with the CRM's own; after it, the CRM is asked each time.

use super::{Broker, BrokerError, plan, told};
use crate::ports::CrmError;
use crate::reads::{Fetched, Source};
use crate::run::{Recent, Run};
use skillgate_domain::crm::{EntryRef, Selection};
use skillgate_domain::right::Unredacted;
use skillgate_domain::time::Timestamp;
use std::sync::Arc;

impl Broker {
    /// Reads a record as it was a moment ago, or as the plan would leave it. Returns when the CRM was asked.
    pub(super) async fn seen(
        &self,
        run: &Run,
        target: EntryRef,
        want: &Selection,
    ) -> Result<(Unredacted, Timestamp), BrokerError> {
        if let Some(record) = plan::created(run, target) {
            return Ok((Unredacted::seal(record), self.clock.now()));
        }
        let found = told(run, self.recent(run, target, want).await)?;
        Ok((plan::amended(run, found.record.clone()), found.at))
    }

    async fn recent(
        &self,
        run: &Run,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Arc<Fetched>, CrmError> {
        let community = &run.principal.community;
        if run.has_written() {
            return self.reads.fresh(community, target, want).await;
        }
        let (answer, source) = self.reads.recent(community, target, want).await?;
        if source == Source::Memory {
            run.answered(Recent {
                target,
                want: want.clone(),
                answer: Arc::clone(&answer),
            });
        }
        Ok(answer)
    }

    /// Compares what the call was answered from memory with the CRM's own. Costs the call no reads: they
    /// were counted when it was answered.
    pub(super) async fn settle(&self, run: &Run) -> Result<(), BrokerError> {
        for recent in run.recent() {
            let community = &run.principal.community;
            let now = self.reads.fresh(community, recent.target, &recent.want);
            let same = match now.await {
                Ok(now) => now.record.holds_the_same(&recent.answer.record),
                Err(CrmError::NotFound) => false,
                Err(error) => return told(run, Err(error)),
            };
            if !same {
                return Err(BrokerError::Outdated);
            }
        }
        run.settled();
        Ok(())
    }
}
