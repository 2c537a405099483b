use super::*;

fn read(text: &str) -> Result<String, TargetError> {
    Target::parse(text).map(|target| target.to_string())
}

#[test]
fn an_address_has_one_spelling() {
    for (text, spelling) in [
        ("https://example.org", "https://example.org/"),
        ("https://example.org?q=1", "https://example.org/?q=1"),
        ("HTTPS://Example.ORG/A", "https://example.org/A"),
        ("https://example.org:443/", "https://example.org/"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("https://example.org/%61%2D%7e", "https://example.org/a-~"),
        ("https://example.org/%c3%a9", "https://example.org/%C3%A9"),
        (
            "https://example.org/a%20b?c%20d",
            "https://example.org/a%20b?c%20d",
        ),
        ("https://example.org/a/b/", "https://example.org/a/b/"),
        (
            "https://example.org/a...b/...",
            "https://example.org/a...b/...",
        ),
        ("https://example.org/50%25", "https://example.org/50%25"),
        (
            "https://example.org/?f[a]=b|c",
            "https://example.org/?f[a]=b|c",
        ),
        (
            "https://example.org/?u=https://b@c/../d",
            "https://example.org/?u=https://b@c/../d",
        ),
        (
            "https://xn--bcher-kva.example/",
            "https://xn--bcher-kva.example/",
        ),
        ("https://192.0.2.1/", "https://192.0.2.1/"),
        (
            "https://[2001:DB8::0:1]:8443/",
            "https://[2001:db8::1]:8443/",
        ),
        ("https://[::ffff:192.0.2.1]/", "https://[::ffff:192.0.2.1]/"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(spelling), "{text}");
        assert_eq!(read(spelling).as_deref(), Ok(spelling), "again: {spelling}");
    }
}

#[test]
fn what_two_readers_may_read_differently_is_refused() {
    use TargetError as E;
    for (text, why) in [
        // Somebody in front of the host.
        ("https://good.example@evil.example/", E::UserInfo),
        ("https://user:password@good.example/", E::UserInfo),
        ("https://good.example\\@evil.example/", E::Characters),
        ("https://good.example\\.evil.example/", E::Characters),
        ("https://good.example%40evil.example/", E::Host),
        // The host.
        ("https://good.example./", E::Host),
        ("https://.good.example/", E::Host),
        ("https://good..example/", E::Host),
        ("https:///path", E::Host),
        ("https://", E::Host),
        ("https://good%2eexample/", E::Host),
        ("https://g%6fod.example/", E::Host),
        ("https://gööd.example/", E::Characters),
        ("https://good。example/", E::Characters),
        ("https://*.good.example/", E::Host),
        ("https://good.example,evil.example/", E::Host),
        // Addresses in odd spellings.
        ("https://2130706433/", E::Host),
        ("https://0x7f000001/", E::Host),
        ("https://0x7f.0.0.1/", E::Host),
        ("https://0177.0.0.1/", E::Host),
        ("https://127.1/", E::Host),
        ("https://127.0.1/", E::Host),
        ("https://127.0.0.1./", E::Host),
        ("https://127.0.0.01/", E::Host),
        ("https://127.0.0.256/", E::Host),
        ("https://a.0x7f/", E::Host),
        ("https://[::1/", E::Port),
        ("https://[::1%25eth0]/", E::Host),
        ("https://[fe80::1%eth0]/", E::Host),
        ("https://::1/", E::Port),
        ("https://[127.0.0.1]/", E::Host),
        // The port.
        ("https://good.example:/", E::Port),
        ("https://good.example:0/", E::Port),
        ("https://good.example:080/", E::Port),
        ("https://good.example:65536/", E::Port),
        ("https://good.example:+80/", E::Port),
        ("https://good.example:80:81/", E::Port),
        // The scheme.
        ("good.example:443", E::Scheme),
        ("good.example/path", E::Scheme),
        ("//good.example/", E::Scheme),
        ("https:good.example/", E::Scheme),
        ("https:/good.example/", E::Scheme),
        ("ftp://good.example/", E::Scheme),
        ("file:///etc/passwd", E::Scheme),
        ("javascript://good.example/", E::Scheme),
    ] {
        assert_eq!(read(text), Err(why), "{text:?}");
    }
}

#[test]
fn a_path_that_leads_elsewhere_for_some_is_refused() {
    use TargetError as E;
    for (text, why) in [
        // The path.
        ("https://good.example/a/../b", E::Path),
        ("https://good.example/..", E::Path),
        ("https://good.example/./a", E::Path),
        ("https://good.example/a/%2e%2e/b", E::Path),
        ("https://good.example/a/.%2E/b", E::Path),
        ("https://good.example/a/..;x=1/b", E::Path),
        ("https://good.example/a%2fb", E::Path),
        ("https://good.example/a%5Cb", E::Path),
        ("https://good.example/a\\b", E::Characters),
        ("https://good.example/%252e%252e/b", E::Path),
        ("https://good.example/a%252fb", E::Path),
        ("https://good.example/a/%25%32%65%25%32%65/b", E::Path),
        ("https://good.example/a%252%66b", E::Path),
        ("https://good.example//a", E::Path),
        ("https://good.example/a//b", E::Path),
        ("https://good.example/a%00", E::Path),
        ("https://good.example/a%0d%0aHost:%20evil", E::Path),
        ("https://good.example/a%", E::Path),
        ("https://good.example/a%2", E::Path),
        ("https://good.example/a%zz", E::Path),
        // The rest.
        ("https://good.example/#x", E::Characters),
        ("https://good.example/a b", E::Characters),
        ("https://good.example/a\r\nb", E::Characters),
        ("https://good.example/?a\tb", E::Characters),
        (" https://good.example/", E::Characters),
        ("https://good.example/?<a>", E::Characters),
        ("https://good.example/{a}", E::Characters),
    ] {
        assert_eq!(read(text), Err(why), "{text:?}");
    }
}

#[test]
fn an_address_has_a_length() {
    let head = "https://example.org/";
    let whole = format!("{head}{}", "a".repeat(URL_BYTES_MAX - head.len()));
    assert!(Target::parse(&whole).is_ok());
    assert_eq!(read(&format!("{whole}a")), Err(TargetError::TooLong));
    let labels = |count: usize| format!("https://{}example/", "a.".repeat(count));
    assert!(Target::parse(&labels(123)).is_ok(), "253 bytes");
    assert_eq!(read(&labels(124)), Err(TargetError::Host), "255 bytes");
    assert!(Target::parse(&format!("https://{}.example/", "a".repeat(63))).is_ok());
    let long = format!("https://{}.example/", "a".repeat(64));
    assert_eq!(read(&long), Err(TargetError::Host));
}

#[test]
fn where_an_answer_leads_on_to_is_read_as_strictly() {
    let from = Target::parse("https://example.org:8443/v1/a?q").unwrap();
    let to = |location: &str| from.join(location).map(|target| target.to_string());
    assert_eq!(
        to("/v2/b?r").as_deref(),
        Ok("https://example.org:8443/v2/b?r")
    );
    assert_eq!(
        to("https://other.example/c").as_deref(),
        Ok("https://other.example/c")
    );
    for (location, why) in [
        ("//evil.example/", TargetError::Scheme),
        ("b", TargetError::Scheme),
        ("", TargetError::Scheme),
        ("?q", TargetError::Scheme),
        ("/../b", TargetError::Path),
        ("/\\evil.example/", TargetError::Characters),
        ("file:///etc/passwd", TargetError::Scheme),
        ("https://a@evil.example/", TargetError::UserInfo),
    ] {
        assert_eq!(to(location), Err(why), "{location}");
    }
}
