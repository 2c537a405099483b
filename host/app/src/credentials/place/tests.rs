use super::*;
use proptest::prelude::*;
use serde_json::Value;

const SECRET: &str = "sk-0123/+%&\"é";

fn request() -> Parts {
    Parts {
        path: "/v1/contacts".to_owned(),
        query: None,
        headers: vec![("accept".to_owned(), b"*/*".to_vec())],
        body: Vec::new(),
    }
}

fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}

/// Puts a secret in and returns the request, or the code; a refused request is as it was.
fn injected(place: &Place, secret: &str, mut parts: Parts) -> Result<Parts, &'static str> {
    let before = parts.clone();
    match inject(place, &SecretString::from(secret), &mut parts) {
        Ok(()) => Ok(parts),
        Err(error) => {
            assert!(parts == before);
            Err(error.code())
        }
    }
}

fn in_header(name: &str, prefix: &str) -> Place {
    Place::Header {
        name: name.to_owned(),
        prefix: prefix.to_owned(),
    }
}

#[test]
fn a_header_carries_prefix_and_secret() {
    let place = in_header("authorization", "Bearer ");
    let sent = injected(&place, "sk-0123456", request()).unwrap();
    assert_eq!(
        sent.headers[1],
        header("authorization", "Bearer sk-0123456")
    );
    assert_eq!(sent.headers.len(), 2);
}

#[test]
fn a_header_that_the_guest_set_stays_the_only_one() {
    let place = in_header("x-key", "");
    assert!(injected(&place, "sk-0123456", request()).is_ok());
    for name in ["x-key", "X-Key", "X-KEY"] {
        let mut parts = request();
        parts.headers.push(header(name, ""));
        assert_eq!(
            injected(&place, "sk-0123456", parts),
            Err("credential-place-taken"),
            "{name}"
        );
    }
}

#[test]
fn what_a_header_cannot_carry_is_not_sent_in_one() {
    let basic = Place::Basic {
        user: "ada".to_owned(),
    };
    for place in [in_header("x-key", ""), basic] {
        assert!(injected(&place, "!~sk-0123", request()).is_ok());
        for secret in [
            "sk-0123\r\nx: 1",
            "sk-0123\n",
            "sk-0123\0",
            "sk 0123456",
            "sk\t0123456",
            "sk-0123456\u{7f}",
            "sk-0123é",
        ] {
            assert_eq!(
                injected(&place, secret, request()),
                Err("credential-unprintable"),
                "{secret:?}"
            );
        }
    }
}

/// The example of RFC 7617, section 2.
#[test]
fn a_password_goes_with_its_user() {
    let place = Place::Basic {
        user: "Aladdin".to_owned(),
    };
    let sent = injected(&place, "open-sesame", request()).unwrap();
    let expected = header("authorization", "Basic QWxhZGRpbjpvcGVuLXNlc2FtZQ==");
    assert_eq!(sent.headers[1], expected);
    let mut parts = request();
    parts.headers.push(header("Authorization", "Basic eDp5"));
    assert_eq!(
        injected(&place, "open-sesame", parts),
        Err("credential-place-taken")
    );
}

/// Test case 2 of RFC 4231, and a body that is no text.
#[test]
fn a_signature_is_over_the_body_as_it_is_sent() {
    let place = Place::Hmac {
        header: "x-signature".to_owned(),
        prefix: "sha256=".to_owned(),
    };
    let mut parts = request();
    parts.body = b"what do ya want for nothing?".to_vec();
    let sent = injected(&place, "Jefe", parts.clone()).unwrap();
    let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(sent.headers[1], header("x-signature", expected));
    assert_eq!(sent.body, parts.body);
    parts.body = vec![0, 0xff, b'\r', b'\n'];
    assert!(injected(&place, SECRET, parts.clone()).is_ok());
    parts.headers.push(header("X-Signature", ""));
    assert_eq!(
        injected(&place, SECRET, parts),
        Err("credential-place-taken")
    );
}

#[test]
fn a_query_gets_one_parameter_more() {
    for (query, expected) in [
        (None, "api%20key=sk-0123%2F%2B%25%26%22%C3%A9"),
        (Some(""), "api%20key=sk-0123%2F%2B%25%26%22%C3%A9"),
        (
            Some("a=%41&b"),
            "a=%41&b&api%20key=sk-0123%2F%2B%25%26%22%C3%A9",
        ),
        // Another case is another name, and a value is no name.
        (
            Some("Api+key=1&x=api+key"),
            "Api+key=1&x=api+key&api%20key=sk-0123%2F%2B%25%26%22%C3%A9",
        ),
    ] {
        let place = Place::Query {
            name: "api key".to_owned(),
        };
        let mut parts = request();
        parts.query = query.map(str::to_owned);
        let sent = injected(&place, SECRET, parts).unwrap();
        assert_eq!(sent.query.as_deref(), Some(expected));
    }
}

#[test]
fn a_parameter_that_the_guest_set_stays_the_only_one() {
    let place = Place::Query {
        name: "api key".to_owned(),
    };
    for query in [
        "api key",
        "api+key=",
        "api%20key=1",
        "a=1&api%20key=1",
        "%61pi%20%6Bey=1",
        "%61pi%20%6bey=1&b",
        "a=1;api+key=2",
    ] {
        let mut parts = request();
        parts.query = Some(query.to_owned());
        assert_eq!(
            injected(&place, SECRET, parts),
            Err("credential-place-taken"),
            "{query}"
        );
    }
}

fn json(body: &str) -> Parts {
    Parts {
        headers: vec![header("Content-Type", "application/json; charset=utf-8")],
        body: body.as_bytes().to_vec(),
        ..request()
    }
}

fn at(pointer: &str) -> Place {
    Place::Json {
        pointer: pointer.to_owned(),
    }
}

#[test]
fn a_body_gets_one_member_more_and_keeps_every_byte() {
    for (pointer, body, expected) in [
        ("/key", "{}", r#"{"key":"s\"\\\n/é"}"#),
        ("/key", " { \n} ", " {\"key\":\"s\\\"\\\\\\n/é\" \n} "),
        (
            "/key",
            r#"{"n": 1.10000000000000000000000001e0, "a":[ 1 ]}"#,
            r#"{"key":"s\"\\\n/é","n": 1.10000000000000000000000001e0, "a":[ 1 ]}"#,
        ),
        (
            "/a/key",
            r#"{"z":1,"a":{"b":2},"a2":0}"#,
            r#"{"z":1,"a":{"key":"s\"\\\n/é","b":2},"a2":0}"#,
        ),
        (
            "/key",
            r#"{"key" : null ,"b":1}"#,
            r#"{"key" : "s\"\\\n/é" ,"b":1}"#,
        ),
        ("/1", "[null,null]", r#"[null,"s\"\\\n/é"]"#),
        (
            "/a/1/k",
            r#"{"a":[0,{}]}"#,
            r#"{"a":[0,{"k":"s\"\\\n/é"}]}"#,
        ),
        (
            "/a~1b/~01",
            r#"{"a/b":{}}"#,
            r#"{"a/b":{"~1":"s\"\\\n/é"}}"#,
        ),
        ("/", "{}", r#"{"":"s\"\\\n/é"}"#),
        // The name on the way is read, not compared as it is written.
        (
            "/key/a",
            r#"{"\u006bey":{}}"#,
            r#"{"\u006bey":{"a":"s\"\\\n/é"}}"#,
        ),
        // What is twice and not on the way is the guest's own.
        (
            "/key",
            r#"{"a":1,"a":2}"#,
            r#"{"key":"s\"\\\n/é","a":1,"a":2}"#,
        ),
    ] {
        let sent = injected(&at(pointer), "s\"\\\n/é", json(body)).unwrap();
        assert_eq!(String::from_utf8(sent.body).unwrap(), expected);
    }
}

#[test]
fn a_body_that_has_no_place_is_refused() {
    assert!(injected(&at("/a/key"), SECRET, json(r#"{"a":{}}"#)).is_ok());
    for (pointer, body, code) in [
        ("/a/key", r#"{"a":{"key":""}}"#, "credential-place-taken"),
        (
            "/a/key",
            r#"{"a":{"\u006bey":0}}"#,
            "credential-place-taken",
        ),
        ("/0", "[1]", "credential-place-taken"),
        ("/a/key", "{}", "credential-parent-missing"),
        ("/a/key", r#"{"a":null}"#, "credential-parent-missing"),
        ("/a/key", r#"{"a":"b"}"#, "credential-parent-missing"),
        ("/a/key", r#"{"a":[]}"#, "credential-parent-missing"),
        ("/1", "[null]", "credential-parent-missing"),
        ("/01", "[null,null]", "credential-parent-missing"),
        ("/-", "[]", "credential-parent-missing"),
        ("", "{}", "credential-parent-missing"),
        ("a/key", r#"{"a":{}}"#, "credential-parent-missing"),
        ("/a/key", r#"{"a":{},"a":{}}"#, "credential-place-ambiguous"),
        (
            "/a/key",
            r#"{"a":{},"\u0061":{}}"#,
            "credential-place-ambiguous",
        ),
        (
            "/a/key",
            r#"{"a":{"key":null,"key":null}}"#,
            "credential-place-ambiguous",
        ),
        ("/key", "", "credential-body-not-json"),
        ("/key", "null", "credential-body-not-json"),
        ("/key", "\"a\"", "credential-body-not-json"),
        ("/key", "{} {}", "credential-body-not-json"),
        ("/key", r#"{"a":1,}"#, "credential-body-not-json"),
        ("/key", r#"{"a":1"#, "credential-body-not-json"),
        ("/key", "\u{feff}{}", "credential-body-not-json"),
    ] {
        assert_eq!(
            injected(&at(pointer), SECRET, json(body)),
            Err(code),
            "{pointer} {body}"
        );
    }
    let mut parts = json("{}");
    parts.body = b"{\"a\":\"\xff\"}".to_vec();
    assert_eq!(
        injected(&at("/key"), SECRET, parts),
        Err("credential-body-not-json")
    );
}

#[test]
fn a_body_is_json_if_the_request_says_so_once() {
    let said = |types: &[&str]| {
        let mut parts = json("{}");
        parts.headers = types.iter().map(|it| header("content-type", it)).collect();
        injected(&at("/key"), SECRET, parts).map(|_| ())
    };
    for good in [
        "application/json",
        "Application/JSON ;charset=utf-8",
        "application/vnd.api+json",
    ] {
        assert_eq!(said(&[good]), Ok(()), "{good}");
    }
    for bad in [
        "text/plain",
        "application/jsonp",
        "application/json5",
        "",
        "text/plain; a=+json",
    ] {
        assert_eq!(said(&[bad]), Err("credential-content-type"), "{bad}");
    }
    assert_eq!(said(&[]), Err("credential-content-type"));
    let twice = ["application/json", "application/json"];
    assert_eq!(said(&twice), Err("credential-content-type"));
}

#[test]
fn a_deep_body_is_read_without_recursion() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(injected(&at("/key"), SECRET, json(&deep)).is_ok());
}

#[test]
fn a_request_does_not_show_itself() {
    let place = in_header("x-key", "");
    let sent = injected(&place, "sk-0123456", request()).unwrap();
    let shown = format!("{sent:?}");
    assert_eq!(shown, "Parts { headers: 2, body_bytes: 0, .. }");
}

/// Values of JSON, a few levels deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let names = prop::collection::vec((".{0,4}", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            names.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_body_is_what_it_was_and_the_secret(
        inner in prop::collection::vec((".{0,4}", value()), 0..4),
        around in value(),
        name in ".{5,9}",
        secret in ".{1,20}",
        pretty in any::<bool>(),
    ) {
        let mut whole = serde_json::json!({"around": around, "a/~": inner.into_iter().collect::<Value>()});
        let body = if pretty { serde_json::to_string_pretty(&whole) } else { serde_json::to_string(&whole) };
        let pointer = format!("/a~1~0/{}", name.replace('~', "~0").replace('/', "~1"));
        let sent = injected(&at(&pointer), &secret, json(&body.unwrap())).unwrap();
        whole["a/~"][name] = Value::from(secret);
        prop_assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap(), whole);
    }

    #[test]
    fn a_parameter_reads_back(name in "[!-~]{1,9}", secret in ".{1,20}") {
        let sent = injected(&Place::Query { name: name.clone() }, &secret, request()).unwrap();
        let query = sent.query.unwrap();
        prop_assert!(query.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%=".contains(&byte)));
        let (left, right) = query.split_once('=').unwrap();
        prop_assert_eq!(parameter_name(left), name.into_bytes());
        prop_assert_eq!(parameter_name(right), secret.into_bytes());
    }
}
