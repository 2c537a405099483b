//! Secrets by reference: a configuration file names where a secret is, it never holds one.

use super::{Environment, Faults};
use secrecy::{ExposeSecret, SecretString};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Longest secret, in bytes.
const SECRET_BYTES_MAX: u64 = 8 * 1024;
/// Permission bits of those who are neither owner nor group.
const OTHERS: u32 = 0o007;

/// Reads what `env:NAME` or `file:/path` refers to.
pub(crate) fn resolve(reference: &str, environment: &Environment) -> Result<SecretString, String> {
    match reference.split_once(':') {
        Some(("env", name)) => environment
            .get(name)
            .map(SecretString::from)
            .ok_or_else(|| format!("the environment variable {name} is not set")),
        Some(("file", path)) => from_file(Path::new(path)),
        _ => Err("a secret is given as env:NAME or file:/path, never itself".to_owned()),
    }
}

/// Tells of a secret that no header can carry.
pub(super) fn check_visible(place: &str, secret: &SecretString, faults: &mut Faults) {
    let secret = secret.expose_secret();
    if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        faults.add(place, "a key has visible ASCII characters only");
    }
}

/// A fault that was told already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told;

/// A secret, and where it was set.
pub(super) type Placed = (&'static str, SecretString);

/// Reads what `reference` refers to, or else the variable.
pub(super) fn given(
    (place, reference): (&'static str, Option<String>),
    variable: &'static str,
    environment: &Environment,
    faults: &mut Faults,
) -> Result<Option<Placed>, Told> {
    let Some(reference) = reference else {
        let text = environment.get(variable);
        return Ok(text.map(|text| (variable, text.into())));
    };
    let secret = resolve(&reference, environment);
    let secret = secret.map_err(|problem| {
        faults.add(place, problem);
        Told
    })?;
    Ok(Some((place, secret)))
}

/// Reads a secret that is alone in its file. A line's end after it does not belong to it.
pub(crate) fn from_file(path: &Path) -> Result<SecretString, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.mode() & OTHERS != 0 {
        let path = path.display();
        return Err(format!("{path} is open to everybody; run chmod 600 {path}"));
    }
    let mut text = String::new();
    let mut bounded = file.take(SECRET_BYTES_MAX + 1);
    bounded.read_to_string(&mut text).map_err(failed)?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() || secret.len() as u64 > SECRET_BYTES_MAX {
        return Err(format!(
            "{} must hold 1 to {SECRET_BYTES_MAX} bytes",
            path.display()
        ));
    }
    Ok(secret.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;

    fn kept(text: &str, mode: u32) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let reference = format!("file:{}", path.display());
        let none = Environment::Given(BTreeMap::new());
        resolve(&reference, &none).map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        for mode in [0o600, 0o400, 0o640] {
            assert_eq!(kept("x\n", mode).as_deref(), Ok("x"), "{mode:o}");
        }
        for mode in [0o644, 0o602, 0o601] {
            assert!(
                kept("x", mode).unwrap_err().contains("chmod 600"),
                "{mode:o}"
            );
        }
    }

    #[test]
    fn a_secret_has_a_size() {
        let most = usize::try_from(SECRET_BYTES_MAX).unwrap();
        assert!(kept(&"x".repeat(most), 0o600).is_ok());
        assert!(kept(&"x".repeat(most + 1), 0o600).is_err());
        assert!(kept("\n", 0o600).is_err());
    }

    #[test]
    fn a_secret_itself_is_no_reference() {
        let given = Environment::Given(BTreeMap::from([("A".to_owned(), "s".to_owned())]));
        assert_eq!(resolve("env:A", &given).unwrap().expose_secret(), "s");
        for reference in ["", "s3cret", "env:B", "file:", "file:/nowhere", "https://a"] {
            let problem = resolve(reference, &given).unwrap_err();
            assert!(!problem.contains("s3cret"), "{problem}");
        }
    }
}
