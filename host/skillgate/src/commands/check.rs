//! `skillgate config check`

use crate::config::{Config, Crm};
use crate::output::{Output, details};
use serde_json::json;

/// Shows what the program would run with. Secrets are left out, and so is the database's address.
pub(super) fn run(config: &Config, output: Output) {
    let crm = match &config.crm {
        Crm::Embedded => "embedded".to_owned(),
        Crm::Remote(remote) => remote.address.url.clone(),
    };
    let view = json!({
        "ok": true,
        "listen": config.listen.address.to_string(),
        "data_dir": config.data_dir,
        "crm": crm,
        "mypa": config.mypa.as_ref().map(|mypa| mypa.community.as_str()),
        "planner": config.openclaw.as_ref().map(|planner| &planner.address.url),
        "workspace": config.workspace.as_ref().map(|workspace| &workspace.address.url),
        "relay": config.relay.as_ref().map(|relay| &relay.address.url),
        "metrics": if config.metrics.token.is_some() { "token" } else { "this machine" },
        "runs_max": config.limits.runs_max,
        "community_writes_per_hour": config.writes.community_per_hour,
        "log": config.log.filter,
    });
    output.answer(&view, details);
}
