use super::{Environment, Faults, secret};
use secrecy::SecretString;
use serde::Deserialize;
use skillgate_app::audit::{AuditSettings, SigningKey, Verifiers};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Records from one checkpoint to the next.
const RECORDS: RangeInclusive<u64> = 1..=1_000_000;
/// Seconds from one checkpoint to the next.
const SECONDS: RangeInclusive<u64> = 1..=86_400;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    key: Option<String>,
    former_keys: Vec<String>,
    checkpoint_records: Option<u64>,
    checkpoint_seconds: Option<u64>,
}

/// How the audit trail is signed.
#[derive(Debug, Clone)]
pub(crate) struct Audit {
    /// The key's text; without one, a key of the data folder is made and used.
    pub(crate) key: Option<SecretString>,
    /// Public keys that signed before.
    pub(crate) former_keys: Vec<String>,
    pub(crate) settings: AuditSettings,
}

/// Reads the section `audit`.
pub(super) fn read(file: File, environment: &Environment, faults: &mut Faults) -> Audit {
    let key = file
        .key
        .and_then(|reference| match secret::resolve(&reference, environment) {
            Ok(key) => Some(key),
            Err(problem) => {
                faults.add("audit.key", problem);
                None
            }
        });
    if let Some(Err(error)) = key.as_ref().map(SigningKey::parse) {
        faults.add("audit.key", error.to_string());
    }
    if !file.former_keys.is_empty()
        && let Err(error) = Verifiers::parse(file.former_keys.iter().map(String::as_str))
    {
        faults.add("audit.former_keys", error.to_string());
    }
    let standard = AuditSettings::default();
    let mut within = |name: &str, given: Option<u64>, range: RangeInclusive<u64>| {
        if given.is_some_and(|n| !range.contains(&n)) {
            let (least, most) = (range.start(), range.end());
            faults.add(name, format!("must be {least} to {most}"));
        }
        given
    };
    let records = within("audit.checkpoint_records", file.checkpoint_records, RECORDS);
    let seconds = within("audit.checkpoint_seconds", file.checkpoint_seconds, SECONDS);
    Audit {
        key,
        former_keys: file.former_keys,
        settings: AuditSettings {
            checkpoint_records: records.unwrap_or(standard.checkpoint_records),
            checkpoint_every: seconds.map_or(standard.checkpoint_every, Duration::from_secs),
        },
    }
}
