//! Modules between partners: one community offers what was handed in to it, the other takes it over.
//!
//! What is taken over is granted there like any other module, and runs while the two are partners.

use super::permission::{permitted, resource};
use super::{ModuleError, ModuleView, Modules};
use crate::ports::{OfferQuery, Offered, Submission};
use skillgate_domain::audit::{Facts, ModuleFacts, Target};
use skillgate_domain::grant::Owner;
use skillgate_domain::ids::SubmissionId;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::time::Timestamp;

/// Most offers on a page.
pub const OFFERS_PAGE: u32 = 100;

/// Where a page of offers begins: behind the one that this is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferCursor {
    /// When it was offered.
    pub at: Timestamp,
    /// Which.
    pub module: SubmissionId,
}

impl OfferCursor {
    /// Writes it.
    pub fn text(self) -> String {
        format!("{}.{}", self.at.unix_ms(), self.module)
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, module) = text.split_once('.')?;
        Some(Self {
            at: Timestamp::from_unix_ms(at.parse().ok()?),
            module: SubmissionId::parse(module).ok()?,
        })
    }
}

/// A module that a partner offers, and what it asks for.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The module.
    pub module: ModuleView,
    /// What it is called here, where it is here already.
    pub present: Option<SubmissionId>,
}

/// Some of what partners offer, the newest offer first.
#[derive(Debug, Clone)]
pub struct OfferPage {
    /// At most [`OFFERS_PAGE`].
    pub offers: Vec<Offer>,
    /// Where the next page begins, if there is one.
    pub next: Option<OfferCursor>,
}

impl Modules {
    /// Lets partners take a module over, from now on. One that was itself taken over is its own community's to offer.
    pub async fn offer(
        &self,
        caller: &Principal,
        id: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        let at = Some(self.clock.now());
        let done = self.set_offered(caller, Action::OfferModule, id, at).await;
        self.recorded(caller, Action::OfferModule, Target::Module(id), done)
            .await
    }

    /// Lets no more partners take it over. Those that did keep it.
    pub async fn withdraw(
        &self,
        caller: &Principal,
        id: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        let done = self
            .set_offered(caller, Action::WithdrawModule, id, None)
            .await;
        self.recorded(caller, Action::WithdrawModule, Target::Module(id), done)
            .await
    }

    async fn set_offered(
        &self,
        caller: &Principal,
        action: Action,
        id: SubmissionId,
        at: Option<Timestamp>,
    ) -> Result<ModuleView, ModuleError> {
        let permissions = self.permit(caller, action).await?;
        let view = self.view(self.submission(caller, id).await?, None)?;
        permitted(&permissions, action, &view.resource())?;
        if let Some(owner) = view.submission.owner {
            return Err(ModuleError::OfPartner(owner.community));
        }
        let facts = Facts::Module(facts(&view.submission));
        let change = self.change(caller, action, Target::Module(id), facts);
        self.storage
            .set_offered(&caller.community, id, at, &change)
            .await?;
        let view = self.view(self.submission(caller, id).await?, None)?;
        self.with_grant(caller, view).await
    }

    /// Lists what partners offer, for those who may take it over.
    pub async fn offers(
        &self,
        caller: &Principal,
        after: Option<OfferCursor>,
    ) -> Result<OfferPage, ModuleError> {
        let permissions = self
            .permit_looking(caller, Action::AdoptModule, Target::Community)
            .await?;
        let query = OfferQuery {
            community: &caller.community,
            after: after.map(|it| (it.at, it.module)),
            limit: OFFERS_PAGE + 1,
        };
        let mut found = self.storage.offers(query).await?;
        let more = found.len() > OFFERS_PAGE as usize;
        found.truncate(OFFERS_PAGE as usize);
        let last = found.last().and_then(|it| {
            let (at, module) = (it.submission.offered_at?, it.submission.id);
            Some(OfferCursor { at, module })
        });
        let mut offers = Vec::new();
        for Offered {
            submission,
            present,
        } in found
        {
            let module = self.view(submission, None)?;
            let here = resource(&caller.community, &module);
            if permissions.permits(Action::AdoptModule, &here) {
                offers.push(Offer { module, present });
            }
        }
        let next = last.filter(|_| more);
        Ok(OfferPage { offers, next })
    }

    /// Takes over a module that a partner offers: it is here then as it was handed in there, to be looked at and granted.
    pub async fn adopt(
        &self,
        caller: &Principal,
        offered: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        let done = self.adopt_if_allowed(caller, offered).await;
        self.recorded(caller, Action::AdoptModule, Target::Module(offered), done)
            .await
    }

    async fn adopt_if_allowed(
        &self,
        caller: &Principal,
        offered: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        let permissions = self.permit(caller, Action::AdoptModule).await?;
        let found = self.storage.offer(&caller.community, offered).await?;
        let found = self.view(found.ok_or(ModuleError::NotFound)?, None)?;
        let here = resource(&caller.community, &found);
        permitted(&permissions, Action::AdoptModule, &here)?;
        let adopted = Submission {
            id: SubmissionId::new(self.entropy.uuid()),
            community: caller.community.clone(),
            submitted_at: self.clock.now(),
            owner: Some(Owner {
                community: found.submission.community,
                partnership: None,
            }),
            offered_at: None,
            ..found.submission
        };
        let (facts, target) = (facts(&adopted), Target::Module(adopted.id));
        let change = self.change(caller, Action::AdoptModule, target, Facts::Module(facts));
        let kept = self.storage.adopt(offered, &adopted, &change);
        if !kept.await? {
            return Err(ModuleError::NotFound);
        }
        self.view(self.submission(caller, adopted.id).await?, None)
    }
}

/// Refuses what belongs to a community that is no partner now.
pub(super) fn of_partner(submission: &Submission) -> Result<(), ModuleError> {
    match &submission.owner {
        Some(owner) if owner.partnership.is_none() => {
            Err(ModuleError::PartnershipInactive(owner.community.clone()))
        }
        _ => Ok(()),
    }
}

/// Returns what is recorded of a module.
pub(super) fn facts(submission: &Submission) -> ModuleFacts {
    let owner = submission.owner.as_ref();
    ModuleFacts {
        skill: submission.skill.clone(),
        component: submission.component,
        manifest: submission.manifest,
        owner: owner.map(|it| it.community.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let cursor = OfferCursor {
            at: Timestamp::from_unix_ms(-5),
            module: SubmissionId::new(uuid::Uuid::from_u128(7)),
        };
        assert_eq!(OfferCursor::parse(&cursor.text()), Some(cursor));
        for text in [
            "",
            "1",
            "1.",
            ".",
            "x.00000000-0000-0000-0000-000000000007",
            "1.7",
        ] {
            assert_eq!(OfferCursor::parse(text), None, "{text}");
        }
    }
}
