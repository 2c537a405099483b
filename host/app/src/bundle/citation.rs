//! Citations in a text: `[[item]]`, `[[item:place]]`, `[[item:place:element]]`.

/// What a text refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Citation<'a> {
    /// The line it stands in, from 1.
    pub(super) line: usize,
    /// All that stands between the brackets.
    pub(super) whole: &'a str,
    /// The item.
    pub(super) item: &'a str,
    /// Where in it.
    pub(super) place: Option<&'a str>,
}

/// Lists the citations of a text. Brackets behind a backslash are brackets.
pub(super) fn citations(text: &str) -> Vec<Citation<'_>> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(number, line)| of_line(number + 1, line))
        .collect()
}

fn of_line(number: usize, line: &str) -> Vec<Citation<'_>> {
    let (mut found, mut rest, mut escaped) = (Vec::new(), line, false);
    while let Some(first) = rest.chars().next() {
        let inside = rest.strip_prefix("[[").filter(|_| !escaped);
        if let Some((whole, behind)) = inside.and_then(|inside| inside.split_once("]]")) {
            let (item, place) = match whole.split_once(':') {
                Some((item, place)) => (item, place.split(':').next()),
                None => (whole, None),
            };
            found.push(Citation {
                line: number,
                whole,
                item,
                place,
            });
            rest = behind;
            escaped = false;
            continue;
        }
        escaped = first == '\\' && !escaped;
        rest = &rest[first.len_utf8()..];
    }
    found
}

/// Tells whether a place in a text of so many lines may exist: `L3` and `L3-5` are lines; other places
/// cannot be looked up here.
pub(super) fn is_in(place: &str, lines: usize) -> bool {
    let Some(numbers) = place.strip_prefix('L') else {
        return !place.is_empty();
    };
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => 1 <= first && first <= last && last <= lines,
        // A name that begins with the letter.
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_found_and_brackets_are_not() {
        let text = "a [[one]], [[two:L3]] and \\[\\[three]]\n\n[[four:p12:table-3]] \\\\[[five]] [[six]\n[ [[seven]]";
        let found: Vec<_> = citations(text)
            .iter()
            .map(|it| (it.line, it.item, it.place))
            .collect();
        assert_eq!(
            found,
            [
                (1, "one", None),
                (1, "two", Some("L3")),
                (3, "four", Some("p12")),
                (3, "five", None),
                (4, "seven", None),
            ]
        );
    }

    #[test]
    fn lines_are_counted() {
        for (place, lines, is) in [
            ("L1", 1, true),
            ("L2", 1, false),
            ("L0", 1, false),
            ("L1-3", 3, true),
            ("L1-4", 3, false),
            ("L3-2", 3, false),
            ("Lovelace", 1, true),
            ("p12", 1, true),
            ("", 1, false),
        ] {
            assert_eq!(is_in(place, lines), is, "{place} {lines}");
        }
    }
}
