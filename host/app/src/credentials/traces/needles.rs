//! What a secret looks like where no view of a text shows it: behind an encoding that mixes its bytes.
//!
//! Base64 depends on where in a group of three bytes the secret begins, so there are three of each; the
//! characters that it shares with its neighbours are left out and [taken along](Needle::with_shared) when it
//! is found. So a secret is found inside longer data too, such as a user and password.

use super::super::SECRET_BYTES_MIN;
use super::coding::Coding;
use super::search::ANCHOR_BYTES;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_encode_byte;
use secrecy::zeroize::Zeroizing;
use std::ops::Range;

/// Cleared when it is dropped.
type Bytes = Zeroizing<Vec<u8>>;

/// What base64 writes as four characters.
const GROUP_BYTES: usize = 3;
/// Longest spelling of one byte: `\u0000`.
const SPELLING_BYTES_MAX: usize = 6;

/// One form of a secret.
pub(super) struct Needle {
    pub(super) bytes: Bytes,
    /// Letters that differ in case are the same.
    pub(super) any_case: bool,
    /// It shares a character of base64 with what is before it.
    shares_before: bool,
    /// It shares one with what is behind it.
    shares_behind: bool,
}

impl Needle {
    pub(super) fn exact(bytes: Bytes) -> Self {
        Self {
            bytes,
            any_case: false,
            shares_before: false,
            shares_behind: false,
        }
    }

    /// Returns a place with the characters beside it that it shares.
    pub(super) fn with_shared(&self, text: &[u8], place: Range<usize>) -> Range<usize> {
        let before =
            self.shares_before && text[..place.start].last().copied().is_some_and(is_base64);
        let behind = self.shares_behind && text.get(place.end).copied().is_some_and(is_base64);
        place.start - usize::from(before)..place.end + usize::from(behind)
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
}

/// Returns every form of a secret that is looked for.
pub(super) fn needles(secret: &str) -> Vec<Needle> {
    let mut needles = Needles(Vec::new());
    for spelling in spellings(secret) {
        needles.add_mixed(&spelling);
        needles.add(Needle::exact(spelling));
    }
    // A header that is in base64 already, in a request that somebody puts into base64 as a whole.
    let mut once = Needles(Vec::new());
    once.add_mixed(secret.as_bytes());
    for needle in &once.0 {
        needles.add_mixed(&needle.bytes);
        if needle.any_case {
            needles.add_mixed(&Zeroizing::new(needle.bytes.to_ascii_uppercase()));
        }
    }
    // A sloppy writer leaves what looks like an escape already, and a reader then sees less than the secret.
    for coding in [Coding::Percent, Coding::Backslash, Coding::Entity] {
        let read = coding.view(secret.as_bytes()).map(Zeroizing::new);
        if let Some(read) = read.filter(|read| read.len() >= SECRET_BYTES_MIN) {
            needles.add(Needle::exact(read));
        }
    }
    needles.0
}

struct Needles(Vec<Needle>);

impl Needles {
    fn add(&mut self, needle: Needle) {
        let known = self.0.iter().any(|known| known.bytes == needle.bytes);
        if !known && needle.bytes.len() >= ANCHOR_BYTES {
            self.0.push(needle);
        }
    }

    /// Adds the encodings that mix bytes, so that no view shows them.
    fn add_mixed(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let digits = Zeroizing::new(hex::encode(bytes).into_bytes());
        self.add(Needle {
            any_case: true,
            ..Needle::exact(digits)
        });
        for behind in 0..GROUP_BYTES {
            let standard = base64_behind(behind, bytes);
            let url_safe = standard.iter().map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            });
            let url_safe = Zeroizing::new(url_safe.collect::<Vec<_>>());
            for needle in [standard, url_safe] {
                self.add(Needle {
                    shares_before: behind > 0,
                    shares_behind: !(behind + bytes.len()).is_multiple_of(GROUP_BYTES),
                    ..Needle::exact(needle)
                });
            }
        }
    }
}

/// Returns the base64 of bytes that stand behind others, as far as it depends on them alone.
fn base64_behind(behind: usize, bytes: &[u8]) -> Bytes {
    let mut group = Zeroizing::new(Vec::with_capacity(behind + bytes.len()));
    group.resize(behind, 0);
    group.extend_from_slice(bytes);
    let text = Zeroizing::new(STANDARD_NO_PAD.encode(&*group));
    let whole = (behind * 8).div_ceil(6)..group.len() * 8 / 6;
    Zeroizing::new(text.as_bytes()[whole].to_vec())
}

/// Returns the secret as the usual writers spell it. Views show most of it, but not behind an encoding.
fn spellings(secret: &str) -> [Bytes; 9] {
    [
        spelled(secret, plain),
        spelled(secret, form),
        spelled(secret, |it, out| utf16(it, u16::to_le_bytes, out)),
        spelled(secret, |it, out| utf16(it, u16::to_be_bytes, out)),
        spelled(secret, percent),
        spelled(secret, json),
        spelled(secret, json_with_slashes),
        spelled(secret, json_in_ascii),
        spelled(secret, html),
    ]
}

/// Spells a text letter by letter. The buffer never grows, which would leave copies behind.
fn spelled(text: &str, spell: impl Fn(char, &mut Vec<u8>)) -> Bytes {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * SPELLING_BYTES_MAX));
    for letter in text.chars() {
        spell(letter, &mut bytes);
    }
    bytes
}

fn plain(letter: char, out: &mut Vec<u8>) {
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

fn form(letter: char, out: &mut Vec<u8>) {
    plain(if letter == ' ' { '+' } else { letter }, out);
}

fn utf16(letter: char, bytes: fn(u16) -> [u8; 2], out: &mut Vec<u8>) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(&bytes(*unit));
    }
}

fn percent(letter: char, out: &mut Vec<u8>) {
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(percent_encode_byte(byte).as_bytes());
        }
    }
}

fn json(letter: char, out: &mut Vec<u8>) {
    let short = match letter {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        control if control < ' ' => return escaped(control, out),
        other => return plain(other, out),
    };
    out.extend_from_slice(short.as_bytes());
}

fn json_with_slashes(letter: char, out: &mut Vec<u8>) {
    if letter == '/' {
        out.extend_from_slice(b"\\/");
    } else {
        json(letter, out);
    }
}

fn json_in_ascii(letter: char, out: &mut Vec<u8>) {
    if letter.is_ascii() {
        json(letter, out);
    } else {
        escaped(letter, out);
    }
}

fn escaped(letter: char, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for unit in letter.encode_utf16(&mut [0; 2]) {
        out.extend_from_slice(b"\\u");
        let digits = [12, 8, 4, 0].map(|shift| DIGITS[usize::from(*unit >> shift & 0xf)]);
        out.extend_from_slice(&digits);
    }
}

fn html(letter: char, out: &mut Vec<u8>) {
    let entity = match letter {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        other => return plain(other, out),
    };
    out.extend_from_slice(entity.as_bytes());
}
