use crate::tez::text::bounded;

/// Longest message of an invitation or an answer, in characters.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

/// What one community writes to the other: sanitised, and not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(String);

/// A text that is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message must have 1 to {MESSAGE_CHARS_MAX} characters")]
pub struct NotAMessage;

impl Message {
    /// Sanitises a text and checks that it is a message.
    pub fn parse(text: &str) -> Result<Self, NotAMessage> {
        bounded(text, MESSAGE_CHARS_MAX)
            .map(Self)
            .ok_or(NotAMessage)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_length() {
        assert_eq!(Message::parse(" hello ").unwrap().as_str(), "hello");
        assert_eq!(Message::parse(" \n"), Err(NotAMessage));
        let longest = "é".repeat(MESSAGE_CHARS_MAX);
        assert_eq!(Message::parse(&longest).unwrap().as_str(), longest);
        assert_eq!(Message::parse(&format!("{longest}é")), Err(NotAMessage));
    }
}
