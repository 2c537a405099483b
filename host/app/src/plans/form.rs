//! A plan as canonical JSON (RFC 8785): the form that is kept and digested.

use crate::form::{EntryForm, Fields, OutwardForm, fields, fields_of, names, names_of};
use serde::{Deserialize, Serialize};
use skillgate_domain::crm::{Changes, FieldKey, Link, ObjectKind, Selection};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{
    AgentId, CommunityId, EffectId, GrantId, InvocationId, PlanId, RecordId, SkillName, ToolName,
    UserId,
};
use skillgate_domain::plan::{AwaitedCall, Before, Effect, Owner, Plan};
use skillgate_domain::sharing::LetOut;
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;

/// The version of the form.
const FORM_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanForm {
    v: u32,
    id: String,
    community: String,
    user: String,
    agent: Option<String>,
    invocation: String,
    skill: String,
    tool: String,
    component: String,
    grant: String,
    made_at: i64,
    expires_at: i64,
    effects: Vec<EffectForm>,
    /// Fields by kind of record; plans from before it was noted have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    let_out: BTreeMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    awaited: Option<AwaitedForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AwaitedForm {
    parameters: String,
    output: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum EffectForm {
    Create {
        object: String,
        id: String,
        set: Fields,
        clear: Vec<String>,
    },
    Update {
        object: String,
        id: String,
        set: Fields,
        clear: Vec<String>,
        before: Fields,
        hidden: Vec<String>,
    },
    Link {
        id: String,
        source: EntryForm,
        target: EntryForm,
    },
    Outward {
        id: String,
        what: OutwardForm,
    },
}

/// Writes a plan.
pub(super) fn write(plan: &Plan) -> String {
    let form = PlanForm {
        v: FORM_VERSION,
        id: plan.id.to_string(),
        community: plan.community.as_str().to_owned(),
        user: plan.owner.user.as_str().to_owned(),
        agent: plan.owner.agent.as_ref().map(|id| id.as_str().to_owned()),
        invocation: plan.invocation.to_string(),
        skill: plan.skill.as_str().to_owned(),
        tool: plan.tool.as_str().to_owned(),
        component: plan.component.to_string(),
        grant: plan.grant.to_string(),
        made_at: plan.made_at.unix_ms(),
        expires_at: plan.expires_at.unix_ms(),
        effects: plan.effects.iter().map(EffectForm::of).collect(),
        let_out: let_out_form(&plan.let_out),
        awaited: plan.awaited.as_ref().map(AwaitedForm::of),
    };
    serde_json_canonicalizer::to_string(&form).expect("a plan without NaN has a canonical form")
}

/// Reads a plan that [`write`] wrote; nothing where it is no such text.
pub(super) fn read(text: &str) -> Option<Plan> {
    let form: PlanForm = serde_json::from_str(text).ok()?;
    let effects = form.effects.into_iter().map(EffectForm::read);
    (form.v == FORM_VERSION).then_some(())?;
    Some(Plan {
        id: PlanId::parse(&form.id).ok()?,
        community: CommunityId::parse(&form.community).ok()?,
        owner: Owner {
            user: UserId::parse(&form.user).ok()?,
            agent: match &form.agent {
                Some(agent) => Some(AgentId::parse(agent).ok()?),
                None => None,
            },
        },
        invocation: InvocationId::parse(&form.invocation).ok()?,
        skill: SkillName::parse(&form.skill).ok()?,
        tool: ToolName::parse(&form.tool).ok()?,
        component: Digest::parse(&form.component).ok()?,
        grant: GrantId::parse(&form.grant).ok()?,
        made_at: Timestamp::from_unix_ms(form.made_at),
        expires_at: Timestamp::from_unix_ms(form.expires_at),
        effects: effects.collect::<Option<_>>()?,
        let_out: let_out(&form.let_out)?,
        awaited: match form.awaited {
            Some(awaited) => Some(awaited.read()?),
            None => None,
        },
    })
}

impl AwaitedForm {
    fn of(awaited: &AwaitedCall) -> Self {
        Self {
            parameters: awaited.parameters.to_string(),
            output: awaited.output.clone(),
        }
    }

    fn read(self) -> Option<AwaitedCall> {
        Some(AwaitedCall {
            parameters: Digest::parse(&self.parameters).ok()?,
            output: self.output,
        })
    }
}

fn let_out_form(let_out: &LetOut) -> BTreeMap<String, Vec<String>> {
    let names = |fields: &Selection| fields.names().into_iter().map(str::to_owned).collect();
    let kinds = let_out.iter();
    kinds
        .map(|(object, fields)| (object.name().to_owned(), names(fields)))
        .collect()
}

fn let_out(form: &BTreeMap<String, Vec<String>>) -> Option<LetOut> {
    let mut let_out = LetOut::default();
    for (object, names) in form {
        let object = ObjectKind::from_name(object)?;
        for name in names {
            let_out.add(object, FieldKey::from_name(object, name)?);
        }
    }
    Some(let_out)
}

impl EffectForm {
    fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Create { id, changes } => Self::Create {
                object: changes.object.name().to_owned(),
                id: id.to_string(),
                set: fields_of(&changes.set),
                clear: names_of(&changes.clear),
            },
            Effect::Update {
                id,
                changes,
                before,
            } => Self::Update {
                object: changes.object.name().to_owned(),
                id: id.to_string(),
                set: fields_of(&changes.set),
                clear: names_of(&changes.clear),
                before: fields_of(&before.fields),
                hidden: names_of(&before.hidden),
            },
            Effect::Link { id, link } => Self::Link {
                id: id.to_string(),
                source: EntryForm::of(link.source),
                target: EntryForm::of(link.target),
            },
            Effect::Outward { id, outward } => Self::Outward {
                id: id.to_string(),
                what: OutwardForm::of(outward),
            },
        }
    }

    fn read(self) -> Option<Effect> {
        Some(match self {
            Self::Create {
                object,
                id,
                set,
                clear,
            } => Effect::Create {
                id: RecordId::parse(&id).ok()?,
                changes: changes(&object, set, &clear)?,
            },
            Self::Update {
                object,
                id,
                set,
                clear,
                before,
                hidden,
            } => {
                let changes = changes(&object, set, &clear)?;
                Effect::Update {
                    id: RecordId::parse(&id).ok()?,
                    before: Before {
                        fields: fields(changes.object, before)?,
                        hidden: names(changes.object, &hidden)?,
                    },
                    changes,
                }
            }
            Self::Link { id, source, target } => Effect::Link {
                id: RecordId::parse(&id).ok()?,
                link: Link {
                    source: source.read()?,
                    target: target.read()?,
                },
            },
            Self::Outward { id, what } => Effect::Outward {
                id: EffectId::parse(&id).ok()?,
                outward: what.read()?,
            },
        })
    }
}

fn changes(object: &str, set: Fields, clear: &[String]) -> Option<Changes> {
    let object = ObjectKind::from_name(object)?;
    Some(Changes {
        object,
        set: fields(object, set)?,
        clear: names(object, clear)?,
    })
}

#[cfg(test)]
mod tests;
