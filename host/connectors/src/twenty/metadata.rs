//! The workspace's metadata, kept for a while.

use super::call::Call;
use super::client::{Client, Failure};
use super::refusal::Refusal;
use super::schema::{PageEnd, Schema};
use skillgate_app::ports::{Clock, CrmError, UnavailableCause};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long metadata is believed, in milliseconds.
pub const METADATA_AGE_MAX_MS: i64 = 10 * 60 * 1_000;
/// How old metadata must be to be read again because of an unknown field, in milliseconds.
pub const METADATA_REFRESH_MIN_MS: i64 = 30 * 1_000;
/// Most pages of metadata read.
pub const METADATA_PAGES_MAX: usize = 10;

/// A schema, and when it was read.
#[derive(Debug, Clone)]
struct Kept {
    schema: Arc<Schema>,
    at: Timestamp,
}

impl Kept {
    fn is_older(&self, ms: i64, now: Timestamp) -> bool {
        // A clock that went backwards makes it old.
        now < self.at || now >= self.at.plus_ms(ms)
    }
}

/// Reads metadata once for everybody, and again when it is old.
pub(super) struct Metadata {
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<Kept>>,
}

impl Metadata {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::new(None),
        }
    }

    /// Returns the schema.
    pub(super) async fn schema(
        &self,
        client: &Client,
        community: &CommunityId,
    ) -> Result<Arc<Schema>, CrmError> {
        self.not_older(METADATA_AGE_MAX_MS, client, community).await
    }

    /// Returns the schema, read again unless that was done a moment ago.
    pub(super) async fn refreshed(
        &self,
        client: &Client,
        community: &CommunityId,
    ) -> Result<Arc<Schema>, CrmError> {
        self.not_older(METADATA_REFRESH_MIN_MS, client, community)
            .await
    }

    async fn not_older(
        &self,
        ms: i64,
        client: &Client,
        community: &CommunityId,
    ) -> Result<Arc<Schema>, CrmError> {
        // Held while reading, so that one request serves all who wait.
        let mut kept = self.kept.lock().await;
        let old = match &*kept {
            Some(there) if !there.is_older(ms, self.clock.now()) => {
                return Ok(Arc::clone(&there.schema));
            }
            old => old.as_ref().map(|old| Arc::clone(&old.schema)),
        };
        let schema = match (load(client, community).await, old) {
            (Ok(schema), _) => Arc::new(schema),
            // A key with a narrow role may not read metadata, and may still work with records.
            (Err(Failure::Refused(Refusal::Permission)), _) => Arc::new(Schema::assumed()),
            // Old metadata is better than none, while there is no newer.
            (Err(Failure::Lost(..)), Some(old)) => return Ok(old),
            (Err(failure), _) => return Err(failure.into()),
        };
        *kept = Some(Kept {
            schema: Arc::clone(&schema),
            at: self.clock.now(),
        });
        Ok(schema)
    }
}

async fn load(client: &Client, community: &CommunityId) -> Result<Schema, Failure> {
    let mut schema = Schema::empty();
    let mut after = None;
    for _ in 0..METADATA_PAGES_MAX {
        let page = client.read(community, &Call::Metadata(after)).await?;
        let unreadable = || {
            Failure::Lost(
                UnavailableCause::Unreadable,
                super::client::Applied::Answered,
            )
        };
        after = match schema.add_page(&page).ok_or_else(unreadable)? {
            PageEnd::Last => None,
            PageEnd::At(cursor) => RecordId::parse(&cursor).ok(),
        };
        if after.is_none() {
            break;
        }
    }
    Ok(schema)
}
