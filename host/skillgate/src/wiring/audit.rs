//! The audit trail and the task that writes it.

use super::{StartError, SystemClock, SystemEntropy, data};
use crate::config::Config;
use skillgate_app::audit::{Recorder, SigningKey, Trail, Verifiers};
use skillgate_app::ports::Meter;
use skillgate_storage::Database;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

/// How long the last checkpoint may take when the host stops.
const LAST_CHECKPOINT_MAX: Duration = Duration::from_secs(10);

/// An open audit trail.
pub(crate) struct Audit {
    pub(crate) trail: Trail,
    writer: TaskTracker,
}

/// The key that signs, and every key that may have signed.
pub(crate) fn keys(config: &Config) -> Result<(SigningKey, Verifiers), StartError> {
    let text = match &config.audit.key {
        Some(key) => key.clone(),
        None => data::audit_key(&config.data_dir, &SystemEntropy)?,
    };
    let key = SigningKey::parse(&text).map_err(StartError::AuditKey)?;
    let former = config.audit.former_keys.iter().map(String::as_str);
    let verifiers = Verifiers::parse(former.chain([key.public()]));
    Ok((key, verifiers.map_err(StartError::AuditKey)?))
}

/// Takes the audit trail up where it was left. What is written is counted with `meter`.
pub(crate) async fn open(
    config: &Config,
    database: &Database,
    meter: Arc<dyn Meter>,
) -> Result<Audit, StartError> {
    let (key, verifiers) = keys(config)?;
    let store = Arc::new(database.clone());
    let settings = config.audit.settings;
    let (recorder, writer) =
        Recorder::open(store, Arc::new(SystemClock), key, &verifiers, settings)
            .await
            .map_err(StartError::Audit)?;
    let tasks = TaskTracker::new();
    tasks.spawn(writer.metered(meter).run());
    tasks.close();
    Ok(Audit {
        trail: Trail::new(recorder, Arc::new(SystemClock)),
        writer: tasks,
    })
}

impl Audit {
    /// Waits until everything is written and signed. Every other holder of the trail must be gone.
    pub(crate) async fn close(self) {
        let Self { trail, writer } = self;
        drop(trail);
        if timeout(LAST_CHECKPOINT_MAX, writer.wait()).await.is_err() {
            tracing::warn!(
                "the audit trail did not end in time; its last records are not signed yet"
            );
        }
    }
}
