//! Tez: a message with the context it rests on, handed from one person's assistant to another's.
//!
//! The names and limits are those of the Tez relay, so that what is drafted here is accepted there.

mod draft;
pub mod expansion;
mod team;
pub mod text;

pub use draft::{DERIVED_FROM_CHARS_MAX, DraftFault};
pub use team::{DisplayName, NAME_CHARS_MAX, NotAName, Reader};

use crate::crm::ObjectKind;
use crate::ids::{RecordId, TeamId, TezAddress, UserId};
use crate::time::Timestamp;
use crate::words::words;

/// Longest surface text, in characters.
pub const SURFACE_TEXT_CHARS_MAX: usize = 10_000;
/// Longest request for an action, in characters.
pub const ACTION_REQUESTED_CHARS_MAX: usize = 500;
/// Longest content of one item of context, in bytes.
pub const CONTEXT_CONTENT_BYTES_MAX: usize = 256 * 1024;
/// Most items of context of one Tez.
pub const CONTEXT_ITEMS_MAX: usize = 50;
/// Most recipients of one Tez.
pub const RECIPIENTS_MAX: usize = 100;
/// What stands in the place of an item that was taken out.
pub const REDACTED: &str = "[redacted]";
/// Highest confidence in an item of context.
pub const CONFIDENCE_MAX: u8 = 100;

words! {
    /// What a Tez is for.
    TezKind {
        /// Something to know.
        Note = "note",
        /// Something was decided.
        Decision = "decision",
        /// Somebody else goes on from here.
        Handoff = "handoff",
        /// Something to answer.
        Question = "question",
        /// Something changed.
        Update = "update",
    }

    /// How soon it matters.
    Urgency {
        /// Now.
        Critical = "critical",
        /// Soon.
        High = "high",
        /// In its turn.
        Normal = "normal",
        /// When there is time.
        Low = "low",
        /// To know, not to do.
        Fyi = "fyi",
    }

    /// Who may see it.
    Visibility {
        /// The team.
        Team = "team",
        /// Its sender and its recipients.
        Dm = "dm",
        /// Its sender.
        Private = "private",
    }

    /// What an item of context is to the message.
    Layer {
        /// How it came to this.
        Background = "background",
        /// Something that is so.
        Fact = "fact",
        /// A thing that was made: a record, a document.
        Artifact = "artifact",
        /// Who has to do with whom.
        Relationship = "relationship",
        /// What must be kept to.
        Constraint = "constraint",
        /// What the recipient's assistant may do with it.
        Hint = "hint",
    }

    /// Where an item of context comes from.
    ContextSource {
        /// The sender said so.
        Stated = "stated",
        /// A program concluded it.
        Inferred = "inferred",
        /// The host read it from the record that it names.
        Verified = "verified",
    }

    /// What somebody is in a team.
    TeamRole {
        /// Made it, or was made its owner.
        Owner = "owner",
        /// Adds others.
        Admin = "admin",
        /// Shares and reads.
        Member = "member",
    }

    /// Whether a Tez is still shown.
    TezStatus {
        /// It is.
        Active = "active",
        /// Put aside.
        Archived = "archived",
        /// Taken back.
        Deleted = "deleted",
    }
}

/// Which record of the CRM an item of context was made from, when, and of which fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The kind of record.
    pub object: ObjectKind,
    /// The record.
    pub record: RecordId,
    /// When the record had last changed: RFC 3339 in UTC.
    pub updated_at: Option<String>,
    /// When it was read.
    pub fetched_at: Timestamp,
    /// The fields that were left in it, by their names in the contract.
    pub fields: Vec<String>,
}

/// One item of context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextItem {
    /// What it is to the message.
    pub layer: Layer,
    /// What it says.
    pub content: String,
    /// Its media type; plain text when absent.
    pub mime_type: Option<String>,
    /// How sure its source is, from 0 to [`CONFIDENCE_MAX`].
    pub confidence: Option<u8>,
    /// Where it comes from.
    pub source: ContextSource,
    /// What it was concluded from.
    pub derived_from: Option<String>,
    /// The record it was made from, where the host read it. Whoever else says that something is verified
    /// says no more than that.
    pub provenance: Option<Provenance>,
}

/// That an item of context was taken out of a Tez. What it said is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// When.
    pub at: Timestamp,
    /// Who took it out.
    pub by: UserId,
    /// Why.
    pub reason: String,
}

/// A Tez that is to be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TezDraft {
    /// Into which team.
    pub team: TeamId,
    /// What it is for.
    pub kind: TezKind,
    /// How soon it matters.
    pub urgency: Urgency,
    /// Who may see it.
    pub visibility: Visibility,
    /// What people read first.
    pub surface_text: String,
    /// What the recipients are asked to do.
    pub action_requested: Option<String>,
    /// To whom it goes; to the team where there is nobody.
    pub recipients: Vec<TezAddress>,
    /// What it rests on.
    pub context: Vec<ContextItem>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for kind in TezKind::ALL {
            assert_eq!(TezKind::from_name(kind.name()), Some(*kind));
        }
        for layer in Layer::ALL {
            assert_eq!(Layer::from_name(layer.name()), Some(*layer));
        }
        assert_eq!(TezKind::from_name("escalation"), None);
        assert_eq!(Visibility::from_name("Team"), None);
    }
}
