//! Modules: handed in, taken over from partners, looked at, granted, taken back.

mod diff;
mod error;
mod life;
mod offers;
mod permission;

pub use diff::{
    DIFFERENCES_MAX, Difference, ModuleDiff, PATH_BYTES_MAX, SetDiff, ToolsDiff, VALUE_BYTES_MAX,
};
pub use error::{ModuleError, RollBackRefusal};
pub use offers::{OFFERS_PAGE, Offer, OfferCursor, OfferPage};

use crate::access::Access;
use crate::audit::Trail;
use crate::digest::{capability_set, contracts, sha256};
use crate::ports::{
    AuditRecord, Clock, Entropy, Inadmissible, Manifests, Sandbox, Storage, Submission,
};
use offers::{facts, of_partner};
use permission::{foreign, permitted, resource};
use skillgate_domain::audit::{Actor, Facts, GrantFacts, Target};
use skillgate_domain::grant::{EndCause, Generation, Grant, GrantTerms, SkillStanding};
use skillgate_domain::ids::{GrantId, SkillName, SubmissionId};
use skillgate_domain::limits::{COMPONENT_BYTES_MAX, MANIFEST_BYTES_MAX};
use skillgate_domain::policy::Resource;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::skill::{Finding, Skill};
use std::sync::Arc;

/// A submission, what it asks for, and what it was given.
#[derive(Debug, Clone)]
pub struct ModuleView {
    /// As handed in.
    pub submission: Submission,
    /// As its manifest describes it.
    pub skill: Skill,
    /// The active grant, if it is for this submission.
    pub grant: Option<Grant>,
}

impl ModuleView {
    /// Returns what policies know of it.
    fn resource(&self) -> Resource {
        resource(&self.submission.community, self)
    }
}

/// The use cases of modules.
pub struct Modules {
    storage: Arc<dyn Storage>,
    access: Arc<Access>,
    sandbox: Arc<dyn Sandbox>,
    manifests: Arc<dyn Manifests>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
}

impl Modules {
    /// Wires the use cases to their ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        access: Arc<Access>,
        sandbox: Arc<dyn Sandbox>,
        manifests: Arc<dyn Manifests>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            storage,
            access,
            sandbox,
            manifests,
            clock,
            entropy,
            trail,
        }
    }

    /// Takes a component with its manifest. Both are checked whole before anything is kept: the
    /// manifest reads without findings, and the component imports nothing it does not request.
    pub async fn submit(
        &self,
        caller: &Principal,
        manifest_text: String,
        component: Arc<[u8]>,
    ) -> Result<ModuleView, ModuleError> {
        let done = self
            .submit_if_allowed(caller, manifest_text, component)
            .await;
        self.recorded(caller, Action::SubmitModule, Target::Community, done)
            .await
    }

    async fn submit_if_allowed(
        &self,
        caller: &Principal,
        manifest_text: String,
        component: Arc<[u8]>,
    ) -> Result<ModuleView, ModuleError> {
        self.permit(caller, Action::SubmitModule).await?;
        if manifest_text.len() > MANIFEST_BYTES_MAX {
            return Err(ModuleError::Manifest(vec![Finding {
                path: String::new(),
                problem: format!("the manifest has {} bytes", manifest_text.len()),
                fix: format!("keep it within {MANIFEST_BYTES_MAX} bytes"),
            }]));
        }
        if component.len() > COMPONENT_BYTES_MAX {
            let bytes = component.len();
            return Err(Inadmissible::TooLarge {
                bytes,
                max: COMPONENT_BYTES_MAX,
            }
            .into());
        }
        let skill = self
            .manifests
            .read(&manifest_text)
            .map_err(ModuleError::Manifest)?;
        let digest = sha256(&component);
        self.sandbox
            .admit(&digest, Arc::clone(&component), &skill.requests.interfaces)
            .await?;
        let submission = Submission {
            id: SubmissionId::new(self.entropy.uuid()),
            community: caller.community.clone(),
            skill: skill.name.clone(),
            version: skill.version.clone(),
            component: digest,
            manifest: sha256(manifest_text.as_bytes()),
            manifest_text,
            submitted_by: caller.user.clone(),
            submitted_at: self.clock.now(),
            owner: None,
            offered_at: None,
        };
        let facts = Facts::Module(facts(&submission));
        let target = Target::Module(submission.id);
        let change = self.change(caller, Action::SubmitModule, target, facts);
        self.storage
            .insert_submission(&submission, &component, &change)
            .await?;
        Ok(ModuleView {
            submission,
            skill,
            grant: None,
        })
    }

    /// Lists what was handed in, newest first.
    pub async fn list(&self, caller: &Principal) -> Result<Vec<ModuleView>, ModuleError> {
        let permissions = self.permit_show(caller, Target::Community).await?;
        let grants = self.storage.active_grants(&caller.community).await?;
        let submissions = self.storage.submissions(&caller.community).await?;
        let mut views = Vec::new();
        for submission in submissions {
            let grant = grants
                .iter()
                .find(|grant| grant.submission == submission.id)
                .cloned();
            let view = self.view(submission, grant)?;
            if permissions.permits(Action::ShowModule, &view.resource()) {
                views.push(view);
            }
        }
        Ok(views)
    }

    /// Shows one submission and what it asks for.
    pub async fn show(
        &self,
        caller: &Principal,
        id: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        let permissions = self.permit_show(caller, Target::Module(id)).await?;
        let view = self.shown(caller, &permissions, id).await?;
        self.with_grant(caller, view).await
    }

    /// Adds the grant in force of its skill, if it is for this module.
    async fn with_grant(
        &self,
        caller: &Principal,
        view: ModuleView,
    ) -> Result<ModuleView, ModuleError> {
        let (community, skill) = (&caller.community, &view.skill.name);
        let active = self.storage.active_grant(community, skill).await?;
        let grant = active.filter(|grant| grant.submission == view.submission.id);
        Ok(ModuleView { grant, ..view })
    }

    /// Returns the grant in force of a skill, if the caller may look at its module.
    pub(crate) async fn granted(
        &self,
        caller: &Principal,
        skill: &SkillName,
    ) -> Result<Grant, ModuleError> {
        let about = Target::Skill(skill.clone());
        let permissions = self.permit_show(caller, about).await?;
        let grant = self.storage.active_grant(&caller.community, skill).await?;
        let grant = grant.ok_or(ModuleError::NotFound)?;
        self.shown(caller, &permissions, grant.submission).await?;
        Ok(grant)
    }

    /// Grants a submission, perhaps less than it asks for. It takes the place of the skill's grant, if
    /// there is one.
    pub async fn grant(
        &self,
        caller: &Principal,
        id: SubmissionId,
        terms: GrantTerms,
    ) -> Result<Grant, ModuleError> {
        let done = self.grant_if_allowed(caller, id, terms).await;
        self.recorded(caller, Action::GrantModule, Target::Module(id), done)
            .await
    }

    async fn grant_if_allowed(
        &self,
        caller: &Principal,
        id: SubmissionId,
        terms: GrantTerms,
    ) -> Result<Grant, ModuleError> {
        let permissions = self.permit(caller, Action::GrantModule).await?;
        let view = self.view(self.submission(caller, id).await?, None)?;
        permitted(&permissions, Action::GrantModule, &view.resource())?;
        foreign(caller, &view.submission)?;
        of_partner(&view.submission)?;
        // Whatever changes after this is read makes the grant fail, since it has another generation.
        let (skill, expected) = (view.skill, terms.expected_generation);
        let standing = self
            .expected_standing(caller, &skill.name, expected)
            .await?;
        let in_force = self
            .storage
            .active_grant(&caller.community, &skill.name)
            .await?;
        let settled = terms.settle(&skill, &contracts(&skill), in_force.as_ref())?;
        let grant = Grant {
            id: GrantId::new(self.entropy.uuid()),
            community: caller.community.clone(),
            skill: skill.name,
            generation: standing.generation.next(),
            submission: id,
            component: view.submission.component,
            manifest: view.submission.manifest,
            capability_set: capability_set(&settled.capabilities),
            capabilities: settled.capabilities,
            tools: settled.tools,
            limits: settled.limits,
            config: settled.config,
            granted_by: caller.user.clone(),
            granted_at: self.clock.now(),
            end: None,
            frozen_at: standing.frozen_at,
            owner: view.submission.owner,
        };
        self.keep(caller, Action::GrantModule, grant, EndCause::Replaced)
            .await
    }

    /// Keeps a grant that was made from what the caller and the host saw, unless that has changed.
    async fn keep(
        &self,
        caller: &Principal,
        action: Action,
        grant: Grant,
        previous_ends: EndCause,
    ) -> Result<Grant, ModuleError> {
        let facts = Facts::Grant(GrantFacts {
            skill: grant.skill.clone(),
            grant: grant.id,
            generation: grant.generation,
            component: grant.component,
            manifest: grant.manifest,
            capability_set: grant.capability_set,
        });
        let change = self.change(caller, action, Target::Module(grant.submission), facts);
        let kept = self.storage.insert_grant(&grant, previous_ends, &change);
        if kept.await? {
            return Ok(grant);
        }
        let (community, skill) = (&grant.community, &grant.skill);
        let present = self.storage.skill_standing(community, skill).await?;
        Err(ModuleError::Changed(present))
    }

    async fn expected_standing(
        &self,
        caller: &Principal,
        skill: &SkillName,
        expected: Option<Generation>,
    ) -> Result<SkillStanding, ModuleError> {
        let standing = self
            .storage
            .skill_standing(&caller.community, skill)
            .await?;
        match expected {
            Some(generation) if generation != standing.generation => {
                Err(ModuleError::Changed(standing))
            }
            _ => Ok(standing),
        }
    }

    fn change(
        &self,
        caller: &Principal,
        action: Action,
        target: Target,
        facts: Facts,
    ) -> AuditRecord {
        let actor = Actor::Caller(Box::new(caller.clone()));
        self.trail
            .change(actor, &caller.community, action, target, facts)
    }

    async fn submission(
        &self,
        caller: &Principal,
        id: SubmissionId,
    ) -> Result<Submission, ModuleError> {
        self.storage
            .submission(&caller.community, id)
            .await?
            .ok_or(ModuleError::NotFound)
    }

    fn view(
        &self,
        submission: Submission,
        grant: Option<Grant>,
    ) -> Result<ModuleView, ModuleError> {
        let skill = self
            .manifests
            .read(&submission.manifest_text)
            .map_err(ModuleError::Manifest)?;
        Ok(ModuleView {
            submission,
            skill,
            grant,
        })
    }
}
