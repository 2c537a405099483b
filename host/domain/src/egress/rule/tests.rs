use super::*;
use proptest::prelude::*;

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn decide(text: &str, method: Method, target: &str) -> Result<(), Part> {
    let target = Target::parse(target).unwrap_or_else(|why| panic!("{target}: {why}"));
    rule(text).decide(method, &target)
}

#[test]
fn a_rule_has_one_spelling() {
    for (text, spelling) in [
        ("GET https://example.org", "GET https://example.org/**"),
        ("GET https://example.org/**", "GET https://example.org/**"),
        ("GET https://example.org/", "GET https://example.org/"),
        (
            "POST,GET https://EXAMPLE.org:443/a",
            "GET,POST https://example.org/a",
        ),
        (
            "GET https://*.Example.org/%61/*",
            "GET https://*.example.org/a/*",
        ),
        (
            "GET http://[::0:1]:8080/a/*/c/**",
            "GET http://[::1]:8080/a/*/c/**",
        ),
        ("DELETE https://192.0.2.1/a/", "DELETE https://192.0.2.1/a/"),
    ] {
        assert_eq!(rule(text).to_string(), spelling, "{text}");
        assert_eq!(rule(spelling), rule(text), "{text}");
    }
}

#[test]
fn what_is_no_rule_is_refused() {
    use TargetError as T;
    for (text, why) in [
        ("https://example.org/", RuleError::Methods),
        ("get https://example.org/", RuleError::Methods),
        ("GET, POST https://example.org/", RuleError::Methods),
        ("GET,GET https://example.org/", RuleError::Methods),
        ("* https://example.org/", RuleError::Methods),
        (" https://example.org/", RuleError::Methods),
        ("CONNECT https://example.org/", RuleError::Methods),
        ("GET example.org/", T::Scheme.into()),
        ("GET *://example.org/", T::Scheme.into()),
        ("GET https://*/", T::Host.into()),
        ("GET https://*.com/", T::Star.into()),
        ("GET https://*.192.0.2.1/", T::Star.into()),
        ("GET https://a.*.example.org/", T::Host.into()),
        ("GET https://*example.org/", T::Host.into()),
        ("GET https://*.*.example.org/", T::Host.into()),
        ("GET https://example.org:*/", T::Port.into()),
        ("GET https://a@example.org/", T::UserInfo.into()),
        ("GET https://example.org/a*", T::Star.into()),
        ("GET https://example.org/**/a", T::Star.into()),
        ("GET https://example.org/a/../b", T::Path.into()),
        ("GET https://example.org/a//**", T::Path.into()),
        ("GET https://example.org/a?b", RuleError::Query),
        ("GET https://example.org/a#b", T::Characters.into()),
        ("GET  https://example.org/", T::Characters.into()),
    ] {
        assert_eq!(Rule::parse(text), Err(why), "{text}");
    }
    let long = |bytes: usize| {
        let head = "GET https://example.org/";
        Rule::parse(&format!("{head}{}", "a".repeat(bytes - head.len())))
    };
    assert!(long(RULE_BYTES_MAX).is_ok());
    assert_eq!(long(RULE_BYTES_MAX + 1), Err(RuleError::TooLong));
}

#[test]
fn each_part_is_looked_at() {
    let allowed = "GET,POST https://*.example.org:8443/v1/leads/**";
    let good = "https://api.example.org:8443/v1/leads/7";
    assert_eq!(decide(allowed, Method::Get, good), Ok(()));
    assert_eq!(decide(allowed, Method::Post, good), Ok(()));
    assert_eq!(decide(allowed, Method::Delete, good), Err(Part::Method));
    for (target, answer) in [
        ("https://a.b.example.org:8443/v1/leads/7/notes", Ok(())),
        ("https://api.example.org:8443/v1/leads/", Ok(())),
        (
            "https://api.example.org:8443/v1/leads/7?page=/../../",
            Ok(()),
        ),
        ("https://example.org:8443/v1/leads/7", Err(Part::Host)),
        ("https://evilexample.org:8443/v1/leads/7", Err(Part::Host)),
        (
            "https://api.example.org.evil.example:8443/v1/leads/7",
            Err(Part::Host),
        ),
        ("https://192.0.2.1:8443/v1/leads/7", Err(Part::Host)),
        ("http://api.example.org:8443/v1/leads/7", Err(Part::Scheme)),
        ("https://api.example.org/v1/leads/7", Err(Part::Port)),
        ("https://api.example.org:8443/v1/leads", Err(Part::Path)),
        ("https://api.example.org:8443/v1/leadsx/7", Err(Part::Path)),
        ("https://api.example.org:8443/v1/LEADS/7", Err(Part::Path)),
        ("https://api.example.org:8443/v2/leads/7", Err(Part::Path)),
        ("https://api.example.org:8443/", Err(Part::Path)),
    ] {
        assert_eq!(decide(allowed, Method::Get, target), answer, "{target}");
    }
}

#[test]
fn paths_are_compared_by_segment() {
    for (path, fits, fits_not) in [
        ("", vec!["/", "/a", "/a/b/"], vec![]),
        ("/", vec!["/"], vec!["/a"]),
        ("/a", vec!["/a"], vec!["/", "/a/", "/ab", "/a/b"]),
        ("/a/", vec!["/a/"], vec!["/a", "/a/b"]),
        ("/a/*", vec!["/a/b"], vec!["/a", "/a/", "/a/b/", "/a/b/c"]),
        ("/a/**", vec!["/a/", "/a/b", "/a/b/c"], vec!["/a", "/ab/c"]),
        ("/a/*/c", vec!["/a/b/c"], vec!["/a/c", "/a/b/d", "/a/b/b/c"]),
        ("/*/**", vec!["/a/", "/a/b"], vec!["/", "/a"]),
    ] {
        let pattern = PathPattern::parse(path).unwrap();
        for path in fits {
            assert!(pattern.fits(path), "{pattern} {path}");
        }
        for path in fits_not {
            assert!(!pattern.fits(path), "{pattern} {path}");
        }
    }
}

#[test]
fn a_rule_is_wider_than_another_or_not() {
    let wide = rule("GET,POST https://*.example.org/v1/**");
    for narrower in [
        "GET https://api.example.org/v1/leads",
        "GET,POST https://*.eu.example.org/v1/leads/**",
        "POST https://api.example.org/v1/*/notes",
    ] {
        let narrower = rule(narrower);
        assert!(
            wide.covers(&narrower) && !narrower.covers(&wide),
            "{narrower}"
        );
        assert_eq!(wide.and(&narrower), Some(narrower.clone()));
        assert_eq!(narrower.and(&wide), Some(narrower));
    }
    for other in [
        "DELETE https://api.example.org/v1/leads",
        "GET https://example.org/v1/leads",
        "GET https://api.example.org:8443/v1/leads",
        "GET http://api.example.org/v1/leads",
        "GET https://api.example.org/v1",
    ] {
        assert!(!wide.covers(&rule(other)), "{other}");
        assert_eq!(wide.and(&rule(other)), None, "{other}");
    }
    let crossing = rule("GET,PUT https://api.example.org/*/leads");
    let both = wide.and(&crossing).unwrap();
    assert_eq!(both, rule("GET https://api.example.org/v1/leads"));
    assert!(wide.covers(&both) && crossing.covers(&both));
}

fn hosts() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "*.example.org",
        "example.org",
        "a.example.org",
        "b.a.example.org",
        "*.a.example.org",
        "192.0.2.1",
        "[2001:db8::1]",
        "evilexample.org",
    ])
    .prop_map(str::to_owned)
}

fn paths() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "*"]);
    let end = prop::sample::select(vec!["", "/", "/**"]);
    (prop::collection::vec(segment, 0..3), end).prop_map(|(segments, end)| {
        let mut path = segments.join("/");
        if !segments.is_empty() {
            path.insert(0, '/');
        }
        path + end
    })
}

fn rules() -> impl Strategy<Value = Rule> {
    let methods = prop::sample::subsequence(Method::ALL.to_vec(), 1..=3);
    let port = prop::sample::select(vec!["", ":8443"]);
    let scheme = prop::sample::select(vec!["https", "http"]);
    (methods, scheme, hosts(), port, paths()).prop_map(|(methods, scheme, host, port, path)| {
        let methods: Vec<_> = methods.iter().map(|method| method.name()).collect();
        rule(&format!(
            "{} {scheme}://{host}{port}{path}",
            methods.join(",")
        ))
    })
}

fn requests() -> impl Strategy<Value = (Method, Target)> {
    let host = hosts().prop_map(|host| host.replace('*', "c"));
    let path = paths().prop_map(|path| path.replace("**", "c/d").replace('*', "c"));
    let port = prop::sample::select(vec!["", ":8443"]);
    let scheme = prop::sample::select(vec!["https", "http"]);
    let method = prop::sample::select(Method::ALL.to_vec());
    (method, scheme, host, port, path).prop_map(|(method, scheme, host, port, path)| {
        (
            method,
            Target::parse(&format!("{scheme}://{host}{port}{path}")).unwrap(),
        )
    })
}

proptest! {
    #[test]
    fn every_rule_reads_back(one in rules()) {
        prop_assert_eq!(Rule::parse(&one.to_string()), Ok(one));
    }

    #[test]
    fn what_both_allow_is_what_each_allows(one in rules(), other in rules(), request in requests()) {
        let allows = |rule: &Rule| rule.decide(request.0, &request.1).is_ok();
        let both = one.and(&other);
        prop_assert_eq!(both.as_ref().is_some_and(allows), allows(&one) && allows(&other));
        prop_assert_eq!(&both, &other.and(&one));
        if let Some(both) = both {
            prop_assert!(one.covers(&both) && other.covers(&both));
        }
        if one.covers(&other) && allows(&other) {
            prop_assert!(allows(&one));
        }
    }
}
