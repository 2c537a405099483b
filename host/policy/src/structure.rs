//! How deep and how long a text may be built, before Cedar reads it.
//!
//! Cedar walks what it reads by recursion: deep nesting overflows the stack of the thread that reads, and
//! a little less deep, validation passes over what it did not reach. So depth is bounded here, by counting
//! signs alone, and nothing is read that could come near.

use crate::finding::place;
use skillgate_domain::skill::Finding;

/// Deepest nesting of brackets of any kind.
pub(crate) const NESTING_MAX: usize = 32;
/// Most words and signs of one policy. Each adds at most one level to what Cedar walks.
pub(crate) const TOKENS_MAX: usize = 512;

/// Signs of two characters.
const SIGNS: [&[u8]; 7] = [b"::", b"==", b"!=", b"<=", b">=", b"||", b"&&"];

/// Refuses what is nested too deeply or has a policy that is too long.
pub(crate) fn check(text: &str) -> Result<(), Finding> {
    let (mut depth, mut tokens) = (0_usize, 0);
    for (offset, token) in tokens_of(text) {
        tokens += 1;
        match token {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            // A policy ends here and nowhere else.
            b';' => tokens = 0,
            _ => {}
        }
        if depth > NESTING_MAX {
            return Err(Finding {
                path: place(text, offset),
                problem: format!("brackets are nested more than {NESTING_MAX} deep"),
                fix: "Write it flatter, or as several policies.".to_owned(),
            });
        }
        if tokens > TOKENS_MAX {
            return Err(Finding {
                path: place(text, offset),
                problem: format!("a policy has more than {TOKENS_MAX} words and signs"),
                fix: "Write it as several policies.".to_owned(),
            });
        }
    }
    Ok(())
}

/// Splits a text as Cedar does: words and numbers, strings, single signs; comments and spaces left out.
/// Each comes with where it begins and its first byte.
fn tokens_of(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = text.as_bytes();
    let mut next = 0;
    std::iter::from_fn(move || {
        loop {
            let at = next;
            let first = *bytes.get(at)?;
            let rest = &bytes[at..];
            next += length(rest);
            if !first.is_ascii_whitespace() && !rest.starts_with(b"//") {
                return Some((at, first));
            }
        }
    })
}

/// Length of the token, space or comment that `rest` begins with; at least 1.
fn length(rest: &[u8]) -> usize {
    let run = |belongs: fn(&u8) -> bool| rest.iter().take_while(|byte| belongs(byte)).count();
    match rest[0] {
        b'"' => string(rest),
        b'/' if rest.starts_with(b"//") => run(|byte| !matches!(byte, b'\n' | b'\r')),
        _ if SIGNS.iter().any(|sign| rest.starts_with(sign)) => 2,
        byte if is_word(byte) => run(|byte| is_word(*byte)),
        _ => 1,
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A string ends at the first quote that no backslash escapes, or not at all.
fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_cedars() {
        let text = "@id(\"a\\\"; b\") // no (\r(principal.a_1 == A::\"é\");\n\"open ((";
        let signs: String = tokens_of(text)
            .map(|(_, first)| char::from(first))
            .collect();
        assert_eq!(signs, "@i(\")(p.a=A:\");\"");
    }

    #[test]
    fn depth_and_length_have_limits() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let long = |tokens: usize| format!("{};", "a ".repeat(tokens));
        for (text, accepted) in [
            (nested(NESTING_MAX), true),
            (nested(NESTING_MAX + 1), false),
            (nested(NESTING_MAX).repeat(3), true),
            (long(TOKENS_MAX), true),
            (long(TOKENS_MAX + 1), false),
            (long(TOKENS_MAX).repeat(3), true),
            (format!("// {}", "( ".repeat(2_000)), true),
            (format!("\"{}\"", "( ".repeat(2_000)), true),
            (format!("// \r{}", "(".repeat(2_000)), false),
            (format!("\"\\\"\" {}", "(".repeat(2_000)), false),
        ] {
            assert_eq!(check(&text).is_ok(), accepted, "{text}");
        }
    }
}
