//! What the host works with beside the CRM: a planner, a workspace, a Tez relay elsewhere.

use super::{StartError, SystemClock};
use crate::config::{self, Config};
use skillgate_app::ports::{Planner, Workspace};
use skillgate_connectors::egress::{Dns, Egress};
use skillgate_connectors::openclaw::{NoPlanner, OpenClaw, OpenClawConfig};
use skillgate_connectors::outbound::OutboundHttp;
use skillgate_connectors::smtp::Smtp;
use skillgate_connectors::tez_relay::{RelayConfig, RemoteRelay};
use skillgate_connectors::transport::HttpTransport;
use skillgate_connectors::workspace::{NoWorkspace, PaWorkspace, WorkspaceConfig};
use std::sync::Arc;

/// Opens the planner that is configured, or one that says that there is none. Sends nothing.
pub(crate) fn open_planner(config: &Config) -> Result<Arc<dyn Planner>, StartError> {
    let Some(planner) = &config.openclaw else {
        return Ok(Arc::new(NoPlanner));
    };
    let settings = OpenClawConfig {
        base_url: planner.address.url.clone(),
        token: planner.token.clone(),
        default_model: planner.default_model.clone(),
        allowed_origins: planner.address.allowed_origins.clone(),
        timeout: planner.timeout,
    };
    let opened = OpenClaw::new(&settings, open_transport(config)?, Arc::new(SystemClock));
    Ok(Arc::new(opened.map_err(StartError::Planner)?))
}

/// Opens the workspace that is configured, or one that says that there is none. Sends nothing.
pub(crate) fn open_workspace(config: &Config) -> Result<Arc<dyn Workspace>, StartError> {
    let Some(workspace) = &config.workspace else {
        return Ok(Arc::new(NoWorkspace));
    };
    let settings = WorkspaceConfig {
        base_url: workspace.address.url.clone(),
        service_token: workspace.service_token.clone(),
        allowed_origins: workspace.address.allowed_origins.clone(),
    };
    let opened = PaWorkspace::new(&settings, open_transport(config)?);
    Ok(Arc::new(opened.map_err(StartError::Workspace)?))
}

/// Opens the relay that is configured, if one is. Sends nothing.
pub(crate) fn open_relay(config: &Config) -> Result<Option<Arc<RemoteRelay>>, StartError> {
    let Some(relay) = &config.relay else {
        return Ok(None);
    };
    let settings = RelayConfig {
        base_url: relay.address.url.clone(),
        secret: relay.secret.clone(),
        slug: relay.slug.clone(),
        community: relay.community.clone(),
        allowed_origins: relay.address.allowed_origins.clone(),
    };
    let opened = RemoteRelay::new(&settings, open_transport(config)?, Arc::new(SystemClock));
    Ok(Some(Arc::new(opened.map_err(StartError::Relay)?)))
}

/// Opens the server of mail that is configured, if one is. Sends nothing.
pub(crate) fn open_mail(config: &Config) -> Result<Option<Arc<Smtp>>, StartError> {
    let Some(mail) = &config.mail else {
        return Ok(None);
    };
    let server = Smtp::new(mail.server.clone(), open_egress(&config.egress)?);
    Ok(Some(Arc::new(server.map_err(StartError::Mail)?)))
}

/// Opens the way out for the requests of modules. Sends nothing.
pub(crate) fn open_outbound(config: &config::Egress) -> Result<Arc<OutboundHttp>, StartError> {
    let outbound = OutboundHttp::new(open_way_out(config)?, Arc::new(SystemClock));
    Ok(Arc::new(outbound.map_err(StartError::Transport)?))
}

/// Decides where the requests of modules may lead.
pub(crate) fn open_way_out(config: &config::Egress) -> Result<Arc<Egress>, StartError> {
    let (networks, own) = (&config.networks, &config.private_hosts_for_modules);
    let egress = Egress::new(names(config)?, networks.clone(), own.clone());
    Ok(Arc::new(egress.for_modules()))
}

fn names(config: &config::Egress) -> Result<Arc<Dns>, StartError> {
    let names = match config.name_servers.as_slice() {
        [] => Dns::of_the_system(),
        servers => Dns::at(servers),
    };
    Ok(Arc::new(names.map_err(StartError::Names)?))
}

/// Decides where names may lead that the operator configured.
pub(crate) fn open_egress(config: &config::Egress) -> Result<Arc<Egress>, StartError> {
    let names = names(config)?;
    let (networks, own) = (config.networks.clone(), config.private_hosts.clone());
    Ok(Arc::new(
        Egress::new(names, networks, own).with_this_machine(),
    ))
}

/// Each has connections of its own, so that none is kept open for another.
pub(crate) fn open_transport(config: &Config) -> Result<Arc<HttpTransport>, StartError> {
    let transport = HttpTransport::new(open_egress(&config.egress)?);
    Ok(Arc::new(transport.map_err(StartError::Transport)?))
}
