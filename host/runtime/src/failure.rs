//! What a wasmtime error means to the caller.

use skillgate_app::ports::{RunFailure, SandboxLimit};
use wasmtime::{Error, PoolConcurrencyLimitError, Trap};

/// Raised by our own callbacks when a guest's time is up.
#[derive(Debug, thiserror::Error)]
#[error("the guest hit its {}", .0.code())]
pub(crate) struct LimitHit(pub(crate) SandboxLimit);

/// Wasmtime's error for a guest that makes the host copy too much has no public type.
const HOST_COPIES_EXHAUSTED: &str = "fuel allocated for hostcalls has been exhausted";

/// Turns an error of a run into what the caller is told. `hit` is a limit that was refused to the
/// guest earlier: a guest that crashes after it was denied memory ran out of memory.
pub(crate) fn run_failure(error: &Error, hit: Option<SandboxLimit>) -> RunFailure {
    if let Some(LimitHit(limit)) = error.downcast_ref::<LimitHit>() {
        return RunFailure::Limit(*limit);
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return RunFailure::Host(error.to_string());
    }
    if error
        .chain()
        .any(|cause| cause.to_string().contains(HOST_COPIES_EXHAUSTED))
    {
        return RunFailure::Limit(SandboxLimit::HostCopies);
    }
    match (error.downcast_ref::<Trap>(), hit) {
        (Some(Trap::StackOverflow), _) => RunFailure::Limit(SandboxLimit::Stack),
        (_, Some(limit)) => RunFailure::Limit(limit),
        (Some(trap), None) => RunFailure::Trapped(trap.to_string()),
        (None, None) => RunFailure::Trapped(error.root_cause().to_string()),
    }
}
