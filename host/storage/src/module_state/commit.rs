use crate::database::{Database, on_pool};
use crate::dialect::begin;
use crate::error::storage;
use skillgate_app::ports::{StateAccount, StateChange, StatePresent, StateRefusal};
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::state::StateQuota;
use sqlx::QueryBuilder;
use std::collections::BTreeMap;

/// Takes versions for so many changes, and the right to make them.
const OPEN: &str = "
    INSERT INTO module_state_accounts (community, skill, next_version, keys, bytes)
    VALUES ($1, $2, 1 + $3, 0, 0)
    ON CONFLICT (community, skill) DO UPDATE
    SET next_version = module_state_accounts.next_version + $3
    RETURNING next_version, keys, bytes";
const SETTLE: &str = "
    UPDATE module_state_accounts SET keys = $3, bytes = $4 WHERE community = $1 AND skill = $2";
const PRESENT: &str = "
    SELECT key, version, CAST(octet_length(value) AS BIGINT) FROM module_state WHERE community = ";
const REMOVE: &str = "DELETE FROM module_state WHERE community = ";
const PUT: &str = "INSERT INTO module_state (community, skill, key, version, value) ";
const OVER: &str = "
    ON CONFLICT (community, skill, key) DO UPDATE
    SET version = excluded.version, value = excluded.value";

/// Writes the rest of a statement that begins with [`PRESENT`] or [`REMOVE`].
macro_rules! push_keys {
    ($query:ident, ($community:expr, $skill:expr), $changes:expr) => {
        $query.push_bind($community.as_str());
        $query.push(" AND skill = ").push_bind($skill.as_str());
        $query.push(" AND key IN (");
        let mut keys = $query.separated(", ");
        for change in $changes {
            keys.push_bind(change.key.as_str());
        }
        $query.push(")");
    };
}

impl Database {
    /// Makes all changes or none. What is put takes one statement, and so does what is removed.
    pub(super) async fn commit_state(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        changes: &[StateChange],
        quota: StateQuota,
    ) -> Result<Vec<i64>, StateRefusal> {
        StateChange::well_formed(changes)?;
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let count = i64::try_from(changes.len()).expect("a few changes");
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let (next, keys, bytes): (i64, i64, i64) = sqlx::query_as(OPEN)
                .bind(community.as_str())
                .bind(skill.as_str())
                .bind(count)
                .fetch_one(&mut *transaction).await.map_err(storage)?;
            let mut read = QueryBuilder::new(PRESENT);
            push_keys!(read, (community, skill), changes);
            let rows: Vec<(String, i64, i64)> = read.build_query_as()
                .fetch_all(&mut *transaction).await.map_err(storage)?;
            let after = StateAccount { keys, bytes }.after(changes, &present(rows), quota)?;
            let versions: Vec<i64> = (next - count..next).collect();
            let (puts, removals) = parted(changes, &versions);
            if !puts.is_empty() {
                let mut put = QueryBuilder::new(PUT);
                put.push_values(puts, |mut row, (key, version, value)| {
                    row.push_bind(community.as_str())
                        .push_bind(skill.as_str())
                        .push_bind(key)
                        .push_bind(version)
                        .push_bind(value);
                });
                put.push(OVER);
                put.build().execute(&mut *transaction).await.map_err(storage)?;
            }
            if !removals.is_empty() {
                let mut remove = QueryBuilder::new(REMOVE);
                push_keys!(remove, (community, skill), removals);
                remove.build().execute(&mut *transaction).await.map_err(storage)?;
            }
            sqlx::query(SETTLE)
                .bind(community.as_str())
                .bind(skill.as_str())
                .bind(after.keys)
                .bind(after.bytes)
                .execute(&mut *transaction).await.map_err(storage)?;
            transaction.commit().await.map_err(storage)?;
            Ok(versions)
        })
    }
}

fn present(rows: Vec<(String, i64, i64)>) -> BTreeMap<String, StatePresent> {
    let present = |(key, version, value_bytes)| {
        let present = StatePresent {
            version,
            value_bytes,
        };
        (key, present)
    };
    rows.into_iter().map(present).collect()
}

/// A row to put: key, version and value.
type Put<'a> = (&'a str, i64, &'a [u8]);

/// Parts the changes into what is put and what is removed.
fn parted<'a>(
    changes: &'a [StateChange],
    versions: &[i64],
) -> (Vec<Put<'a>>, Vec<&'a StateChange>) {
    let (mut puts, mut removals) = (Vec::new(), Vec::new());
    for (change, version) in changes.iter().zip(versions) {
        match &change.put {
            Some(value) => puts.push((change.key.as_str(), *version, value.as_slice())),
            None => removals.push(change),
        }
    }
    (puts, removals)
}
