//! What of a text goes on: what people see of it is all that is in it.

use unicode_normalization::UnicodeNormalization;

/// Media types of a context item that are kept. Nothing that runs or loads anything where it is shown.
pub const MIME_TYPES: [&str; 5] = [
    "text/plain",
    "text/markdown",
    "text/csv",
    "text/calendar",
    "application/json",
];

/// Stands for every other media type.
pub const OTHER_MIME_TYPE: &str = MIME_TYPES[0];

/// Leaves out what nobody sees, and writes the rest in one way (NFC). Newlines and tabs stay.
pub fn sanitised(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).nfc().collect()
}

/// Returns what of a text goes on, without what is blank around it; nothing where that is empty, or longer than
/// `chars_max` characters.
pub(crate) fn bounded(text: &str, chars_max: usize) -> Option<String> {
    let text = sanitised(text);
    let text = text.trim();
    (!text.is_empty() && super::draft::fits(text, chars_max)).then(|| text.to_owned())
}

/// Returns a media type as it is kept. Parameters such as the character set are left out.
pub fn mime_type(given: &str) -> &'static str {
    let plain = given.split(';').next().unwrap_or_default().trim();
    let known = |known: &&&str| known.eq_ignore_ascii_case(plain);
    MIME_TYPES.iter().find(known).unwrap_or(&OTHER_MIME_TYPE)
}

/// Tells whether a character is seen by programs and not by people: it controls something, has no width,
/// or turns the direction of what stands around it.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        '\u{ad}' | '\u{61c}' | '\u{180e}'
        // Zero-width space and joiners, marks of direction.
        | '\u{200b}'..='\u{200f}'
        // Embeddings and overrides of direction, and isolates with the invisible operators before them.
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        // Tags: letters that only programs read.
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_left_out() {
        for (text, expected) in [
            ("", ""),
            ("plain text", "plain text"),
            ("two\nlines\tand a tab", "two\nlines\tand a tab"),
            ("win\r\ndows", "win\ndows"),
            ("nul\0 bell\u{7} escape\u{1b}[31m", "nul bell escape[31m"),
            ("delete\u{7f} next\u{85}line", "delete nextline"),
            ("zero\u{200b}width\u{200d}\u{2060}\u{feff}", "zerowidth"),
            ("a \u{202e}desrever\u{202c} word", "a desrever word"),
            ("\u{2066}isolated\u{2069}\u{200f}\u{61c}", "isolated"),
            ("tag\u{e0041}\u{e0042}s", "tags"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("line\u{2028}separator", "lineseparator"),
            // The positive controls: other scripts, spaces and signs stay.
            ("שלום مرحبا 你好 🙂", "שלום مرحبا 你好 🙂"),
            ("no\u{a0}break", "no\u{a0}break"),
        ] {
            assert_eq!(sanitised(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_written_in_one_way() {
        for (text, expected) in [
            ("e\u{301}", "\u{e9}"),
            // What stood between the letter and its accent does not keep them apart.
            ("e\u{200b}\u{301}", "\u{e9}"),
            ("\u{212b}", "\u{c5}"),
            ("\u{fb01}", "\u{fb01}"),
        ] {
            assert_eq!(sanitised(text), expected, "{text:?}");
        }
    }

    #[test]
    fn once_is_enough() {
        let all: String = ('\0'..=char::MAX).collect();
        let once = sanitised(&all);
        assert_eq!(sanitised(&once), once);
    }

    #[test]
    fn a_media_type_is_one_of_a_few() {
        for (given, kept) in [
            ("text/plain", "text/plain"),
            ("Text/Markdown", "text/markdown"),
            ("application/json; charset=utf-8", "application/json"),
            ("text/html", "text/plain"),
            ("image/svg+xml", "text/plain"),
            ("application/x-evil", "text/plain"),
            ("application/json\nx: y", "text/plain"),
            ("", "text/plain"),
        ] {
            assert_eq!(mime_type(given), kept, "{given:?}");
        }
    }
}
