use super::time;
use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillgate_app::plans::PlanStanding;
use skillgate_domain::crm::{Changes, EntryRef, FieldKey, FieldValue};
use skillgate_domain::digest::Digest;
use skillgate_domain::plan::{Before, Effect, Receipt};
use utoipa::ToSchema;

/// Which plan was approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanApproval {
    /// The digest of the plan that was looked at.
    digest: String,
}

impl PlanApproval {
    /// Reads the digest.
    pub fn digest(&self) -> Result<Digest, Problem> {
        let digest = Digest::parse(&self.digest);
        digest.map_err(|error| Problem::with_detail(Kind::BodyInvalid, error))
    }
}

/// A plan: each effect with the fields that it changes, from what to what, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanView {
    /// What an approval of the plan says.
    digest: String,
    /// In the order in which they happen.
    effects: Vec<EffectView>,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    invocation: String,
    #[schema(format = DateTime, required)]
    made_at: Option<String>,
    skill: String,
    /// `open`, `expired`, `applying`, `interrupted`, `applied` or `stopped`.
    state: &'static str,
    tool: String,
}

/// One write of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Effect)]
struct EffectView {
    /// `create`, `update` or `link`.
    action: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The fields that change, of a record that is created or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldChange>>,
    #[schema(format = "uuid")]
    id: String,
    /// From 1.
    number: usize,
    /// The kind of record.
    object: &'static str,
    /// `done`, `failed` or `unknown`; nothing where it was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// What the record is attached to, of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<LinkedRecord>,
}

/// A field that changes: what it holds now, unless that may not be seen, and what it will hold.
#[derive(Debug, Serialize, ToSchema)]
struct FieldChange {
    /// `null` where it will be empty.
    after: Value,
    /// `null` where it is empty; absent where it may not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    before: Option<Value>,
    /// That what it holds now may not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    before_hidden: Option<bool>,
    field: String,
}

/// A record by its id.
#[derive(Debug, Serialize, ToSchema)]
struct LinkedRecord {
    #[schema(format = "uuid")]
    id: String,
    object: &'static str,
}

/// Shows a plan and what became of it.
pub fn plan(standing: &PlanStanding) -> PlanView {
    let (plan, receipts) = (&standing.plan, &standing.receipts);
    let effects = plan.effects.iter().enumerate();
    PlanView {
        digest: standing.digest.to_string(),
        effects: effects
            .map(|(index, one)| effect(index + 1, one, receipts.get(index)))
            .collect(),
        expires_at: time(plan.expires_at),
        id: plan.id.to_string(),
        invocation: plan.invocation.to_string(),
        made_at: time(plan.made_at),
        skill: plan.skill.to_string(),
        state: standing.state.name(),
        tool: plan.tool.to_string(),
    }
}

fn effect(number: usize, effect: &Effect, receipt: Option<&Receipt>) -> EffectView {
    let target = effect.target();
    let (fields, to) = match effect {
        Effect::Create { changes, .. } => (Some(fields(changes, &Before::default())), None),
        Effect::Update {
            changes, before, ..
        } => (Some(fields(changes, before)), None),
        Effect::Link { link, .. } => (None, Some(entry(link.target))),
    };
    let (outcome, code) = match receipt {
        None => (None, None),
        Some(Receipt::Done) => (Some("done"), None),
        Some(Receipt::Unknown) => (Some("unknown"), None),
        Some(Receipt::Failed(code)) => (Some("failed"), Some(code.clone())),
    };
    EffectView {
        action: effect.verb().name(),
        code,
        fields,
        id: target.id.to_string(),
        number,
        object: target.object.name(),
        outcome,
        to,
    }
}

fn entry(entry: EntryRef) -> LinkedRecord {
    LinkedRecord {
        id: entry.id.to_string(),
        object: entry.object.name(),
    }
}

fn fields(changes: &Changes, before: &Before) -> Vec<FieldChange> {
    let change = |key: &FieldKey| {
        let hidden = before.hidden.contains(key);
        FieldChange {
            after: value(changes.set.get(key)),
            before: (!hidden).then(|| value(before.fields.get(key))),
            before_hidden: hidden.then_some(true),
            field: key.name().to_owned(),
        }
    };
    let touched = changes.set.keys().chain(&changes.clear);
    touched.map(change).collect()
}

/// A field's value for people; nothing where it is empty.
fn value(value: Option<&FieldValue>) -> Value {
    match value {
        None => Value::Null,
        Some(FieldValue::Text(text) | FieldValue::DateTime(text)) => text.as_str().into(),
        Some(FieldValue::Texts(texts)) => texts.as_slice().into(),
        Some(FieldValue::Number(number)) => (*number).into(),
        Some(FieldValue::Boolean(flag)) => (*flag).into(),
        Some(FieldValue::Money(money)) => {
            json!({ "amount_micros": money.amount_micros, "currency": money.currency })
        }
        Some(FieldValue::Phone(phone)) => json!({
            "number": phone.number,
            "country": phone.country,
            "calling_code": phone.calling_code,
        }),
        Some(FieldValue::Reference(id)) => id.to_string().into(),
    }
}
