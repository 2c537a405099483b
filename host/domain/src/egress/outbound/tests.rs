use super::*;
use crate::egress::{HostName, Place};
use proptest::prelude::*;

fn name(text: &str) -> CredentialName {
    CredentialName::parse(text).unwrap()
}

fn route(rule: &str, credential: Option<&str>) -> Route {
    Route {
        rule: Rule::parse(rule).unwrap(),
        credential: credential.map(name),
    }
}

fn key(audience: &str) -> Credential {
    let place = Place::Header {
        name: "authorization".to_owned(),
        prefix: "Bearer ".to_owned(),
    };
    Credential::new(audience, place).unwrap()
}

fn outbound(
    routes: &[(&str, Option<&str>)],
    credentials: &[(&str, &str)],
) -> Result<Outbound, OutboundError> {
    let routes = routes
        .iter()
        .map(|(rule, credential)| route(rule, *credential));
    let credentials = credentials
        .iter()
        .map(|(text, audience)| (name(text), key(audience)));
    Outbound::new(routes.collect(), credentials.collect())
}

fn target(text: &str) -> Target {
    Target::parse(text).unwrap()
}

#[test]
fn a_request_is_allowed_by_one_rule_or_told_what_does_not_fit() {
    let all = outbound(
        &[
            ("GET https://api.example.org/v1/**", Some("key")),
            ("POST https://hooks.example.net/in", None),
        ],
        &[("key", "https://api.example.org")],
    )
    .unwrap();
    let decide = |method, text: &str| all.decide(method, &target(text));
    let allowed = decide(Method::Get, "https://api.example.org/v1/a").unwrap();
    assert_eq!(allowed.credential, Some(name("key")));
    let allowed = decide(Method::Post, "https://hooks.example.net/in").unwrap();
    assert_eq!(allowed.credential, None);
    for (method, text, part) in [
        (Method::Get, "https://evil.example/v1/a", Part::Host),
        (Method::Get, "http://api.example.org/v1/a", Part::Scheme),
        (Method::Get, "https://api.example.org:444/v1/a", Part::Port),
        (Method::Get, "https://api.example.org/v2", Part::Path),
        (Method::Put, "https://hooks.example.net/in", Part::Method),
    ] {
        assert_eq!(decide(method, text), Err(part), "{text}");
    }
    let to = target("https://hooks.example.net/in");
    let said: Vec<_> = all
        .explain(Method::Post, &to)
        .map(|(_, said)| said)
        .collect();
    assert_eq!(said, [Err(Part::Host), Ok(())]);
    assert_eq!(
        Outbound::default().decide(Method::Get, &to),
        Err(Part::Host)
    );
}

#[test]
fn a_credential_is_shown_to_those_it_is_for() {
    let audience = [("key", "https://api.example.org/v1/**")];
    let using = |rule: &str| outbound(&[(rule, Some("key"))], &audience).map(drop);
    assert_eq!(using("GET,POST https://api.example.org/v1/leads/*"), Ok(()));
    for beyond in [
        "GET https://api.example.org/**",
        "GET https://*.example.org/v1/**",
        "GET http://api.example.org/v1/a",
        "GET https://api.example.org:8443/v1/a",
        "GET https://evil.example/v1/a",
    ] {
        let refused = using(beyond);
        assert!(
            matches!(refused, Err(OutboundError::BeyondAudience { .. })),
            "{beyond}"
        );
    }
    let undeclared = outbound(
        &[("GET https://api.example.org/v1/a", Some("other"))],
        &audience,
    );
    assert!(matches!(undeclared, Err(OutboundError::Undeclared { .. })));
    for (address, clear) in [
        ("http://api.example.org", true),
        ("http://*.example.org", true),
        ("http://192.0.2.1:8080", true),
        ("http://localhost:8080", false),
        ("http://127.0.0.1:8080/a", false),
        ("http://[::1]/", false),
        ("https://api.example.org", false),
    ] {
        let made = outbound(&[], &[("key", address)]);
        let refused = matches!(made, Err(OutboundError::InTheClear { .. }));
        assert_eq!(refused, clear, "{address}");
    }
}

#[test]
fn one_request_has_one_credential() {
    let keys = [
        ("one", "https://a.example.org"),
        ("two", "https://a.example.org"),
    ];
    let both = |other: &str, credential| {
        let routes = [
            ("GET https://a.example.org/v1/**", Some("one")),
            (other, credential),
        ];
        outbound(&routes, &keys).map(drop)
    };
    assert_eq!(both("GET https://a.example.org/v1/x", Some("one")), Ok(()));
    assert_eq!(both("POST https://a.example.org/v1/x", Some("two")), Ok(()));
    assert_eq!(both("GET https://a.example.org/v2/x", None), Ok(()));
    for credential in [None, Some("two")] {
        let refused = both("GET https://a.example.org/v1/x", credential);
        assert!(matches!(refused, Err(OutboundError::Ambiguous(..))));
    }
}

#[test]
fn a_grant_is_as_narrow_as_an_admin_wants_and_never_wider() {
    let keys = [("key", "https://*.example.org/v1/**")];
    let asked = [("GET,POST https://*.example.org/v1/**", Some("key"))];
    let asked = outbound(&asked, &keys).unwrap();
    let given =
        |rule, credential, audience| outbound(&[(rule, credential)], &[("key", audience)]).unwrap();
    let all = "https://*.example.org/v1/**";
    let leads = "GET https://api.example.org/v1/leads/*";
    for narrower in [given(leads, Some("key"), all), given(leads, None, all)] {
        assert_eq!(narrower.excess_over(&asked).count(), 0);
        assert_eq!(narrower.and(&asked).routes(), narrower.routes());
        assert!(asked.excess_over(&narrower).count() > 0);
    }
    let elsewhere = given("GET https://evil.example/v1/leads", None, all);
    let excess: Vec<_> = elsewhere.excess_over(&asked).collect();
    assert_eq!(excess, ["http.GET https://evil.example/v1/leads"]);
    assert!(elsewhere.and(&asked).routes().is_empty());
    let shown_to_others = given(leads, Some("key"), "https://*.example.org");
    let excess: Vec<_> = shown_to_others.excess_over(&asked).collect();
    assert_eq!(excess, ["credential.key"]);
    assert!(shown_to_others.and(&asked).is_empty());
    let names: Vec<_> = given(leads, Some("key"), all).names().collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    http.GET https://api.example.org/v1/leads/* with key
    credential.key https://*.example.org/v1/** header authorization: Bearer …
    ");
}

/// One host in many spellings, most of them no address of ours.
fn spellings() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec![
        "https://", "http://", "HTTPS://", "https:", "https:/", "//", "",
    ]);
    let before = prop::sample::select(vec![
        "",
        "good.example@",
        "good.example:443@",
        "good.example\\",
        "good.example%40",
        "good.example/@",
        "good.example#@",
        "good.example?@",
        "user:good.example@",
        "good.example;",
        "good.example,",
        ".",
    ]);
    let host = prop::sample::select(vec![
        "evil.example",
        "EVIL.example",
        "evil.example.",
        "evil%2eexample",
        "ev%69l.example",
        "good.example.evil.example",
        "goodexample",
        "evilgood.example",
        "xn--good-.evil.example",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
        "[::1]",
        "localhost",
        "127.1",
        "[fe80::1%25lo]",
    ]);
    let behind = prop::sample::select(vec![
        "",
        "/",
        ":443/",
        ":8443",
        "/good.example",
        "?good.example",
        "/..//good.example",
        "\\good.example",
        "@good.example.evil.example/",
        ":443@evil.example/",
        "/%2e%2e/",
        "#good.example",
    ]);
    (scheme, before, host, behind)
        .prop_map(|(scheme, before, host, behind)| format!("{scheme}{before}{host}{behind}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]
    #[test]
    fn a_host_that_is_in_no_rule_is_never_reached(text in spellings(), method in prop::sample::select(Method::ALL.to_vec())) {
        let rules = ["good.example", "*.good.example", "good.example:8443"];
        let routes = rules.iter().flat_map(|host| ["https", "http"].map(|scheme| {
            route(&format!("GET,HEAD,POST,PUT,PATCH,DELETE {scheme}://{host}"), None)
        }));
        let all = Outbound::new(routes.collect(), BTreeMap::new()).unwrap();
        let Ok(target) = Target::parse(&text) else {
            return Ok(());
        };
        if all.decide(method, &target).is_ok() {
            let HostName::Name(host) = &target.host else {
                return Err(TestCaseError::fail("an address"));
            };
            prop_assert!(host == "good.example" || host.ends_with(".good.example"), "{} {}", text, target);
            // Nor does the text that is sent have another host in anybody's eyes.
            let sent = target.to_string();
            let authority = sent.split("://").nth(1).unwrap().split('/').next().unwrap();
            prop_assert!(authority.split(':').next() == Some(host), "{}", sent);
        }
    }
}
