//! What skills keep from one call to the next: the form of its keys, and how much of it there may be.
//!
//! Invariant: keys are visible ASCII, so that the order of their bytes is the order everywhere they are
//! kept, and what begins with a prefix is one piece of that order.

use crate::ids::Malformed;
use std::fmt;

/// Longest key, in bytes.
pub const STATE_KEY_BYTES_MAX: usize = 128;
/// Longest value, in bytes.
pub const STATE_VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most changes that happen together.
pub const STATE_CHANGES_MAX: usize = 32;
/// Most times that one call of a tool reads or changes what is kept.
pub const STATE_CALLS_MAX: u32 = 64;

/// The first byte behind the visible ones.
const BEHIND_VISIBLE: char = '\x7f';

fn is_visible(text: &str) -> bool {
    text.len() <= STATE_KEY_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Under what a skill keeps a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(String);

impl StateKey {
    /// Checks the form and wraps the text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let whole = !text.is_empty() && !text.starts_with('/') && !text.ends_with('/');
        if whole && is_visible(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed {
                what: "state key",
                rule: "1 to 128 visible ASCII characters, with '/' neither first nor last",
            })
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What keys begin with. By default nothing, with which every key begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatePrefix(String);

impl StatePrefix {
    /// Checks the form and wraps the text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_visible(text) && !text.starts_with('/') {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed {
                what: "prefix of state keys",
                rule: "at most 128 visible ASCII characters, with '/' not the first",
            })
        }
    }

    /// Returns the text. No key that begins with it comes before it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what comes right behind the keys that begin with it: every other key comes before
    /// the prefix or after this.
    pub fn end(&self) -> String {
        format!("{}{BEHIND_VISIBLE}", self.0)
    }
}

/// How much a skill may keep in a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateQuota {
    /// Keys.
    pub keys: u32,
    /// Bytes of all keys and values together.
    pub bytes: u64,
}

impl StateQuota {
    /// What holds where nothing else is said.
    pub const DEFAULT: Self = Self {
        keys: 1_000,
        bytes: 1024 * 1024,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_form() {
        let longest = "k".repeat(STATE_KEY_BYTES_MAX);
        for good in ["a", "a/b", "!", "~", "a//b", "%2f", "..", &longest] {
            assert_eq!(StateKey::parse(good).unwrap().as_str(), good);
        }
        let too_long = "k".repeat(STATE_KEY_BYTES_MAX + 1);
        let bad = [
            "", "/", "/a", "a/", "a b", "a\n", "a\0", "a\x7f", "é", &too_long,
        ];
        for bad in bad {
            assert!(StateKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_prefix_may_be_empty_and_may_end_with_a_slash() {
        let longest = "k".repeat(STATE_KEY_BYTES_MAX);
        for good in ["", "a", "a/", &longest] {
            assert_eq!(StatePrefix::parse(good).unwrap().as_str(), good);
        }
        let too_long = "k".repeat(STATE_KEY_BYTES_MAX + 1);
        for bad in ["/", "/a", "a b", "\0", "\x7f", "é", &too_long] {
            assert!(StatePrefix::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_begins_with_a_prefix_is_one_piece_of_the_order() {
        let texts = [
            "!", "a", "a!", "a/b", "a/~~", "a0", "aa", "a~", "a~~", "b", "~",
        ];
        for key in texts.map(|text| StateKey::parse(text).unwrap()) {
            for prefix in ["", "!", "a", "a/", "a~", "b", "~", "a/~"] {
                let prefix = StatePrefix::parse(prefix).unwrap();
                let within = prefix.as_str() <= key.as_str() && *key.as_str() < *prefix.end();
                let begins = key.as_str().starts_with(prefix.as_str());
                assert_eq!(within, begins, "{key} {prefix:?}");
            }
        }
    }
}
