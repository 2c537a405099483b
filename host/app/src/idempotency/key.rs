/// Longest key, in characters.
pub const KEY_CHARS_MAX: usize = 255;

/// What a caller calls one request of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A header's value that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 1 to {KEY_CHARS_MAX} visible ASCII characters, best in double quotes")]
pub struct MalformedKey;

impl IdempotencyKey {
    /// Reads the value of the header `Idempotency-Key`: a string of RFC 9651 (in double quotes, with `\`
    /// before `"` and `\`), or the same characters bare. Both spellings are one key.
    pub fn parse(value: &[u8]) -> Result<Self, MalformedKey> {
        let key = match value {
            [b'"', inside @ .., b'"'] => quoted(inside)?,
            bare if bare.iter().any(|byte| b"\"\\,;".contains(byte)) => return Err(MalformedKey),
            bare => bare.to_vec(),
        };
        let key = String::from_utf8(key).map_err(|_| MalformedKey)?;
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=KEY_CHARS_MAX).contains(&key.len()) {
            Ok(Self(key))
        } else {
            Err(MalformedKey)
        }
    }

    /// Returns the key without its quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn quoted(inside: &[u8]) -> Result<Vec<u8>, MalformedKey> {
    let mut plain = Vec::with_capacity(inside.len());
    let mut bytes = inside.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'"' => return Err(MalformedKey),
            b'\\' => match bytes.next() {
                Some(&escaped @ (b'"' | b'\\')) => escaped,
                _ => return Err(MalformedKey),
            },
            plain => plain,
        });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_either_spelling() {
        let longest = "k".repeat(KEY_CHARS_MAX);
        for (value, key) in [
            ("a", "a"),
            ("\"a\"", "a"),
            (
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
            ),
            (r#""a\"b\\c,;""#, r#"a"b\c,;"#),
            (
                "!#$%&'()*+-./:<=>?@[]^_`{|}~",
                "!#$%&'()*+-./:<=>?@[]^_`{|}~",
            ),
            (&longest, &longest),
            (&format!("\"{longest}\""), &longest),
        ] {
            assert_eq!(
                IdempotencyKey::parse(value.as_bytes()).unwrap().as_str(),
                key
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let too_long = "k".repeat(KEY_CHARS_MAX + 1);
        for value in [
            "",
            "\"",
            "\"\"",
            "a b",
            "\"a b\"",
            "a\tb",
            "a\"b",
            "\"a",
            "a\"",
            "\"a\"b\"",
            r#""a\""#,
            r#""a\n""#,
            r"a\b",
            "a,b",
            "\"a\", \"b\"",
            "a;v=1",
            "\"a\";v=1",
            "\u{7f}",
            "é",
            &too_long,
            &format!("\"{too_long}\""),
        ] {
            assert_eq!(
                IdempotencyKey::parse(value.as_bytes()),
                Err(MalformedKey),
                "{value}"
            );
        }
        assert_eq!(IdempotencyKey::parse(b"\xff"), Err(MalformedKey));
    }
}
