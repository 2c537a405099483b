//! Who asks.

use crate::ids::{AgentId, CommunityId, RequestId, SkillName, TokenId, UserId};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What a caller is within its community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Approves modules and issues tokens.
    Admin,
    /// A person who uses skills.
    Member,
    /// A personal assistant that acts for a person.
    Agent,
    /// Ships modules; approves none.
    Partner,
    /// Another program of the operator.
    Service,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::Member,
        Self::Agent,
        Self::Partner,
        Self::Service,
    ];

    /// Returns the name used in tokens and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Agent => "agent",
            Self::Partner => "partner",
            Self::Service => "service",
        }
    }

    /// Finds a role by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Tells whether a policy can give this role `action` at all: no text lets anybody but a human admin
    /// administer, or a program decide what is a person's to decide. Below this ceiling policies decide.
    pub const fn may(self, action: Action) -> bool {
        match self {
            Self::Admin => true,
            Self::Member => !action.administers(),
            Self::Agent | Self::Partner | Self::Service => {
                !action.administers() && !action.is_a_persons()
            }
        }
    }
}

/// What can be asked of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Run a tool of a skill.
    InvokeSkill,
    /// Have a tool of a skill shown what it would write.
    PlanSkill,
    /// See a plan again.
    ShowPlan,
    /// Let happen what a plan says.
    ApplyPlan,
    /// Say yes or no to what policies want a person's word for.
    DecidePlan,
    /// See which skills there are.
    ListSkills,
    /// Hand in a component with its manifest.
    SubmitModule,
    /// See what a module asks for.
    ShowModule,
    /// Let partners take a module over.
    OfferModule,
    /// Let no more partners take it over.
    WithdrawModule,
    /// Take over what a partner offers, so that it can be granted. To see what they offer, too.
    AdoptModule,
    /// Approve what a module may do.
    GrantModule,
    /// Take an approval back.
    RevokeGrant,
    /// Stop a skill.
    FreezeSkill,
    /// Let a stopped skill go on.
    UnfreezeSkill,
    /// Go back to the grant before.
    RollBackSkill,
    /// Make a token.
    IssueToken,
    /// See which tokens there are.
    ListTokens,
    /// Take a token back.
    RevokeToken,
    /// See the policies, in force and before, and check a text.
    ShowPolicies,
    /// Replace the policies.
    PutPolicies,
    /// Ask how the policies decide for somebody, and why.
    ExplainDecision,
    /// See the community's settings, in force and before.
    ShowSettings,
    /// Replace the community's settings.
    PutSettings,
    /// Read the audit trail.
    ReadAudit,
    /// Run a recorded call again, offline, and see how it differs.
    ReplayCall,
    /// See what the host is connected to, and whether it answers.
    ShowIntegrations,
    /// Hand a Tez over.
    ShareTez,
    /// See Tez: one, a thread, a team's, what is unread.
    ShowTez,
    /// Answer a Tez.
    ReplyTez,
    /// Put a Tez aside, or take it back.
    SetTezStatus,
    /// Ask the sender of a Tez for more of a record than it says.
    AskExpansion,
    /// Say which of the fields that somebody asked for are let out.
    DecideExpansion,
    /// Take an item of context out of a Tez, for good.
    RedactTez,
    /// Take a Tez along as a bundle.
    ExportTez,
    /// Make a team, or add somebody to one.
    ManageTeam,
    /// Say how one is called at the relay.
    RegisterContact,
    /// Send an e-mail.
    SendEmail,
    /// Write into a calendar what was done.
    LogCalendar,
    /// Have an agent think about something.
    AskPlanner,
    /// Have a skill ask services outside.
    SendRequest,
    /// Give a skill a secret to use.
    PutSecret,
    /// Take one back.
    RemoveSecret,
    /// See which secrets there are, and never what they are.
    ListSecrets,
    /// See what others see of a community.
    ShowCommunity,
    /// Say what others see of the community.
    PutCommunity,
    /// See the community's partnerships, and what happened to each.
    ListPartnerships,
    /// See with whom the community works together.
    ListPartners,
    /// Invite another community.
    InvitePartner,
    /// Accept an invitation or a counter-offer, or say no.
    AnswerInvitation,
    /// Take an invitation back. The host does, too, when nobody answered in time.
    CancelInvitation,
    /// Stop a partnership for a while.
    SuspendPartnership,
    /// Let a partnership go on.
    ReactivatePartnership,
    /// End a partnership for good.
    EndPartnership,
    /// Say what of the community a partner is told.
    SetPermissions,
    /// Tell what happened in the community, so that its people and its partners hear of it.
    ReportEvent,
    /// See what people of the community were told of.
    ListEvents,
    /// Find other communities by their names.
    SearchCommunities,
    /// See who belongs to the community.
    ListMembers,
    /// See what is said of oneself, or of somebody.
    ShowMember,
    /// Say who belongs to the community, as what.
    PutMember,
    /// Say that somebody no longer belongs to it.
    RemoveMember,
    /// Say whether one wants mail.
    ChooseMail,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 63] = [
        Self::InvokeSkill,
        Self::PlanSkill,
        Self::ShowPlan,
        Self::ApplyPlan,
        Self::DecidePlan,
        Self::ListSkills,
        Self::SubmitModule,
        Self::ShowModule,
        Self::OfferModule,
        Self::WithdrawModule,
        Self::AdoptModule,
        Self::GrantModule,
        Self::RevokeGrant,
        Self::FreezeSkill,
        Self::UnfreezeSkill,
        Self::RollBackSkill,
        Self::IssueToken,
        Self::ListTokens,
        Self::RevokeToken,
        Self::ShowPolicies,
        Self::PutPolicies,
        Self::ExplainDecision,
        Self::ShowSettings,
        Self::PutSettings,
        Self::ReadAudit,
        Self::ReplayCall,
        Self::ShowIntegrations,
        Self::ShareTez,
        Self::ShowTez,
        Self::ReplyTez,
        Self::SetTezStatus,
        Self::AskExpansion,
        Self::DecideExpansion,
        Self::RedactTez,
        Self::ExportTez,
        Self::ManageTeam,
        Self::RegisterContact,
        Self::SendEmail,
        Self::LogCalendar,
        Self::AskPlanner,
        Self::SendRequest,
        Self::PutSecret,
        Self::RemoveSecret,
        Self::ListSecrets,
        Self::ShowCommunity,
        Self::PutCommunity,
        Self::ListPartnerships,
        Self::ListPartners,
        Self::InvitePartner,
        Self::AnswerInvitation,
        Self::CancelInvitation,
        Self::SuspendPartnership,
        Self::ReactivatePartnership,
        Self::EndPartnership,
        Self::SetPermissions,
        Self::ReportEvent,
        Self::ListEvents,
        Self::SearchCommunities,
        Self::ListMembers,
        Self::ShowMember,
        Self::PutMember,
        Self::RemoveMember,
        Self::ChooseMail,
    ];

    /// Returns the name used in policies and refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvokeSkill => "invoke-skill",
            Self::PlanSkill => "plan-skill",
            Self::ShowPlan => "show-plan",
            Self::ApplyPlan => "apply-plan",
            Self::DecidePlan => "decide-plan",
            Self::ListSkills => "list-skills",
            Self::SubmitModule => "submit-module",
            Self::ShowModule => "show-module",
            Self::OfferModule => "offer-module",
            Self::WithdrawModule => "withdraw-module",
            Self::AdoptModule => "adopt-module",
            Self::GrantModule => "grant-module",
            Self::RevokeGrant => "revoke-grant",
            Self::FreezeSkill => "freeze-skill",
            Self::UnfreezeSkill => "unfreeze-skill",
            Self::RollBackSkill => "roll-back-skill",
            Self::IssueToken => "issue-token",
            Self::ListTokens => "list-tokens",
            Self::RevokeToken => "revoke-token",
            Self::ShowPolicies => "show-policies",
            Self::PutPolicies => "put-policies",
            Self::ExplainDecision => "explain-decision",
            Self::ShowSettings => "show-settings",
            Self::PutSettings => "put-settings",
            Self::ReadAudit => "read-audit",
            Self::ReplayCall => "replay-call",
            Self::ShowIntegrations => "show-integrations",
            Self::ShareTez => "share-tez",
            Self::ShowTez => "show-tez",
            Self::ReplyTez => "reply-tez",
            Self::SetTezStatus => "set-tez-status",
            Self::AskExpansion => "ask-expansion",
            Self::DecideExpansion => "decide-expansion",
            Self::RedactTez => "redact-tez",
            Self::ExportTez => "export-tez",
            Self::ManageTeam => "manage-team",
            Self::RegisterContact => "register-contact",
            Self::SendEmail => "send-email",
            Self::LogCalendar => "log-calendar",
            Self::AskPlanner => "ask-planner",
            Self::SendRequest => "send-request",
            Self::PutSecret => "put-secret",
            Self::RemoveSecret => "remove-secret",
            Self::ListSecrets => "list-secrets",
            Self::ShowCommunity => "show-community",
            Self::PutCommunity => "put-community",
            Self::ListPartnerships => "list-partnerships",
            Self::ListPartners => "list-partners",
            Self::InvitePartner => "invite-partner",
            Self::AnswerInvitation => "answer-invitation",
            Self::CancelInvitation => "cancel-invitation",
            Self::SuspendPartnership => "suspend-partnership",
            Self::ReactivatePartnership => "reactivate-partnership",
            Self::EndPartnership => "end-partnership",
            Self::SetPermissions => "set-permissions",
            Self::ReportEvent => "report-event",
            Self::ListEvents => "list-events",
            Self::SearchCommunities => "search-communities",
            Self::ListMembers => "list-members",
            Self::ShowMember => "show-member",
            Self::PutMember => "put-member",
            Self::RemoveMember => "remove-member",
            Self::ChooseMail => "choose-mail",
        }
    }

    /// Tells whether this is about what others may do, or speaks for the community as a whole to others.
    pub const fn administers(self) -> bool {
        match self {
            Self::OfferModule
            | Self::WithdrawModule
            | Self::AdoptModule
            | Self::GrantModule
            | Self::RevokeGrant
            | Self::FreezeSkill
            | Self::UnfreezeSkill
            | Self::RollBackSkill
            | Self::IssueToken
            | Self::ListTokens
            | Self::RevokeToken
            | Self::PutPolicies
            | Self::PutSettings
            | Self::PutSecret
            | Self::RemoveSecret
            | Self::ListSecrets
            | Self::PutCommunity
            | Self::ListPartnerships
            | Self::InvitePartner
            | Self::AnswerInvitation
            | Self::CancelInvitation
            | Self::SuspendPartnership
            | Self::ReactivatePartnership
            | Self::EndPartnership
            | Self::SetPermissions
            | Self::SearchCommunities
            | Self::ListMembers
            | Self::PutMember
            | Self::RemoveMember => true,
            Self::InvokeSkill
            | Self::PlanSkill
            | Self::ShowPlan
            | Self::ApplyPlan
            | Self::DecidePlan
            | Self::ListSkills
            | Self::SubmitModule
            | Self::ShowModule
            | Self::ShowPolicies
            | Self::ExplainDecision
            | Self::ShowSettings
            | Self::ReadAudit
            | Self::ReplayCall
            | Self::ShowIntegrations
            | Self::ShareTez
            | Self::ShowTez
            | Self::ReplyTez
            | Self::SetTezStatus
            | Self::AskExpansion
            | Self::DecideExpansion
            | Self::RedactTez
            | Self::ExportTez
            | Self::ManageTeam
            | Self::RegisterContact
            | Self::SendEmail
            | Self::LogCalendar
            | Self::AskPlanner
            | Self::SendRequest
            | Self::ShowCommunity
            | Self::ListPartners
            | Self::ReportEvent
            | Self::ListEvents
            | Self::ShowMember
            | Self::ChooseMail => false,
        }
    }

    /// Tells whether only a person does this, and no program for one: what it lets out or takes away,
    /// nobody brings back, and where a person's word is wanted, a program's is none.
    pub const fn is_a_persons(self) -> bool {
        matches!(
            self,
            Self::DecideExpansion | Self::RedactTez | Self::DecidePlan
        )
    }
}

/// What a token narrows its bearer to. Narrower than the role, never wider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenScope {
    /// Only these skills; all when absent.
    pub skills: Option<BTreeSet<SkillName>>,
    /// Whether a skill run for this token may write to the CRM.
    pub may_write: bool,
}

impl TokenScope {
    /// Everything the role allows.
    pub const FULL: Self = Self {
        skills: None,
        may_write: true,
    };

    /// Tells whether a skill is within it.
    pub fn reaches(&self, skill: &SkillName) -> bool {
        let skills = self.skills.as_ref();
        skills.is_none_or(|skills| skills.contains(skill))
    }
}

impl Principal {
    /// Returns the person that an agent acts for, whose word it passes on; whoever is no agent.
    #[must_use]
    pub fn person(&self) -> Self {
        if self.role != Role::Agent {
            return self.clone();
        }
        Self {
            role: Role::Member,
            agent: None,
            ..self.clone()
        }
    }
}

/// An authenticated caller. The community comes from the credential, never from a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant.
    pub community: CommunityId,
    /// The person the call is for.
    pub user: UserId,
    /// The agent that acts for the person.
    pub agent: Option<AgentId>,
    /// What the caller is.
    pub role: Role,
    /// What the credential narrows it to.
    pub scope: TokenScope,
    /// Our own token, when one was presented.
    pub token: Option<TokenId>,
    /// A credential of another issuer, which services of that issuer take too.
    pub foreign: Option<ForeignToken>,
    /// Where the call came in.
    pub origin: Origin,
}

/// A bearer credential of another issuer. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignToken(Arc<str>);

impl ForeignToken {
    /// Takes a credential that was found good.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the credential, to be presented to a service of its issuer.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ForeignToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeignToken")
    }
}

/// Where calls come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The HTTP door.
    Http,
    /// The Model Context Protocol, over HTTP.
    Mcp,
    /// The command line.
    Cli,
}

impl Door {
    /// Returns the name kept in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Cli => "cli",
        }
    }
}

/// Where a call came in, and which request it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The door.
    pub door: Door,
    /// The peer's address, where there is one.
    pub address: Option<IpAddr>,
    /// The request, as the caller or the door named it.
    pub request: RequestId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn whatever_a_policy_says_admins_administer_and_people_decide() {
        let mut table = String::new();
        for action in Action::ALL {
            let roles: Vec<_> = Role::ALL
                .into_iter()
                .filter(|r| r.may(action))
                .map(Role::name)
                .collect();
            writeln!(table, "{:<16} {}", action.name(), roles.join(" ")).unwrap();
        }
        insta::assert_snapshot!("actions_of_roles", table);
    }
}
