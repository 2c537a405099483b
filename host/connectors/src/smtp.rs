//! Mail by SMTP (RFC 5321), to one server that the operator configured.
//!
//! Invariants: nothing is said before the connection is encrypted, unless the operator allowed that; a connection leads
//! only to an address that [`egress`](crate::egress) judged. What a server says beside its codes goes nowhere.

mod message;

use crate::egress::Egress;
use crate::transport::CONNECT_TIMEOUT;
use async_trait::async_trait;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use skillgate_app::ports::{Letter, MailError, MailServer};
use skillgate_domain::member::EmailAddress;
use skillgate_domain::tez::DisplayName;
use std::net::SocketAddr;
use std::sync::Arc;

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From its beginning (RFC 8314).
    Implicit,
    /// Before anything is said, by STARTTLS (RFC 3207).
    StartTls,
    /// Not at all.
    None,
}

/// Which server, and as whom.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How connections to it are encrypted.
    pub encryption: Encryption,
    /// Who we are there, where it wants to know.
    pub credentials: Option<(String, SecretString)>,
    /// Whom mail is from.
    pub from: EmailAddress,
    /// How they are called.
    pub from_name: Option<DisplayName>,
    /// Certificates in PEM that are trusted beside the system's.
    pub trusted: Option<String>,
}

/// A server of mail that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpBuildError {
    /// The certificates are none, or the system has none that can be used.
    #[error("no certificate to trust the server by can be used")]
    Tls(#[source] Error),
    /// The address that mail is from is none that mail can be from.
    #[error("the address that mail is from cannot be used")]
    From(#[source] lettre::address::AddressError),
}

/// A server of mail. Each mail has a connection of its own.
pub struct Smtp {
    config: SmtpConfig,
    egress: Arc<Egress>,
    tls: Option<TlsParameters>,
    hello: ClientId,
    from: Mailbox,
}

impl Smtp {
    /// Reads whom to trust. Sends nothing.
    pub fn new(config: SmtpConfig, egress: Arc<Egress>) -> Result<Self, SmtpBuildError> {
        let from = config.from.as_str().parse().map_err(SmtpBuildError::From)?;
        let name = config.from_name.as_ref().map(|it| it.as_str().to_owned());
        let from = Mailbox::new(name, from);
        let tls = match config.encryption {
            Encryption::None => None,
            Encryption::Implicit | Encryption::StartTls => Some(tls(&config)?),
        };
        Ok(Self {
            hello: ClientId::Domain(from.email.domain().to_owned()),
            config,
            egress,
            tls,
            from,
        })
    }

    /// Connects, encrypts, and says who we are.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let addresses = self.egress.leads_to(&self.config.host).await;
        let addresses = addresses.map_err(|why| {
            tracing::warn!(server.address = self.config.host, "not connected: {why}");
            MailError::NotNow(None)
        })?;
        let mut last = MailError::NotNow(None);
        for address in addresses {
            let place = SocketAddr::new(address, self.config.port);
            match self.connect_to(place).await {
                Ok(connection) => return Ok(connection),
                Err(error) => last = not_now(&error),
            }
        }
        Err(last)
    }

    async fn connect_to(&self, address: SocketAddr) -> Result<AsyncSmtpConnection, Error> {
        let implicit = self.tls.clone();
        let implicit = implicit.filter(|_| self.config.encryption == Encryption::Implicit);
        let timeout = Some(CONNECT_TIMEOUT);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(address, timeout, &self.hello, implicit, None);
        let mut connection = connecting.await?;
        if let (Encryption::StartTls, Some(tls)) = (self.config.encryption, self.tls.clone()) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some((user, password)) = &self.config.credentials {
            let password = password.expose_secret().to_owned();
            let credentials = Credentials::new(user.clone(), password);
            let ways = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&ways, &credentials).await?;
        }
        Ok(connection)
    }
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, SmtpBuildError> {
    let mut tls = TlsParameters::builder(config.host.clone());
    if let Some(trusted) = &config.trusted {
        let trusted = Certificate::from_pem(trusted.as_bytes());
        tls = tls.add_root_certificate(trusted.map_err(SmtpBuildError::Tls)?);
    }
    tls.build_rustls().map_err(SmtpBuildError::Tls)
}

#[async_trait]
impl MailServer for Smtp {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        // What cannot be written down never goes.
        let (envelope, message) = message::of(letter, &self.from).ok_or(MailError::Refused(0))?;
        let mut connection = self.connect().await?;
        let handed = hand_over(&mut connection, &envelope, &message).await;
        // It has taken the mail, or has not; how it says good-bye changes nothing.
        connection.abort().await;
        handed
    }

    async fn check(&self) -> Result<(), MailError> {
        let mut connection = self.connect().await?;
        connection.abort().await;
        Ok(())
    }
}

/// Hands one mail over. That a server does not take mail from us may be mended; that it takes none for somebody, or not
/// this one, is its word on the mail.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), MailError> {
    let from = Mail::new(envelope.from().cloned(), vec![]);
    let taken = connection.command(from).await;
    taken.map_err(|error| not_now(&error))?;
    for to in envelope.to() {
        let taken = connection.command(Rcpt::new(to.clone(), vec![])).await;
        taken.map_err(|error| final_word(&error))?;
    }
    let taken = connection.command(Data).await;
    taken.map_err(|error| final_word(&error))?;
    let taken = connection.message(message).await;
    taken.map(drop).map_err(|error| final_word(&error))
}

fn code(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

fn not_now(error: &Error) -> MailError {
    tracing::debug!("a server of mail: {error}");
    if error.is_timeout() {
        MailError::Timeout
    } else {
        MailError::NotNow(code(error))
    }
}

fn final_word(error: &Error) -> MailError {
    match code(error) {
        Some(code) if error.is_permanent() => MailError::Refused(code),
        _ => not_now(error),
    }
}
