//! Effects of a plan: checked again under the right of whoever applies it, then made to happen.

use super::write::Write;
use super::{Broker, BrokerError, decide, told, wanted};
use crate::ports::{AuditRecord, CrmError};
use crate::run::Run;
use skillgate_domain::audit::Outcome;
use skillgate_domain::crm::{EntryRef, Selection};
use skillgate_domain::plan::{Before, Effect, Receipt};
use skillgate_domain::right::{CrmAction, Pass};
use skillgate_domain::time::Timestamp;

/// What came of one effect, and the record of it, which is still to be kept.
#[derive(Debug)]
pub struct Performed {
    /// What came of it.
    pub receipt: Receipt,
    /// Its record.
    pub record: AuditRecord,
}

impl Broker {
    /// Tells whether the run may do this now.
    pub async fn permit(&self, run: &Run, effect: &Effect) -> Result<(), BrokerError> {
        match effect {
            Effect::Outward { outward, .. } => {
                self.permit_outward(run, outward).await?;
                self.still_let_out(run, outward).await
            }
            effect => permit(run, effect).map(drop),
        }
    }

    /// Tells whether a record still is what the plan showed.
    pub async fn is_as_shown(&self, run: &Run, effect: &Effect) -> Result<bool, BrokerError> {
        let Effect::Update {
            id,
            changes,
            before,
        } = effect
        else {
            return Ok(true);
        };
        let pass = permit(run, effect)?;
        let target = super::entry(changes.object, *id);
        let found = self
            .crm
            .get(&run.principal.community, target, wanted(&pass));
        match found.await {
            Ok(record) => Ok(before.holds(&pass.redact(record), changes)),
            Err(CrmError::NotFound) => Ok(false),
            Err(error) => told(run, Err(error)),
        }
    }

    /// Makes one effect happen. `begun` says that somebody may have tried before, and not before when:
    /// what already happened is then not done again. Fails only where nothing could be recorded; nothing happened.
    pub async fn perform(
        &self,
        run: &Run,
        effect: &Effect,
        begun: Option<Timestamp>,
    ) -> Result<Performed, BrokerError> {
        let write = Write::of_effect(effect);
        let unsent = |receipt, outcome| Performed {
            receipt,
            record: self.unsent(run, &write, outcome),
        };
        let refused = |error: &BrokerError| {
            let code = error.code();
            unsent(Receipt::Failed(code.to_owned()), Outcome::Refused(code))
        };
        match self.still_permitted(run, effect).await {
            Err(error @ (BrokerError::Unsure | BrokerError::Audit(_))) => return Err(error),
            Err(error) => return Ok(refused(&error)),
            Ok(()) => {}
        }
        let sent = match effect {
            Effect::Outward { id, outward } => {
                let sent = self.perform_outward(run, (*id, outward), (&write, begun));
                sent.await
            }
            Effect::Update {
                id,
                changes,
                before,
            } if begun.is_some() => {
                let target = super::entry(changes.object, *id);
                let of = (target, changes.touched());
                match self.progress(run, effect, &write, (of, before)).await? {
                    Progress::NotBegun => self.send(run, effect, &write).await,
                    Progress::Done => return Ok(unsent(Receipt::Done, Outcome::Done)),
                    Progress::Unclear => return Ok(unsent(Receipt::Unknown, Outcome::Unknown)),
                }
            }
            _ => self.send(run, effect, &write).await,
        };
        match sent {
            Err(error @ BrokerError::BudgetExhausted(_)) => Ok(refused(&error)),
            sent => sent,
        }
    }

    async fn still_permitted(&self, run: &Run, effect: &Effect) -> Result<(), BrokerError> {
        self.still_granted(run).await?;
        self.permit(run, effect).await
    }

    async fn send(
        &self,
        run: &Run,
        effect: &Effect,
        write: &Write,
    ) -> Result<Performed, BrokerError> {
        let (community, nothing) = (&run.principal.community, &Selection::EMPTY);
        let call = async {
            match effect {
                Effect::Create { id, changes } => {
                    let made = self.crm.create(community, *id, changes, nothing);
                    made.await.map(drop)
                }
                Effect::Update { id, changes, .. } => {
                    let changed = self.crm.update(community, *id, changes, nothing);
                    changed.await.map(drop)
                }
                Effect::Link { id, link } => self.crm.link(community, *id, link).await,
                Effect::Outward { .. } => Err(CrmError::NotFound),
            }
        };
        let (answer, record) = self.attempt(run, write, call).await?;
        let receipt = match told(run, answer) {
            Ok(()) => Receipt::Done,
            Err(BrokerError::Crm(CrmError::OutcomeUnknown)) => Receipt::Unknown,
            Err(error) => Receipt::Failed(error.code().to_owned()),
        };
        Ok(Performed { receipt, record })
    }

    /// Looks how far an update came that somebody may have tried. Creating and linking need no look:
    /// under the plan's own ids they happen once.
    async fn progress(
        &self,
        run: &Run,
        effect: &Effect,
        write: &Write,
        ((target, touched), before): ((EntryRef, Selection), &Before),
    ) -> Result<Progress, BrokerError> {
        let community = &run.principal.community;
        let found = self.crm.get(community, target, &touched);
        match found.await {
            Ok(record) if write.is_in(record.clone()) => Ok(Progress::Done),
            Ok(_) if !before.hidden.is_empty() => Ok(Progress::Unclear),
            Ok(_) if self.is_as_shown(run, effect).await? => Ok(Progress::NotBegun),
            Ok(_) | Err(CrmError::NotFound) => Ok(Progress::Unclear),
            Err(error) => told(run, Err(error)),
        }
    }
}

enum Progress {
    NotBegun,
    Done,
    Unclear,
}

fn permit<'a>(run: &'a Run, effect: &Effect) -> Result<Pass<'a>, BrokerError> {
    match effect {
        Effect::Create { changes, .. } => {
            decide(run, &CrmAction::Create(changes.object, &changes.touched()))
        }
        Effect::Update { changes, .. } => {
            decide(run, &CrmAction::Update(changes.object, &changes.touched()))
        }
        Effect::Outward { .. } => Err(BrokerError::Outside(super::OutsideError::NotGranted)),
        Effect::Link { link, .. } => {
            let nothing = Selection::default();
            decide(run, &CrmAction::Read(link.target.object, &nothing))?;
            decide(run, &CrmAction::Link(*link))
        }
    }
}
