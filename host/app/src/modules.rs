//! Modules: handed in, looked at, granted, taken back.

use crate::audit::{AuditError, Refusal, Trail};
use crate::ports::{
    AuditRecord, Clock, Entropy, Inadmissible, Manifests, Sandbox, Storage, StorageError,
    Submission,
};
use sha2::{Digest as _, Sha256};
use skillgate_domain::audit::{Actor, Facts, GrantFacts, ModuleFacts, Target};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{Grant, GrantRefusal, GrantTerms};
use skillgate_domain::ids::{GrantId, SubmissionId};
use skillgate_domain::limits::{COMPONENT_BYTES_MAX, MANIFEST_BYTES_MAX};
use skillgate_domain::principal::{Action, Principal, Role};
use skillgate_domain::skill::{Finding, Skill};
use std::sync::Arc;

/// Why nothing was done with a module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The role does not reach so far.
    #[error("a {} may not {}", .0.name(), .1.name())]
    Forbidden(Role, Action),
    /// Nobody approves what they handed in themselves.
    #[error("you handed this module in; another admin must grant it")]
    OwnModule,
    /// No such submission or grant in this community.
    #[error("there is no such module or grant")]
    NotFound,
    /// The manifest has faults.
    #[error("the manifest has {} fault(s)", .0.len())]
    Manifest(Vec<Finding>),
    /// The component cannot be run here.
    #[error(transparent)]
    Component(#[from] Inadmissible),
    /// The grant cannot be given.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// The same component and manifest were handed in before.
    #[error("this component with this manifest was handed in before")]
    AlreadySubmitted,
    /// Storage failed.
    #[error(transparent)]
    Storage(StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl Refusal for ModuleError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Storage(_) | Self::Audit(_) | Self::Component(Inadmissible::Internal(_)) => None,
            Self::Forbidden(..) => Some("forbidden"),
            Self::OwnModule => Some("own-module"),
            Self::NotFound => Some("module-not-found"),
            Self::Manifest(_) => Some("manifest-invalid"),
            Self::Component(why) => Some(why.code()),
            Self::Grant(GrantRefusal::Wider(_)) => Some("grant-too-wide"),
            Self::Grant(_) => Some("setting-refused"),
            Self::AlreadySubmitted => Some("already-submitted"),
        }
    }
}

impl From<StorageError> for ModuleError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict => Self::AlreadySubmitted,
            other => Self::Storage(other),
        }
    }
}

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

/// The use cases of modules.
pub struct Modules {
    storage: Arc<dyn Storage>,
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
        sandbox: Arc<dyn Sandbox>,
        manifests: Arc<dyn Manifests>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            storage,
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
        let action = Action::SubmitModule;
        self.trail
            .refusal(caller, action, Target::Community, &done)
            .await?;
        done
    }

    async fn submit_if_allowed(
        &self,
        caller: &Principal,
        manifest_text: String,
        component: Arc<[u8]>,
    ) -> Result<ModuleView, ModuleError> {
        permit(caller, Action::SubmitModule)?;
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
        };
        let facts = Facts::Module(ModuleFacts {
            skill: submission.skill.clone(),
            component: submission.component,
            manifest: submission.manifest,
        });
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
        self.permit_show(caller, Target::Community).await?;
        let grants = self.storage.active_grants(&caller.community).await?;
        let submissions = self.storage.submissions(&caller.community).await?;
        let views = submissions.into_iter().map(|submission| {
            let grant = grants
                .iter()
                .find(|grant| grant.submission == submission.id)
                .cloned();
            self.view(submission, grant)
        });
        views.collect()
    }

    /// Shows one submission and what it asks for.
    pub async fn show(
        &self,
        caller: &Principal,
        id: SubmissionId,
    ) -> Result<ModuleView, ModuleError> {
        self.permit_show(caller, Target::Module(id)).await?;
        let submission = self.submission(caller, id).await?;
        let active = self
            .storage
            .active_grant(&caller.community, &submission.skill)
            .await?;
        let grant = active.filter(|grant| grant.submission == id);
        self.view(submission, grant)
    }

    /// Grants a submission, perhaps less than it asks for. A grant of another submission of the same
    /// skill is replaced; calls that run under it end under it.
    pub async fn grant(
        &self,
        caller: &Principal,
        id: SubmissionId,
        terms: GrantTerms,
    ) -> Result<Grant, ModuleError> {
        let done = self.grant_if_allowed(caller, id, terms).await;
        let (action, target) = (Action::GrantModule, Target::Module(id));
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    async fn grant_if_allowed(
        &self,
        caller: &Principal,
        id: SubmissionId,
        terms: GrantTerms,
    ) -> Result<Grant, ModuleError> {
        permit(caller, Action::GrantModule)?;
        let submission = self.submission(caller, id).await?;
        if submission.submitted_by == caller.user {
            return Err(ModuleError::OwnModule);
        }
        let view = self.view(submission, None)?;
        let (capabilities, limits, config) = terms.settle(&view.skill)?;
        let grant = Grant {
            id: GrantId::new(self.entropy.uuid()),
            community: caller.community.clone(),
            skill: view.skill.name,
            submission: id,
            component: view.submission.component,
            manifest: view.submission.manifest,
            capabilities,
            limits,
            config,
            granted_by: caller.user.clone(),
            granted_at: self.clock.now(),
            revoked_at: None,
        };
        let facts = Facts::Grant(GrantFacts {
            skill: grant.skill.clone(),
            grant: grant.id,
            component: grant.component,
            manifest: grant.manifest,
        });
        let change = self.change(caller, Action::GrantModule, Target::Module(id), facts);
        self.storage.insert_grant(&grant, &change).await?;
        Ok(grant)
    }

    /// Takes a grant back. The skill is gone with the next call.
    pub async fn revoke(&self, caller: &Principal, id: GrantId) -> Result<(), ModuleError> {
        let done = self.revoke_if_allowed(caller, id).await;
        let (action, target) = (Action::RevokeGrant, Target::Grant(id));
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    async fn revoke_if_allowed(&self, caller: &Principal, id: GrantId) -> Result<(), ModuleError> {
        permit(caller, Action::RevokeGrant)?;
        let target = Target::Grant(id);
        let change = self.change(caller, Action::RevokeGrant, target, Facts::None);
        let known = self
            .storage
            .revoke_grant(&caller.community, id, self.clock.now(), &change)
            .await?;
        if known {
            Ok(())
        } else {
            Err(ModuleError::NotFound)
        }
    }

    async fn permit_show(&self, caller: &Principal, target: Target) -> Result<(), ModuleError> {
        let permitted = permit(caller, Action::ShowModule);
        self.trail
            .refusal(caller, Action::ShowModule, target, &permitted)
            .await?;
        permitted
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

fn permit(caller: &Principal, action: Action) -> Result<(), ModuleError> {
    if caller.role.may(action) {
        Ok(())
    } else {
        Err(ModuleError::Forbidden(caller.role, action))
    }
}

/// Digests bytes as everything here is digested.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}
