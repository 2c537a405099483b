use super::time;
use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skillgate_app::plans::PlanStanding;
use skillgate_domain::crm::{Changes, EntryRef, FieldKey, FieldValue};
use skillgate_domain::digest::Digest;
use skillgate_domain::plan::{Before, Effect, Outward, Plan, Receipt};
use skillgate_domain::policy::Act;
use skillgate_domain::tez::{ContextItem, TezDraft};
use utoipa::ToSchema;

/// Which plan was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanSeen {
    /// The digest of the plan that was looked at.
    digest: String,
}

impl PlanSeen {
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
    /// The agent that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    agent: Option<String>,
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
    /// Where a call waits for it: SHA-256 of the canonical form (RFC 8785) of that call's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    parameters: Option<String>,
    skill: String,
    /// `open`, `expired`, `applying`, `interrupted`, `applied`, `stopped` or `declined`.
    state: &'static str,
    /// How many effects of which kind there are.
    summary: String,
    tool: String,
}

/// Plans that can be applied.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanList {
    plans: Vec<PlanLine>,
}

/// A plan without its effects and its digest: who applies it looks at it first.
#[derive(Debug, Serialize, ToSchema)]
struct PlanLine {
    /// The agent that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    agent: Option<String>,
    /// Whether a call waits until a person has confirmed it.
    awaited: bool,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = DateTime, required)]
    made_at: Option<String>,
    skill: String,
    /// How many effects of which kind there are.
    summary: String,
    tool: String,
}

/// One write of a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Effect)]
pub(crate) struct EffectView {
    /// `create`, `update` or `link`; or, of what reaches others, `share-tez`, `send-email`,
    /// `log-calendar` or `send-request`.
    action: &'static str,
    /// What the other side answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Value, required = false)]
    answer: Option<Value>,
    /// The entry that is made in a calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<CalendarEffect>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The fields that change, of a record that is created or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldChange>>,
    /// The e-mail that is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailEffect>,
    /// Of the record, or of the effect itself.
    #[schema(format = "uuid")]
    id: String,
    /// From 1.
    number: usize,
    /// The kind of record.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'static str>,
    /// `done`, `failed` or `unknown`; nothing where it was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// The request that is sent to a service outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestEffect>,
    /// What the record is attached to, of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<LinkedRecord>,
    /// The Tez that is handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    tez: Option<TezEffect>,
}

/// A Tez that is handed over.
#[derive(Debug, Serialize, ToSchema)]
struct TezEffect {
    context: Vec<TezContext>,
    recipients: Vec<String>,
    surface_text: String,
    #[schema(format = "uuid")]
    team: String,
    #[serde(rename = "type")]
    kind: &'static str,
    urgency: &'static str,
    visibility: &'static str,
}

/// An item of its context.
#[derive(Debug, Serialize, ToSchema)]
struct TezContext {
    content: String,
    layer: &'static str,
    /// Read from a record by the host: this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<LinkedRecord>,
    source: &'static str,
}

/// An e-mail that is sent.
#[derive(Debug, Serialize, ToSchema)]
struct EmailEffect {
    body: String,
    sender: String,
    subject: String,
    to: String,
}

/// An entry that is made in a calendar.
#[derive(Debug, Serialize, ToSchema)]
struct CalendarEffect {
    assistant: String,
    duration_ms: u64,
    summary: String,
}

/// A request that is sent to a service outside, without its credential.
#[derive(Debug, Serialize, ToSchema)]
struct RequestEffect {
    /// As text, as far as it is text.
    body: String,
    headers: Vec<String>,
    method: &'static str,
    url: String,
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
    let plan = &standing.plan;
    let parameters = plan
        .awaited
        .as_ref()
        .map(|call| call.parameters.to_string());
    PlanView {
        agent: agent(plan),
        digest: standing.digest.to_string(),
        effects: effects(standing),
        expires_at: time(plan.expires_at),
        id: plan.id.to_string(),
        invocation: plan.invocation.to_string(),
        made_at: time(plan.made_at),
        parameters,
        skill: plan.skill.to_string(),
        state: standing.state.name(),
        summary: summary(&plan.effects),
        tool: plan.tool.to_string(),
    }
}

/// Lists plans.
pub fn plans(list: &[PlanStanding]) -> PlanList {
    let line = |standing: &PlanStanding| {
        let plan = &standing.plan;
        PlanLine {
            agent: agent(plan),
            awaited: plan.awaited.is_some(),
            expires_at: time(plan.expires_at),
            id: plan.id.to_string(),
            made_at: time(plan.made_at),
            skill: plan.skill.to_string(),
            summary: summary(&plan.effects),
            tool: plan.tool.to_string(),
        }
    };
    PlanList {
        plans: list.iter().map(line).collect(),
    }
}

fn agent(plan: &Plan) -> Option<String> {
    let agent = plan.owner.agent.as_ref();
    agent.map(|agent| agent.as_str().to_owned())
}

/// Says how many effects of which kind there are, such as `create contact, update task (3)`.
fn summary(effects: &[Effect]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for effect in effects {
        let object = effect.record().map_or("", |record| record.object.name());
        let kind = format!("{} {object}", action(effect)).trim_end().to_owned();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let words = kinds.into_iter().map(|(kind, count)| match count {
        1 => kind,
        count => format!("{kind} ({count})"),
    });
    let words: Vec<_> = words.collect();
    if words.is_empty() {
        return "nothing".to_owned();
    }
    words.join(", ")
}

fn action(effect: &Effect) -> &'static str {
    match effect.act() {
        Act::Crm(verb) => verb.name(),
        Act::Host(action) => action.name(),
    }
}

/// Shows the effects of a plan, and what came of each.
pub(super) fn effects(standing: &PlanStanding) -> Vec<EffectView> {
    let effects = standing.plan.effects.iter().enumerate();
    effects
        .map(|(index, one)| effect(index + 1, one, standing.receipts.get(index)))
        .collect()
}

fn effect(number: usize, effect: &Effect, receipt: Option<&Receipt>) -> EffectView {
    let (outcome, code, answer) = match receipt {
        None => (None, None, None),
        Some(Receipt::Done) => (Some("done"), None, None),
        Some(Receipt::Answered(text)) => (Some("done"), None, serde_json::from_str(text).ok()),
        Some(Receipt::Unknown) => (Some("unknown"), None, None),
        Some(Receipt::Failed(code)) => (Some("failed"), Some(code.clone()), None),
    };
    let record = effect.record();
    let view = EffectView {
        action: action(effect),
        answer,
        calendar: None,
        code,
        email: None,
        fields: None,
        id: record.map_or_else(String::new, |record| record.id.to_string()),
        number,
        object: record.map(|record| record.object.name()),
        outcome,
        request: None,
        tez: None,
        to: None,
    };
    match effect {
        Effect::Create { changes, .. } => EffectView {
            fields: Some(fields(changes, &Before::default())),
            ..view
        },
        Effect::Update {
            changes, before, ..
        } => EffectView {
            fields: Some(fields(changes, before)),
            ..view
        },
        Effect::Link { link, .. } => EffectView {
            to: Some(entry(link.target)),
            ..view
        },
        Effect::Outward { id, outward } => EffectView {
            id: id.to_string(),
            ..reaching(view, outward)
        },
    }
}

fn reaching(view: EffectView, outward: &Outward) -> EffectView {
    match outward {
        Outward::ShareTez(draft) => EffectView {
            tez: Some(tez(draft)),
            ..view
        },
        Outward::SendEmail(email) => EffectView {
            email: Some(EmailEffect {
                body: email.body.clone(),
                sender: email.from.clone(),
                subject: email.subject.clone(),
                to: email.to.clone(),
            }),
            ..view
        },
        Outward::Request(request) => EffectView {
            request: Some(RequestEffect {
                body: String::from_utf8_lossy(request.body()).into_owned(),
                headers: request
                    .headers()
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect(),
                method: request.method.name(),
                url: request.target.to_string(),
            }),
            ..view
        },
        Outward::LogAction(action) => EffectView {
            calendar: Some(CalendarEffect {
                assistant: action.assistant.clone(),
                duration_ms: u64::try_from(action.duration.as_millis()).unwrap_or(u64::MAX),
                summary: action.summary.clone(),
            }),
            ..view
        },
    }
}

fn tez(draft: &TezDraft) -> TezEffect {
    let item = |item: &ContextItem| TezContext {
        content: item.content.clone(),
        layer: item.layer.name(),
        record: item.provenance.as_ref().map(|from| LinkedRecord {
            id: from.record.to_string(),
            object: from.object.name(),
        }),
        source: item.source.name(),
    };
    TezEffect {
        context: draft.context.iter().map(item).collect(),
        recipients: draft.recipients.iter().map(ToString::to_string).collect(),
        surface_text: draft.surface_text.clone(),
        team: draft.team.to_string(),
        kind: draft.kind.name(),
        urgency: draft.urgency.name(),
        visibility: draft.visibility.name(),
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
