//! The ways in which text is written inside other text, undone.
//!
//! Invariants: a view is never longer than its text, and is read in one pass; where a piece of it comes from
//! is not kept but read again, since that is asked only of the rare text in which something was found.

mod escape;

use escape::{Letter, backslash, entity, line_break, percent};
use memchr::{memchr, memchr2};
use std::iter::Peekable;
use std::ops::Range;

/// A way of writing text inside other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// `%2F`, of a URL or a form.
    Percent,
    /// `\/`, `\u002F`, `\x2f`, of JSON and languages like it.
    Backslash,
    /// `&sol;`, `&#47;`, `&#x2F;`, of HTML and XML.
    Entity,
    /// Lines that are broken inside a word, as base64 is in mail.
    Lines,
}

impl Coding {
    /// Returns the text that is meant, if it is another than the one that is there.
    pub(super) fn view(self, text: &[u8]) -> Option<Vec<u8>> {
        let mut escapes = self.escapes(text).peekable();
        escapes.peek()?;
        let mut view = Vec::with_capacity(text.len());
        let mut read = 0;
        for escape in escapes {
            view.extend_from_slice(&text[read..escape.at.start]);
            view.extend_from_slice(escape.letter.bytes());
            read = escape.at.end;
        }
        view.extend_from_slice(&text[read..]);
        Some(view)
    }

    /// Returns where in the text the pieces of its view come from: whole escapes. The pieces are in order,
    /// not empty, and none overlaps another.
    pub(super) fn sources(self, text: &[u8], pieces: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut reader = Reader {
            escapes: self.escapes(text).peekable(),
            read: 0,
            seen: 0,
        };
        let source = |piece: &Range<usize>| {
            let first = reader.source(piece.start);
            let last = reader.source(piece.end - 1);
            first.start..last.end
        };
        pieces.iter().map(source).collect()
    }

    const fn escapes(self, text: &[u8]) -> Escapes<'_> {
        Escapes {
            coding: self,
            text,
            at: 0,
        }
    }

    /// Returns where the next escape may begin.
    fn begin(self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Percent => memchr(b'%', text),
            Self::Backslash => memchr(b'\\', text),
            Self::Entity => memchr(b'&', text),
            Self::Lines => memchr2(b'\r', b'\n', text),
        }
    }

    /// Reads the escape that begins at `at`, if it is one: how long it is and what it means.
    fn escape(self, text: &[u8], at: usize) -> Option<(usize, Letter)> {
        let rest = &text[at..];
        match self {
            Self::Percent => percent(rest),
            Self::Backslash => backslash(rest),
            Self::Entity => entity(rest),
            Self::Lines => line_break(*text[..at].last()?, rest),
        }
    }
}

struct Escape {
    at: Range<usize>,
    letter: Letter,
}

/// The escapes of a text, in order. What begins like one and is none is text.
struct Escapes<'t> {
    coding: Coding,
    text: &'t [u8],
    at: usize,
}

impl Iterator for Escapes<'_> {
    type Item = Escape;

    fn next(&mut self) -> Option<Escape> {
        loop {
            let start = self.at + self.coding.begin(&self.text[self.at..])?;
            if let Some((len, letter)) = self.coding.escape(self.text, start) {
                self.at = start + len;
                return Some(Escape {
                    at: start..self.at,
                    letter,
                });
            }
            self.at = start + 1;
        }
    }
}

/// Follows a text and its view side by side, forwards.
struct Reader<'t> {
    escapes: Peekable<Escapes<'t>>,
    /// Of the text: the end of the last escape.
    read: usize,
    /// Of the view: what has been seen up to there.
    seen: usize,
}

impl Reader<'_> {
    /// Returns where a byte of the view comes from.
    fn source(&mut self, byte: usize) -> Range<usize> {
        while let Some(escape) = self.escapes.peek() {
            let begins = self.seen + (escape.at.start - self.read);
            let ends = begins + escape.letter.bytes().len();
            if byte < begins {
                break;
            }
            if byte < ends {
                return escape.at.clone();
            }
            self.seen = ends;
            self.read = escape.at.end;
            self.escapes.next();
        }
        let from = self.read + (byte - self.seen);
        from..from + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_the_rest_stays() {
        for (coding, text, meant) in [
            (Coding::Percent, "a%41%2f%2Fb%", Some("aA//b%")),
            (Coding::Percent, "%%41%4%zz", Some("%A%4%zz")),
            (Coding::Percent, "%2541", Some("%41")),
            (Coding::Percent, "100 % %+1", None),
            (
                Coding::Backslash,
                r#"\"\\\/\'\b\f\n\r\t"#,
                Some("\"\\/'\u{8}\u{c}\n\r\t"),
            ),
            (Coding::Backslash, r"\u0041\u00e9\u20AC\x41", Some("Aé€A")),
            (Coding::Backslash, r"\ud83d\ude00", Some("😀")),
            (Coding::Backslash, r"\ud83d\u0041", Some(r"\ud83dA")),
            (Coding::Backslash, r"\ude00\ud83d\u00", None),
            (Coding::Backslash, r"\\u0041", Some(r"\u0041")),
            (Coding::Backslash, r"\a\u+041\x4", None),
            (
                Coding::Entity,
                "&amp;&lt;&#65;&#x41;&#X041;&#0000000065;",
                Some("&<AAAA"),
            ),
            (Coding::Entity, "&#x1F600;&#233;", Some("😀é")),
            (Coding::Entity, "&amp;amp;", Some("&amp;")),
            (
                Coding::Entity,
                "&#xD800;&#1114112;&AMP;&;&#;&#x;&#4294967361;&amp",
                None,
            ),
            (Coding::Entity, "a && b &", None),
            (Coding::Lines, "ab\r\ncd\n \tef\n\ngh", Some("abcdefgh")),
            (Coding::Lines, "a,\nb\n}", None),
        ] {
            let view = coding.view(text.as_bytes());
            let view = view.map(|view| String::from_utf8(view).unwrap());
            assert_eq!(view.as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn pieces_come_from_whole_escapes() {
        let text = r"ab\u0041\ncd\ud83d\ude00\t";
        // View: a b A \n c d 😀 (4) \t
        for (piece, source) in [
            (0..1, "a"),
            (1..3, r"b\u0041"),
            (2..3, r"\u0041"),
            (3..5, r"\nc"),
            (5..6, "d"),
            (7..8, r"\ud83d\ude00"),
            (5..11, r"d\ud83d\ude00\t"),
        ] {
            let found = Coding::Backslash.sources(text.as_bytes(), &[piece]);
            assert_eq!(&text[found[0].clone()], source);
        }
        let several = Coding::Backslash.sources(text.as_bytes(), &[0..2, 2..3, 10..11]);
        assert_eq!(several, [0..2, 2..8, 24..26]);
        let broken = Coding::Lines.sources(b"ab\ncd\ne", &[0..2, 2..4, 4..5]);
        assert_eq!(broken, [0..2, 3..5, 6..7]);
    }
}
