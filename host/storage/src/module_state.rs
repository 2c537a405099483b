//! What skills keep: values under keys.
//!
//! Invariant: an account says how much a skill keeps. It changes with the rows, in the same transaction, and
//! before anything else is read in it: whoever changes what the same skill keeps waits there.

mod commit;

use crate::convert::checked;
use crate::database::{Database, on_pool};
use crate::error::storage;
use async_trait::async_trait;
use skillgate_app::ports::{
    STATE_PAGE_MAX, StateChange, StateLine, StateRefusal, StateStore, StateValue, StorageError,
};
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::state::{StateKey, StatePrefix, StateQuota};

const BY_KEY: &str = "
    SELECT version, value FROM module_state WHERE community = $1 AND skill = $2 AND key = $3";
const LIST: &str = "
    SELECT key, version, CAST(octet_length(value) AS BIGINT) FROM module_state
    WHERE community = $1 AND skill = $2 AND key >= $3 AND key < $4 AND key > $5
    ORDER BY key LIMIT $6";

fn line((key, version, bytes): (String, i64, i64)) -> Result<StateLine, StorageError> {
    Ok(StateLine {
        key: checked("module_state.key", StateKey::parse(&key))?,
        version,
        value_bytes: checked("module_state.value", u32::try_from(bytes))?,
    })
}

#[async_trait]
impl StateStore for Database {
    async fn state_get(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        key: &StateKey,
    ) -> Result<Option<StateValue>, StorageError> {
        let row: Option<(i64, Vec<u8>)> = on_pool!(self, pool => sqlx::query_as(BY_KEY)
            .bind(community.as_str())
            .bind(skill.as_str())
            .bind(key.as_str())
            .fetch_optional(pool).await)
        .map_err(storage)?;
        Ok(row.map(|(version, value)| StateValue { value, version }))
    }

    async fn state_list(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        prefix: &StatePrefix,
        after: Option<&StateKey>,
        limit: u32,
    ) -> Result<Vec<StateLine>, StorageError> {
        let rows: Vec<(String, i64, i64)> = on_pool!(self, pool => sqlx::query_as(LIST)
            .bind(community.as_str())
            .bind(skill.as_str())
            .bind(prefix.as_str())
            .bind(prefix.end())
            .bind(after.map_or("", StateKey::as_str))
            .bind(i64::from(limit.min(STATE_PAGE_MAX)))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(line).collect()
    }

    async fn state_commit(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        changes: &[StateChange],
        quota: StateQuota,
    ) -> Result<Vec<i64>, StateRefusal> {
        self.commit_state(community, skill, changes, quota).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_is_named_by_its_column() {
        let row = |key: &str, bytes| line((key.to_owned(), 1, bytes));
        assert!(row("a", 0).is_ok());
        for (key, bytes, column) in [
            ("a/", 0, "module_state.key"),
            ("é", 0, "module_state.key"),
            ("a", -1, "module_state.value"),
        ] {
            let refused = row(key, bytes).unwrap_err().to_string();
            assert!(refused.contains(column), "{refused}");
        }
    }
}
