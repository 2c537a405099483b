//! What a leaf says, in the order in which it is written.
//!
//! Invariant: the members of every object stand in the order of their names, and numbers are whole.
//! Written without spaces, that is RFC 8785's canonical form, with nothing left to sort at each call.

use super::LEAF_VERSION;
use serde::{Serialize, Serializer};
use skillgate_domain::audit::{
    Actor, CallFacts, Entry, ExpansionFacts, Facts, GrantFacts, MemberFacts, ModuleFacts,
    PartnershipFacts, RedactionFacts, RelayFacts, SecretFacts, Target, TezFacts, TokenFacts,
    Touched, VersionFacts, WriteFacts,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Generation;
use skillgate_domain::ids::{
    AgentId, ContextId, ExpansionId, GrantId, InvocationId, PlanId, RecordId, RequestId, TeamId,
    TezAddress, TezId, TokenId, UserId,
};
use skillgate_domain::principal::{Origin, Principal};
use std::collections::{BTreeMap, BTreeSet};
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
            Target::Record(object, id) => Self {
                object: Some(object.name()),
                ..by_id("record", id.uuid())
            },
        }
    }
}

/// What is not known, such as the grant of a call that was refused before, is written as `null`.
#[derive(Serialize)]
struct CallForm<'a> {
    component: Option<Text<Digest>>,
    duration_ms: u64,
    generation: Option<u64>,
    grant: Option<Text<GrantId>>,
    input: Option<Text<Digest>>,
    invocation: Option<Text<InvocationId>>,
    journal: Option<Text<Digest>>,
    output: Option<Text<Digest>>,
    plan: Option<PlanForm>,
    touched: TouchedForm<'a>,
}

#[derive(Serialize)]
struct PlanForm {
    digest: Text<Digest>,
    id: Text<PlanId>,
}

impl<'a> CallForm<'a> {
    fn of(facts: &'a CallFacts) -> Self {
        let plan = |(id, digest)| PlanForm {
            digest: Text(digest),
            id: Text(id),
        };
        Self {
            component: facts.component.map(Text),
            duration_ms: facts.duration_ms,
            generation: facts.generation.map(Generation::count),
            grant: facts.grant.map(Text),
            input: facts.input.map(Text),
            invocation: facts.invocation.map(Text),
            journal: facts.journal.map(Text),
            output: facts.output.map(Text),
            plan: facts.plan.map(plan),
            touched: TouchedForm::of(&facts.touched),
        }
    }
}

#[derive(Serialize)]
struct TouchedForm<'a> {
    denials: &'a BTreeMap<&'static str, u32>,
    read_count: u32,
    reads: Vec<ReadsForm<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    requests: &'a BTreeMap<String, u32>,
    write_count: u32,
}

/// Records that came back with the same fields stand together.
#[derive(Serialize)]
struct ReadsForm<'a> {
    fields: &'a BTreeSet<String>,
    ids: Vec<Text<RecordId>>,
    object: &'static str,
}

impl<'a> TouchedForm<'a> {
    fn of(touched: &'a Touched) -> Self {
        let mut groups: BTreeMap<(&str, &BTreeSet<String>), Vec<_>> = BTreeMap::new();
        for ((object, id), fields) in &touched.reads {
            let group = groups.entry((object.name(), fields)).or_default();
            group.push(Text(*id));
        }
        let groups = groups.into_iter();
        Self {
            denials: &touched.denials,
            read_count: touched.read_count,
            reads: groups
                .map(|((object, fields), ids)| ReadsForm {
                    fields,
                    ids,
                    object,
                })
                .collect(),
            requests: &touched.requests,
            write_count: touched.write_count,
        }
    }
}

#[derive(Serialize)]
struct WriteForm<'a> {
    fields: &'a [String],
    id: Text<RecordId>,
    invocation: Text<InvocationId>,
    linked_to: Option<RecordForm>,
    skill: &'a str,
    values: Text<Digest>,
}

#[derive(Serialize)]
struct RecordForm {
    id: Text<RecordId>,
    object: &'static str,
}

impl RecordForm {
    const fn of((object, id): (ObjectKind, RecordId)) -> Self {
        Self {
            id: Text(id),
            object: object.name(),
        }
    }
}

impl<'a> WriteForm<'a> {
    fn of(facts: &'a WriteFacts) -> Self {
        Self {
            fields: &facts.fields,
            id: Text(facts.write),
            invocation: Text(facts.invocation),
            linked_to: facts.linked_to.map(RecordForm::of),
            skill: facts.skill.as_str(),
            values: Text(facts.values),
        }
    }
}

#[derive(Serialize)]
struct GrantForm<'a> {
    capability_set: Text<Digest>,
    component: Text<Digest>,
    generation: u64,
    id: Text<GrantId>,
    manifest: Text<Digest>,
    skill: &'a str,
}

impl<'a> GrantForm<'a> {
    fn of(facts: &'a GrantFacts) -> Self {
        Self {
            capability_set: Text(facts.capability_set),
            component: Text(facts.component),
            generation: facts.generation.count(),
            id: Text(facts.grant),
            manifest: Text(facts.manifest),
            skill: facts.skill.as_str(),
        }
    }
}

#[derive(Serialize)]
struct ModuleForm<'a> {
    component: Text<Digest>,
    manifest: Text<Digest>,
    skill: &'a str,
}

impl<'a> ModuleForm<'a> {
    fn of(facts: &'a ModuleFacts) -> Self {
        Self {
            component: Text(facts.component),
            manifest: Text(facts.manifest),
            skill: facts.skill.as_str(),
        }
    }
}

#[derive(Serialize)]
struct TokenForm<'a> {
    expires_at: i64,
    role: &'static str,
    user: &'a str,
}

impl<'a> TokenForm<'a> {
    fn of(facts: &'a TokenFacts) -> Self {
        Self {
            expires_at: facts.expires_at.unix_ms(),
            role: facts.role.name(),
            user: UserId::as_str(&facts.user),
        }
    }
}

#[derive(Serialize)]
struct SecretForm<'a> {
    name: &'a str,
    version: u32,
}

impl<'a> SecretForm<'a> {
    fn of(facts: &'a SecretFacts) -> Self {
        Self {
            name: facts.name.as_str(),
            version: facts.version,
        }
    }
}

#[derive(Serialize)]
struct VersionForm {
    digest: Text<Digest>,
    version: u32,
}

impl VersionForm {
    const fn of(facts: &VersionFacts) -> Self {
        Self {
            digest: Text(facts.digest),
            version: facts.version,
        }
    }
}

#[derive(Serialize)]
struct TezForm<'a> {
    content: Text<Digest>,
    recipients: Vec<&'a str>,
    records: Vec<RecordForm>,
    sender: &'a str,
    team: Text<TeamId>,
    thread: Text<TezId>,
    visibility: &'static str,
}

impl<'a> TezForm<'a> {
    fn of(facts: &'a TezFacts) -> Self {
        Self {
            content: Text(facts.content),
            recipients: facts.recipients.iter().map(TezAddress::as_str).collect(),
            records: facts.records.iter().copied().map(RecordForm::of).collect(),
            sender: facts.sender.as_str(),
            team: Text(facts.team),
            thread: Text(facts.thread),
            visibility: facts.visibility.name(),
        }
    }
}

#[derive(Serialize)]
struct ExpansionForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<&'a BTreeSet<String>>,
    asker: &'a str,
    context: Text<ContextId>,
    fields: &'a BTreeSet<String>,
    id: Text<ExpansionId>,
    record: RecordForm,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<Text<TezId>>,
}

impl<'a> ExpansionForm<'a> {
    fn of(facts: &'a ExpansionFacts) -> Self {
        Self {
            approved: facts.approved.as_ref(),
            asker: facts.asker.as_str(),
            context: Text(facts.context),
            fields: &facts.fields,
            id: Text(facts.expansion),
            record: RecordForm::of(facts.record),
            reply: facts.reply.map(Text),
        }
    }
}

#[derive(Serialize)]
struct RedactionForm<'a> {
    context: Text<ContextId>,
    fields: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordForm>,
}

impl<'a> RedactionForm<'a> {
    fn of(facts: &'a RedactionFacts) -> Self {
        Self {
            context: Text(facts.context),
            fields: &facts.fields,
            record: facts.record.map(RecordForm::of),
        }
    }
}

#[derive(Serialize)]
struct MemberForm<'a> {
    role: &'static str,
    user: &'a str,
}

impl<'a> MemberForm<'a> {
    fn of(facts: &'a MemberFacts) -> Self {
        Self {
            role: facts.role.name(),
            user: facts.user.as_str(),
        }
    }
}

#[derive(Serialize)]
struct PartnershipForm<'a> {
    partner: &'a str,
    status: &'static str,
    terms: Text<Digest>,
    version: u32,
}

impl<'a> PartnershipForm<'a> {
    fn of(facts: &'a PartnershipFacts) -> Self {
        Self {
            partner: facts.partner.as_str(),
            status: facts.status.name(),
            terms: Text(facts.terms),
            version: facts.version,
        }
    }
}

#[derive(Serialize)]
struct RelayForm {
    content: Text<Digest>,
    event: u64,
    kind: &'static str,
    relayed: u32,
    withheld: u32,
}

impl RelayForm {
    fn of(facts: &RelayFacts) -> Self {
        Self {
            content: Text(facts.content),
            event: facts.event,
            kind: facts.kind.name(),
            relayed: facts.relayed,
            withheld: facts.withheld,
        }
    }
}
