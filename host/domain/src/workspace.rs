//! What a personal assistant does in its mailbox and its calendar.

use std::time::Duration;

/// Longest subject, in characters.
pub const SUBJECT_CHARS_MAX: usize = 300;
/// Longest body, in characters.
pub const BODY_CHARS_MAX: usize = 10_000;
/// Longest summary of a calendar entry, in characters.
pub const SUMMARY_CHARS_MAX: usize = 300;
/// Longest e-mail address, in characters (RFC 5321: 64 before the sign, 255 after it).
pub const ADDRESS_CHARS_MAX: usize = 320;
/// Longest action in a calendar: a day.
pub const ACTION_DURATION_MAX: Duration = Duration::from_hours(24);

/// An e-mail from a personal assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The assistant's own address.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// Something an assistant did, for its calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarAction {
    /// The assistant's own address.
    pub assistant: String,
    /// What was done.
    pub summary: String,
    /// How long it took; at most [`ACTION_DURATION_MAX`].
    pub duration: Duration,
}
