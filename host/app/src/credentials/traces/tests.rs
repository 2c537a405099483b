use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use std::fmt::Write;

/// Has what each coding must write otherwise.
const SECRET: &str = "sk/0+é😀 \"q\"\\%2F&lt;<\n?~~>\u{3ff}";

fn traces(secret: &str) -> Traces {
    Traces::of(&SecretString::from(secret))
}

fn redacted(secret: &str, text: &str) -> String {
    let (rest, _) = traces(secret).redact(text.as_bytes().to_vec());
    String::from_utf8(rest).unwrap()
}

/// Writes a text with every letter escaped that has to be, and those that `also` picks by their position.
fn escaped(text: &str, must: fn(char) -> bool, also: u64, escape: fn(char) -> String) -> Vec<u8> {
    let mut written = String::new();
    for (at, letter) in text.chars().enumerate() {
        if must(letter) || also >> (at % 64) & 1 == 1 {
            written.push_str(&escape(letter));
        } else {
            written.push(letter);
        }
    }
    written.into_bytes()
}

fn percent(letter: char, upper: bool) -> String {
    let mut written = String::new();
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        if upper {
            write!(written, "%{byte:02X}").unwrap();
        } else {
            write!(written, "%{byte:02x}").unwrap();
        }
    }
    written
}

fn unicode(letter: char) -> String {
    let mut written = String::new();
    for unit in letter.encode_utf16(&mut [0; 2]) {
        write!(written, "\\u{unit:04x}").unwrap();
    }
    written
}

fn short(letter: char) -> String {
    match letter {
        '"' | '\\' | '/' => format!("\\{letter}"),
        '\n' => "\\n".to_owned(),
        other => unicode(other).to_uppercase().replace("\\U", "\\u"),
    }
}

fn named(letter: char) -> String {
    match letter {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '/' => "&sol;".to_owned(),
        other => format!("&#{};", u32::from(other)),
    }
}

fn in_percent(text: &[u8], also: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    escaped(&text, |it| it == '%', also, |it| percent(it, true))
}

fn in_json(text: &[u8], also: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    escaped(&text, |it| it < ' ' || "\"\\".contains(it), also, short)
}

fn in_html(text: &[u8], also: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    escaped(&text, |it| it == '&', also, named)
}

fn in_lines(text: &str, width: usize) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.as_bytes().chunks(width).collect();
    lines.join(&b"\r\n"[..])
}

type Encode = fn(&str) -> Vec<u8>;
type Escape = fn(&str, u64) -> Vec<u8>;

/// Ways in which a service may write a text. A number picks letters that need not be escaped and are.
const ESCAPINGS: [(&str, Escape); 15] = [
    ("exact", |it, _| it.as_bytes().to_vec()),
    ("percent", |it, also| in_percent(it.as_bytes(), also)),
    ("percent, small digits", |it, also| {
        escaped(it, |it| it == '%', also, |it| percent(it, false))
    }),
    ("percent, every letter", |it, _| {
        in_percent(it.as_bytes(), u64::MAX)
    }),
    ("form", |it, also| {
        let must = |it| "%+ ".contains(it);
        escaped(it, must, also, |it| {
            if it == ' ' {
                "+".to_owned()
            } else {
                percent(it, true)
            }
        })
    }),
    ("percent twice", |it, also| {
        in_percent(&in_percent(it.as_bytes(), also), !also)
    }),
    ("json", |it, also| in_json(it.as_bytes(), also)),
    ("json, code points only", |it, also| {
        escaped(it, |it| it < ' ' || "\"\\".contains(it), also, unicode)
    }),
    ("json, by a library", |it, _| {
        serde_json::to_vec(it).unwrap()
    }),
    ("json twice", |it, also| {
        in_json(&in_json(it.as_bytes(), also), !also)
    }),
    ("html", |it, also| in_html(it.as_bytes(), also)),
    ("html, hexadecimal", |it, also| {
        escaped(
            it,
            |it| it == '&',
            also,
            |it| format!("&#x{:X};", u32::from(it)),
        )
    }),
    ("percent in json", |it, also| {
        in_json(&in_percent(it.as_bytes(), also), !also)
    }),
    ("json in html", |it, also| {
        in_html(&in_json(it.as_bytes(), also), also)
    }),
    ("html in percent", |it, also| {
        in_percent(&in_html(it.as_bytes(), !also), also)
    }),
];

/// Ways that mix bytes, so that what is around the secret changes what it looks like.
const ENCODINGS: [(&str, Encode); 19] = [
    ("base64", |it| STANDARD.encode(it).into_bytes()),
    ("base64, not padded", |it| {
        STANDARD_NO_PAD.encode(it).into_bytes()
    }),
    ("base64 for URLs", |it| URL_SAFE.encode(it).into_bytes()),
    ("base64 for URLs, not padded", |it| {
        URL_SAFE_NO_PAD.encode(it).into_bytes()
    }),
    ("base64 in lines", |it| in_lines(&STANDARD.encode(it), 76)),
    ("base64 in short lines", |it| {
        in_lines(&URL_SAFE.encode(it), 4)
    }),
    ("base64 in lines of json", |it| {
        in_json(&in_lines(&STANDARD.encode(it), 20), 0)
    }),
    ("base64 in json", |it| {
        in_json(STANDARD.encode(it).as_bytes(), 0xaaaa)
    }),
    ("base64 in a query", |it| {
        let text = STANDARD.encode(it);
        escaped(&text, |it| "+/=".contains(it), 0, |it| percent(it, true))
    }),
    ("base64 twice", |it| {
        STANDARD.encode(STANDARD.encode(it)).into_bytes()
    }),
    ("base64 of hexadecimal", |it| {
        URL_SAFE.encode(hex::encode_upper(it)).into_bytes()
    }),
    ("base64 of json", |it| {
        STANDARD
            .encode(serde_json::to_string(it).unwrap())
            .into_bytes()
    }),
    ("base64 of UTF-16", |it| {
        STANDARD.encode(utf16(it, u16::to_le_bytes)).into_bytes()
    }),
    ("hexadecimal", |it| hex::encode(it).into_bytes()),
    ("hexadecimal, capitals", |it| {
        hex::encode_upper(it).into_bytes()
    }),
    ("hexadecimal in lines", |it| in_lines(&hex::encode(it), 16)),
    ("hexadecimal of base64", |it| {
        hex::encode(STANDARD.encode(it)).into_bytes()
    }),
    ("UTF-16, little end first", |it| utf16(it, u16::to_le_bytes)),
    ("UTF-16, big end first", |it| utf16(it, u16::to_be_bytes)),
];

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_secret_is_taken_out_in_every_way_of_escaping_it() {
    let traces = traces(SECRET);
    for (name, write) in ESCAPINGS {
        for also in [0, 1, 0x5555_5555_5555_5555, 0x00ff_00ff_00ff_00ff, u64::MAX] {
            let text = [b"(" as &[u8], &write(SECRET, also), b")"].concat();
            assert!(traces.finds(&text), "{name} {also:x}");
            let (rest, count) = traces.redact(text);
            let rest = String::from_utf8_lossy(&rest);
            assert_eq!(
                rest.trim_matches(['(', ')', '"']),
                REDACTED,
                "{name} {also:x}"
            );
            assert_eq!(count, 1, "{name} {also:x}");
            // The same writer, and another secret.
            assert!(
                !traces.finds(write(&SECRET.replace('q', "Q"), also)),
                "{name} {also:x}"
            );
        }
    }
}

#[test]
fn a_secret_is_taken_out_of_every_encoding_wherever_it_stands_in_it() {
    let traces = traces(SECRET);
    for (name, encode) in ENCODINGS {
        for before in 0..7 {
            for behind in 0..4 {
                let around =
                    |secret: &str| format!("{}{secret}{}", &"before:"[..before], &"end!"[..behind]);
                let text = encode(&around(SECRET));
                assert!(traces.finds(&text), "{name} {before} {behind}");
                let (rest, count) = traces.redact(text);
                assert!(
                    count > 0 && !traces.finds(&rest),
                    "{name} {before} {behind}"
                );
                assert!(
                    rest.len() <= REDACTED.len() + 40,
                    "{name} {before} {behind}"
                );
                let other = encode(&around(&SECRET.replace('q', "Q")));
                assert!(!traces.finds(other), "{name} {before} {behind}");
            }
        }
    }
}

#[test]
fn a_password_is_found_beside_its_user() {
    let sent = |password: &str| format!("Basic {}", STANDARD.encode(format!("ada:{password}")));
    let traces = traces("open-sesame");
    assert!(traces.finds(sent("open-sesame")));
    assert!(!traces.finds(sent("shut-sesame")));
    // Of the user, what shares a character with the password goes too.
    assert_eq!(
        redacted("open-sesame", &sent("open-sesame")),
        "Basic YWRhO[redacted]"
    );
}

#[test]
fn what_is_around_it_stays() {
    for (text, rest) in [
        ("", ""),
        (
            "nothing here, open-sesam or pen-sesame",
            "nothing here, open-sesam or pen-sesame",
        ),
        ("open-sesame", "[redacted]"),
        ("%41open-sesame\\u0041", "%41[redacted]\\u0041"),
        ("%41%6fpen-sesam%65%42", "%41[redacted]%42"),
        (
            r#"{"a":"\u006fpen-sesame\n","b":"\n"}"#,
            r#"{"a":"[redacted]\n","b":"\n"}"#,
        ),
        (
            "<p>&amp;open&#45;sesame&amp;</p>",
            "<p>&amp;[redacted]&amp;</p>",
        ),
        ("open-sesameopen-sesame", "[redacted][redacted]"),
        (
            "open-sesame, %6fpen-sesame, open-sesame",
            "[redacted], [redacted], [redacted]",
        ),
        // Another case is another text, but in hexadecimal.
        ("Open-Sesame", "Open-Sesame"),
        ("x6F70656e2D736573616d65x", "x[redacted]x"),
        ("open-ses\name", "[redacted]"),
        ("a\nopen-sesame\nb", "a\n[redacted]\nb"),
    ] {
        assert_eq!(redacted("open-sesame", text), rest, "{text}");
    }
}

#[test]
fn places_that_overlap_are_one() {
    assert_eq!(
        redacted("abcabcab", "xabcabcabcabx abcabcab"),
        "x[redacted]x [redacted]"
    );
}

#[test]
fn taking_it_out_does_not_bring_it_together() {
    // What stands in its stead is the beginning of another one.
    let (rest, count) = traces("ed]12345").redact(b"ed]1234512345".to_vec());
    assert_eq!((rest.as_slice(), count), (&b"[redact[redacted]"[..], 2));
}

/// Each round makes the next one, up to the last that there is.
#[test]
fn a_text_is_gone_through_so_often_and_no_oftener() {
    let traces = traces("ed]12345");
    let text = |rounds: usize| format!("ed]12345{}", "12345".repeat(rounds - 1)).into_bytes();
    let (rest, count) = traces.redact(text(ROUNDS_MAX));
    assert_eq!((rest.len() > REDACTED.len(), count), (true, ROUNDS_MAX));
    assert_eq!(
        traces.redact(text(ROUNDS_MAX + 1)),
        (Vec::new(), ROUNDS_MAX)
    );
}

#[test]
fn escapes_are_read_so_deep_and_no_deeper() {
    let deep = |depth| {
        let escape = |text: Vec<u8>, _| in_percent(&text, u64::MAX);
        (0..depth).fold(b"open-sesame".to_vec(), escape)
    };
    let traces = traces("open-sesame");
    assert!(traces.finds(deep(DEPTH_MAX)));
    assert!(!traces.finds(deep(DEPTH_MAX + 1)));
}

#[test]
fn what_does_not_come_clean_is_dropped_whole() {
    let traces = traces("redacted");
    assert_eq!(traces.redact(b"a redacted b".to_vec()).0, b"");
    assert_eq!(traces.redact(b"a redact b".to_vec()).0, b"a redact b");
}

/// Who leaves escapes as they are, or does not write what a reader needs, still does not get it through.
#[test]
fn a_sloppy_writer_is_read_too() {
    let traces = traces("a%41b%42c &amp; d\\n");
    for text in [
        "a%41b%42c%20&amp;%20d%5cn",
        "a%41b%42c &amp; \\u0064\\n",
        "&#97;%41b%42c &amp; d\\n",
    ] {
        assert!(traces.finds(text), "{text}");
    }
    assert!(!traces.finds("a%41b%42c%20&amp;%20e%5cn"));
}

#[test]
fn headers_are_cleaned_in_names_and_values() {
    let traces = traces("Open-Sesame");
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let (rest, count) = traces.redact_headers(vec![
        header("location", "https://example.org/?key=Open%2DSesame&a=1"),
        header("x-open-sesame-x", "yes"),
        header("etag", "open-sesame"),
    ]);
    let expected = vec![
        header("location", "https://example.org/?key=[redacted]&a=1"),
        header("redacted", "yes"),
        header("etag", "open-sesame"),
    ];
    assert_eq!((rest, count), (expected, 2));
}

#[test]
fn the_shortest_and_the_longest_secret_are_found() {
    let long = "0123456789abcdeF".repeat(256);
    assert_eq!(long.len(), super::super::SECRET_BYTES_MAX);
    for secret in ["12345678", "日本x日", "😀😀", long.as_str()] {
        let traces = traces(secret);
        for (name, encode) in ENCODINGS {
            let text = [b"( " as &[u8], &encode(&format!(".{secret}.")), b" )"].concat();
            assert!(traces.finds(&text), "{name} {}", secret.len());
            assert!(
                !traces.finds(traces.redact(text).0),
                "{name} {}",
                secret.len()
            );
        }
    }
}

/// None of these is taken as a secret; nothing is wrong with looking for one.
#[test]
fn what_is_too_short_is_found_where_it_is_long_enough() {
    for len in 0..super::super::SECRET_BYTES_MIN {
        let text = &"Secret-"[..len];
        let found = traces(text).finds(hex::encode(text));
        assert_eq!(found, len * 2 >= search::ANCHOR_BYTES, "{len}");
        assert!(!traces(text).finds("nothing"));
    }
}

#[test]
fn traces_do_not_show_themselves() {
    assert_eq!(format!("{:?}", traces("open-sesame")), "Traces(..)");
}

/// Printable, in ASCII and out of it.
fn secret() -> impl Strategy<Value = String> {
    let other = prop::sample::select(vec!['é', '€', '😀', 'ß', 'ж', '日']);
    let letter = prop_oneof![4 => prop::char::range(' ', '~'), 1 => other];
    let letters = prop::collection::vec(letter, 8..64);
    letters.prop_map(|letters| letters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_secret_is_found_in_whatever_way_it_is_escaped(
        secret in secret(),
        also in any::<u64>(),
        way in 0..ESCAPINGS.len(),
        before in "[a-zA-Z0-9 .,:é-]{0,20}",
        behind in "[a-zA-Z0-9 .,:é-]{0,20}",
    ) {
        let traces = traces(&secret);
        let (name, write) = ESCAPINGS[way];
        let written = write(&secret, also);
        let text = [before.as_bytes(), &written, behind.as_bytes()].concat();
        let (rest, count) = traces.redact(text);
        prop_assert!(count > 0, "{}", name);
        prop_assert!(!traces.finds(&rest));
        let rest = String::from_utf8(rest).unwrap();
        prop_assert!(rest.starts_with(&before) && rest.ends_with(&behind), "{}: {:?}", name, rest);
        prop_assert!(rest.len() <= before.len() + behind.len() + REDACTED.len() + 2, "{}: {:?}", name, rest);
    }

    #[test]
    fn a_secret_is_found_among_others_that_are_escaped_with_it(
        secret in secret(),
        also in any::<u64>(),
        way in 0..ESCAPINGS.len(),
        before in "\\PC{0,20}",
        behind in "\\PC{0,20}",
    ) {
        let (name, write) = ESCAPINGS[way];
        let text = write(&format!("{before}{secret}{behind}"), also);
        let (rest, count) = traces(&secret).redact(text);
        prop_assert!(count > 0, "{}", name);
        prop_assert!(!traces(&secret).finds(rest));
    }

    #[test]
    fn a_secret_is_found_in_every_encoding(
        secret in secret(),
        way in 0..ENCODINGS.len(),
        before in "\\PC{0,20}",
        behind in "\\PC{0,20}",
    ) {
        let (name, encode) = ENCODINGS[way];
        let (rest, count) = traces(&secret).redact(encode(&format!("{before}{secret}{behind}")));
        prop_assert!(count > 0, "{}", name);
        prop_assert!(!traces(&secret).finds(rest));
    }

    /// Whole and broken forms side by side, with beginnings of escapes between them.
    #[test]
    fn whatever_a_text_is_made_of_it_comes_clean(
        secret in secret(),
        pieces in prop::collection::vec((0..ESCAPINGS.len() + ENCODINGS.len() + 8, any::<u64>()), 0..12),
    ) {
        let piece = |(way, also): (usize, u64)| match (ESCAPINGS.get(way), way.checked_sub(ESCAPINGS.len())) {
            (Some((_, write)), _) => write(&secret, also),
            (None, Some(way)) if way < ENCODINGS.len() => (ENCODINGS[way].1)(&secret),
            (None, _) => {
                let cut = usize::try_from(also % 7).unwrap();
                let part = secret.bytes().skip(cut).take(cut);
                part.chain([b"%\\&\n;u=\r"[cut]]).collect()
            }
        };
        let traces = traces(&secret);
        let text: Vec<u8> = pieces.into_iter().flat_map(piece).collect();
        let found = traces.finds(&text);
        let (rest, count) = traces.redact(text.clone());
        prop_assert!(!traces.finds(&rest));
        prop_assert_eq!(found, count > 0);
        prop_assert!(found || rest == text);
    }

    #[test]
    fn a_text_without_it_comes_through_byte_for_byte(
        secret in secret(),
        text in prop::collection::vec(any::<u8>(), 0..400),
        escapes in "([a-z%&#;0-9]|\\\\u00[0-9a-f]{2}|&amp;|%[0-9a-f]{2}|\n){0,100}",
    ) {
        for text in [text, escapes.into_bytes()] {
            prop_assert_eq!(traces(&secret).redact(text.clone()), (text, 0));
        }
    }
}
