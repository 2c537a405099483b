//! What was read of the CRM a moment ago, and what the CRM tells of its own.

use crate::config::Config;
use skillgate_app::notices::Notices;
use skillgate_app::ports::{Clock, Meter};
use skillgate_app::reads::Reads;
use skillgate_connectors::twenty::{Twenty, TwentyWebhooks};
use std::sync::Arc;

pub(super) fn reads(
    config: &Config,
    crm: &Arc<Twenty>,
    clock: &Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
) -> Arc<Reads> {
    let (crm, clock) = (crm.clone(), Arc::clone(clock));
    let age_max = config.freshness.age_max;
    Arc::new(Reads::metered(crm, clock, age_max, meter))
}

pub(super) fn notices(
    config: &Config,
    reads: &Arc<Reads>,
    clock: &Arc<dyn Clock>,
    meter: Arc<dyn Meter>,
) -> Option<Arc<Notices>> {
    let webhooks = config.freshness.webhooks.as_ref()?;
    let reader = TwentyWebhooks::new(webhooks.secrets.clone(), webhooks.workspace);
    let (reads, clock) = (Arc::clone(reads), Arc::clone(clock));
    Some(Arc::new(Notices::new(
        Arc::new(reader),
        reads,
        clock,
        meter,
    )))
}
