//! Who may do what: the policies of the caller's community, below ceilings that no policy lifts.
//!
//! Invariants: the version in force is read from storage for every question asked from outside, and where
//! storage does not answer, neither is there a yes. A thing of another community is never permitted. An
//! agent has no more than the person it acts for.

use crate::cache::Cache;
use crate::ports::{Meter, PolicyLanguage, PolicySet, PolicyStore, StorageError, Unmetered};
use skillgate_domain::capability::Interface;
use skillgate_domain::ids::{CommunityId, SkillName, ToolName};
use skillgate_domain::policy::{Act, Basis, Refusal, Resource, ResourceKind, Subject, Verdict};
use skillgate_domain::principal::{Action, Principal, Role};
use skillgate_domain::right::PolicyRight;
use std::sync::Arc;

/// Most communities whose policies are kept ready.
pub const READY_POLICIES_MAX: usize = 128;
/// Most rights that are kept: one for each version, subject and tool.
pub const READY_RIGHTS_MAX: usize = 4_096;

/// Why there is no yes.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The answer is no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Storage failed, so nobody knows.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The policies that hold in a community.
#[derive(Clone)]
pub struct InForce {
    /// Their version; 0 for those that are shipped.
    pub version: u32,
    /// What they say.
    pub policies: Arc<dyn PolicySet>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RightKey {
    version: u32,
    subject: Subject,
    action: Action,
    skill: SkillName,
    tool: ToolName,
}

/// Answers who may do what.
pub struct Access {
    store: Arc<dyn PolicyStore>,
    language: Arc<dyn PolicyLanguage>,
    ready: Cache<CommunityId, InForce>,
    rights: Cache<RightKey, Result<PolicyRight, Refusal>>,
    meter: Arc<dyn Meter>,
}

impl Access {
    /// Wires the answers to their ports.
    pub fn new(store: Arc<dyn PolicyStore>, language: Arc<dyn PolicyLanguage>) -> Self {
        Self {
            store,
            language,
            ready: Cache::new(READY_POLICIES_MAX),
            rights: Cache::new(READY_RIGHTS_MAX),
            meter: Arc::new(Unmetered),
        }
    }

    /// Counts refusals and look-ups with `meter`.
    #[must_use]
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Asks whether the caller may do one thing.
    pub async fn permit(
        &self,
        caller: &Principal,
        action: Action,
        resource: &Resource,
    ) -> Result<(), AccessError> {
        let permissions = self.permissions(caller).await?;
        Ok(permissions.permit(action, resource)?)
    }

    /// Takes the policies in force, to ask several things of the same version.
    pub async fn permissions(&self, caller: &Principal) -> Result<Permissions, AccessError> {
        Ok(Permissions {
            in_force: self.in_force(&caller.community).await?,
            subject: Subject::of(caller),
            meter: Arc::clone(&self.meter),
        })
    }

    /// Asks whether the caller may do this with a tool, and what the tool may then do to records.
    /// Everything is evaluated once, so that each host call is a look-up.
    pub async fn right(
        &self,
        caller: &Principal,
        action: Action,
        skill: &SkillName,
        tool: &ToolName,
    ) -> Result<PolicyRight, AccessError> {
        let in_force = self.in_force(&caller.community).await?;
        let key = RightKey {
            version: in_force.version,
            subject: Subject::of(caller),
            action,
            skill: skill.clone(),
            tool: tool.clone(),
        };
        let known = self.rights.get(&key);
        self.meter
            .right_looked_up(if known.is_some() { "hit" } else { "miss" });
        let right = known.unwrap_or_else(|| {
            let right = right(&*in_force.policies, &key);
            self.rights.insert(key, right.clone());
            right
        });
        counted(&*self.meter, &right);
        Ok(right?)
    }

    /// Returns the policies that hold in a community now.
    pub async fn in_force(&self, community: &CommunityId) -> Result<InForce, StorageError> {
        let version = self.store.newest_policy_version(community).await?;
        if version == 0 {
            let policies = self.language.shipped();
            return Ok(InForce { version, policies });
        }
        if let Some(ready) = self.ready.get(community)
            && ready.version == version
        {
            return Ok(ready);
        }
        let corrupt = |what| StorageError::Corrupt(format!("policies {version}: {what}"));
        let kept = self.store.policy_version(community, version).await?;
        let kept = kept.ok_or_else(|| corrupt("missing"))?;
        let policies = self.language.read(&kept.text);
        let policies = policies.map_err(|_| corrupt("they no longer read"))?;
        let in_force = InForce { version, policies };
        self.ready.insert(community.clone(), in_force.clone());
        Ok(in_force)
    }
}

/// The policies in force, for one caller.
pub struct Permissions {
    in_force: InForce,
    subject: Subject,
    meter: Arc<dyn Meter>,
}

impl Permissions {
    /// Asks whether the caller may do one thing that it wants to do.
    pub fn permit(&self, action: Action, resource: &Resource) -> Result<(), Refusal> {
        let action = Act::Host(action);
        let answer = granted(&self.subject, action, self.judge(action, resource));
        counted(&*self.meter, &answer);
        answer
    }

    /// Tells whether the caller may do one thing, where a no only leaves it out of a list.
    pub fn permits(&self, action: Action, resource: &Resource) -> bool {
        self.judge(Act::Host(action), resource).permits()
    }

    /// Tells whether the caller may do one thing, perhaps once a person has confirmed it.
    pub fn permits_confirmed(&self, action: Action, resource: &Resource) -> bool {
        let basis = self.judge(Act::Host(action), resource).basis;
        basis == Basis::Permitted || basis.requires_confirmation()
    }

    fn judge(&self, action: Act, resource: &Resource) -> Verdict {
        judge(&*self.in_force.policies, &self.subject, action, resource)
    }
}

/// Answers one question: ceilings first, then the policies, for an agent also as the person behind it.
pub fn judge(
    policies: &dyn PolicySet,
    subject: &Subject,
    action: Act,
    resource: &Resource,
) -> Verdict {
    if !action.within_reach_of(subject.role) {
        return Verdict::without_policy(Basis::BeyondRole);
    }
    if resource.community != subject.community {
        return Verdict::without_policy(Basis::OtherCommunity);
    }
    let own = policies.judge(subject, action, resource);
    match subject.person_behind() {
        Some(person) => own.and(|| policies.judge(&person, action, resource)),
        // Nobody is behind it who could confirm anything.
        None if own.basis.requires_confirmation() && is_a_program(subject.role) => Verdict {
            basis: Basis::Forbidden,
            ..own
        },
        None => own,
    }
}

const fn is_a_program(role: Role) -> bool {
    matches!(role, Role::Partner | Role::Service)
}

fn granted(subject: &Subject, action: Act, verdict: Verdict) -> Result<(), Refusal> {
    if verdict.permits() {
        return Ok(());
    }
    Err(Refusal {
        role: subject.role,
        action,
        basis: verdict.basis,
        policies: verdict.policies,
    })
}

fn counted<T>(meter: &dyn Meter, answer: &Result<T, Refusal>) {
    if let Err(refusal) = answer {
        meter.access_refused(refusal.basis);
    }
}

fn right(policies: &dyn PolicySet, key: &RightKey) -> Result<PolicyRight, Refusal> {
    let (subject, skill, tool) = (&key.subject, &key.skill, &key.tool);
    let resource = |kind| Resource::of(&subject.community, kind);
    let call = resource(ResourceKind::Tool(skill.clone(), tool.clone()));
    let action = Act::Host(key.action);
    let verdict = judge(policies, subject, action, &call);
    // Whoever plans a call, or applies its plan, does by halves what calling it would do.
    let whole = match key.action {
        Action::InvokeSkill => verdict.basis,
        _ => judge(policies, subject, Act::Host(Action::InvokeSkill), &call).basis,
    };
    if !verdict.basis.requires_confirmation() {
        granted(subject, action, verdict)?;
    }
    let right = PolicyRight::judged(|object, verb| {
        let records = resource(ResourceKind::Records {
            object,
            skill: skill.clone(),
            tool: tool.clone(),
        });
        judge(policies, subject, Act::Crm(verb), &records).basis
    });
    let wanted = |action| policies.wants_confirmed(Act::Host(action));
    Ok(right
        .confirming_all(whole.requires_confirmation())
        .confirming(|interface| changes(interface).iter().any(|action| wanted(*action))))
}

/// What changes something elsewhere, through an interface.
const fn changes(interface: Interface) -> &'static [Action] {
    match interface {
        Interface::TezSharing => &[Action::ShareTez],
        Interface::Workspace => &[Action::SendEmail, Action::LogCalendar],
        Interface::Http => &[Action::SendRequest],
        _ => &[],
    }
}
