//! The domain of an organisation, which Twenty keeps as a link.
//!
//! Twenty stores what it was given, the host in lower case and a trailing slash dropped, and compares that
//! exactly: `example.org` and `https://example.org` are two companies to it. They are one to us: we write
//! one spelling, show one, and look for all.

/// Returns the domain without scheme and trailing slash, the host in lower case.
pub(super) fn bare(text: &str) -> String {
    let text = text.trim();
    let rest = strip_scheme(text).trim_end_matches('/');
    match rest.find(['/', '?', '#']) {
        Some(end) => format!("{}{}", rest[..end].to_lowercase(), &rest[end..]),
        None => rest.to_lowercase(),
    }
}

/// Returns the spelling that is written: the one Twenty itself uses for the companies it makes.
pub(super) fn written(text: &str) -> String {
    let scheme = if starts_with_plain_http(text.trim()) {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{}", bare(text))
}

/// Returns every spelling that stands for the same domain.
pub(super) fn spellings(text: &str) -> [String; 3] {
    let bare = bare(text);
    [format!("https://{bare}"), format!("http://{bare}"), bare]
}

fn strip_scheme(text: &str) -> &str {
    match text.split_once("://") {
        Some((scheme, rest))
            if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
        {
            rest
        }
        _ => text,
    }
}

fn starts_with_plain_http(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_domain_has_many_spellings() {
        for text in [
            "example.org",
            "Example.ORG",
            "https://example.org",
            "https://Example.org/",
            "HTTP://example.org//",
            " example.org ",
        ] {
            assert_eq!(bare(text), "example.org", "{text}");
            assert!(spellings("example.org").contains(&written(text)), "{text}");
        }
        assert_eq!(bare("https://Example.org/Path/"), "example.org/Path");
        assert_eq!(written("example.org"), "https://example.org");
        assert_eq!(written("http://example.org/"), "http://example.org");
        assert_ne!(bare("www.example.org"), bare("example.org"));
    }
}
