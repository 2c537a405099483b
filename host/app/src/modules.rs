//! Modules: handed in, looked at, granted, taken back.

use crate::access::{Access, AccessError, Permissions};
use crate::audit::{self, AuditError, Trail};
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
use skillgate_domain::policy::{Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::skill::{Finding, Skill};
use std::sync::Arc;

/// Why nothing was done with a module.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
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

impl audit::Refusal for ModuleError {
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

impl From<AccessError> for ModuleError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
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

impl ModuleView {
    /// Returns what policies know of it.
    fn resource(&self) -> Resource {
        let kind = ResourceKind::Module {
            id: self.submission.id,
            skill: self.skill.name.clone(),
            publisher: self.skill.publisher.clone(),
        };
        Resource::of(&self.submission.community, kind)
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
        let permissions = self.access.permissions(caller).await?;
        let listed = permitted(&permissions, Action::ShowModule, &community(caller));
        self.shown(caller, Target::Community, listed).await?;
        let grants = self.storage.active_grants(&caller.community).await?;
        let submissions = self.storage.submissions(&caller.community).await?;
        let mut views = Vec::new();
        for submission in submissions {
            let grant = grants
                .iter()
                .find(|grant| grant.submission == submission.id)
                .cloned();
            let view = self.view(submission, grant)?;
            if permissions
                .permit(Action::ShowModule, &view.resource())
                .is_ok()
            {
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
        let permissions = self.access.permissions(caller).await?;
        let may_look = permitted(&permissions, Action::ShowModule, &community(caller));
        self.shown(caller, Target::Module(id), may_look).await?;
        let submission = self.submission(caller, id).await?;
        let active = self
            .storage
            .active_grant(&caller.community, &submission.skill)
            .await?;
        let grant = active.filter(|grant| grant.submission == id);
        let view = self.view(submission, grant)?;
        let may_show = permitted(&permissions, Action::ShowModule, &view.resource());
        self.shown(caller, Target::Module(id), may_show).await?;
        Ok(view)
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
        let permissions = self.permit(caller, Action::GrantModule).await?;
        let view = self.view(self.submission(caller, id).await?, None)?;
        permitted(&permissions, Action::GrantModule, &view.resource())?;
        if view.submission.submitted_by == caller.user {
            return Err(ModuleError::OwnModule);
        }
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
        self.permit(caller, Action::RevokeGrant).await?;
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

    /// Asks whether the caller may do something with modules at all, before anything is looked up.
    /// Returns what the same policies say of a single module.
    async fn permit(&self, caller: &Principal, action: Action) -> Result<Permissions, ModuleError> {
        let permissions = self.access.permissions(caller).await?;
        permitted(&permissions, action, &community(caller))?;
        Ok(permissions)
    }

    /// Records that the caller may not look, before it is answered.
    async fn shown(
        &self,
        caller: &Principal,
        target: Target,
        permitted: Result<(), ModuleError>,
    ) -> Result<(), ModuleError> {
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

fn community(caller: &Principal) -> Resource {
    Resource::of(&caller.community, ResourceKind::Community)
}

fn permitted(
    permissions: &Permissions,
    action: Action,
    resource: &Resource,
) -> Result<(), ModuleError> {
    let answer = permissions.permit(action, resource);
    answer.map_err(ModuleError::Forbidden)
}

/// Digests bytes as everything here is digested.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}
