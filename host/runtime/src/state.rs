//! What a store carries.

use crate::cpu::CpuMeter;
use crate::limiter::Limiter;
use skillgate_app::broker::Broker;
use skillgate_app::ports::Meter;
use skillgate_app::run::Run;
use std::sync::Arc;

/// Bytes that a guest can make the host copy in one call: strings and lists, both ways.
pub const HOST_COPY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One run's side of the host. Made fresh for every call.
pub(crate) struct State {
    pub(crate) broker: Arc<Broker>,
    pub(crate) run: Arc<Run>,
    pub(crate) limiter: Limiter,
    pub(crate) cpu: Arc<CpuMeter>,
    pub(crate) meter: Arc<dyn Meter>,
}
