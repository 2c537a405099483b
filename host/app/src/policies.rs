//! A community's policies: looked at, tried, replaced, explained.

mod check;
mod error;
mod view;

pub use check::check;
pub use error::{LockedOut, PolicyError};
pub use view::{Explanation, PolicyView};

use crate::access::{Access, judge};
use crate::audit::Trail;
use crate::digest::sha256;
use crate::ports::{
    AuditRecord, Clock, Entropy, Policy, PolicyLanguage, PolicySet, PolicyStore, PolicyVersion,
    StorageError, VersionPut,
};
use crate::versions::History;
use skillgate_domain::audit::{Actor, Facts, Target, VersionFacts};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::policy::{Act, Resource, ResourceKind, Subject};
use skillgate_domain::principal::{Action, Principal, Role};
use std::sync::Arc;

/// The use cases of policies.
pub struct Policies {
    access: Arc<Access>,
    store: Arc<dyn PolicyStore>,
    language: Arc<dyn PolicyLanguage>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
}

impl Policies {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        store: Arc<dyn PolicyStore>,
        language: Arc<dyn PolicyLanguage>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            store,
            language,
            clock,
            entropy,
            trail,
        }
    }

    /// Shows the policies in force.
    pub async fn current(&self, caller: &Principal) -> Result<PolicyView, PolicyError> {
        self.permit(caller, Action::ShowPolicies).await?;
        let version = self.store.newest_policy_version(&caller.community).await?;
        self.view(&caller.community, version).await
    }

    /// Shows a version.
    pub async fn version(
        &self,
        caller: &Principal,
        version: u32,
    ) -> Result<PolicyView, PolicyError> {
        self.permit(caller, Action::ShowPolicies).await?;
        self.view(&caller.community, version).await
    }

    /// Lists what was put before version `before`, newest first.
    pub async fn history(
        &self,
        caller: &Principal,
        before: Option<u32>,
    ) -> Result<History, PolicyError> {
        self.permit(caller, Action::ShowPolicies).await?;
        let changes = self.store.policy_changes(&caller.community, before).await?;
        Ok(History::of(changes))
    }

    /// Checks a text and keeps nothing. Returns the policies in it.
    pub async fn validate(
        &self,
        caller: &Principal,
        text: &str,
    ) -> Result<Vec<Policy>, PolicyError> {
        self.permit(caller, Action::ShowPolicies).await?;
        let policies = check(&*self.language, text)?;
        Ok(policies.policies().to_vec())
    }

    /// Replaces the policies, if `expected_version` is still in force. Takes effect with the next call.
    pub async fn put(
        &self,
        caller: &Principal,
        text: String,
        expected_version: u32,
    ) -> Result<PolicyView, PolicyError> {
        let done = self.put_if_allowed(caller, text, expected_version).await;
        self.recorded(caller, Action::PutPolicies, done).await
    }

    async fn put_if_allowed(
        &self,
        caller: &Principal,
        text: String,
        expected_version: u32,
    ) -> Result<PolicyView, PolicyError> {
        self.ask(caller, Action::PutPolicies).await?;
        let community = &caller.community;
        let present = self.store.newest_policy_version(community).await?;
        if present != expected_version {
            return Err(PolicyError::Changed { present });
        }
        let policies = check(&*self.language, &text)?;
        self.keeps_admins(&*policies, caller)?;
        let digest = sha256(text.as_bytes());
        let version = PolicyVersion {
            community: community.clone(),
            change: VersionPut {
                version: present.saturating_add(1),
                digest,
                put_by: caller.user.clone(),
                put_at: self.clock.now(),
            },
            text,
        };
        let change = self.change(caller, &version.change);
        match self.store.insert_policy(&version, &change).await {
            Ok(()) => Ok(PolicyView::of(version, policies.policies())),
            // Somebody else put the same number between our look and our write.
            Err(StorageError::Conflict) => {
                let present = self.store.newest_policy_version(community).await?;
                Err(PolicyError::Changed { present })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Tells how the policies in force decide for somebody of the caller's community, and why.
    pub async fn explain(
        &self,
        caller: &Principal,
        subject: &Subject,
        action: Act,
        resource: &Resource,
    ) -> Result<Explanation, PolicyError> {
        self.permit(caller, Action::ExplainDecision).await?;
        if (subject.role == Role::Agent) != subject.agent.is_some() {
            let why = "an agent has an id, and nobody else has one of an agent";
            return Err(PolicyError::NoSuchQuestion(why));
        }
        if !action.applies_to(&resource.kind) {
            let why = "this action is never asked on such a resource";
            return Err(PolicyError::NoSuchQuestion(why));
        }
        let in_force = self.access.in_force(&caller.community).await?;
        Ok(Explanation {
            version: in_force.version,
            verdict: judge(&*in_force.policies, subject, action, resource),
        })
    }

    async fn permit(&self, caller: &Principal, action: Action) -> Result<(), PolicyError> {
        let permitted = self.ask(caller, action).await;
        self.recorded(caller, action, permitted).await
    }

    async fn ask(&self, caller: &Principal, action: Action) -> Result<(), PolicyError> {
        let policies = Resource::of(&caller.community, ResourceKind::Policies);
        Ok(self.access.permit(caller, action, &policies).await?)
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        done: Result<T, PolicyError>,
    ) -> Result<T, PolicyError> {
        self.trail
            .refusal(caller, action, Target::Community, &done)
            .await?;
        done
    }

    fn change(&self, caller: &Principal, change: &VersionPut) -> AuditRecord {
        let facts = Facts::Policies(VersionFacts {
            version: change.version,
            digest: change.digest,
        });
        let (actor, action) = (Actor::Caller(Box::new(caller.clone())), Action::PutPolicies);
        self.trail
            .change(actor, &caller.community, action, Target::Community, facts)
    }

    async fn view(&self, community: &CommunityId, version: u32) -> Result<PolicyView, PolicyError> {
        if version == 0 {
            let text = self.language.shipped_text();
            return Ok(PolicyView {
                version,
                digest: sha256(text.as_bytes()),
                text: text.to_owned(),
                policies: self.language.shipped().policies().to_vec(),
                put: None,
            });
        }
        let kept = self.store.policy_version(community, version).await?;
        let kept = kept.ok_or(PolicyError::NotFound(version))?;
        let policies = self.language.read(&kept.text).map_err(|_| {
            StorageError::Corrupt(format!("policies {version}: they no longer read"))
        })?;
        Ok(PolicyView::of(kept, policies.policies()))
    }

    /// Refuses policies under which the caller, or an admin whom no text can name, could not put others.
    fn keeps_admins(
        &self,
        policies: &dyn PolicySet,
        caller: &Principal,
    ) -> Result<(), PolicyError> {
        let unknown = UserId::parse(&self.entropy.uuid().to_string());
        let admin = Subject {
            user: unknown.expect("a UUID has the form of a user id"),
            ..Subject::of(caller)
        };
        let resource = Resource::of(&caller.community, ResourceKind::Policies);
        for (subject, who) in [
            (Subject::of(caller), LockedOut::Caller),
            (admin, LockedOut::Admins),
        ] {
            let put = Act::Host(Action::PutPolicies);
            if !judge(policies, &subject, put, &resource).permits() {
                return Err(PolicyError::LocksOut(who));
            }
        }
        Ok(())
    }
}
