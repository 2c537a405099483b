//! What Cedar says of a text, as findings.

use miette::Diagnostic;
use skillgate_domain::skill::Finding;

/// Longest words about one problem, in bytes: they may repeat a piece of the text.
const PROBLEM_BYTES_MAX: usize = 300;

/// Says where in `text` a fault is, in Cedar's words.
pub(crate) fn of(fault: &dyn Diagnostic, text: &str, fix: &str) -> Finding {
    let label = fault.labels().and_then(|mut labels| labels.next());
    let help = fault.help().map(|help| help.to_string());
    Finding {
        path: label.map_or(String::new(), |label| place(text, label.offset())),
        problem: cut(fault.to_string()),
        fix: cut(help.unwrap_or_else(|| fix.to_owned())),
    }
}

/// Line and column of a byte, both counted from 1.
pub(crate) fn place(text: &str, offset: usize) -> String {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count() + 1;
    format!("{line}:{column}")
}

fn cut(mut words: String) -> String {
    words.truncate(words.floor_char_boundary(PROBLEM_BYTES_MAX));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one() {
        let text = "ab\né\nx";
        for (offset, expected) in [
            (0, "1:1"),
            (2, "1:3"),
            (3, "2:1"),
            (5, "2:2"),
            (6, "3:1"),
            (99, "3:2"),
        ] {
            assert_eq!(place(text, offset), expected, "{offset}");
        }
    }
}
