use super::time;
use crate::problem::{Kind, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use skillgate_app::plans::PlanStanding;
use skillgate_domain::crm::{Changes, EntryRef, FieldKey, FieldValue};
use skillgate_domain::digest::Digest;
use skillgate_domain::plan::{Before, Effect, Plan, Receipt};

/// Which plan was approved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanApproval {
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
pub fn plan(standing: &PlanStanding) -> Value {
    let Plan { effects, .. } = &standing.plan;
    let plan = &standing.plan;
    json!({
        "id": plan.id.to_string(),
        "digest": standing.digest.to_string(),
        "state": standing.state.name(),
        "skill": plan.skill.as_str(),
        "tool": plan.tool.as_str(),
        "invocation": plan.invocation.to_string(),
        "made_at": time(plan.made_at),
        "expires_at": time(plan.expires_at),
        "effects": effects
            .iter()
            .enumerate()
            .map(|(index, one)| effect(index + 1, one, standing.receipts.get(index)))
            .collect::<Value>(),
    })
}

fn effect(number: usize, effect: &Effect, receipt: Option<&Receipt>) -> Value {
    let target = effect.target();
    let mut view = json!({
        "number": number,
        "action": effect.verb().name(),
        "object": target.object.name(),
        "id": target.id.to_string(),
    });
    match effect {
        Effect::Create { changes, .. } => view["fields"] = fields(changes, &Before::default()),
        Effect::Update {
            changes, before, ..
        } => view["fields"] = fields(changes, before),
        Effect::Link { link, .. } => view["to"] = entry(link.target),
    }
    match receipt {
        None => {}
        Some(Receipt::Done) => view["outcome"] = "done".into(),
        Some(Receipt::Unknown) => view["outcome"] = "unknown".into(),
        Some(Receipt::Failed(code)) => {
            view["outcome"] = "failed".into();
            view["code"] = code.as_str().into();
        }
    }
    view
}

fn entry(entry: EntryRef) -> Value {
    json!({ "object": entry.object.name(), "id": entry.id.to_string() })
}

/// Every field that changes: what it holds now, unless that may not be seen, and what it will hold.
fn fields(changes: &Changes, before: &Before) -> Value {
    let field = |key: &FieldKey| {
        let mut view = Map::from_iter([("field".to_owned(), key.name().into())]);
        if before.hidden.contains(key) {
            view.insert("before_hidden".to_owned(), true.into());
        } else {
            view.insert("before".to_owned(), value(before.fields.get(key)));
        }
        view.insert("after".to_owned(), value(changes.set.get(key)));
        Value::Object(view)
    };
    let touched = changes.set.keys().chain(&changes.clear);
    touched.map(field).collect()
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
