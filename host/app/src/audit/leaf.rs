//! An entry as a leaf of the tree: canonical JSON (RFC 8785), so that equal entries are equal bytes
//! and no two different entries share them.

mod form;

use crate::ports::{AuditRecord, WriteChange};
use form::Leaf;
use skillgate_domain::audit::{Actor, Entry, Facts, GrantFacts, ModuleFacts, Target, WriteFacts};
use skillgate_domain::ids::{InvocationId, SkillName};

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
        journal: None,
    }
}

/// Writes an entry as canonical JSON.
pub fn leaf(entry: &Entry) -> String {
    serde_json::to_string(&Leaf::of(entry)).expect("strings, whole numbers, lists and objects")
}

fn skill(entry: &Entry) -> Option<&SkillName> {
    match &entry.facts {
        Facts::Write(WriteFacts { skill, .. })
        | Facts::Grant(GrantFacts { skill, .. })
        | Facts::Module(ModuleFacts { skill, .. }) => return Some(skill),
        Facts::None
        | Facts::Call(_)
        | Facts::Token(_)
        | Facts::Secret(_)
        | Facts::Policies(_)
        | Facts::Settings(_)
        | Facts::Tez(_)
        | Facts::TezStatus(_)
        | Facts::Expansion(_)
        | Facts::Redaction(_)
        | Facts::Bundle(_)
        | Facts::Member(_)
        | Facts::Partnership(_)
        | Facts::Relay(_)
        | Facts::Membership(_) => {}
    }
    match &entry.target {
        Target::Tool(skill, _) | Target::Skill(skill) => Some(skill),
        Target::Community
        | Target::Module(_)
        | Target::Grant(_)
        | Target::Token(_)
        | Target::Plan(_)
        | Target::Invocation(_)
        | Target::Record(..)
        | Target::Tez(_)
        | Target::Team(_)
        | Target::Partnership(_)
        | Target::Member(_)
        | Target::Effect(_) => None,
    }
}

fn invocation(entry: &Entry) -> Option<InvocationId> {
    match &entry.facts {
        Facts::Call(facts) => facts.invocation,
        Facts::Write(facts) => Some(facts.invocation),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
