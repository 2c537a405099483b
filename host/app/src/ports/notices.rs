use skillgate_domain::crm::EntryRef;
use skillgate_domain::time::Timestamp;

/// What somebody says in the CRM's name, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// When it was sent, in the sender's words.
    pub timestamp: &'a str,
    /// What shows that the sender knows the secret.
    pub signature: &'a str,
    /// What is said.
    pub body: &'a [u8],
}

/// A notice that is the CRM's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadNotice {
    /// Tells it apart from every other one: a code over time and body that nobody else can make.
    pub mark: [u8; 32],
    /// The record that changed, where that is of a kind that anybody here reads.
    pub about: Option<EntryRef>,
}

/// Why a notice is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeRefusal {
    /// Time or signature is not of the form that the CRM sends.
    Form,
    /// It was sent too long ago, or is from the future.
    Window,
    /// Whoever sent it does not know the secret.
    Signature,
    /// It is of another workspace.
    Workspace,
    /// It is the CRM's, and cannot be read.
    Body,
}

impl NoticeRefusal {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Window => "window",
            Self::Signature => "signature",
            Self::Workspace => "workspace",
            Self::Body => "body",
        }
    }
}

/// Reads what the CRM tells of itself.
pub trait NoticeReader: Send + Sync {
    /// Checks that a notice is the CRM's and was sent at about this moment, and reads it. Nothing of the
    /// body is looked at before the signature is.
    fn read(&self, notice: &Notice<'_>, now: Timestamp) -> Result<ReadNotice, NoticeRefusal>;
}
