//! Finding a record before creating it, so that none is doubled.

use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::crm::{Entry, Error, Object, Records};
use skillgate_sdk::{ToolError, ToolResult};

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It is new.
    Created,
    /// It was there before, and was left as it is.
    Found,
}

/// Returns the record that `find` knows, or creates it. A record that somebody else created in between is found.
pub(crate) fn find_or_create<T: Object>(
    records: Records<T>,
    find: impl Fn() -> ToolResult<Option<Entry<T>>>,
    fields: T,
) -> ToolResult<(Outcome, Entry<T>)> {
    if let Some(entry) = find()? {
        return Ok((Outcome::Found, entry));
    }
    match records.create(fields) {
        Ok(entry) => Ok((Outcome::Created, entry)),
        Err(error) if error.is_conflict() => {
            let rival = match &error.conflicting_id {
                Some(id) => visible(records.get(id))?,
                None => find()?,
            };
            rival
                .map(|entry| (Outcome::Found, entry))
                .ok_or_else(|| held_by_a_hidden_record(error))
        }
        Err(error) => Err(error.into()),
    }
}

fn visible<T>(read: Result<Entry<T>, Error>) -> ToolResult<Option<Entry<T>>> {
    match read {
        Ok(entry) => Ok(Some(entry)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A deleted record keeps its unique value in Twenty.
fn held_by_a_hidden_record(conflict: Error) -> ToolError {
    ToolError::from(conflict).with_message(
        "A record that cannot be seen, perhaps a deleted one, holds this e-mail address or domain. \
         Ask somebody with access to the CRM to restore or remove it.",
    )
}
