use crate::problem::{Kind, Problem};
use serde::Deserialize;
use skillgate_domain::crm::{EntryRef, ObjectKind};
use skillgate_domain::ids::RecordId;
use skillgate_domain::plan::Mode;
use skillgate_domain::scope::{RecordScope, SCOPED_RECORDS_MAX};
use utoipa::{IntoParams, ToSchema};

/// How a tool is called: the part of the address behind the question mark.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CallQuery {
    /// Whether the tool writes, or answers a plan of what it would write.
    #[serde(default)]
    #[param(inline)]
    mode: ModeName,
    /// Only these records: `contact:ID,task:ID`.
    records: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ModeName {
    #[default]
    Execute,
    Plan,
}

impl CallQuery {
    /// Returns whether the tool writes.
    pub const fn mode(&self) -> Mode {
        match self.mode {
            ModeName::Execute => Mode::Execute,
            ModeName::Plan => Mode::Plan,
        }
    }

    /// Returns the records that the call is narrowed to.
    pub fn records(&self) -> Result<Option<RecordScope>, Problem> {
        let Some(list) = &self.records else {
            return Ok(None);
        };
        let list = list.split(',').filter(|one| !one.is_empty());
        record_scope(list).map(Some)
    }
}

/// Reads records that a call is narrowed to, each as kind and id: `contact:ID`.
pub fn record_scope<'a>(list: impl Iterator<Item = &'a str>) -> Result<RecordScope, Problem> {
    let invalid = |why: &str| Problem::with_detail(Kind::QueryInvalid, why);
    let read = |one: &str| {
        let (object, id) = one.split_once(':')?;
        Some(EntryRef {
            object: ObjectKind::from_name(object)?,
            id: RecordId::parse(id).ok()?,
        })
    };
    let records: Option<Vec<_>> = list.take(SCOPED_RECORDS_MAX + 1).map(read).collect();
    let records = records.ok_or_else(|| {
        invalid("records are listed as kind and id, for example `contact:ID,task:ID`")
    })?;
    RecordScope::new(records).map_err(|error| invalid(&error.to_string()))
}
