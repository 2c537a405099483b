//! The embedded CRM of stories, and the client that talks to it.

use super::{Counting, SetClock};
use secrecy::SecretString;
use skillgate_app::ports::{Clock, Crm, Entropy, Meter, Unmetered};
use skillgate_connectors::transport::{AllowedOrigins, InProcess};
use skillgate_connectors::twenty::{RequestBudget, Twenty, TwentyConfig};
use skillgate_crm_embedded::{EmbeddedCrm, Options};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Opens an embedded CRM in memory and the client that talks to it.
pub async fn embedded_crm() -> Arc<dyn Crm> {
    let (router, key) = embedded_server().await;
    crm_behind(router, key)
}

/// Makes the client of a CRM that `router` answers for.
///
/// # Panics
/// When the client does not start.
pub fn crm_behind(router: axum::Router, key: SecretString) -> Arc<dyn Crm> {
    let budget = RequestBudget {
        requests: 60_000,
        window: Duration::from_mins(1),
    };
    Arc::new(client_of(router, key, budget, Arc::new(Unmetered)))
}

/// Makes the client that talks to a CRM in this process, within a budget of requests.
pub fn client_of(
    router: axum::Router,
    key: SecretString,
    budget: RequestBudget,
    meter: Arc<dyn Meter>,
) -> Twenty {
    const ORIGIN: &str = "http://localhost";
    let transport = Arc::new(InProcess::<_, axum::body::Body>::new(router));
    let origins = AllowedOrigins::parse([ORIGIN]).expect("an origin");
    let config = TwentyConfig {
        budget,
        ..TwentyConfig::new(ORIGIN.to_owned(), key, origins)
    };
    let clock = Arc::new(SetClock::at_noon());
    Twenty::metered(&config, transport, clock, meter).expect("the client starts")
}

/// Opens an embedded CRM in memory. Returns what answers for it, and the key that opens it.
pub async fn embedded_server() -> (axum::Router, SecretString) {
    embedded_server_at(Arc::new(SetClock::at_noon())).await
}

/// Opens an embedded CRM in memory, at the time of a clock.
pub async fn embedded_server_at(clock: Arc<SetClock>) -> (axum::Router, SecretString) {
    let key = SecretString::from("embedded");
    let entropy = Counting(AtomicU64::new(1 << 32));
    let options = Options {
        budgets: Vec::new(),
        ..Options::in_memory(
            key.clone(),
            Arc::new(move || {
                let now = clock.now().unix_ms();
                chrono::DateTime::from_timestamp_millis(now).unwrap_or_default()
            }),
            Arc::new(move || entropy.uuid()),
        )
    };
    let embedded = EmbeddedCrm::open(options)
        .await
        .expect("the embedded CRM opens");
    (embedded.router(), key)
}
