use super::StorageError;
use async_trait::async_trait;
use skillgate_domain::event::PartnershipNews;
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::member::{EmailAddress, Member};
use skillgate_domain::tez::DisplayName;
use skillgate_domain::time::Timestamp;

/// Most mails to one person of a community that moves of partnerships make within 24 hours. Whatever comes to pass
/// beyond that is among the community's events, and not mailed.
pub const MAILS_A_DAY_MAX: u32 = 200;

/// Which mail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailId {
    /// Whose.
    pub community: CommunityId,
    /// The event that it tells of.
    pub event: u64,
    /// To whom.
    pub user: UserId,
}

/// A mail that is to be sent now, and by whoever has this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMail {
    /// Which.
    pub id: MailId,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// When it came to pass.
    pub at: Timestamp,
    /// What.
    pub news: PartnershipNews,
    /// Whoever it is for, as the community's list has them now.
    pub to: Member,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailEnd {
    /// A server took it.
    Sent,
    /// A server said that it never will.
    Refused,
    /// No server took it in time.
    GivenUp,
    /// Whoever it was for is no admin any more, has no address, or wants none.
    Unwanted,
}

impl MailEnd {
    /// Returns the name that is kept and counted.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::Unwanted => "unwanted",
        }
    }
}

/// What came of trying a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It is over.
    Over(MailEnd, Timestamp),
    /// It is tried again, at this time.
    Again(Timestamp),
}

/// Keeps mail that is to be sent. The transaction that moves a partnership puts it there, for each admin of both sides
/// who wants mail and has an address; no more than [`MAILS_A_DAY_MAX`] for each.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes mails that are due at `now`, the longest due first, `limit` at most. Until `until`, nobody else takes them.
    async fn take_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueMail>, StorageError>;

    /// Keeps what came of trying a mail. Returns whether nobody else tried it since it was taken; if somebody did,
    /// nothing is kept.
    async fn mail_tried(&self, mail: &DueMail, tried: Tried) -> Result<bool, StorageError>;
}

/// A mail as it is handed to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What it is told apart by, the same at each try: so that whoever gets it twice sees that it is one.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// Where it goes.
    pub to: EmailAddress,
    /// How they are called there.
    pub name: Option<DisplayName>,
    /// What it is about, on one line.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Where one says that one wants no more (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// Why a server did not take a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It never will: nobody is there, or the mail is none that it takes. The code of its answer (RFC 5321).
    #[error("the server refused the mail with {0}")]
    Refused(u16),
    /// It may later: it was not there, was busy, or did not let us in. The code of its answer, if there was one.
    #[error("the server did not take the mail{}", answer(*.0))]
    NotNow(Option<u16>),
    /// It did not answer in time. It may have taken the mail all the same.
    #[error("the server did not answer in time")]
    Timeout,
}

fn answer(code: Option<u16>) -> String {
    code.map_or_else(String::new, |code| format!(" ({code})"))
}

/// Hands mail to a server.
#[async_trait]
pub trait MailServer: Send + Sync {
    /// Hands one mail over. Whoever drops this may have sent it or not.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;

    /// Looks whether the server is there and lets us in, and sends nothing.
    async fn check(&self) -> Result<(), MailError>;
}
