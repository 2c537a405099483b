//! A client of Twenty CRM, for 2.19 and what newer versions change.
//!
//! Records are read one by one over REST, and searched over GraphQL: there every value from outside is a
//! variable, while REST filters cannot escape one. They are created over GraphQL, since a duplicate is told
//! there with the record that holds the value, and changed over REST by id. Nothing here waits for
//! webhooks, which come once or never; what one tells is read in `webhook`.

mod bucket;
mod call;
mod changed;
mod client;
mod config;
mod create;
mod decode;
mod document;
mod domain_name;
mod encode;
mod field;
mod filter;
mod link;
mod locks;
mod metadata;
mod object;
mod queue;
mod read;
mod refusal;
#[cfg(test)]
mod replay;
mod schema;
mod update;
mod webhook;

pub use changed::SPARE_PERCENT;
pub use config::{
    ANSWER_BYTES_MAX, ConfigError, METADATA_TIMEOUT, READ_TIMEOUT, RETRY_PAUSE, RequestBudget,
    Timeouts, TwentyConfig, WRITE_TIMEOUT,
};
pub use link::{LINKED_MAX, LINKED_PAGES_MAX};
pub use metadata::{METADATA_AGE_MAX_MS, METADATA_PAGES_MAX, METADATA_REFRESH_MIN_MS};
pub use queue::{TURN_WAIT_MAX, WAITING_MAX, WAITING_PER_COMMUNITY_MAX};
pub use webhook::TwentyWebhooks;

use self::call::Call;
use self::client::{Client, Failure};
use self::locks::Locks;
use self::metadata::Metadata;
use self::schema::{ObjectSchema, Schema};
use crate::transport::Transport;
use async_trait::async_trait;
use futures::FutureExt;
use serde_json::Value;
use skillgate_app::flight::Flights;
use skillgate_app::ports::{Changed, Clock, Crm, CrmError, Meter, Unmetered};
use skillgate_domain::crm::{Changes, EntryRef, Link, ObjectKind, Page, Query, Selection};
use skillgate_domain::ids::{CommunityId, RecordId};
use skillgate_domain::right::Unredacted;
use skillgate_domain::time::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What tells two reads apart: who asks, after which write, and what.
type ReadKey = (CommunityId, u64, String);
type Reading = Result<Arc<Value>, Failure>;

/// A CRM of the Twenty kind. Communities share its workspace and its request budget.
pub struct Twenty {
    inner: Arc<Inner>,
    reads: Flights<ReadKey, Reading>,
    links: Flights<(CommunityId, String), Result<(), CrmError>>,
}

/// What a request in flight keeps alive.
struct Inner {
    client: Client,
    metadata: Metadata,
    /// One change of a record at a time: it is read, merged and written, and Twenty has no versions.
    changing: Locks,
    /// Grows with each write, so that a read after a write never joins one from before.
    writes: AtomicU64,
}

impl fmt::Debug for Twenty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Twenty")
    }
}

impl Twenty {
    /// Makes a client. Sends nothing.
    pub fn new(
        config: &TwentyConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        Self::metered(config, transport, clock, Arc::new(Unmetered))
    }

    /// Makes a client whose requests are counted with `meter`. Sends nothing.
    pub fn metered(
        config: &TwentyConfig,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        meter: Arc<dyn Meter>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            inner: Arc::new(Inner {
                client: Client::new(config, transport, meter)?,
                metadata: Metadata::new(clock),
                changing: Locks::default(),
                writes: AtomicU64::new(0),
            }),
            reads: Flights::new(),
            links: Flights::new(),
        })
    }

    /// Returns how many requests wait for their share of the CRM's budget.
    pub fn waiting(&self) -> usize {
        self.inner.client.waiting()
    }

    /// Deletes a record so that a person can bring it back. There is no other way to delete here.
    #[tracing::instrument(name = "crm.soft_delete", skip_all)]
    pub async fn soft_delete(
        &self,
        community: &CommunityId,
        object: ObjectKind,
        id: RecordId,
    ) -> Result<(), CrmError> {
        self.inner.soft_delete(community, object, id).await
    }

    /// Sends a search, or joins the same one in flight.
    async fn read(&self, community: &CommunityId, call: Call) -> Result<Arc<Value>, CrmError> {
        let body = call.body().unwrap_or_default();
        let text = format!("{} {}", call.path(), String::from_utf8_lossy(&body));
        let epoch = self.inner.writes.load(Ordering::SeqCst);
        let key = (community.clone(), epoch, text);
        let (inner, community) = (Arc::clone(&self.inner), community.clone());
        let mut joined = true;
        let start = || {
            joined = false;
            async move { inner.client.read(&community, &call).await.map(Arc::new) }.boxed()
        };
        let reading = self.reads.join(key, start).await;
        if joined {
            self.inner.client.meter().crm_read_joined();
        }
        Ok(reading?)
    }
}

impl Inner {
    /// Runs `prepare` with the schema of `object`; when that finds something unknown, once more with metadata
    /// read again.
    async fn with_schema<T>(
        &self,
        community: &CommunityId,
        object: ObjectKind,
        prepare: impl Fn(&ObjectSchema) -> Result<T, CrmError>,
    ) -> Result<(T, Arc<Schema>), CrmError> {
        let schema = self.metadata.schema(&self.client, community).await?;
        match object_of(&schema, object).and_then(&prepare) {
            Err(CrmError::Invalid(_)) => {
                let fresh = self.metadata.refreshed(&self.client, community).await?;
                let prepared = object_of(&fresh, object).and_then(prepare)?;
                Ok((prepared, fresh))
            }
            prepared => Ok((prepared?, schema)),
        }
    }

    /// Sends a write. Reads that come after it do not join reads from before.
    async fn write(&self, community: &CommunityId, call: &Call) -> Result<Value, Failure> {
        let _written = Written::begin(&self.writes);
        self.client.send(community, call).await
    }
}

/// Counts a write where it begins and where it ends, also when nobody waits for its end.
struct Written<'a>(&'a AtomicU64);

impl<'a> Written<'a> {
    fn begin(writes: &'a AtomicU64) -> Self {
        writes.fetch_add(1, Ordering::SeqCst);
        Self(writes)
    }
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn object_of(schema: &Schema, object: ObjectKind) -> Result<&ObjectSchema, CrmError> {
    let unknown =
        || CrmError::Invalid(format!("this CRM has no records of kind {}", object.name()));
    schema.object(object).ok_or_else(unknown)
}

#[async_trait]
impl Crm for Twenty {
    #[tracing::instrument(name = "crm.get", skip_all)]
    async fn get(
        &self,
        community: &CommunityId,
        target: EntryRef,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.read_one(community, target, want).await
    }

    #[tracing::instrument(name = "crm.search", skip_all)]
    async fn search(
        &self,
        community: &CommunityId,
        query: &Query,
        want: &Selection,
    ) -> Result<Page<Unredacted>, CrmError> {
        self.find(community, query, want).await
    }

    #[tracing::instrument(name = "crm.create", skip_all)]
    async fn create(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.inner.create(community, id, changes, want).await
    }

    #[tracing::instrument(name = "crm.update", skip_all)]
    async fn update(
        &self,
        community: &CommunityId,
        id: RecordId,
        changes: &Changes,
        want: &Selection,
    ) -> Result<Unredacted, CrmError> {
        self.inner.update(community, id, changes, want).await
    }

    #[tracing::instrument(name = "crm.link", skip_all)]
    async fn link(
        &self,
        community: &CommunityId,
        id: RecordId,
        link: &Link,
    ) -> Result<(), CrmError> {
        // Twenty would take the same link twice; the same link at the same time is one.
        let key = (
            community.clone(),
            format!("{} {}", link.source.id, link.target.id),
        );
        let (inner, community, link) = (Arc::clone(&self.inner), community.clone(), *link);
        let start = || async move { inner.link(&community, id, &link).await }.boxed();
        self.links.join(key, start).await
    }

    #[tracing::instrument(name = "crm.changed", skip_all)]
    async fn changed(&self, object: ObjectKind, since: Timestamp) -> Result<Changed, CrmError> {
        self.inner.changed(object, since).await
    }

    #[tracing::instrument(name = "crm.check", skip_all)]
    async fn check(&self) -> Result<(), CrmError> {
        self.inner.check().await
    }
}
