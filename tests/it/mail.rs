//! Mail goes to the admins of both sides when a partnership moves: to whoever wants it, in time, and once.

use crate::members::members_of;
use crate::partnerships::{NORTH, SOUTH, World, id};
use axum::http::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::mail::{Mailer, TRIED_FOR};
use skillgate_app::ports::{Letter, MailError, MailServer};
use skillgate_connectors::egress::{Dns, Egress};
use skillgate_connectors::smtp::{Encryption, Smtp, SmtpConfig};
use skillgate_domain::egress::Networks;
use skillgate_domain::member::EmailAddress;
use skillgate_domain::principal::Role;
use skillgate_domain::tez::DisplayName;
use skillgate_domain::time::Timestamp;
use skillgate_tests::http::Client;
use skillgate_tests::post::Post;
use std::sync::Arc;
use std::time::Duration;

const HOST: &str = "https://pa.example.org";
const TIMEOUT: Duration = Duration::from_secs(2);

fn config(port: u16) -> SmtpConfig {
    SmtpConfig {
        host: "localhost".to_owned(),
        port,
        encryption: Encryption::None,
        credentials: None,
        from: EmailAddress::parse("partners@example.org").unwrap(),
        from_name: None,
        trusted: None,
    }
}

fn smtp(config: SmtpConfig) -> Arc<Smtp> {
    let names = Arc::new(Dns::of_the_system().unwrap());
    let egress = Egress::new(names, Networks::default(), []).with_this_machine();
    Arc::new(Smtp::new(config, Arc::new(egress)).unwrap())
}

impl World {
    fn mailer(&self, server: Arc<dyn MailServer>) -> Mailer {
        let (store, clock) = (&self.host.storage, self.host.clock.clone());
        Mailer::new((store.clone(), store.clone()), server, clock, TIMEOUT)
            .reached_at(Some(HOST.to_owned()))
    }

    async fn with_admin(&self, community: &str, user: &str, email: &str) {
        let said = json!({ "role": "admin", "name": "Ada Löv", "email": email });
        self.list_member(community, user, &said).await.with(200);
    }

    fn later(&self, by: Duration) {
        self.host.clock.advance(by);
    }
}

/// Sends all that is due. Returns how many were tried.
async fn sent(mailer: &Mailer) -> usize {
    let mut all = 0;
    loop {
        match mailer.send_due().await.unwrap() {
            0 => return all,
            count => all += count,
        }
    }
}

#[tokio::test]
async fn admins_of_both_sides_hear_of_each_move() {
    let (world, mut post) = (World::with(&[NORTH, SOUTH]).await, Post::open().await);
    let mailer = world.mailer(smtp(config(post.port)));
    world.with_admin(NORTH, "ada", "ada@north.example").await;
    world.with_admin(SOUTH, "zoe", "zoe@south.example").await;
    let number = world.invite(NORTH, SOUTH).await;
    assert_eq!(sent(&mailer).await, 2);
    let mut both = [post.comes().await, post.comes().await];
    both.sort_by_key(|it| it["to"][0].as_str().map(str::to_owned));
    let [ours, theirs] = both;
    assert_eq!(ours["to"], json!(["ada@north.example"]));
    let headers = &theirs["headers"];
    assert_eq!(theirs["from"], "partners@example.org");
    assert_eq!(headers["to"], "Ada Löv <zoe@south.example>");
    assert_eq!(headers["subject"], "Partnership invitation - The north");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(
        headers["date"]
            .as_str()
            .unwrap()
            .contains("1 Mar 2026 12:00:00")
    );
    let message = headers["message-id"].as_str().unwrap();
    assert!(message.ends_with("@example.org>"), "{message}");
    for form in ["text", "html"] {
        let words = theirs[form].as_str().unwrap();
        assert!(words.contains("The north has invited The south to become its partner"));
        assert!(words.contains(&format!("Partnership {number} of The south")));
    }

    // One click, and no more comes; it can be had again.
    let link = headers["list-unsubscribe"].as_str().unwrap();
    let path = link.trim_matches(['<', '>']).strip_prefix(HOST).unwrap();
    assert_eq!(
        headers["list-unsubscribe-post"],
        "List-Unsubscribe=One-Click"
    );
    let nobody = Client::nobody(&world.host);
    let page = String::from_utf8(nobody.get_bytes(path).await).unwrap();
    assert!(page.contains("<form method=\"post\">"), "{page}");
    let asked = format!("{}/zoe", members_of(SOUTH));
    let before = world.admin(SOUTH).await.get(&asked).await.with(200);
    assert_eq!(before["wantsMail"], true, "to look changes nothing");
    nobody.send(Method::POST, path, None).await.with(200);
    let yes = json!({ "action": "accept", "responseMessage": "Gladly" });
    world.ask(SOUTH, (number, "respond"), &yes).await.with(200);
    assert_eq!(sent(&mailer).await, 1);
    let accepted = post.comes().await;
    assert_eq!(accepted["to"], json!(["ada@north.example"]));
    assert_eq!(
        accepted["headers"]["subject"],
        "Partnership accepted - The south"
    );
    assert!(accepted["text"].as_str().unwrap().contains("> Gladly"));
    let zoe = Client::in_community(&world.host, &id(SOUTH), Role::Member, "zoe").await;
    let yes = json!({ "wanted": true });
    zoe.put(&format!("{asked}/mail"), &yes).await.with(200);
    let reason = json!({ "reason": "We are done" });
    world.end(SOUTH, number, Some(&reason)).await.with(200);
    assert_eq!(sent(&mailer).await, 2);
    for _ in 0..2 {
        let ended = post.comes().await;
        assert!(ended["text"].as_str().unwrap().contains("> We are done"));
    }
    assert!(post.is_quiet().await);
}

#[tokio::test]
async fn what_a_server_does_not_take_is_tried_again_or_not() {
    let (world, mut post) = (World::with(&[NORTH, SOUTH]).await, Post::open().await);
    let mailer = world.mailer(smtp(config(post.port)));
    for (user, email) in [
        ("a", "gone@north.example"),
        ("b", "busy-once@north.example"),
        ("c", "never@north.example"),
        ("d", "slow@north.example"),
        ("e", "eve@north.example"),
    ] {
        world.with_admin(NORTH, user, email).await;
    }
    world.invite(NORTH, SOUTH).await;
    assert_eq!(sent(&mailer).await, 5);
    assert_eq!(post.comes().await["to"], json!(["eve@north.example"]));
    assert_eq!(sent(&mailer).await, 0);
    world.later(Duration::from_secs(31));
    assert_eq!(sent(&mailer).await, 2);
    assert_eq!(post.comes().await["to"], json!(["busy-once@north.example"]));
    // The slow one has an address that works from now on.
    world.with_admin(NORTH, "d", "dan@north.example").await;
    world.later(Duration::from_mins(2));
    assert_eq!(sent(&mailer).await, 1);
    assert_eq!(post.comes().await["to"], json!(["dan@north.example"]));
    world.later(Duration::from_hours(1));
    assert_eq!(sent(&mailer).await, 0);
    assert!(post.is_quiet().await);
}

#[tokio::test]
async fn mail_waits_for_a_server_that_is_away_and_not_for_ever() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let mut server = Post::open().await;
    let away = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = away.local_addr().unwrap().port();
    drop(away);
    let nowhere = world.mailer(smtp(config(port)));
    world.with_admin(NORTH, "ada", "ada@north.example").await;
    let number = world.invite(NORTH, SOUTH).await;
    assert_eq!(sent(&nowhere).await, 1);
    world.later(Duration::from_hours(30));
    assert_eq!(sent(&nowhere).await, 1);
    world.later(Duration::from_hours(1));
    let mailer = world.mailer(smtp(config(server.port)));
    assert_eq!(sent(&mailer).await, 1);
    let first = server.comes().await;
    assert!(
        first["headers"]["subject"]
            .as_str()
            .unwrap()
            .ends_with("The south")
    );
    // Another one, for which the server never comes back.
    world
        .ask(NORTH, (number, "cancel"), &json!({}))
        .await
        .with(200);
    assert_eq!(sent(&nowhere).await, 1);
    world.later(TRIED_FOR);
    assert_eq!(sent(&nowhere).await, 1);
    world.later(Duration::from_hours(2));
    assert_eq!(sent(&mailer).await, 0);
    assert!(server.is_quiet().await);
}

/// A certificate for a name, and the one that it is trusted by.
fn certificate(name: &str, folder: &std::path::Path) -> (Value, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new([]).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = rcgen::CertifiedIssuer::self_signed(ca, rcgen::KeyPair::generate().unwrap()).unwrap();
    let own = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    let own = own.signed_by(&key, &ca).unwrap();
    let (certificate, secret) = (folder.join("own.pem"), folder.join("own.key"));
    std::fs::write(&certificate, own.pem()).unwrap();
    std::fs::write(&secret, key.serialize_pem()).unwrap();
    let options = json!({
        "certificate": certificate, "key": secret, "user": "host", "password": "let me in",
    });
    (options, ca.pem())
}

fn letter() -> Letter {
    Letter {
        id: "1".to_owned(),
        at: Timestamp::from_unix_ms(0),
        to: EmailAddress::parse("ada@north.example").unwrap(),
        name: Some(DisplayName::parse("Ada, \"the\" <one>").unwrap()),
        subject: "An é in a subject that is so long that it does not fit on a line of mail at all"
            .to_owned(),
        text: ".\n.dots and é".to_owned(),
        html: "<p>é</p>".to_owned(),
        unsubscribe: None,
    }
}

#[tokio::test]
async fn a_server_is_trusted_and_told_who_we_are_or_gets_nothing() {
    for (encryption, name) in [
        (Encryption::StartTls, "starttls"),
        (Encryption::Implicit, "implicit"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (mut options, trusted) = certificate("localhost", folder.path());
        options["encryption"] = name.into();
        let mut post = Post::with(&options).await;
        let good = SmtpConfig {
            encryption,
            credentials: Some(("host".to_owned(), "let me in".into())),
            trusted: Some(trusted),
            ..config(post.port)
        };
        let server = smtp(good.clone());
        server.check().await.unwrap();
        server.send(&letter()).await.unwrap();
        let came = post.comes().await;
        assert_eq!(
            (&came["encrypted"], &came["authenticated"]),
            (&json!(true), &json!(true))
        );
        let words = came["text"].as_str().unwrap().replace("\r\n", "\n");
        assert_eq!(words.trim_end(), letter().text);
        assert_eq!(came["headers"]["subject"], letter().subject);
        assert!(
            came["headers"]["to"]
                .as_str()
                .unwrap()
                .ends_with("<ada@north.example>")
        );

        let wrong = |password: &str| Some(("host".to_owned(), SecretString::from(password)));
        let untrusted = SmtpConfig {
            trusted: None,
            ..good.clone()
        };
        let another = SmtpConfig {
            host: "127.0.0.1".to_owned(),
            ..good.clone()
        };
        let impostor = SmtpConfig {
            credentials: wrong("let me out"),
            ..good.clone()
        };
        let nobody = SmtpConfig {
            credentials: None,
            ..good
        };
        for (name, bad) in [
            ("a certificate of nobody we trust", untrusted),
            ("a certificate for another name", another),
            ("a wrong password", impostor),
            ("no password", nobody),
        ] {
            let refused = smtp(bad).send(&letter()).await;
            assert!(
                matches!(refused, Err(MailError::NotNow(_))),
                "{name}: {refused:?}"
            );
        }
        assert!(post.is_quiet().await);
    }
}

#[tokio::test]
async fn nothing_is_said_in_the_open_unless_that_is_allowed() {
    let mut post = Post::open().await;
    // It offers no STARTTLS.
    let server = smtp(SmtpConfig {
        encryption: Encryption::StartTls,
        credentials: Some(("host".to_owned(), "let me in".into())),
        ..config(post.port)
    });
    let refused = server.send(&letter()).await;
    assert_eq!(refused, Err(MailError::NotNow(None)));
    assert!(post.is_quiet().await);
    smtp(config(post.port)).send(&letter()).await.unwrap();
    assert_eq!(post.comes().await["encrypted"], false);
}

#[tokio::test]
async fn a_name_leads_where_it_may_and_nowhere_else() {
    let mut post = Post::open().await;
    let names = || Arc::new(Dns::of_the_system().unwrap());
    // Nobody declared this machine.
    let closed = Arc::new(Egress::new(names(), Networks::default(), []));
    let server = Smtp::new(config(post.port), closed).unwrap();
    assert_eq!(server.send(&letter()).await, Err(MailError::NotNow(None)));
    assert!(post.is_quiet().await);
    let number = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        ..config(post.port)
    };
    smtp(number).send(&letter()).await.unwrap();
    post.comes().await;
    let metadata = SmtpConfig {
        host: "169.254.169.254".to_owned(),
        ..config(post.port)
    };
    let refused = smtp(metadata).send(&letter()).await;
    assert_eq!(refused, Err(MailError::NotNow(None)));
}
