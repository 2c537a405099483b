//! Questions for more of a record, and taking something out of a Tez.

use super::super::query_part::query_part;
use super::super::time;
use super::{Data, FieldVerdictName};
use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use skillgate_app::relay::{AskedExpansion, Decided, EXPANSION_PAGE, ExpansionPage, Standing};
use skillgate_domain::ids::{ContextId, ExpansionId, TezId};
use skillgate_domain::tez::expansion::FieldVerdict;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A question for more of a record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskRequest {
    /// The item of context that says too little.
    #[schema(format = "uuid")]
    pub context_id: String,
    /// Names of fields that the community lets out on request: 1 to 20.
    pub fields: Vec<String>,
    /// Why: 1 to 500 characters.
    pub reason: String,
}

impl AskRequest {
    /// Reads the id in it.
    pub fn decode(self) -> Result<AskedExpansion, Problem> {
        let context = ContextId::parse(&self.context_id);
        Ok(AskedExpansion {
            context: context.map_err(|rule| Problem::with_detail(Kind::BodyInvalid, rule))?,
            fields: self.fields,
            reason: self.reason,
        })
    }
}

/// What is said of each field that was asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideRequest {
    /// Of every field that was asked for, whether it is let out.
    pub fields: BTreeMap<String, FieldVerdictName>,
    /// What there is to say about it: at most 500 characters.
    pub note: Option<String>,
}

impl DecideRequest {
    /// Returns what it says.
    pub fn decode(self) -> Decided {
        let verdicts = self.fields.into_iter();
        Decided {
            verdicts: verdicts.map(|(field, name)| (field, name.0)).collect(),
            note: self.note,
        }
    }
}

/// Why something is taken out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactRequest {
    /// 1 to 500 characters. It stays in the place of what was there.
    pub reason: String,
}

/// Which of the questions to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ExpansionFilter {
    /// Those that wait.
    #[default]
    Pending,
    /// All.
    All,
}

/// Which part of the questions about one's own Tez.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExpansionQuery {
    /// Those that wait, where nothing is said.
    #[param(inline)]
    state: Option<ExpansionFilter>,
    /// Questions at most: 1 to 100; 50 where nothing is said.
    limit: Option<u32>,
    /// Only questions older than this one: `next` of the page before.
    #[param(format = "uuid")]
    before: Option<String>,
}

impl ExpansionQuery {
    /// Tells whether only those that wait are asked for, and where the page begins and how long it is.
    pub fn decode(self) -> Result<(bool, Option<ExpansionId>, u32), Problem> {
        let before = query_part(self.before.as_deref(), ExpansionId::parse)?;
        let waiting = self.state.unwrap_or_default() == ExpansionFilter::Pending;
        Ok((waiting, before, self.limit.unwrap_or(EXPANSION_PAGE)))
    }
}

/// A question, and what was answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpansionView {
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = "uuid")]
    tez_id: String,
    #[schema(format = "uuid")]
    context_id: String,
    object: &'static str,
    #[schema(format = "uuid")]
    record_id: String,
    asked_by: String,
    /// `pending`, `answered`, `refused` or `expired`.
    state: &'static str,
    /// Each field that was asked for, with what was said of it: `approve` or `refuse`, and `pending` until
    /// then.
    fields: BTreeMap<String, &'static str>,
    reason: String,
    #[schema(format = DateTime, required)]
    asked_at: Option<String>,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
    #[schema(format = DateTime, required)]
    decided_at: Option<String>,
    #[schema(required)]
    note: Option<String>,
    /// The Tez that hands over what is let out.
    #[schema(format = "uuid", required)]
    reply_tez_id: Option<String>,
}

/// Some questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpansionPageView {
    /// Newest first.
    data: Vec<ExpansionView>,
    meta: ExpansionMeta,
}

/// How much of the questions this is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExpansionMeta {
    count: usize,
    /// Give it as `before` for those behind; null where there are none.
    #[schema(format = "uuid", required)]
    next: Option<String>,
}

fn view(standing: &Standing) -> ExpansionView {
    let expansion = &standing.expansion;
    let decision = expansion.decision.as_ref();
    let fields = expansion.fields.iter().map(|field| {
        let verdict = expansion.verdict(field);
        (field.clone(), verdict.map_or("pending", FieldVerdict::name))
    });
    let (object, record) = expansion.record;
    ExpansionView {
        id: expansion.id.to_string(),
        tez_id: expansion.tez.to_string(),
        context_id: expansion.context.to_string(),
        object: object.name(),
        record_id: record.to_string(),
        asked_by: expansion.asker.to_string(),
        state: standing.state.name(),
        fields: fields.collect(),
        reason: expansion.reason.clone(),
        asked_at: time(expansion.asked_at),
        expires_at: time(expansion.expires_at),
        decided_at: decision.and_then(|decision| time(decision.at)),
        note: decision.and_then(|decision| decision.note.clone()),
        reply_tez_id: decision
            .and_then(|decision| decision.reply.as_ref())
            .map(TezId::to_string),
    }
}

/// Shows a question.
pub fn expansion(standing: &Standing) -> Data<ExpansionView> {
    Data {
        data: view(standing),
    }
}

/// Shows the questions about a Tez.
pub fn expansions(standings: &[Standing]) -> Data<Vec<ExpansionView>> {
    Data {
        data: standings.iter().map(view).collect(),
    }
}

/// Shows some of the questions that somebody has to decide.
pub fn expansion_page(page: &ExpansionPage) -> ExpansionPageView {
    ExpansionPageView {
        meta: ExpansionMeta {
            count: page.expansions.len(),
            next: page.next.as_ref().map(ExpansionId::to_string),
        },
        data: page.expansions.iter().map(view).collect(),
    }
}
