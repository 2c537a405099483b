use crate::auth::MypaTokens;
use crate::metrics::Monitoring;
use crate::readiness::Readiness;
use skillgate_app::invocations::Invocations;
use skillgate_app::modules::Modules;
use skillgate_app::ports::{Clock, Entropy};
use skillgate_app::tokens::Tokens;
use std::sync::Arc;

/// Everything the door calls.
#[derive(Clone)]
pub struct App {
    /// Tokens of our own.
    pub tokens: Arc<Tokens>,
    /// Modules and grants.
    pub modules: Arc<Modules>,
    /// Skills and calls.
    pub invocations: Arc<Invocations>,
    /// Whether the host can work.
    pub readiness: Arc<Readiness>,
    /// What is counted, and who may see it.
    pub monitoring: Monitoring,
    /// MyPA's tokens, where they are accepted.
    pub mypa: Option<Arc<MypaTokens>>,
    /// Tells whether a foreign token is still good.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
}
