//! How far a call has come, for whoever waits for its answer.

/// Says that `done` of `total` steps are done, and in a few words what is done next. Passed on where somebody asked
/// for it; not where it falls back, and not each where they come fast.
///
/// ```
/// use skillgate_sdk::{progress, testing::Host};
///
/// let host = Host::new();
/// host.run(|| {
///     progress::report(0, Some(2), "Reading the deal");
///     progress::report(1, Some(2), "Writing to Ada");
/// });
/// assert_eq!(host.progress().len(), 2);
/// ```
pub fn report(done: u32, total: Option<u32>, message: &str) {
    crate::host::progress_report(done, total, Some(message));
}
