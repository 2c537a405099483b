use super::{Environment, Faults, secret};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::Path;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
}

/// Returns the database's address: `database.url` by reference, else `DATABASE_URL`, else SQLite in
/// the data folder.
pub(super) fn read(
    file: File,
    environment: &Environment,
    data_dir: &Path,
    faults: &mut Faults,
) -> SecretString {
    let embedded = || format!("sqlite:{}", data_dir.join("skillgate.db").display()).into();
    let (place, address) = match file.url {
        Some(reference) => ("database.url", secret::resolve(&reference, environment)),
        None => match environment.get("DATABASE_URL") {
            Some(address) => ("DATABASE_URL", Ok(address.into())),
            None => return embedded(),
        },
    };
    let address = address.unwrap_or_else(|problem| {
        faults.add(place, problem);
        embedded()
    });
    let scheme = address.expose_secret().split(':').next();
    if !matches!(scheme, Some("sqlite" | "postgres" | "postgresql")) {
        faults.add(
            place,
            "an address begins with sqlite:, postgres: or postgresql:",
        );
    }
    address
}
