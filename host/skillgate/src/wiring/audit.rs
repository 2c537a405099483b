//! The audit trail and the task that writes it.

use super::{StartError, SystemClock, SystemEntropy, data};
use crate::config::Config;
use skillgate_app::audit::{Recorder, SigningKey, Trail, Verifiers};
use skillgate_app::ports::Meter;
use skillgate_storage::Database;
use std::collections::HashSet;
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

/// The keys of the log.
pub(crate) struct Keys {
    /// Signs.
    pub(crate) signing: SigningKey,
    /// Public keys that signed before, oldest first.
    pub(crate) former: Vec<String>,
}

impl Keys {
    /// Returns every public key that may have signed, the present one last.
    pub(crate) fn public(&self) -> Vec<&str> {
        let former = self.former.iter().map(String::as_str);
        former.chain([self.signing.public()]).collect()
    }
}

/// Reads the keys. Those that signed before are configured; those of the data folder's key are kept
/// beside it.
pub(crate) fn keys(config: &Config) -> Result<Keys, StartError> {
    let mut former = config.audit.former_keys.clone();
    let text = if let Some(key) = &config.audit.key {
        key.clone()
    } else {
        former.extend(data::former_audit_keys(&config.data_dir)?);
        data::audit_key(&config.data_dir, &SystemEntropy)?
    };
    let signing = SigningKey::parse(&text).map_err(StartError::AuditKey)?;
    // A rotation that was cut off leaves the present key among the former ones.
    let mut seen = HashSet::from([signing.public().to_owned()]);
    former.retain(|key| seen.insert(key.clone()));
    Ok(Keys { signing, former })
}

/// Takes the audit trail up where it was left. What is written is counted with `meter`.
pub(crate) async fn open(
    config: &Config,
    database: &Database,
    meter: Arc<dyn Meter>,
) -> Result<Audit, StartError> {
    let keys = keys(config)?;
    let verifiers = Verifiers::parse(keys.public()).map_err(StartError::AuditKey)?;
    let store = Arc::new(database.clone());
    let settings = config.audit.settings;
    let (recorder, writer) = Recorder::open(
        store,
        Arc::new(SystemClock),
        keys.signing,
        &verifiers,
        settings,
    )
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
