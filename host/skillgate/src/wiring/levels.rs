//! What goes up and down, read where it does.

use skillgate_app::audit::Trail;
use skillgate_app::invocations::Invocations;
use skillgate_app::reads::Reads;
use skillgate_connectors::twenty::Twenty;
use skillgate_runtime::Runtime;
use skillgate_server::Levels;
use skillgate_storage::Database;
use std::sync::Arc;

/// Returns what reads the levels of these parts.
pub(super) fn read(
    invocations: Arc<Invocations>,
    sandbox: Arc<Runtime>,
    (crm, reads): (Arc<Twenty>, Arc<Reads>),
    database: Arc<Database>,
    trail: Trail,
) -> Arc<dyn Fn() -> Levels + Send + Sync> {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Arc::new(move || {
        let load = invocations.load();
        let (connections, idle) = database.connections();
        Levels {
            runs: count(load.runs),
            calls_waiting: count(load.waiting),
            sandbox_instances: sandbox.instances(),
            crm_requests_waiting: count(crm.waiting()),
            crm_records_kept: count(reads.kept()),
            audit_records_waiting: count(trail.recorder().waiting()),
            storage_connections: connections.into(),
            storage_connections_idle: count(idle),
        }
    })
}
