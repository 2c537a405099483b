use super::{Environment, Faults, public_file, secret};
use secrecy::SecretString;
use serde::Deserialize;
use skillgate_connectors::smtp::{Encryption, SmtpConfig};
use skillgate_domain::member::EmailAddress;
use skillgate_domain::tez::DisplayName;
use std::net::IpAddr;
use std::time::Duration;
use url::Url;

/// Ports of submission: encrypted from the beginning (RFC 8314), and by STARTTLS (RFC 6409).
const SUBMISSIONS: u16 = 465;
const SUBMISSION: u16 = 587;
/// How long a try takes at most, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;
const TIMEOUT_MS_MIN: u64 = 1_000;
const TIMEOUT_MS_MAX: u64 = 300_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    url: Option<String>,
    user: Option<String>,
    password: Option<String>,
    from: Option<String>,
    from_name: Option<String>,
    trusted_certificates: Option<String>,
    allow_plain: bool,
    timeout_ms: Option<u64>,
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) server: SmtpConfig,
    pub(crate) timeout: Duration,
}

/// Reads `[mail]`. Without an address, this host sends no mail.
pub(super) fn read(file: File, environment: &Environment, faults: &mut Faults) -> Option<Mail> {
    let Some(url) = &file.url else {
        let others = [&file.user, &file.password, &file.from, &file.from_name];
        if others.iter().any(|it| it.is_some()) {
            faults.add(
                "mail.url",
                "an address is needed too: smtps://… or smtp://…",
            );
        }
        return None;
    };
    let timeout = file.timeout_ms.unwrap_or(TIMEOUT_MS);
    if !(TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX).contains(&timeout) {
        let rule = format!("write {TIMEOUT_MS_MIN} to {TIMEOUT_MS_MAX}");
        faults.add("mail.timeout_ms", rule);
    }
    let place = server(url, file.allow_plain, faults);
    let credentials = credentials(file.user, file.password, environment, faults);
    let from = from(file.from.as_deref(), faults);
    let name = file.from_name.as_deref().map(DisplayName::parse);
    let from_name = name.transpose().unwrap_or_else(|why| {
        faults.add("mail.from_name", why.to_string());
        None
    });
    let trusted = file.trusted_certificates.as_deref();
    let trusted = trusted.and_then(|path| public_file("mail.trusted_certificates", path, faults));
    let (host, port, encryption) = place?;
    Some(Mail {
        server: SmtpConfig {
            host,
            port,
            encryption,
            credentials,
            from: from?,
            from_name,
            trusted,
        },
        timeout: Duration::from_millis(timeout),
    })
}

/// Reads where the server is, and how connections to it are encrypted.
fn server(text: &str, allow_plain: bool, faults: &mut Faults) -> Option<(String, u16, Encryption)> {
    let mut fault = |problem: &str| {
        faults.add("mail.url", problem);
        None
    };
    let Ok(url) = Url::parse(text) else {
        return fault("write smtps://host or smtp://host, with a port if it is another than usual");
    };
    let has_more = !matches!(url.path(), "" | "/") || url.query().is_some();
    if has_more || !url.username().is_empty() || url.password().is_some() {
        return fault("leave out everything but host and port; mail.user says who we are there");
    }
    let Some(host) = url.host_str() else {
        return fault("name a host");
    };
    let is_here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|it: IpAddr| it.is_loopback());
    let (usual, encryption) = match url.scheme() {
        "smtps" => (SUBMISSIONS, Encryption::Implicit),
        "smtp" if allow_plain || is_here => (SUBMISSION, Encryption::None),
        "smtp" => (SUBMISSION, Encryption::StartTls),
        _ => return fault("write smtps://host, or smtp://host for STARTTLS"),
    };
    Some((host.to_owned(), url.port().unwrap_or(usual), encryption))
}

fn credentials(
    user: Option<String>,
    password: Option<String>,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<(String, SecretString)> {
    match (user, password) {
        (None, None) => None,
        (Some(user), Some(password)) => match secret::resolve(&password, environment) {
            Ok(password) => Some((user, password)),
            Err(problem) => {
                faults.add("mail.password", problem);
                None
            }
        },
        (Some(_), None) => {
            faults.add("mail.password", "a password is needed too");
            None
        }
        (None, Some(_)) => {
            faults.add("mail.user", "say whose password it is");
            None
        }
    }
}

fn from(text: Option<&str>, faults: &mut Faults) -> Option<EmailAddress> {
    let read = EmailAddress::parse(text.unwrap_or_default());
    read.map_err(|why| faults.add("mail.from", why.to_string()))
        .ok()
}
