use crate::auth::ForeignTokens;
use crate::mcp::McpAccess;
use crate::metrics::Monitoring;
use crate::problem::Problem;
use crate::readiness::Readiness;
use skillgate_app::audit::AuditQueries;
use skillgate_app::communities::Communities;
use skillgate_app::coordinate::Coordinations;
use skillgate_app::events::Events;
use skillgate_app::idempotency::Idempotency;
use skillgate_app::integrations::Integrations;
use skillgate_app::invocations::Invocations;
use skillgate_app::members::Members;
use skillgate_app::modules::Modules;
use skillgate_app::notices::Notices;
use skillgate_app::partnerships::Partnerships;
use skillgate_app::plans::Plans;
use skillgate_app::policies::Policies;
use skillgate_app::ports::{Clock, Entropy};
use skillgate_app::records::Records;
use skillgate_app::relay::{Expansions, Relay};
use skillgate_app::secrets::Secrets;
use skillgate_app::settings::Settings;
use skillgate_app::tokens::Tokens;
use skillgate_app::ways_out::WaysOut;
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Everything the door calls.
#[derive(Clone)]
pub struct App {
    /// Tokens of our own.
    pub tokens: Arc<Tokens>,
    /// Modules and grants.
    pub modules: Arc<Modules>,
    /// Policies.
    pub policies: Arc<Policies>,
    /// What skills use and never see.
    pub secrets: Arc<Secrets>,
    /// What requests of skills would meet.
    pub ways_out: Arc<WaysOut>,
    /// What the admins of a community decide for everybody in it.
    pub settings: Arc<Settings>,
    /// Skills and calls.
    pub invocations: Arc<Invocations>,
    /// What calls would write.
    pub plans: Arc<Plans>,
    /// Records, for callers who ask for them without a skill.
    pub records: Arc<Records>,
    /// What the host is connected to.
    pub integrations: Arc<Integrations>,
    /// Hand-offs in one call.
    pub coordinations: Arc<Coordinations>,
    /// What the CRM tells of its own, where it has a secret for that.
    pub notices: Option<Arc<Notices>>,
    /// The Tez relay.
    pub relay: Arc<Relay>,
    /// Questions for more than a Tez says.
    pub expansions: Arc<Expansions>,
    /// What others see of communities.
    pub communities: Arc<Communities>,
    /// Who belongs to communities.
    pub members: Arc<Members>,
    /// Partnerships of communities.
    pub partnerships: Arc<Partnerships>,
    /// What communities are told of.
    pub events: Arc<Events>,
    /// What happened.
    pub audit: Arc<AuditQueries>,
    /// Requests that happen once.
    pub idempotency: Arc<Idempotency>,
    /// Whether the host can work.
    pub readiness: Arc<Readiness>,
    /// What is counted, and who may see it.
    pub monitoring: Monitoring,
    /// Whose requests are taken at `/mcp`.
    pub mcp: McpAccess,
    /// Whose tokens are accepted beside the host's own.
    pub foreign: ForeignTokens,
    /// Tells whether a foreign token is still good.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Work that goes on when its caller has left. A shutdown waits for it.
    pub tasks: TaskTracker,
}

impl App {
    /// Does work to its end, also when its caller leaves.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        let done = self.tasks.spawn(work.in_current_span()).await;
        done.map_err(|error| Problem::internal(&error))
    }
}
