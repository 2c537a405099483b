//! The CRM: a Twenty workspace over HTTPS, or the embedded one in this process.

use super::{StartError, SystemClock, SystemEntropy, open_transport};
use crate::config::{self, Config, Remote};
use axum::body::Body;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use skillgate_app::ports::{Clock, Entropy, Meter};
use skillgate_connectors::transport::{AllowedOrigins, InProcess};
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
    window: Duration::from_mins(1),
};

/// Opens the CRM that is configured. Its requests are counted with `meter`.
pub(crate) async fn open(
    config: &Config,
    meter: Arc<dyn Meter>,
) -> Result<Arc<Twenty>, StartError> {
    let crm = match &config.crm {
        config::Crm::Remote(remote) => remote_client(config, remote, meter)?,
        config::Crm::Embedded => embedded(config, meter).await?,
    };
    Ok(Arc::new(crm))
}

fn remote_client(
    config: &Config,
    remote: &Remote,
    meter: Arc<dyn Meter>,
) -> Result<Twenty, StartError> {
    let settings = TwentyConfig::new(
        remote.address.url.clone(),
        remote.api_key.clone(),
        remote.address.allowed_origins.clone(),
    );
    let clock = Arc::new(SystemClock);
    Twenty::metered(&settings, open_transport(config)?, clock, meter).map_err(StartError::Crm)
}

/// The key is made for this start: nobody outside this process can present it.
async fn embedded(config: &Config, meter: Arc<dyn Meter>) -> Result<Twenty, StartError> {
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
    let clock = Arc::new(SystemClock);
    Twenty::metered(&settings, Arc::new(transport), clock, meter).map_err(StartError::Crm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, load};
    use skillgate_app::ports::{Crm, Unmetered};
    use skillgate_domain::crm::{Changes, Field, FieldKey, FieldValue, ObjectKind, Query};
    use skillgate_domain::ids::{CommunityId, RecordId};
    use std::collections::{BTreeMap, BTreeSet};

    #[tokio::test]
    async fn the_embedded_crm_is_there_without_any_setting() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("skillgate.toml");
        std::fs::write(&file, format!("[data]\ndir = {:?}", dir.path())).unwrap();
        let config = load(Some(&file), &Environment::Given(BTreeMap::new())).unwrap();
        let crm = open(&config, Arc::new(Unmetered)).await.unwrap();
        crm.check().await.unwrap();

        let home = CommunityId::parse("home").unwrap();
        let key = FieldKey::Standard(Field::ContactFirstName);
        let want = std::iter::once(key.clone()).collect();
        let changes = Changes {
            object: ObjectKind::Contact,
            set: BTreeMap::from([(key, FieldValue::Text("Ada".to_owned()))]),
            clear: BTreeSet::new(),
        };
        let id = RecordId::new(SystemEntropy.uuid());
        let made = crm.create(&home, id, &changes, &want).await.unwrap();
        assert_eq!(made.id(), id);
        let query = Query {
            object: ObjectKind::Contact,
            text: Some("ada".to_owned()),
            filters: Vec::new(),
            linked_to: None,
            among: None,
            sort: None,
            limit: 10,
            cursor: None,
        };
        let found = crm.search(&home, &query, &want).await.unwrap();
        let ids: Vec<_> = found
            .items
            .iter()
            .map(skillgate_domain::right::Unredacted::id)
            .collect();
        assert_eq!(ids, [id]);
    }
}
