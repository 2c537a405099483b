//! What belongs to a leaf of one kind.

use super::Text;
use serde::Serialize;
use skillgate_domain::audit::{
    CallFacts, ExpansionFacts, GrantFacts, MemberFacts, MembershipFacts, ModuleFacts,
    PartnershipFacts, RedactionFacts, RelayFacts, SecretFacts, TezFacts, TokenFacts, Touched,
    VersionFacts, WriteFacts,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Generation;
use skillgate_domain::ids::{
    CommunityId, ContextId, ExpansionId, GrantId, InvocationId, PlanId, RecordId, TeamId,
    TezAddress, TezId, UserId,
};
use skillgate_domain::member::MemberRole;
use std::collections::{BTreeMap, BTreeSet};

/// What is not known, such as the grant of a call that was refused before, is written as `null`.
#[derive(Serialize)]
pub(super) struct CallForm<'a> {
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
    pub(super) fn of(facts: &'a CallFacts) -> Self {
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
pub(super) struct WriteForm<'a> {
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
    pub(super) fn of(facts: &'a WriteFacts) -> Self {
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
pub(super) struct GrantForm<'a> {
    capability_set: Text<Digest>,
    component: Text<Digest>,
    generation: u64,
    id: Text<GrantId>,
    manifest: Text<Digest>,
    skill: &'a str,
}

impl<'a> GrantForm<'a> {
    pub(super) fn of(facts: &'a GrantFacts) -> Self {
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
pub(super) struct ModuleForm<'a> {
    component: Text<Digest>,
    manifest: Text<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    skill: &'a str,
}

impl<'a> ModuleForm<'a> {
    pub(super) fn of(facts: &'a ModuleFacts) -> Self {
        Self {
            component: Text(facts.component),
            manifest: Text(facts.manifest),
            owner: facts.owner.as_ref().map(CommunityId::as_str),
            skill: facts.skill.as_str(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct TokenForm<'a> {
    expires_at: i64,
    role: &'static str,
    user: &'a str,
}

impl<'a> TokenForm<'a> {
    pub(super) fn of(facts: &'a TokenFacts) -> Self {
        Self {
            expires_at: facts.expires_at.unix_ms(),
            role: facts.role.name(),
            user: UserId::as_str(&facts.user),
        }
    }
}

#[derive(Serialize)]
pub(super) struct SecretForm<'a> {
    name: &'a str,
    version: u32,
}

impl<'a> SecretForm<'a> {
    pub(super) fn of(facts: &'a SecretFacts) -> Self {
        Self {
            name: facts.name.as_str(),
            version: facts.version,
        }
    }
}

#[derive(Serialize)]
pub(super) struct VersionForm {
    digest: Text<Digest>,
    version: u32,
}

impl VersionForm {
    pub(super) const fn of(facts: &VersionFacts) -> Self {
        Self {
            digest: Text(facts.digest),
            version: facts.version,
        }
    }
}

#[derive(Serialize)]
pub(super) struct TezForm<'a> {
    content: Text<Digest>,
    recipients: Vec<&'a str>,
    records: Vec<RecordForm>,
    sender: &'a str,
    team: Text<TeamId>,
    thread: Text<TezId>,
    visibility: &'static str,
}

impl<'a> TezForm<'a> {
    pub(super) fn of(facts: &'a TezFacts) -> Self {
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
pub(super) struct ExpansionForm<'a> {
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
    pub(super) fn of(facts: &'a ExpansionFacts) -> Self {
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
pub(super) struct RedactionForm<'a> {
    context: Text<ContextId>,
    fields: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordForm>,
}

impl<'a> RedactionForm<'a> {
    pub(super) fn of(facts: &'a RedactionFacts) -> Self {
        Self {
            context: Text(facts.context),
            fields: &facts.fields,
            record: facts.record.map(RecordForm::of),
        }
    }
}

#[derive(Serialize)]
pub(super) struct MemberForm<'a> {
    role: &'static str,
    user: &'a str,
}

impl<'a> MemberForm<'a> {
    pub(super) fn of(facts: &'a MemberFacts) -> Self {
        Self {
            role: facts.role.name(),
            user: facts.user.as_str(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct PartnershipForm<'a> {
    partner: &'a str,
    status: &'static str,
    terms: Text<Digest>,
    version: u32,
}

impl<'a> PartnershipForm<'a> {
    pub(super) fn of(facts: &'a PartnershipFacts) -> Self {
        Self {
            partner: facts.partner.as_str(),
            status: facts.status.name(),
            terms: Text(facts.terms),
            version: facts.version,
        }
    }
}

#[derive(Serialize)]
pub(super) struct RelayForm {
    content: Text<Digest>,
    event: u64,
    kind: &'static str,
    relayed: u32,
    withheld: u32,
}

impl RelayForm {
    pub(super) fn of(facts: &RelayFacts) -> Self {
        Self {
            content: Text(facts.content),
            event: facts.event,
            kind: facts.kind.name(),
            relayed: facts.relayed,
            withheld: facts.withheld,
        }
    }
}

#[derive(Serialize)]
pub(super) struct MembershipForm {
    person: Text<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    version: u32,
    wants_mail: bool,
}

impl MembershipForm {
    pub(super) fn of(facts: &MembershipFacts) -> Self {
        Self {
            person: Text(facts.person),
            role: facts.role.map(MemberRole::name),
            version: facts.version,
            wants_mail: facts.wants_mail,
        }
    }
}
