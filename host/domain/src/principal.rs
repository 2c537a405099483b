//! Who asks.

use crate::ids::{AgentId, CommunityId, RequestId, SkillName, TokenId, UserId};
use std::collections::BTreeSet;
use std::net::IpAddr;

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

    /// Tells whether this role may do `action`. Everything not listed is denied.
    pub const fn may(self, action: Action) -> bool {
        match action {
            Action::InvokeSkill | Action::ListSkills => !matches!(self, Self::Partner),
            Action::SubmitModule => matches!(self, Self::Admin | Self::Partner),
            Action::ShowModule => matches!(self, Self::Admin | Self::Partner),
            Action::GrantModule
            | Action::RevokeGrant
            | Action::FreezeSkill
            | Action::UnfreezeSkill
            | Action::RollBackSkill
            | Action::IssueToken
            | Action::ListTokens
            | Action::RevokeToken
            | Action::ReadAudit => matches!(self, Self::Admin),
        }
    }
}

/// What can be asked of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Run a tool of a skill.
    InvokeSkill,
    /// See which skills there are.
    ListSkills,
    /// Hand in a component with its manifest.
    SubmitModule,
    /// See what a module asks for.
    ShowModule,
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
    /// Read the audit trail.
    ReadAudit,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 13] = [
        Self::InvokeSkill,
        Self::ListSkills,
        Self::SubmitModule,
        Self::ShowModule,
        Self::GrantModule,
        Self::RevokeGrant,
        Self::FreezeSkill,
        Self::UnfreezeSkill,
        Self::RollBackSkill,
        Self::IssueToken,
        Self::ListTokens,
        Self::RevokeToken,
        Self::ReadAudit,
    ];

    /// Returns the name used in refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvokeSkill => "invoke-skill",
            Self::ListSkills => "list-skills",
            Self::SubmitModule => "submit-module",
            Self::ShowModule => "show-module",
            Self::GrantModule => "grant-module",
            Self::RevokeGrant => "revoke-grant",
            Self::FreezeSkill => "freeze-skill",
            Self::UnfreezeSkill => "unfreeze-skill",
            Self::RollBackSkill => "roll-back-skill",
            Self::IssueToken => "issue-token",
            Self::ListTokens => "list-tokens",
            Self::RevokeToken => "revoke-token",
            Self::ReadAudit => "read-audit",
        }
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
    /// Where the call came in.
    pub origin: Origin,
}

/// Where calls come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The HTTP door.
    Http,
    /// The command line.
    Cli,
}

impl Door {
    /// Returns the name kept in records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
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
    fn every_role_answers_every_action() {
        let mut table = String::new();
        for action in Action::ALL {
            let roles: Vec<_> = Role::ALL
                .into_iter()
                .filter(|r| r.may(action))
                .map(Role::name)
                .collect();
            writeln!(table, "{:<14} {}", action.name(), roles.join(" ")).unwrap();
        }
        insta::assert_snapshot!(table, @r"
        invoke-skill   admin member agent service
        list-skills    admin member agent service
        submit-module  admin partner
        show-module    admin partner
        grant-module   admin
        revoke-grant   admin
        freeze-skill   admin
        unfreeze-skill admin
        roll-back-skill admin
        issue-token    admin
        list-tokens    admin
        revoke-token   admin
        read-audit     admin
        ");
    }
}
