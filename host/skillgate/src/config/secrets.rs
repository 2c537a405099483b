use super::{Environment, Faults, secret};
use secrecy::SecretString;
use serde::Deserialize;
use skillgate_app::credentials::SealingKey;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    key: Option<String>,
}

/// Reads the key under which the secrets of skills are sealed; without one, a key of the data folder is made and
/// used.
pub(super) fn read(
    file: File,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<SecretString> {
    let key = match secret::resolve(&file.key?, environment) {
        Ok(key) => key,
        Err(problem) => {
            faults.add("secrets.key", problem);
            return None;
        }
    };
    if let Err(error) = SealingKey::parse(&key) {
        faults.add("secrets.key", error.to_string());
    }
    Some(key)
}
