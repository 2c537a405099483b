//! Texts and moments as the relay writes them.

use skillgate_app::time::rfc3339;
use skillgate_domain::time::Timestamp;
use unicode_normalization::UnicodeNormalization;

pub(super) use skillgate_app::time::parse_rfc3339 as timestamp;

/// Writes a moment: RFC 3339 in UTC, to the millisecond.
pub(super) fn moment(at: Timestamp) -> Option<String> {
    // Years of more than four digits are none of RFC 3339.
    rfc3339(at).filter(|text| timestamp(text).is_some())
}

/// What two texts have in common when the relay makes one of the other: it composes letters (NFC) and
/// leaves out what cannot be seen.
pub(super) fn seen(text: &str) -> String {
    let text = text.chars().filter(|c| !is_unseen(*c));
    text.nfc().collect()
}

fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_back() {
        let ms = 1_795_210_554_598;
        let text = moment(Timestamp::from_unix_ms(ms)).unwrap();
        assert_eq!(text, "2026-11-20T21:35:54.598Z");
        assert_eq!(timestamp(&text), Some(Timestamp::from_unix_ms(ms)));
        let elsewhere = timestamp("2026-11-20T22:35:54.598123+01:00");
        assert_eq!(elsewhere, Some(Timestamp::from_unix_ms(ms)));
        for bad in ["", "2026-11-20", "1795210554598", "2026-11-20T21:35:54"] {
            assert_eq!(timestamp(bad), None, "{bad}");
        }
        for far in [i64::MAX, i64::MIN, 253_402_300_800_000] {
            assert_eq!(moment(Timestamp::from_unix_ms(far)), None, "{far}");
        }
    }

    #[test]
    fn a_text_is_recognised_after_the_relay_cleaned_it() {
        for (sent, kept) in [
            (
                "Explain blockers\u{200b} and \u{202e}actions",
                "Explain blockers and actions",
            ),
            ("Cafe\u{301}", "Café"),
            ("e\u{200b}\u{301}", "é"),
            (" a\r\nb\u{7}\u{feff} ", "a\nb"),
        ] {
            assert_eq!(seen(sent), seen(kept), "{sent:?}");
        }
        assert_ne!(seen("Acme renewal"), seen("Acme Renewal"));
        assert_ne!(seen("é"), seen("e"));
    }
}
