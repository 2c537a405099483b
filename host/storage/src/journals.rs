//! Journals: kept with the record of their call (see `audit::append`), found and removed here.

use crate::convert::moment;
use crate::database::{Database, on_pool};
use crate::error::storage;
use async_trait::async_trait;
use skillgate_app::ports::{JournalStore, KeptJournal, StorageError};
use skillgate_domain::ids::{CommunityId, InvocationId};
use skillgate_domain::time::Timestamp;

const BY_INVOCATION: &str = "
    SELECT journals.body, audit.leaf FROM journals
    JOIN audit ON audit.number = journals.record
    WHERE journals.community = $1 AND journals.invocation = $2 AND audit.community = $1";
/// Records stand in the order of time, give or take a moment, so that no index of its own is needed.
const REMOVE: &str = "
    DELETE FROM journals WHERE at <= $1 AND record IN (
        SELECT record FROM journals ORDER BY record LIMIT $2)";

#[async_trait]
impl JournalStore for Database {
    async fn journal(
        &self,
        community: &CommunityId,
        invocation: InvocationId,
    ) -> Result<Option<KeptJournal>, StorageError> {
        let row: Option<(String, String)> = on_pool!(self, pool => sqlx::query_as(BY_INVOCATION)
                .bind(community.as_str())
                .bind(invocation.uuid())
                .fetch_optional(pool).await)
        .map_err(storage)?;
        Ok(row.map(|(body, leaf)| KeptJournal { body, leaf }))
    }

    async fn remove_journals(&self, until: Timestamp, rows_max: u32) -> Result<u64, StorageError> {
        let until = moment("until", until)?;
        on_pool!(self, pool => sqlx::query(REMOVE)
            .bind(until)
            .bind(i64::from(rows_max))
            .execute(pool).await
            .map(|done| done.rows_affected()))
        .map_err(storage)
    }
}
