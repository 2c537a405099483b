//! Whether planner, workspace and relay answer. What is not configured is no problem.

use super::Check;
use crate::config::Config;
use crate::outcome::Exit;
use crate::wiring;
use skillgate_app::ports::{PlannerError, TezError, TezRelay, WorkspaceError};

/// Asks all three at the same time.
pub(super) async fn check(config: &Config) -> [Check; 3] {
    let (planner, workspace, relay) =
        tokio::join!(planner(config), workspace(config), relay(config));
    [planner, workspace, relay]
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

fn away(name: &'static str, error: impl std::fmt::Display, place: &str) -> Check {
    let words = format!("{error}; look at {place}");
    Check::of(name, Exit::Unavailable, Err(words))
}
