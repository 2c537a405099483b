//! Policies: who is judged, for what, on what, and the answer. The language they are written in is an
//! adapter's.

use crate::capability::Verb;
use crate::crm::ObjectKind;
use crate::ids::{
    AgentId, CommunityId, PolicyName, SkillName, SubmissionId, TeamId, TezAddress, TokenId,
    ToolName, UserId,
};
use crate::principal::{Action, Principal, Role};
use crate::tez::TezDraft;
use std::collections::BTreeSet;

/// Who is judged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The tenant.
    pub community: CommunityId,
    /// As what.
    pub role: Role,
    /// The person, or the name of a partner or service.
    pub user: UserId,
    /// The agent that acts for the person.
    pub agent: Option<AgentId>,
}

impl Subject {
    /// Returns what policies know of a caller.
    pub fn of(caller: &Principal) -> Self {
        Self {
            community: caller.community.clone(),
            role: caller.role,
            user: caller.user.clone(),
            agent: caller.agent.clone(),
        }
    }

    /// Returns the person an agent acts for: a member, since nothing more is known of them.
    #[must_use]
    pub fn person_behind(&self) -> Option<Self> {
        (self.role == Role::Agent).then(|| Self {
            role: Role::Member,
            agent: None,
            ..self.clone()
        })
    }
}

/// What is done, and what policies speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Something asked of the host.
    Host(Action),
    /// Something a skill does to records for its caller.
    Crm(Verb),
}

impl Act {
    /// Lists every action.
    pub fn all() -> impl Iterator<Item = Self> {
        let host = Action::ALL.into_iter().map(Self::Host);
        host.chain(Verb::ALL.into_iter().map(Self::Crm))
    }

    /// Returns the name used in policies and refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host(action) => action.name(),
            Self::Crm(Verb::Read) => "crm-read",
            Self::Crm(Verb::Create) => "crm-create",
            Self::Crm(Verb::Update) => "crm-update",
            Self::Crm(Verb::Link) => "crm-link",
        }
    }

    /// Finds an action by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|action| action.name() == name)
    }

    /// Tells whether this is ever asked on such a resource.
    pub const fn applies_to(self, resource: &ResourceKind) -> bool {
        use ResourceKind as R;
        let Self::Host(action) = self else {
            return matches!(resource, R::Records { .. });
        };
        match action {
            Action::InvokeSkill
            | Action::PlanSkill
            | Action::ShowPlan
            | Action::ApplyPlan
            | Action::DecidePlan => matches!(resource, R::Tool(..)),
            Action::ListSkills => matches!(resource, R::Community | R::Skill(_)),
            Action::SubmitModule
            | Action::RevokeGrant
            | Action::ListTokens
            | Action::RevokeToken
            | Action::ShowSettings
            | Action::PutSettings
            | Action::ShowIntegrations
            | Action::RegisterContact
            | Action::SendEmail
            | Action::LogCalendar
            | Action::AskPlanner
            | Action::ListSecrets
            | Action::ShowCommunity
            | Action::PutCommunity
            | Action::ListPartnerships
            | Action::ListPartners
            | Action::InvitePartner
            | Action::AnswerInvitation
            | Action::CancelInvitation
            | Action::SuspendPartnership
            | Action::ReactivatePartnership
            | Action::EndPartnership
            | Action::SetPermissions
            | Action::ReportEvent
            | Action::ListEvents
            | Action::SearchCommunities
            | Action::ListMembers
            | Action::ShowMember
            | Action::PutMember
            | Action::RemoveMember
            | Action::ChooseMail => matches!(resource, R::Community),
            Action::ShowModule
            | Action::OfferModule
            | Action::WithdrawModule
            | Action::AdoptModule
            | Action::GrantModule => matches!(resource, R::Community | R::Module { .. }),
            Action::FreezeSkill
            | Action::UnfreezeSkill
            | Action::SendRequest
            | Action::PutSecret
            | Action::RemoveSecret => matches!(resource, R::Skill(_)),
            Action::RollBackSkill => matches!(resource, R::Skill(_) | R::Module { .. }),
            Action::IssueToken => matches!(resource, R::Token { .. }),
            Action::ShowPolicies | Action::PutPolicies | Action::ExplainDecision => {
                matches!(resource, R::Policies)
            }
            Action::ReadAudit | Action::ReplayCall => matches!(resource, R::AuditLog),
            Action::ShareTez => matches!(resource, R::Community | R::Team(_) | R::Sharing(_)),
            Action::ShowTez
            | Action::ReplyTez
            | Action::SetTezStatus
            | Action::AskExpansion
            | Action::DecideExpansion
            | Action::RedactTez
            | Action::ExportTez
            | Action::ManageTeam => matches!(resource, R::Community | R::Team(_)),
        }
    }

    /// Tells whether a policy can want a person's word for this: it changes something, in a way that can be shown
    /// before it happens.
    pub const fn can_be_confirmed(self) -> bool {
        match self {
            Self::Host(action) => matches!(
                action,
                Action::InvokeSkill
                    | Action::ShareTez
                    | Action::SendEmail
                    | Action::LogCalendar
                    | Action::SendRequest
            ),
            Self::Crm(verb) => !matches!(verb, Verb::Read),
        }
    }

    /// Tells whether a policy can give this to `role` at all.
    pub const fn within_reach_of(self, role: Role) -> bool {
        match self {
            Self::Host(action) => role.may(action),
            Self::Crm(_) => true,
        }
    }
}

/// What is acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Whose it is.
    pub community: CommunityId,
    /// What it is.
    pub kind: ResourceKind,
}

impl Resource {
    /// Names something that belongs to `community`.
    pub fn of(community: &CommunityId, kind: ResourceKind) -> Self {
        Self {
            community: community.clone(),
            kind,
        }
    }
}

/// A Tez that is to be handed over, as far as policies know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// The team.
    pub team: TeamId,
    /// User ids, and addresses at other relays. None: the team.
    pub recipients: BTreeSet<TezAddress>,
    /// The kinds of record that the host read for it.
    pub objects: BTreeSet<ObjectKind>,
}

impl Sharing {
    /// Says who would get what.
    pub fn of(draft: &TezDraft) -> Self {
        let origins = draft.context.iter().filter_map(|it| it.provenance.as_ref());
        Self {
            team: draft.team,
            recipients: draft.recipients.iter().cloned().collect(),
            objects: origins.map(|origin| origin.object).collect(),
        }
    }
}

/// The kinds of thing that policies know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceKind {
    /// The community itself: what is listed or made in it.
    Community,
    /// A module that was handed in.
    Module {
        /// Its id.
        id: SubmissionId,
        /// The skill it ships.
        skill: SkillName,
        /// Who ships it, in its manifest's words.
        publisher: String,
    },
    /// A skill.
    Skill(SkillName),
    /// A tool of a skill.
    Tool(SkillName, ToolName),
    /// Records of a kind, as a tool of a skill reaches them.
    Records {
        /// The kind.
        object: ObjectKind,
        /// The skill that runs.
        skill: SkillName,
        /// Its tool.
        tool: ToolName,
    },
    /// The community's policies.
    Policies,
    /// The community's audit log.
    AuditLog,
    /// A team of the Tez relay, with the Tez in it.
    Team(TeamId),
    /// A team of the Tez relay, and what is handed over in it.
    Sharing(Box<Sharing>),
    /// A bearer token.
    Token {
        /// Its id.
        id: TokenId,
        /// For whom it speaks.
        user: UserId,
        /// As what.
        role: Role,
    },
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// A policy permits it and none forbids it.
    Permitted,
    /// A policy permits it, once a person has confirmed it.
    RequiresConfirmation,
    /// A policy forbids it.
    Forbidden,
    /// No policy permits it.
    NotPermitted,
    /// A policy could not be evaluated, so that what it would have forbidden is unknown.
    PolicyFailed,
    /// No policy can give it to this role.
    BeyondRole,
    /// It belongs to another community.
    OtherCommunity,
}

impl Basis {
    /// Tells whether a person's word would make it a yes.
    pub const fn requires_confirmation(self) -> bool {
        matches!(self, Self::RequiresConfirmation)
    }

    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::RequiresConfirmation => "requires-confirmation",
            Self::Forbidden => "forbidden",
            Self::NotPermitted => "not-permitted",
            Self::PolicyFailed => "policy-failed",
            Self::BeyondRole => "beyond-role",
            Self::OtherCommunity => "other-community",
        }
    }
}

/// The answer to one question, and the policies it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Why.
    pub basis: Basis,
    /// The policies that decided: none where none permits, or where no policy was asked.
    pub policies: BTreeSet<PolicyName>,
}

impl Verdict {
    /// Answers without a policy.
    pub const fn without_policy(basis: Basis) -> Self {
        Self {
            basis,
            policies: BTreeSet::new(),
        }
    }

    /// Tells whether the answer is yes.
    pub fn permits(&self) -> bool {
        self.basis == Basis::Permitted
    }

    /// Combines two answers: yes, resting on both, only where both are yes; else the first no. What one of them
    /// wants confirmed is to be confirmed.
    #[must_use]
    pub fn and(mut self, other: impl FnOnce() -> Self) -> Self {
        use Basis::{Permitted, RequiresConfirmation};
        if !matches!(self.basis, Permitted | RequiresConfirmation) {
            return self;
        }
        let other = other();
        match (self.basis, other.basis) {
            (RequiresConfirmation, Permitted) => self,
            (own, others) if own == others => {
                self.policies.extend(other.policies);
                self
            }
            _ => other,
        }
    }
}

/// A no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a {} may not {} here{}", role.name(), action.name(),
    if basis.requires_confirmation() { " before a person has confirmed it" } else { "" }
)]
pub struct Refusal {
    /// What the caller is.
    pub role: Role,
    /// What it wanted.
    pub action: Act,
    /// What the answer rests on.
    pub basis: Basis,
    /// The policies that forbid it; none where none permits it, or where no policy was asked.
    pub policies: BTreeSet<PolicyName>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(basis: Basis, policy: &str) -> Verdict {
        Verdict {
            basis,
            policies: [PolicyName::parse(policy).unwrap()].into(),
        }
    }

    #[test]
    fn names_are_unique_and_read_back() {
        for action in Act::all() {
            assert_eq!(Act::from_name(action.name()), Some(action));
        }
        assert_eq!(Act::all().count(), Action::ALL.len() + 4);
        assert_eq!(Act::from_name("crm-delete"), None);
    }

    #[test]
    fn two_answers_are_yes_only_where_both_are() {
        let yes = || verdict(Basis::Permitted, "a");
        let also = verdict(Basis::Permitted, "b");
        let no = verdict(Basis::Forbidden, "c");
        let both = yes().and(|| also);
        assert!(both.permits());
        assert_eq!(both.policies.len(), 2);
        assert_eq!(yes().and(|| no.clone()), no);
        assert_eq!(no.clone().and(|| panic!("decided already")), no);
    }

    #[test]
    fn what_one_wants_confirmed_is_to_be_confirmed() {
        use Basis::{Forbidden, NotPermitted, Permitted, RequiresConfirmation};
        let cases = [
            (Permitted, RequiresConfirmation, RequiresConfirmation),
            (RequiresConfirmation, Permitted, RequiresConfirmation),
            (
                RequiresConfirmation,
                RequiresConfirmation,
                RequiresConfirmation,
            ),
            (RequiresConfirmation, Forbidden, Forbidden),
            (RequiresConfirmation, NotPermitted, NotPermitted),
            (Forbidden, RequiresConfirmation, Forbidden),
        ];
        for (own, others, both) in cases {
            let combined = verdict(own, "a").and(|| verdict(others, "b"));
            assert_eq!(combined.basis, both, "{own:?} and {others:?}");
            assert!(!combined.permits());
        }
        let asking = verdict(RequiresConfirmation, "a").and(|| verdict(Permitted, "b"));
        assert_eq!(asking, verdict(RequiresConfirmation, "a"));
    }

    #[test]
    fn only_an_agent_has_a_person_behind_it() {
        let subject = |role| Subject {
            community: CommunityId::parse("home").unwrap(),
            role,
            user: UserId::parse("ada").unwrap(),
            agent: (role == Role::Agent).then(|| AgentId::parse("bot").unwrap()),
        };
        for role in Role::ALL {
            let person = (role == Role::Agent).then(|| subject(Role::Member));
            assert_eq!(subject(role).person_behind(), person);
        }
    }
}
