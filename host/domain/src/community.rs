//! What others see of a community.

use crate::ids::{CommunityId, ShortId};
use crate::tez::DisplayName;
use crate::tez::text::bounded;
use crate::time::Timestamp;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest description of a community, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 2_000;

/// What a community says of itself: sanitised, and not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

/// A text that is no description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a description must have 1 to {DESCRIPTION_CHARS_MAX} characters")]
pub struct NotADescription;

impl Description {
    /// Sanitises a text and checks that it is a description.
    pub fn parse(text: &str) -> Result<Self, NotADescription> {
        bounded(text, DESCRIPTION_CHARS_MAX)
            .map(Self)
            .ok_or(NotADescription)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes a text as it is searched in: without accents, in lower case, with one blank between words.
pub fn folded(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let lower = plain.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ")
}

/// A community as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    /// Which.
    pub id: CommunityId,
    /// How it is called.
    pub name: DisplayName,
    /// A name that people can type. No two communities have the same.
    pub short_id: ShortId,
    /// What it says of itself.
    pub description: Option<Description>,
    /// How many people it lists. None, where somebody else keeps them.
    pub members: u32,
    /// How often it was changed, its beginning included.
    pub version: u32,
    /// Since when it is here.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_a_length() {
        let longest = "é".repeat(DESCRIPTION_CHARS_MAX);
        assert_eq!(Description::parse(&longest).unwrap().as_str(), longest);
        assert_eq!(
            Description::parse(&format!("{longest}é")),
            Err(NotADescription)
        );
        assert_eq!(Description::parse("\u{200b} "), Err(NotADescription));
    }
}
