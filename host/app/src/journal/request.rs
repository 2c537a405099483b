//! What a guest asks of the CRM, as it is written and compared.

mod files;
mod kept;

use super::HostCall;
use crate::broker::{FileCall, StateQuery};
use crate::effect::ValueForm;
use crate::form::{EntryForm, Fields, HttpForm, OutwardForm, fields_of, names_of};
use crate::ports::{PlannerRequest, StateChange, TezStreamQuery};
use files::FileCallForm;
use kept::{ChangeForm, KeysForm};
use serde::Serialize;
use skillgate_domain::crm::{
    Changes, Comparison, EntryRef, FieldKey, FieldValue, Filter, FilterKey, Link, Query,
};
use skillgate_domain::egress;
use skillgate_domain::ids::RecordId;
use skillgate_domain::plan::Outward;
use skillgate_domain::state::StateKey;
use skillgate_domain::time::Timestamp;

/// What a guest asks of the CRM.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request<'a> {
    Get(EntryRef),
    Snapshot(EntryRef),
    Search(&'a Query),
    Create(&'a Changes),
    Update(RecordId, &'a Changes),
    Upsert(&'a Changes),
    Link(&'a Link),
    Outward(&'a Outward),
    Http(&'a egress::Request),
    Ask(&'a PlannerRequest),
    Stream(&'a TezStreamQuery),
    StateGet(&'a StateKey),
    StateList(&'a StateQuery),
    StateCommit(&'a [StateChange]),
    File(FileCall<'a>),
}

/// Its form. Nobody reads it back: a number in it may be one that JSON does not have, and is compared
/// as what JSON makes of it.
#[derive(Debug, Serialize)]
#[serde(tag = "call", content = "request")]
pub(super) enum RequestForm {
    #[serde(rename = "crm.get")]
    Get(EntryForm),
    #[serde(rename = "tez.snapshot")]
    Snapshot(EntryForm),
    #[serde(rename = "crm.search")]
    Search(Box<QueryForm>),
    #[serde(rename = "crm.create")]
    Create(ChangesForm),
    #[serde(rename = "crm.update")]
    Update {
        id: String,
        #[serde(flatten)]
        changes: ChangesForm,
    },
    #[serde(rename = "crm.upsert")]
    Upsert(ChangesForm),
    #[serde(rename = "crm.link")]
    Link {
        source: EntryForm,
        target: EntryForm,
    },
    #[serde(rename = "outward")]
    Outward(OutwardForm),
    #[serde(rename = "http.send")]
    Http(HttpForm),
    #[serde(rename = "planner.ask")]
    Ask {
        prompt: String,
        model: Option<String>,
        temperature: Option<f64>,
    },
    #[serde(rename = "tez.stream")]
    Stream {
        team: String,
        before: Option<i64>,
        limit: u32,
    },
    #[serde(rename = "state.get")]
    StateGet { key: String },
    #[serde(rename = "state.list")]
    StateList(KeysForm),
    #[serde(rename = "state.commit")]
    StateCommit(Vec<ChangeForm>),
    #[serde(rename = "files")]
    File(FileCallForm),
}

#[derive(Debug, Serialize)]
pub(super) struct ChangesForm {
    object: &'static str,
    set: Fields,
    clear: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct QueryForm {
    object: &'static str,
    text: Option<String>,
    filters: Vec<FilterForm>,
    linked_to: Option<EntryForm>,
    sort: Option<SortForm>,
    limit: u32,
    cursor: Option<String>,
}

#[derive(Debug, Serialize)]
struct FilterForm {
    field: String,
    #[serde(flatten)]
    comparison: ComparisonForm,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum ComparisonForm {
    Equals(ValueForm),
    NotEquals(ValueForm),
    OneOf(Vec<String>),
    Contains(String),
    StartsWith(String),
    AtMost(ValueForm),
    AtLeast(ValueForm),
    IsEmpty(()),
    IsSet(()),
}

#[derive(Debug, Serialize)]
struct SortForm {
    field: String,
    descending: bool,
}

impl Request<'_> {
    pub(super) fn form(&self) -> RequestForm {
        match self {
            Self::Get(target) => RequestForm::Get(EntryForm::of(*target)),
            Self::Snapshot(target) => RequestForm::Snapshot(EntryForm::of(*target)),
            Self::Search(query) => RequestForm::Search(Box::new(QueryForm::of(query))),
            Self::Create(changes) => RequestForm::Create(ChangesForm::of(changes)),
            Self::Update(id, changes) => RequestForm::Update {
                id: id.to_string(),
                changes: ChangesForm::of(changes),
            },
            Self::Upsert(changes) => RequestForm::Upsert(ChangesForm::of(changes)),
            Self::Link(link) => RequestForm::Link {
                source: EntryForm::of(link.source),
                target: EntryForm::of(link.target),
            },
            Self::Outward(outward) => RequestForm::Outward(OutwardForm::of(outward)),
            Self::Http(request) => RequestForm::Http(HttpForm::of(request)),
            Self::Ask(asked) => RequestForm::Ask {
                prompt: asked.prompt.clone(),
                model: asked.model.clone(),
                temperature: asked.temperature,
            },
            Self::Stream(query) => RequestForm::Stream {
                team: query.team.to_string(),
                before: query.before.map(Timestamp::unix_ms),
                limit: query.limit,
            },
            Self::File(call) => RequestForm::File(FileCallForm::of(*call)),
            Self::StateGet(key) => RequestForm::StateGet {
                key: key.to_string(),
            },
            Self::StateList(query) => RequestForm::StateList(KeysForm::of(query)),
            Self::StateCommit(changes) => {
                RequestForm::StateCommit(changes.iter().map(ChangeForm::of).collect())
            }
        }
    }

    /// Returns the call as it is compared with a recorded one.
    pub(super) fn compared(&self) -> HostCall {
        let form = serde_json::to_value(self.form()).and_then(serde_json::from_value);
        form.expect("a request has a name and a body")
    }
}

impl ChangesForm {
    fn of(changes: &Changes) -> Self {
        Self {
            object: changes.object.name(),
            set: fields_of(&changes.set),
            clear: names_of(&changes.clear),
        }
    }
}

impl QueryForm {
    fn of(query: &Query) -> Self {
        let sort = query.sort.as_ref().map(|sort| SortForm {
            field: field(&sort.key),
            descending: sort.descending,
        });
        Self {
            object: query.object.name(),
            text: query.text.clone(),
            filters: query.filters.iter().map(FilterForm::of).collect(),
            linked_to: query.linked_to.map(EntryForm::of),
            sort,
            limit: query.limit,
            cursor: query.cursor.clone(),
        }
    }
}

impl FilterForm {
    fn of(filter: &Filter) -> Self {
        use ComparisonForm as F;
        let value = |value: &FieldValue| ValueForm::from(value);
        Self {
            field: field(&filter.key),
            comparison: match &filter.comparison {
                Comparison::Equals(v) => F::Equals(value(v)),
                Comparison::NotEquals(v) => F::NotEquals(value(v)),
                Comparison::OneOf(options) => F::OneOf(options.clone()),
                Comparison::Contains(part) => F::Contains(part.clone()),
                Comparison::StartsWith(part) => F::StartsWith(part.clone()),
                Comparison::AtMost(v) => F::AtMost(value(v)),
                Comparison::AtLeast(v) => F::AtLeast(value(v)),
                Comparison::IsEmpty => F::IsEmpty(()),
                Comparison::IsSet => F::IsSet(()),
            },
        }
    }
}

/// The name that the contract has for it.
fn field(key: &FilterKey) -> String {
    match key {
        FilterKey::Field(key) => FieldKey::name(key).to_owned(),
        FilterKey::UpdatedAt => "updated_at".to_owned(),
    }
}
