//! What the audit trail keeps: who did what to what, and what came of it.
//!
//! Ids are kept, values are not: what was written or answered is there as a digest.

use crate::crm::ObjectKind;
use crate::digest::Digest;
use crate::grant::Generation;
use crate::ids::{
    CommunityId, ContextId, CredentialName, EffectId, ExpansionId, GrantId, InvocationId,
    PartnershipId, PlanId, RecordId, RequestId, SkillName, SubmissionId, TeamId, TezAddress, TezId,
    TokenId, ToolName, UserId,
};
use crate::member::MemberRole;
use crate::partnership::{NotificationKind, Status};
use crate::policy::Act;
use crate::principal::{Action, Origin, Principal, Role};
use crate::tez::{TeamRole, TezStatus, Visibility};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An authenticated caller.
    Caller(Box<Principal>),
    /// Whoever can start the host's own program on its own configuration.
    Operator(Origin),
    /// The host itself: recovery after a crash.
    Host,
}

/// What was acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The community as a whole: its lists.
    Community,
    /// A tool of a skill.
    Tool(SkillName, ToolName),
    /// A skill.
    Skill(SkillName),
    /// A module as handed in.
    Module(SubmissionId),
    /// A grant.
    Grant(GrantId),
    /// A token.
    Token(TokenId),
    /// A plan.
    Plan(PlanId),
    /// A call that was recorded.
    Invocation(InvocationId),
    /// A record of the CRM.
    Record(ObjectKind, RecordId),
    /// Something that reaches others: its own id, and of a Tez the one it is shared under.
    Effect(EffectId),
    /// A Tez.
    Tez(TezId),
    /// A team of the Tez relay.
    Team(TeamId),
    /// A partnership of the community with another one.
    Partnership(PartnershipId),
    /// Somebody who belongs to the community, or did.
    Member(UserId),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Durable before the act: it is about to happen.
    Intended,
    /// It happened.
    Done,
    /// It was not allowed; nothing happened. A stable code.
    Refused(&'static str),
    /// It was tried and failed. A stable code.
    Failed(&'static str),
    /// The caller went away before the end.
    Cancelled,
    /// Nobody can tell whether it happened.
    Unknown,
}

impl Outcome {
    /// Returns the word kept beside the code.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Done => "done",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the code, where there is one.
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(code) | Self::Failed(code) => Some(code),
            Self::Intended | Self::Done | Self::Cancelled | Self::Unknown => None,
        }
    }
}

/// One entry of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was decided or done.
    pub at: Timestamp,
    /// Whose trail it belongs to.
    pub community: CommunityId,
    /// Who.
    pub actor: Actor,
    /// Did what.
    pub act: Act,
    /// To what.
    pub target: Target,
    /// With what outcome.
    pub outcome: Outcome,
    /// What else belongs to it.
    pub facts: Facts,
}

/// What belongs to an entry of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// Nothing more.
    None,
    /// A call of a tool.
    Call(Box<CallFacts>),
    /// A write to the CRM.
    Write(WriteFacts),
    /// A grant, or the end of one.
    Grant(GrantFacts),
    /// A module as handed in, offered to partners, or taken over from one.
    Module(ModuleFacts),
    /// A new token.
    Token(TokenFacts),
    /// A secret that was given or taken back. Never what it is.
    Secret(SecretFacts),
    /// New policies.
    Policies(VersionFacts),
    /// New settings of the community.
    Settings(VersionFacts),
    /// A Tez that was shared, or an answer to one.
    Tez(Box<TezFacts>),
    /// The new status of a Tez.
    TezStatus(TezStatus),
    /// A question for more of a record than a Tez says, or the answer to one.
    Expansion(Box<ExpansionFacts>),
    /// An item that was taken out of a Tez.
    Redaction(RedactionFacts),
    /// A Tez as it was taken along: SHA-256 of the bundle.
    Bundle(Digest),
    /// A member of a team.
    Member(MemberFacts),
    /// What happened to a partnership.
    Partnership(Box<PartnershipFacts>),
    /// What happened in a community, and to how many partners that went.
    Relay(RelayFacts),
    /// What the community's list says of somebody.
    Membership(MembershipFacts),
}

/// What ran under which right, and what it touched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallFacts {
    /// The run, once there is one.
    pub invocation: Option<InvocationId>,
    /// The component that ran.
    pub component: Option<Digest>,
    /// The grant it ran under.
    pub grant: Option<GrantId>,
    /// The generation of that grant.
    pub generation: Option<Generation>,
    /// Digest of the input's bytes as they came.
    pub input: Option<Digest>,
    /// Digest of the output's bytes as the guest gave them.
    pub output: Option<Digest>,
    /// The plan that it made or applied, and the plan's digest.
    pub plan: Option<(PlanId, Digest)>,
    /// Digest of the journal of its host calls, where one was kept.
    pub journal: Option<Digest>,
    /// What it touched in the CRM.
    pub touched: Touched,
    /// From the start to the outcome.
    pub duration_ms: u64,
}

/// What one call touched in the CRM. Bounded by the budgets of the call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    /// Records that came back, with the fields that were left in them.
    pub reads: BTreeMap<(ObjectKind, RecordId), BTreeSet<String>>,
    /// Reads made, those that found nothing included.
    pub read_count: u32,
    /// Writes made.
    pub write_count: u32,
    /// Host calls that were refused, by code, with how often.
    pub denials: BTreeMap<&'static str, u32>,
    /// Requests that left for services outside, by the rule that allowed them, with how often.
    pub requests: BTreeMap<String, u32>,
}

/// A write to the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteFacts {
    /// The run that wrote.
    pub invocation: InvocationId,
    /// The skill that wrote.
    pub skill: SkillName,
    /// The write's id: the same in its intent and in its outcome.
    pub write: RecordId,
    /// Fields set or emptied.
    pub fields: Vec<String>,
    /// Digest of what was written.
    pub values: Digest,
    /// What the record was attached to, where it was.
    pub linked_to: Option<(ObjectKind, RecordId)>,
}

/// What a grant binds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFacts {
    /// The skill.
    pub skill: SkillName,
    /// The grant.
    pub grant: GrantId,
    /// The generation that it began.
    pub generation: Generation,
    /// The component approved.
    pub component: Digest,
    /// The manifest approved.
    pub manifest: Digest,
    /// Digest of the capabilities given.
    pub capability_set: Digest,
}

/// What was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFacts {
    /// The skill.
    pub skill: SkillName,
    /// Its component.
    pub component: Digest,
    /// Its manifest.
    pub manifest: Digest,
    /// Whose it is, where it is another community's.
    pub owner: Option<CommunityId>,
}

/// For whom a token speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// As what.
    pub role: Role,
    /// For whom.
    pub user: UserId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Which secret of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFacts {
    /// Its name.
    pub name: CredentialName,
    /// Its version; of one that was taken back, the last.
    pub version: u32,
}

/// Which policies or settings were put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFacts {
    /// Their version.
    pub version: u32,
    /// Digest of what they say.
    pub digest: Digest,
}

/// What was handed over, by whom and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TezFacts {
    /// Into which team.
    pub team: TeamId,
    /// The first Tez of its thread.
    pub thread: TezId,
    /// For whom it was shared.
    pub sender: UserId,
    /// Who may see it.
    pub visibility: Visibility,
    /// To whom it went. As many as a Tez has recipients.
    pub recipients: Vec<TezAddress>,
    /// Records that the host put into its context. As many as a Tez has items.
    pub records: BTreeSet<(ObjectKind, RecordId)>,
    /// Digest of all that it says.
    pub content: Digest,
}

/// Who asked whom for what of which record, and what was let out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpansionFacts {
    /// The question.
    pub expansion: ExpansionId,
    /// The item of context that says too little.
    pub context: ContextId,
    /// The record that it was made from.
    pub record: (ObjectKind, RecordId),
    /// Who asked.
    pub asker: UserId,
    /// What was asked for.
    pub fields: BTreeSet<String>,
    /// What was let out, once that is decided.
    pub approved: Option<BTreeSet<String>>,
    /// The Tez that it was let out with.
    pub reply: Option<TezId>,
}

/// What was taken out of a Tez. The digest of the Tez is with the record of when it was shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactionFacts {
    /// The item of context.
    pub context: ContextId,
    /// The record that it was made from, where the host made it.
    pub record: Option<(ObjectKind, RecordId)>,
    /// The fields that were in it.
    pub fields: Vec<String>,
}

/// Who is in a team, as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFacts {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: TeamRole,
}

/// What happened to a partnership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnershipFacts {
    /// With whom.
    pub partner: CommunityId,
    /// Where it stands now.
    pub status: Status,
    /// How often it changed.
    pub version: u32,
    /// Digest of the terms that hold now, or would.
    pub terms: Digest,
}

/// What was told of a community, and to how many of its partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayFacts {
    /// Its number among the community's events.
    pub event: u64,
    /// What kind of thing.
    pub kind: NotificationKind,
    /// Digest of all that was told.
    pub content: Digest,
    /// How many partners were told.
    pub relayed: u32,
    /// How many were not.
    pub withheld: u32,
}

impl Entry {
    /// Says that `caller` asked for something, and what came of it.
    pub fn asked(
        at: Timestamp,
        caller: &Principal,
        action: Action,
        target: Target,
        outcome: Outcome,
    ) -> Self {
        Self {
            at,
            community: caller.community.clone(),
            actor: Actor::Caller(Box::new(caller.clone())),
            act: Act::Host(action),
            target,
            outcome,
            facts: Facts::None,
        }
    }

    /// Adds what else belongs to it.
    #[must_use]
    pub fn with(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// Returns the request that led to it.
    pub fn request(&self) -> Option<&RequestId> {
        match &self.actor {
            Actor::Caller(caller) => Some(&caller.origin.request),
            Actor::Operator(origin) => Some(&origin.request),
            Actor::Host => None,
        }
    }
}

/// What a community's list says of somebody. The person is the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipFacts {
    /// As what they belong to it; nothing, if they have left.
    pub role: Option<MemberRole>,
    /// Whether they want mail.
    pub wants_mail: bool,
    /// Its version.
    pub version: u32,
    /// Digest of their name and address of mail.
    pub person: Digest,
}
