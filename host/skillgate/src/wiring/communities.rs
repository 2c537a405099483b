//! What communities are: their settings, their people, their partnerships, and what their admins are mailed.

use super::{StartError, SystemClock, open_mail};
use crate::config::Config;
use skillgate_app::access::Access;
use skillgate_app::audit::Trail;
use skillgate_app::communities::Communities;
use skillgate_app::events::Events;
use skillgate_app::mail::Mailer;
use skillgate_app::members::Members;
use skillgate_app::partnerships::Partnerships;
use skillgate_app::ports::{Clock, Entropy, Meter};
use skillgate_app::settings::Settings;
use skillgate_server::Metrics;
use skillgate_storage::Database;
use std::sync::Arc;

/// Wires what a community's admins decide for everybody in it.
pub(super) fn settings(
    database: &Arc<Database>,
    (access, clock): (&Arc<Access>, &Arc<dyn Clock>),
    trail: &Trail,
) -> Settings {
    let (access, clock) = (Arc::clone(access), Arc::clone(clock));
    let (store, storage) = (database.clone(), database.clone());
    Settings::new(access, store, storage, clock, trail.clone())
}

/// Wires what others see of communities, their partnerships, and what they are told of.
pub(super) fn partnerships(
    database: &Arc<Database>,
    access: &Arc<Access>,
    trail: &Trail,
    metrics: &Arc<Metrics>,
) -> (Communities, Partnerships, Events) {
    let (store, known) = (database.clone(), database.clone());
    let communities = Communities::new(Arc::clone(access), known, store, trail.clone());
    let (store, known) = (database.clone(), database.clone());
    let partnerships = Partnerships::new(
        Arc::clone(access),
        (store.clone(), store),
        known,
        trail.clone(),
    );
    let (store, known) = (database.clone(), database.clone());
    let events = Events::new(Arc::clone(access), store, known, trail.clone());
    (
        communities,
        partnerships.metered(metrics.clone()),
        events.metered(metrics.clone()),
    )
}

/// Wires what sends mail.
pub(super) fn mailer(
    config: &Config,
    database: &Arc<Database>,
    meter: Arc<dyn Meter>,
) -> Result<Option<Mailer>, StartError> {
    let (Some(mail), Some(server)) = (&config.mail, open_mail(config)?) else {
        return Ok(None);
    };
    let clock = Arc::new(SystemClock);
    let mailer = Mailer::new(
        (database.clone(), database.clone()),
        server,
        clock,
        mail.timeout,
    );
    let reached = config.listen.public_url.clone();
    Ok(Some(mailer.reached_at(reached).metered(meter)))
}

/// Wires who belongs to communities.
pub(super) fn members(
    database: &Arc<Database>,
    (access, entropy): (&Arc<Access>, &Arc<dyn Entropy>),
    trail: &Trail,
) -> Members {
    let (access, entropy) = (Arc::clone(access), Arc::clone(entropy));
    Members::new(access, database.clone(), entropy, trail.clone())
}
