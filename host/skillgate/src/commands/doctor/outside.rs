//! Whether planner, workspace, relay and the server of mail answer. What is not configured is no problem.

use super::Check;
use crate::config::{self, Config};
use crate::outcome::Exit;
use crate::wiring;
use skillgate_app::ports::{
    MailError, MailServer, PlannerError, TezError, TezRelay, WorkspaceError,
};
use skillgate_connectors::egress::{AddressError, Egress};
use tokio::time::timeout;

/// Asks all four at the same time.
pub(super) async fn check(config: &Config) -> [Check; 4] {
    let (planner, workspace, relay, mail) = tokio::join!(
        planner(config),
        workspace(config),
        relay(config),
        mail(config)
    );
    [planner, workspace, relay, mail]
}

/// Looks where the names lead that are configured. A host that is away has its own check.
pub(super) async fn names(config: &Config) -> Check {
    let name = "egress";
    let egress = match wiring::open_egress(&config.egress) {
        Ok(egress) => egress,
        failed => return Check::started(name, &failed),
    };
    let crm = match &config.crm {
        config::Crm::Remote(remote) => Some(&remote.address.url),
        config::Crm::Embedded => None,
    };
    let others = [
        config.openclaw.as_ref().map(|it| &it.address.url),
        config.workspace.as_ref().map(|it| &it.address.url),
        config.relay.as_ref().map(|it| &it.address.url),
        config.traces.as_ref().map(|it| &it.url),
    ];
    let places = std::iter::once(crm).chain(others).flatten();
    let places = places.map(|url| (url.clone(), url.clone()));
    judged(name, &egress, places).await
}

/// Opens the way out of modules, and looks where the hosts lead that are declared for them.
pub(super) async fn way_out(config: &Config) -> Check {
    let name = "requests of skills";
    let opened = wiring::open_outbound(&config.egress);
    if opened.is_err() {
        return Check::started(name, &opened);
    }
    let egress = match wiring::open_way_out(&config.egress) {
        Ok(egress) => egress,
        failed => return Check::started(name, &failed),
    };
    let hosts = config.egress.private_hosts_for_modules.iter();
    let places = hosts.map(|host| (host.clone(), format!("https://{host}")));
    judged(name, &egress, places).await
}

/// Judges addresses, each under the name that the operator gave it.
async fn judged(
    name: &'static str,
    egress: &Egress,
    places: impl Iterator<Item = (String, String)>,
) -> Check {
    let mut faults = Vec::new();
    for (place, url) in places {
        match egress.judge(&url).await {
            Ok(()) | Err(AddressError::Unknown) => {}
            Err(why) => faults.push(format!("{place}: {why}")),
        }
    }
    let found = faults.is_empty().then_some(()).ok_or(faults.join("; "));
    Check::of(name, Exit::Configuration, found)
}

async fn planner(config: &Config) -> Check {
    let name = "planner";
    let opened = match wiring::open_planner(config) {
        Ok(opened) => opened.check().await,
        failed => return Check::started(name, &failed),
    };
    match opened {
        Ok(()) => Check::well(name),
        Err(PlannerError::NotConfigured) => Check::absent(name),
        Err(error) => away(name, error, "openclaw.url or OPENCLAW_URL"),
    }
}

async fn workspace(config: &Config) -> Check {
    let name = "workspace";
    let opened = match wiring::open_workspace(config) {
        Ok(opened) => opened.check().await,
        failed => return Check::started(name, &failed),
    };
    match opened {
        Ok(()) => Check::well(name),
        Err(WorkspaceError::NotConfigured) => Check::absent(name),
        Err(error) => away(name, error, "workspace.url or PA_WORKSPACE_API_URL"),
    }
}

async fn relay(config: &Config) -> Check {
    let name = "relay";
    let opened = match wiring::open_relay(config) {
        Ok(Some(opened)) => opened.check().await,
        Ok(None) => return Check::absent(name),
        failed => return Check::started(name, &failed),
    };
    match opened {
        Ok(()) => Check::well(name),
        // It asked as nobody: what is wrong is the key, or for whom it signs.
        Err(TezError::Forbidden) => {
            let words = "the relay does not know the key; look at relay.secret or JWT_SECRET, \
                         and relay.slug or APP_SLUG";
            Check::of(name, Exit::Configuration, Err(words.to_owned()))
        }
        Err(error) => away(name, error, "relay.url or RELAY_URL"),
    }
}

async fn mail(config: &Config) -> Check {
    let name = "mail";
    let opened = match (wiring::open_mail(config), &config.mail) {
        (Ok(Some(opened)), Some(mail)) => timeout(mail.timeout, opened.check()).await,
        (failed @ Err(_), _) => return Check::started(name, &failed),
        _ => return Check::absent(name),
    };
    match opened.unwrap_or(Err(MailError::Timeout)) {
        Ok(()) => Check::well(name),
        Err(error) => away(name, error, "[mail]"),
    }
}

fn away(name: &'static str, error: impl std::fmt::Display, place: &str) -> Check {
    let words = format!("{error}; look at {place}");
    Check::of(name, Exit::Unavailable, Err(words))
}
