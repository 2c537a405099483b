use skillgate_app::audit::KeyError;
use skillgate_connectors::SettingsError;
use skillgate_connectors::egress::DnsError;
use skillgate_connectors::smtp::SmtpBuildError;
use skillgate_connectors::transport::BuildError;
use skillgate_connectors::twenty::ConfigError;
use skillgate_runtime::RuntimeError;
use skillgate_server::{MypaKeyTooShort, PlatformKeyError};
use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why the host did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the data folder {} cannot be made; set data.dir", dir.display())]
    Data { dir: PathBuf, source: io::Error },
    #[error("the key {} cannot be used", path.display())]
    Key { path: PathBuf, source: io::Error },
    #[error("the database did not open; look at database.url or DATABASE_URL")]
    Database(#[source] skillgate_storage::OpenError),
    #[error("the audit trail's keys are not usable; look at audit.key and audit.former_keys")]
    AuditKey(#[source] KeyError),
    #[error("the key of the skills' secrets is not usable; look at secrets.key")]
    SealingKey(#[source] skillgate_app::credentials::KeyError),
    #[error("the audit trail cannot be taken up")]
    Audit(#[source] skillgate_app::audit::OpenError),
    #[error("the embedded CRM did not open")]
    EmbeddedCrm(#[source] skillgate_crm_embedded::OpenError),
    #[error("the CRM's settings are not usable; look at crm.url or TWENTY_API_URL")]
    Crm(#[source] ConfigError),
    #[error("the planner's settings are not usable; look at [openclaw] and OPENCLAW_URL")]
    Planner(#[source] SettingsError),
    #[error(
        "the workspace's settings are not usable; look at [workspace] and PA_WORKSPACE_API_URL"
    )]
    Workspace(#[source] SettingsError),
    #[error("the relay's settings are not usable; look at [relay] and RELAY_URL")]
    Relay(#[source] SettingsError),
    #[error("the server of mail is not usable; look at [mail]")]
    Mail(#[source] SmtpBuildError),
    #[error("names cannot be looked up; look at egress.name_servers")]
    Names(#[source] DnsError),
    #[error("the HTTP client did not start")]
    Transport(#[source] BuildError),
    #[error("there is no place for scratch files; look at data.dir")]
    Scratch(#[source] skillgate_storage::ScratchOpenError),
    #[error("the sandbox did not start")]
    Sandbox(#[source] RuntimeError),
    #[error("MyPA's signing key is not usable; look at mypa.secret or JWT_SECRET")]
    Mypa(#[source] MypaKeyTooShort),
    #[error("the platform's keys are not usable; look at [platform]")]
    Platform(#[source] PlatformKeyError),
}

impl StartError {
    /// Returns a stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Data { .. } => "data-folder",
            Self::Key { .. } => "key",
            Self::AuditKey(_) => "audit-key",
            Self::SealingKey(_) => "sealing-key",
            Self::Audit(_) => "audit-trail",
            Self::Database(_) => "database",
            Self::EmbeddedCrm(_) => "embedded-crm",
            Self::Crm(_) => "crm-settings",
            Self::Planner(_) => "planner-settings",
            Self::Workspace(_) => "workspace-settings",
            Self::Relay(_) => "relay-settings",
            Self::Mail(_) => "mail-settings",
            Self::Names(_) => "names",
            Self::Transport(_) => "http-client",
            Self::Scratch(_) => "scratch",
            Self::Sandbox(_) => "sandbox",
            Self::Mypa(_) => "mypa-key",
            Self::Platform(_) => "platform-keys",
        }
    }

    /// Returns the message and its causes, outermost first.
    pub(crate) fn words(&self) -> String {
        let mut words = self.to_string();
        let mut next = self.source();
        while let Some(source) = next {
            words.push_str(": ");
            words.push_str(&source.to_string());
            next = source.source();
        }
        words
    }
}
