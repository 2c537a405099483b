//! Records are committed in groups: while one group is being written, the next one gathers.

use super::checkpoint::{CheckpointError, SigningKey, Verifiers};
use super::tree::{NotAHead, Tree};
use crate::ports::{AuditRecord, AuditStore, Checkpoint, Clock, Meter, StorageError, Unmetered};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

/// Most records that wait to be written. A call that finds no room waits.
pub const QUEUE_MAX: usize = 1_024;
/// Most records of one group.
pub const GROUP_MAX: usize = 256;

/// Outcome of a group of records that is durable.
const WRITTEN: &str = "written";

/// When checkpoints are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditSettings {
    /// At the latest after so many records.
    pub checkpoint_records: u64,
    /// At the latest after this time, if there is a new record.
    pub checkpoint_every: Duration,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            checkpoint_records: 1_024,
            checkpoint_every: Duration::from_secs(10),
        }
    }
}

/// Why something could not be recorded. What cannot be recorded does not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The database is locked or has no free connection.
    #[error("the audit trail is busy")]
    Busy,
    /// The disk is full.
    #[error("the audit trail has no room")]
    Full,
    /// The database does not answer, or the host is stopping.
    #[error("the audit trail does not answer")]
    Unavailable,
    /// Somebody changed it behind the host's back.
    #[error("the audit trail was changed from outside")]
    Tampered,
}

impl AuditError {
    /// Returns a stable code: the one that the door answers with.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Busy => "storage-busy",
            Self::Full => "storage-full",
            Self::Unavailable => "storage-unavailable",
            Self::Tampered => "audit-broken",
        }
    }

    fn of(error: &StorageError) -> Self {
        match error {
            StorageError::Busy(_) => Self::Busy,
            StorageError::Full(_) => Self::Full,
            StorageError::Conflict | StorageError::Corrupt(_) | StorageError::Unavailable(_) => {
                Self::Unavailable
            }
        }
    }
}

/// Why the audit trail could not be taken up.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The last checkpoint is not what this host or its predecessors signed.
    #[error("the audit trail's last checkpoint cannot be trusted: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Records behind the last checkpoint are missing.
    #[error("the audit trail has {found} records, but {signed} were signed: its end was cut off")]
    Cut {
        /// Records that a checkpoint speaks of.
        signed: u64,
        /// Records that are there.
        found: u64,
    },
    /// The records do not make the tree that is kept beside them.
    #[error("the audit trail's records are not those that were written")]
    Changed,
    /// The kept head is no head.
    #[error(transparent)]
    Head(#[from] NotAHead),
}

struct Job {
    record: AuditRecord,
    done: Option<oneshot::Sender<Result<(), AuditError>>>,
}

/// A record in the queue.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Result<(), AuditError>>);

impl Receipt {
    /// Waits until the record is durable, or will never be.
    pub async fn durable(self) -> Result<(), AuditError> {
        self.0.await.unwrap_or(Err(AuditError::Unavailable))
    }
}

/// Takes records. Clones share one queue.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Job>,
}

impl Recorder {
    /// Takes the audit trail up where it was left, if nobody changed it since. The writer must run
    /// for anything to be recorded.
    pub async fn open(
        store: Arc<dyn AuditStore>,
        clock: Arc<dyn Clock>,
        key: SigningKey,
        verifiers: &Verifiers,
        settings: AuditSettings,
    ) -> Result<(Self, Writer), OpenError> {
        let mut tree = Tree::default();
        if let Some(last) = store.last_checkpoint().await? {
            let signed = verifiers.check(&last.note)?;
            tree = Tree::at(&last.head)?;
            if (signed.size, signed.root) != (tree.size(), tree.root()) {
                return Err(OpenError::Changed);
            }
        }
        let signed = tree.size();
        let head = store.audit_head().await?;
        if head.size < signed {
            return Err(OpenError::Cut {
                signed,
                found: head.size,
            });
        }
        if !catch_up(&mut tree, &*store, head.size).await? || tree.head() != head {
            return Err(OpenError::Changed);
        }
        let (sender, queue) = mpsc::channel(QUEUE_MAX);
        let writer = Writer {
            store,
            clock,
            key,
            settings,
            queue,
            tree,
            signed,
            tampered: false,
            meter: Arc::new(Unmetered),
        };
        Ok((Self { queue: sender }, writer))
    }

    /// Returns how many records wait to be written.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Records something. When this returns, it is durable.
    pub async fn record(&self, record: AuditRecord) -> Result<(), AuditError> {
        self.submit(record).await?.durable().await
    }

    /// Puts a record in the queue. It will be written, whether or not somebody waits for the receipt.
    pub async fn submit(&self, record: AuditRecord) -> Result<Receipt, AuditError> {
        let (done, outcome) = oneshot::channel();
        let job = Job {
            record,
            done: Some(done),
        };
        let sent = self.queue.send(job).await;
        sent.map_err(|_| AuditError::Unavailable)?;
        Ok(Receipt(outcome))
    }

    /// Hands a record over without waiting until it is durable. Records become durable in the order
    /// in which they were handed over, so that waiting for a later one is enough.
    pub async fn hand_over(&self, record: AuditRecord) {
        let sent = self.queue.send(Job { record, done: None }).await;
        if sent.is_err() {
            tracing::error!("a record of the audit trail came after its end");
        }
    }

    /// Hands a record over where nothing can wait: in the end of a call that nobody waits for.
    pub fn hand_over_now(&self, record: AuditRecord) {
        if self.queue.try_send(Job { record, done: None }).is_err() {
            tracing::error!("the audit trail had no room for a call that was cancelled");
        }
    }
}

/// Writes what the recorders take, and signs checkpoints.
pub struct Writer {
    store: Arc<dyn AuditStore>,
    clock: Arc<dyn Clock>,
    key: SigningKey,
    settings: AuditSettings,
    queue: mpsc::Receiver<Job>,
    /// The tree as this host knows it: what the database holds must agree.
    tree: Tree,
    signed: u64,
    tampered: bool,
    meter: Arc<dyn Meter>,
}

impl Writer {
    /// Counts what is written with `meter`.
    #[must_use]
    pub fn metered(self, meter: Arc<dyn Meter>) -> Self {
        Self { meter, ..self }
    }

    /// Works until every recorder is gone; then signs a last checkpoint.
    pub async fn run(mut self) {
        let every = self.settings.checkpoint_every;
        let mut timer = tokio::time::interval_at(Instant::now() + every, every);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut jobs = Vec::with_capacity(GROUP_MAX);
        loop {
            tokio::select! {
                biased;
                count = self.queue.recv_many(&mut jobs, GROUP_MAX) => {
                    if count == 0 {
                        break;
                    }
                    self.gather(&mut jobs).await;
                    self.write(std::mem::take(&mut jobs)).await;
                    if self.tree.size() - self.signed >= self.settings.checkpoint_records {
                        self.checkpoint().await;
                    }
                }
                _ = timer.tick() => self.checkpoint().await,
            }
        }
        self.checkpoint().await;
    }

    /// Lets whoever can run do so first, and takes what they bring: where there is much to do, fewer and larger
    /// groups cost less, and where there is nothing to do, nothing is waited for.
    async fn gather(&mut self, jobs: &mut Vec<Job>) {
        tokio::task::yield_now().await;
        while jobs.len() < GROUP_MAX
            && let Ok(job) = self.queue.try_recv()
        {
            jobs.push(job);
        }
    }

    async fn write(&mut self, jobs: Vec<Job>) {
        let (records, waiting): (Vec<_>, Vec<_>) =
            jobs.into_iter().map(|job| (job.record, job.done)).unzip();
        let outcome = self.append(&records).await;
        let word = outcome.map_or_else(AuditError::code, |()| WRITTEN);
        self.meter.audit_records(records.len(), word);
        for done in waiting.into_iter().flatten() {
            if done.send(outcome).is_err() {
                tracing::debug!("nobody waits for a record any more");
            }
        }
    }

    async fn append(&mut self, records: &[AuditRecord]) -> Result<(), AuditError> {
        if self.tampered {
            return Err(AuditError::Tampered);
        }
        let head = self.store.append_audit(records).await.map_err(failed)?;
        let before = head.size - u64::try_from(records.len()).unwrap_or(u64::MAX);
        // Others write too: other hosts, and changes that carry their record with them.
        let mut same = catch_up(&mut self.tree, &*self.store, before)
            .await
            .map_err(failed)?;
        if same {
            for record in records {
                self.tree.push(record.leaf.as_bytes());
            }
            same = self.tree.head() == head;
        }
        self.expect(same)
    }

    /// Signs the tree as it is, if it has grown.
    async fn checkpoint(&mut self) {
        if let Err(error) = self.sign().await {
            tracing::error!("no checkpoint was signed: {error}");
        }
    }

    async fn sign(&mut self) -> Result<(), AuditError> {
        if self.tampered {
            return Err(AuditError::Tampered);
        }
        let head = self.store.audit_head().await.map_err(failed)?;
        let same = catch_up(&mut self.tree, &*self.store, head.size)
            .await
            .map_err(failed)?;
        let same = same && self.tree.head() == head;
        self.expect(same)?;
        if head.size == self.signed {
            return Ok(());
        }
        let checkpoint = Checkpoint {
            note: self.key.sign(&self.tree),
            at: self.clock.now(),
            head,
        };
        let kept = self.store.insert_checkpoint(&checkpoint).await;
        kept.map_err(failed)?;
        self.signed = self.tree.size();
        Ok(())
    }

    fn expect(&mut self, same: bool) -> Result<(), AuditError> {
        if same {
            return Ok(());
        }
        self.tampered = true;
        let size = self.tree.size();
        tracing::error!(
            audit.size = size,
            "the audit trail was changed from outside"
        );
        Err(AuditError::Tampered)
    }
}

/// Logs why storage failed, once, for all who wait.
#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` takes")]
fn failed(error: StorageError) -> AuditError {
    let code = AuditError::of(&error);
    let mut chain = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(source) = next {
        chain = format!("{chain}: {source}");
        next = source.source();
    }
    tracing::error!(error.chain = chain, "the audit trail was not written");
    code
}

/// Adds to `tree` what others wrote, up to `size` records. Returns whether the numbers agree.
async fn catch_up(
    tree: &mut Tree,
    store: &dyn AuditStore,
    size: u64,
) -> Result<bool, StorageError> {
    while tree.size() < size {
        let rows = store.audit_from(tree.size()).await?;
        if rows.is_empty() {
            return Ok(false);
        }
        for row in rows.into_iter().take_while(|row| row.number < size) {
            if row.number != tree.size() {
                return Ok(false);
            }
            tree.push(row.leaf.as_bytes());
        }
    }
    Ok(tree.size() == size)
}

#[cfg(test)]
mod tests;
