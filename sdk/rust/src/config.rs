//! Settings that an admin gave the skill for this community. Never secrets.

/// Returns the value of a key that the manifest declares: the admin's, else the manifest's default.
///
/// ```
/// use skillgate_sdk::{config, testing::Host};
///
/// let host = Host::new().config("stage", "QUALIFIED");
/// assert_eq!(host.run(|| config::get("stage")).as_deref(), Some("QUALIFIED"));
/// assert_eq!(host.run(|| config::get("other")), None);
/// ```
pub fn get(key: &str) -> Option<String> {
    crate::host::config_get(key)
}
