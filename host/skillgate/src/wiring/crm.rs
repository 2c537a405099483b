//! The CRM: a Twenty workspace over HTTPS, or the embedded one in this process.

use super::{StartError, SystemClock, SystemEntropy};
use crate::config::{self, Config, Remote};
use axum::body::Body;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use skillgate_app::ports::{Clock, Crm, Entropy};
use skillgate_connectors::transport::{AllowedOrigins, HttpTransport, InProcess};
use skillgate_connectors::twenty::{ConfigError, RequestBudget, Twenty, TwentyConfig};
use skillgate_crm_embedded::{Database, EmbeddedCrm, Options};
use std::sync::Arc;
use std::time::Duration;

const EMBEDDED_FILE: &str = "crm.db";
/// What the client calls the embedded CRM. Nothing listens there: the call stays in this process.
const EMBEDDED_ORIGIN: &str = "http://127.0.0.1:1";
/// The embedded CRM has no request budget; the client's own only keeps it from spinning.
const EMBEDDED_BUDGET: RequestBudget = RequestBudget {
    requests: 60_000,
    window: Duration::from_secs(60),
};

/// Opens the CRM that is configured.
pub(crate) async fn open(config: &Config) -> Result<Arc<dyn Crm>, StartError> {
    let crm: Arc<dyn Crm> = match &config.crm {
        config::Crm::Remote(remote) => Arc::new(remote_client(remote)?),
        config::Crm::Embedded => Arc::new(embedded(config).await?),
    };
    Ok(crm)
}

fn remote_client(remote: &Remote) -> Result<Twenty, StartError> {
    let transport = HttpTransport::new().map_err(StartError::Transport)?;
    let settings = TwentyConfig::new(
        remote.url.clone(),
        remote.api_key.clone(),
        remote.allowed_origins.clone(),
    );
    let twenty = Twenty::new(&settings, Arc::new(transport), Arc::new(SystemClock));
    twenty.map_err(StartError::Crm)
}

/// The key is made for this start: nobody outside this process can present it.
async fn embedded(config: &Config) -> Result<Twenty, StartError> {
    let key = SecretString::from(hex::encode(SystemEntropy.secret()));
    let now =
        || DateTime::<Utc>::from_timestamp_millis(SystemClock.now().unix_ms()).unwrap_or_default();
    let options = Options {
        database: Database::File(config.data_dir.join(EMBEDDED_FILE)),
        budgets: Vec::new(),
        ..Options::in_memory(
            key.clone(),
            Arc::new(now),
            Arc::new(|| SystemEntropy.uuid()),
        )
    };
    let crm = EmbeddedCrm::open(options)
        .await
        .map_err(StartError::EmbeddedCrm)?;
    let transport = InProcess::<_, Body>::new(crm.router());
    let origins = AllowedOrigins::parse([EMBEDDED_ORIGIN]).map_err(ConfigError::from);
    let origins = origins.map_err(StartError::Crm)?;
    let settings = TwentyConfig {
        budget: EMBEDDED_BUDGET,
        ..TwentyConfig::new(EMBEDDED_ORIGIN.to_owned(), key, origins)
    };
    let twenty = Twenty::new(&settings, Arc::new(transport), Arc::new(SystemClock));
    twenty.map_err(StartError::Crm)
}
