//! An entry as a leaf of the tree: canonical JSON (RFC 8785), so that equal entries are equal bytes
//! and no two different entries share them.

use crate::ports::{AuditRecord, WriteChange};
use serde_json::{Map, Value, json};
use skillgate_domain::audit::{
    Actor, CallFacts, Entry, Facts, GrantFacts, ModuleFacts, PolicyFacts, Target, TokenFacts,
    Touched, WriteFacts,
};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::grant::Generation;
use skillgate_domain::ids::{InvocationId, RecordId, SkillName};
use skillgate_domain::principal::{Origin, Principal};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// The version of the leaf's form.
pub const LEAF_VERSION: u32 = 1;

/// Makes the record of an entry.
pub fn record(entry: &Entry, write: Option<WriteChange>) -> AuditRecord {
    let user = match &entry.actor {
        Actor::Caller(caller) => Some(caller.user.clone()),
        Actor::Operator(_) | Actor::Host => None,
    };
    AuditRecord {
        community: entry.community.clone(),
        at: entry.at,
        action: entry.act.name(),
        outcome: entry.outcome.word(),
        user,
        skill: skill(entry).cloned(),
        invocation: invocation(entry),
        leaf: leaf(entry),
        write,
    }
}

/// Writes an entry as canonical JSON.
pub fn leaf(entry: &Entry) -> String {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            all.insert(name.to_owned(), value);
        }
    };
    put("v", LEAF_VERSION.into());
    put("at", entry.at.unix_ms().into());
    put("community", entry.community.as_str().into());
    put("actor", actor(&entry.actor));
    put("origin", origin(&entry.actor));
    put("action", entry.act.name().into());
    put("target", target(&entry.target));
    put("outcome", entry.outcome.word().into());
    put("code", entry.outcome.code().into());
    match &entry.facts {
        Facts::None => {}
        Facts::Call(facts) => put("call", call(facts)),
        Facts::Write(facts) => put("write", write(facts)),
        Facts::Grant(facts) => put("grant", grant(facts)),
        Facts::Module(facts) => put("module", module(facts)),
        Facts::Token(facts) => put("token", token(facts)),
        Facts::Policies(facts) => put("policies", policies(facts)),
    }
    serde_json_canonicalizer::to_string(&Value::Object(all))
        .expect("a value of strings, whole numbers, lists and objects has a canonical form")
}

fn skill(entry: &Entry) -> Option<&SkillName> {
    match &entry.facts {
        Facts::Write(WriteFacts { skill, .. })
        | Facts::Grant(GrantFacts { skill, .. })
        | Facts::Module(ModuleFacts { skill, .. }) => return Some(skill),
        Facts::None | Facts::Call(_) | Facts::Token(_) | Facts::Policies(_) => {}
    }
    match &entry.target {
        Target::Tool(skill, _) | Target::Skill(skill) => Some(skill),
        Target::Community
        | Target::Module(_)
        | Target::Grant(_)
        | Target::Token(_)
        | Target::Plan(_)
        | Target::Record(..) => None,
    }
}

fn invocation(entry: &Entry) -> Option<InvocationId> {
    match &entry.facts {
        Facts::Call(facts) => facts.invocation,
        Facts::Write(facts) => Some(facts.invocation),
        _ => None,
    }
}

fn text(value: &impl Display) -> Value {
    value.to_string().into()
}

fn maybe(value: Option<impl Display>) -> Value {
    value.map(|value| value.to_string()).into()
}

fn actor(actor: &Actor) -> Value {
    let caller: &Principal = match actor {
        Actor::Caller(caller) => caller,
        Actor::Operator(_) => return json!({ "kind": "operator" }),
        Actor::Host => return json!({ "kind": "host" }),
    };
    let mut all = Map::new();
    all.insert("kind".to_owned(), "caller".into());
    all.insert("role".to_owned(), caller.role.name().into());
    all.insert("user".to_owned(), text(&caller.user));
    if let Some(agent) = &caller.agent {
        all.insert("agent".to_owned(), text(agent));
    }
    if let Some(token) = caller.token {
        all.insert("token".to_owned(), text(&token));
    }
    all.into()
}

fn origin(actor: &Actor) -> Value {
    let origin: &Origin = match actor {
        Actor::Caller(caller) => &caller.origin,
        Actor::Operator(origin) => origin,
        Actor::Host => return Value::Null,
    };
    let mut all = Map::new();
    all.insert("door".to_owned(), origin.door.name().into());
    all.insert("request".to_owned(), text(&origin.request));
    if let Some(address) = origin.address {
        all.insert("address".to_owned(), text(&address));
    }
    all.into()
}

fn target(target: &Target) -> Value {
    match target {
        Target::Community => json!({ "kind": "community" }),
        Target::Tool(skill, tool) => {
            json!({ "kind": "tool", "skill": text(skill), "tool": text(tool) })
        }
        Target::Skill(skill) => json!({ "kind": "skill", "skill": text(skill) }),
        Target::Module(id) => json!({ "kind": "module", "id": text(id) }),
        Target::Grant(id) => json!({ "kind": "grant", "id": text(id) }),
        Target::Token(id) => json!({ "kind": "token", "id": text(id) }),
        Target::Plan(id) => json!({ "kind": "plan", "id": text(id) }),
        Target::Record(object, id) => {
            json!({ "kind": "record", "object": object.name(), "id": text(id) })
        }
    }
}

fn call(facts: &CallFacts) -> Value {
    json!({
        "invocation": maybe(facts.invocation),
        "component": maybe(facts.component),
        "grant": maybe(facts.grant),
        "generation": facts.generation.map(Generation::count),
        "input": maybe(facts.input),
        "output": maybe(facts.output),
        "plan": facts.plan.map(|(id, digest)| json!({ "id": text(&id), "digest": text(&digest) })),
        "duration_ms": facts.duration_ms,
        "touched": touched(&facts.touched),
    })
}

fn touched(touched: &Touched) -> Value {
    json!({
        "reads": reads(&touched.reads),
        "read_count": touched.read_count,
        "write_count": touched.write_count,
        "denials": touched.denials,
    })
}

/// Records that came back with the same fields stand together.
fn reads(reads: &BTreeMap<(ObjectKind, RecordId), BTreeSet<String>>) -> Value {
    let mut groups: BTreeMap<(&str, &BTreeSet<String>), Vec<String>> = BTreeMap::new();
    for ((object, id), fields) in reads {
        let group = groups.entry((object.name(), fields)).or_default();
        group.push(id.to_string());
    }
    let group = |((object, fields), ids): (_, Vec<String>)| {
        let fields: &BTreeSet<String> = fields;
        json!({ "object": object, "fields": fields, "ids": ids })
    };
    groups.into_iter().map(group).collect()
}

fn write(facts: &WriteFacts) -> Value {
    let linked_to = facts
        .linked_to
        .map(|(object, id)| json!({ "object": object.name(), "id": text(&id) }));
    json!({
        "invocation": text(&facts.invocation),
        "skill": text(&facts.skill),
        "id": text(&facts.write),
        "fields": facts.fields,
        "values": text(&facts.values),
        "linked_to": linked_to,
    })
}

fn grant(facts: &GrantFacts) -> Value {
    json!({
        "skill": text(&facts.skill),
        "id": text(&facts.grant),
        "generation": facts.generation.count(),
        "component": text(&facts.component),
        "manifest": text(&facts.manifest),
        "capability_set": text(&facts.capability_set),
    })
}

fn module(facts: &ModuleFacts) -> Value {
    json!({
        "skill": text(&facts.skill),
        "component": text(&facts.component),
        "manifest": text(&facts.manifest),
    })
}

fn token(facts: &TokenFacts) -> Value {
    json!({
        "role": facts.role.name(),
        "user": text(&facts.user),
        "expires_at": facts.expires_at.unix_ms(),
    })
}

fn policies(facts: &PolicyFacts) -> Value {
    json!({
        "version": facts.version,
        "digest": text(&facts.digest),
    })
}
