use super::super::FILE_BYTES_MAX;
use super::{Bad, KEY, check};
use secrecy::ExposeSecret;
use skillgate_connectors::smtp::Encryption;
use std::time::Duration;

const FROM: &str = "from = \"pa@example.org\"\n";

#[test]
fn a_server_of_mail_can_be_given() {
    let text = r#"
        [listen]
        public_url = "https://pa.example.org/"
        [mail]
        url = "smtps://mail.example.org"
        from = "pa@example.org"
        from_name = "Assistants"
        user = "pa"
        password = "env:KEY"
        timeout_ms = 1000
    "#;
    let config = check(text, &[("KEY", KEY)]).unwrap();
    let reached = config.listen.public_url.as_deref();
    assert_eq!(reached, Some("https://pa.example.org"));
    let mail = config.mail.unwrap();
    assert_eq!(mail.timeout, Duration::from_secs(1));
    assert_eq!(
        (mail.server.host.as_str(), mail.server.port),
        ("mail.example.org", 465)
    );
    assert_eq!(mail.server.from.as_str(), "pa@example.org");
    let (user, password) = mail.server.credentials.unwrap();
    assert_eq!((user.as_str(), password.expose_secret()), ("pa", KEY));
    assert!(check("", &[]).unwrap().mail.is_none());
}

#[test]
fn an_address_says_how_connections_are_encrypted() {
    for (url, more, port, encryption) in [
        ("smtps://a.example", "", 465, Encryption::Implicit),
        ("smtps://a.example:2465/", "", 2465, Encryption::Implicit),
        ("smtp://a.example", "", 587, Encryption::StartTls),
        ("smtp://10.0.0.1:25", "", 25, Encryption::StartTls),
        (
            "smtp://a.example:25",
            "allow_plain = true",
            25,
            Encryption::None,
        ),
        ("smtp://localhost:25", "", 25, Encryption::None),
        ("smtp://127.0.0.1:25", "", 25, Encryption::None),
        ("smtp://[::1]:25", "", 25, Encryption::None),
        (
            "smtps://localhost",
            "allow_plain = true",
            465,
            Encryption::Implicit,
        ),
    ] {
        let text = format!("[mail]\nurl = \"{url}\"\n{FROM}{more}");
        let server = check(&text, &[]).unwrap().mail.unwrap().server;
        assert_eq!(
            (server.port, server.encryption),
            (port, encryption),
            "{url}"
        );
    }
}

#[test]
fn certificates_are_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "-- a certificate --").unwrap();
    let of = |path: &str| {
        let text = format!("[mail]\nurl = \"smtps://a\"\n{FROM}trusted_certificates = \"{path}\"");
        check(&text, &[])
    };
    let mail = of(path.to_str().unwrap()).unwrap().mail.unwrap();
    assert_eq!(mail.server.trusted.as_deref(), Some("-- a certificate --"));
    let long = "x".repeat(usize::try_from(FILE_BYTES_MAX).unwrap() + 1);
    std::fs::write(&path, long).unwrap();
    for path in [path.to_str().unwrap(), "/nowhere.pem"] {
        assert_eq!(of(path).unwrap_err(), ["mail.trusted_certificates"]);
    }
}

pub(super) const BAD: &[Bad] = &[
    (
        "[listen]\npublic_url = \"pa.example.org\"",
        &[],
        &["listen.public_url"],
    ),
    (
        "[listen]\npublic_url = \"https://pa.example.org/?a\"",
        &[],
        &["listen.public_url"],
    ),
    (
        "[listen]\npublic_url = \"https://u@pa.example.org\"",
        &[],
        &["listen.public_url"],
    ),
    ("[mail]\nfrom = \"a@b\"", &[], &["mail.url"]),
    ("[mail]\nurl = \"smtps://a\"", &[], &["mail.from"]),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a b@c\"",
        &[],
        &["mail.from"],
    ),
    (
        "[mail]\nurl = \"https://a\"\nfrom = \"a@b\"",
        &[],
        &["mail.url"],
    ),
    ("[mail]\nurl = \"a\"\nfrom = \"a@b\"", &[], &["mail.url"]),
    (
        "[mail]\nurl = \"smtps://u:p@a\"\nfrom = \"a@b\"",
        &[],
        &["mail.url"],
    ),
    (
        "[mail]\nurl = \"smtps://a/path\"\nfrom = \"a@b\"",
        &[],
        &["mail.url"],
    ),
    (
        "[mail]\nurl = \"smtps://a?b\"\nfrom = \"a@b\"",
        &[],
        &["mail.url"],
    ),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a@b\"\nuser = \"u\"",
        &[],
        &["mail.password"],
    ),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a@b\"\npassword = \"env:KEY\"",
        &[],
        &["mail.user"],
    ),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a@b\"\nuser = \"u\"\npassword = \"hidden\"",
        &[],
        &["mail.password"],
    ),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a@b\"\nfrom_name = \"\"",
        &[],
        &["mail.from_name"],
    ),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a@b\"\ntimeout_ms = 999",
        &[],
        &["mail.timeout_ms"],
    ),
    (
        "[mail]\nurl = \"smtps://a\"\nfrom = \"a@b\"\ntimeout_ms = 300001",
        &[],
        &["mail.timeout_ms"],
    ),
    ("[mail]\nto = \"x\"", &[], &["mail"]),
];
