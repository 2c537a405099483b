//! A guest that reads on and on, until it may not any more.

use crate::crm::OneContact;
use crate::guests;
use crate::host::{TestHost, manifest};
use serde_json::json;
use skillgate_domain::grant::Grant;
use std::sync::Arc;
use std::time::Duration;

/// How far the clock goes at a time: the guest reads once in that.
const TICK: Duration = Duration::from_millis(20);
/// Reads after which it is surely at it.
const BEGUN: u32 = 3;

/// A host with such a guest: the tool `run` of the skill `reader`.
pub struct Reading {
    /// What it reads.
    pub crm: Arc<OneContact>,
    /// The host.
    pub host: TestHost,
    /// What the guest may.
    pub grant: Grant,
}

impl Reading {
    /// Starts the host. The guest reads once it is called.
    pub async fn prepare() -> Self {
        let crm = Arc::new(OneContact::default());
        let host = TestHost::start_forgetful(crm.clone()).await;
        let mut guest = manifest("reader", &["crm", "clock"]);
        guest["limits"] = json!({ "cpu_ms": 2000, "crm_reads": 200 });
        let component = guests::component("reads_on");
        let grant = host
            .install(&guest, &component)
            .await
            .expect("it is granted");
        Self { crm, host, grant }
    }

    /// Lets it come to another read.
    pub async fn tick(&self) {
        self.host.clock.advance(TICK);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Waits until it has read a few times.
    pub async fn begun(&self) {
        while self.crm.calls().0 < BEGUN {
            self.tick().await;
        }
    }
}
