//! Which records changed, for whoever keeps what it read.

use super::call::Call;
use super::client::BACK_OFF;
use super::document::{self, Listing};
use super::object::names;
use super::read::{host, next_cursor, unreadable};
use super::{Inner, decode};
use serde_json::{Value, json};
use skillgate_app::ports::{CHANGES_MAX, Changed, CrmError};
use skillgate_app::time::rfc3339;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::time::Timestamp;

/// Share of the request budget that is left to others, in percent.
pub const SPARE_PERCENT: u32 = 50;

impl Inner {
    /// Lists what changed, the longest ago first. A soft deletion is a change: it moves `updatedAt`. Takes no
    /// turn from anybody: where somebody waits, or little is left, it does not ask.
    pub(super) async fn changed(
        &self,
        object: ObjectKind,
        since: Timestamp,
    ) -> Result<Changed, CrmError> {
        if !self.client.has_spare(SPARE_PERCENT) {
            return Err(CrmError::RateLimited { after: BACK_OFF });
        }
        let since = rfc3339(since).ok_or_else(unreadable)?;
        let listing = Listing {
            conditions: vec![
                json!({"updatedAt": {"gte": since}}),
                document::deleted_or_not(),
            ],
            order: json!([{"updatedAt": "AscNullsLast"}]),
            first: CHANGES_MAX,
            after: None,
        };
        let selected = "id updatedAt deletedAt";
        let call = Call::GraphQl(document::list(names(object), selected, &listing));
        let answer = self.client.send(&host()?, &call).await?;
        listed(&answer[names(object).plural])
    }
}

fn listed(connection: &Value) -> Result<Changed, CrmError> {
    let edges = connection["edges"].as_array().ok_or_else(unreadable)?;
    let one = |edge: &Value| {
        let node = &edge["node"];
        let id = decode::id(node)?;
        let deleted = decode::is_deleted(node);
        let updated_at = node["updatedAt"].as_str().filter(|_| !deleted);
        Some((id, updated_at.map(str::to_owned)))
    };
    let records = edges.iter().map(one).collect::<Option<Vec<_>>>();
    Ok(Changed {
        records: records.ok_or_else(unreadable)?,
        more: next_cursor(connection).is_some(),
    })
}
