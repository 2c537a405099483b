//! What a leaf says, in the order in which it is written.
//!
//! Invariant: the members of every object stand in the order of their names, and numbers are whole.
//! Written without spaces, that is RFC 8785's canonical form, with nothing left to sort at each call.

mod facts;

use super::LEAF_VERSION;
use facts::{
    CallForm, ExpansionForm, GrantForm, MemberForm, MembershipForm, ModuleForm, PartnershipForm,
    RedactionForm, RelayForm, SecretForm, TezForm, TokenForm, VersionForm, WriteForm,
};
use serde::{Serialize, Serializer};
use skillgate_domain::audit::{Actor, Entry, Facts, Target};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{AgentId, RequestId, TokenId};
use skillgate_domain::principal::{Origin, Principal};
use std::fmt::Display;
use std::net::IpAddr;
use uuid::Uuid;

/// Something by its text.
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
pub(super) struct Leaf<'a> {
    action: &'static str,
    actor: ActorForm<'a>,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle: Option<Text<Digest>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    community: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expansion: Option<ExpansionForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<GrantForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<MemberForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    membership: Option<MembershipForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<ModuleForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginForm<'a>>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    partnership: Option<PartnershipForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policies: Option<VersionForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redaction: Option<RedactionForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<RelayForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<SecretForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<VersionForm>,
    target: TargetForm<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tez: Option<TezForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tez_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenForm<'a>>,
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    write: Option<WriteForm<'a>>,
}

impl<'a> Leaf<'a> {
    pub(super) fn of(entry: &'a Entry) -> Self {
        let mut leaf = Self {
            action: entry.act.name(),
            actor: ActorForm::of(&entry.actor),
            at: entry.at.unix_ms(),
            bundle: None,
            call: None,
            code: entry.outcome.code(),
            community: entry.community.as_str(),
            expansion: None,
            grant: None,
            member: None,
            membership: None,
            module: None,
            origin: OriginForm::of(&entry.actor),
            outcome: entry.outcome.word(),
            partnership: None,
            policies: None,
            redaction: None,
            relay: None,
            secret: None,
            settings: None,
            target: TargetForm::of(&entry.target),
            tez: None,
            tez_status: None,
            token: None,
            v: LEAF_VERSION,
            write: None,
        };
        match &entry.facts {
            Facts::None => {}
            Facts::Call(facts) => leaf.call = Some(CallForm::of(facts)),
            Facts::Write(facts) => leaf.write = Some(WriteForm::of(facts)),
            Facts::Grant(facts) => leaf.grant = Some(GrantForm::of(facts)),
            Facts::Module(facts) => leaf.module = Some(ModuleForm::of(facts)),
            Facts::Token(facts) => leaf.token = Some(TokenForm::of(facts)),
            Facts::Secret(facts) => leaf.secret = Some(SecretForm::of(facts)),
            Facts::Policies(facts) => leaf.policies = Some(VersionForm::of(facts)),
            Facts::Settings(facts) => leaf.settings = Some(VersionForm::of(facts)),
            Facts::Tez(facts) => leaf.tez = Some(TezForm::of(facts)),
            Facts::TezStatus(status) => leaf.tez_status = Some(status.name()),
            Facts::Expansion(facts) => leaf.expansion = Some(ExpansionForm::of(facts)),
            Facts::Redaction(facts) => leaf.redaction = Some(RedactionForm::of(facts)),
            Facts::Bundle(digest) => leaf.bundle = Some(Text(*digest)),
            Facts::Member(facts) => leaf.member = Some(MemberForm::of(facts)),
            Facts::Partnership(facts) => leaf.partnership = Some(PartnershipForm::of(facts)),
            Facts::Relay(facts) => leaf.relay = Some(RelayForm::of(facts)),
            Facts::Membership(facts) => leaf.membership = Some(MembershipForm::of(facts)),
        }
        leaf
    }
}

#[derive(Serialize)]
struct ActorForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Text<TokenId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

impl<'a> ActorForm<'a> {
    fn of(actor: &'a Actor) -> Self {
        let unnamed = |kind| Self {
            agent: None,
            kind,
            role: None,
            token: None,
            user: None,
        };
        let caller: &Principal = match actor {
            Actor::Caller(caller) => caller,
            Actor::Operator(_) => return unnamed("operator"),
            Actor::Host => return unnamed("host"),
        };
        Self {
            agent: caller.agent.as_ref().map(AgentId::as_str),
            role: Some(caller.role.name()),
            token: caller.token.map(Text),
            user: Some(caller.user.as_str()),
            ..unnamed("caller")
        }
    }
}

#[derive(Serialize)]
struct OriginForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Text<IpAddr>>,
    door: &'static str,
    request: &'a str,
}

impl<'a> OriginForm<'a> {
    fn of(actor: &'a Actor) -> Option<Self> {
        let origin: &Origin = match actor {
            Actor::Caller(caller) => &caller.origin,
            Actor::Operator(origin) => origin,
            Actor::Host => return None,
        };
        Some(Self {
            address: origin.address.map(Text),
            door: origin.door.name(),
            request: RequestId::as_str(&origin.request),
        })
    }
}

#[derive(Serialize)]
struct TargetForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Text<Uuid>>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skill: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

impl<'a> TargetForm<'a> {
    fn of(target: &'a Target) -> Self {
        let kind = |kind| Self {
            id: None,
            kind,
            number: None,
            object: None,
            skill: None,
            tool: None,
            user: None,
        };
        let by_id = |name, id| Self {
            id: Some(Text(id)),
            ..kind(name)
        };
        match target {
            Target::Community => kind("community"),
            Target::Tool(skill, tool) => Self {
                skill: Some(skill.as_str()),
                tool: Some(tool.as_str()),
                ..kind("tool")
            },
            Target::Skill(skill) => Self {
                skill: Some(skill.as_str()),
                ..kind("skill")
            },
            Target::Module(id) => by_id("module", id.uuid()),
            Target::Grant(id) => by_id("grant", id.uuid()),
            Target::Token(id) => by_id("token", id.uuid()),
            Target::Plan(id) => by_id("plan", id.uuid()),
            Target::Invocation(id) => by_id("invocation", id.uuid()),
            Target::Tez(id) => by_id("tez", id.uuid()),
            Target::Team(id) => by_id("team", id.uuid()),
            Target::Partnership(id) => Self {
                number: Some(id.number()),
                ..kind("partnership")
            },
            Target::Effect(id) => by_id("effect", id.uuid()),
            Target::Member(user) => Self {
                user: Some(user.as_str()),
                ..kind("member")
            },
            Target::Record(object, id) => Self {
                object: Some(object.name()),
                ..by_id("record", id.uuid())
            },
        }
    }
}
