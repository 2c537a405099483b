use crate::wire::{capabilities_from_json, capabilities_to_json};
use serde_json::{Value, json};

/// Reads a set with these rules and credentials. Returns what is written again, or where it is wrong.
fn read(http: &Value, credentials: &Value) -> Result<Value, Vec<String>> {
    let set = json!({ "interfaces": ["http"], "http": http, "credentials": credentials });
    match capabilities_from_json(&set) {
        Ok(set) => Ok(capabilities_to_json(&set)),
        Err(findings) => Err(findings.into_iter().map(|it| it.path).collect()),
    }
}

#[test]
fn every_place_reads_back() {
    for place in [
        json!({"header": "x-api-key", "prefix": ""}),
        json!({"header": "authorization", "prefix": "Bearer "}),
        json!({"query": "key"}),
        json!({"json": "/auth/key"}),
        json!({"basic": "user"}),
        json!({"hmac_sha256": "x-signature", "prefix": "sha256="}),
    ] {
        let http = json!([
            {"allow": "GET https://a.example.org/v1/**", "credential": "key"},
            {"allow": "POST https://b.example.org/in"},
        ]);
        let credentials =
            json!({"key": {"audience": "https://a.example.org/v1/**", "place": place}});
        let written = read(&http, &credentials).unwrap();
        assert_eq!(
            (&written["http"], &written["credentials"]),
            (&http, &credentials)
        );
    }
    let spelt = json!([{"allow": "POST,GET https://A.example.org"}]);
    let written = read(&spelt, &json!({})).unwrap();
    assert_eq!(
        written["http"],
        json!([{"allow": "GET,POST https://a.example.org/**"}])
    );
    assert!(written.get("credentials").is_none());
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let good = json!({"allow": "GET https://a.example.org/v1/**", "credential": "key"});
    let keys =
        |audience: &str, place: &Value| json!({"key": {"audience": audience, "place": place}});
    let header = json!({"header": "x-api-key"});
    let all = "https://a.example.org/v1/**";
    for (http, credentials, path) in [
        (json!("GET https://a"), json!({}), "/http"),
        (json!([{}]), json!({}), "/http/0"),
        (json!([{"allow": 1}]), json!({}), "/http/0/allow"),
        (
            json!([{"allow": "GET https://*.com"}]),
            json!({}),
            "/http/0/allow",
        ),
        (
            json!([{"allow": "GET https://a.example", "deny": ""}]),
            json!({}),
            "/http/0/deny",
        ),
        (
            json!([{"allow": "GET https://a.example", "credential": "K"}]),
            json!({}),
            "/http/0/credential",
        ),
        (json!([good]), json!({}), "/http"),
        (json!([good, good]), keys(all, &header), "/http/1"),
        (
            json!([good]),
            keys("https://a.example.org/v1/x", &header),
            "/http",
        ),
        (
            json!([good]),
            keys("https://a.example.org/v1/x?y", &header),
            "/credentials/key/audience",
        ),
        (
            json!([good]),
            keys("http://a.example.org/v1/**", &header),
            "/credentials",
        ),
        (
            json!([good]),
            keys(all, &json!({})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"header": "host"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"header": "Proxy-Authorization"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"header": "a b"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"header": "a", "prefix": "b\r\n"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"header": "a", "query": "b"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"query": "a", "prefix": "b"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"json": "a"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"basic": "a:b"})),
            "/credentials/key/place",
        ),
        (
            json!([good]),
            keys(all, &json!({"cookie": "a"})),
            "/credentials/key/place/cookie",
        ),
        (
            json!([]),
            json!({"Key": {"audience": all, "place": header}}),
            "/credentials/Key",
        ),
        (
            json!([]),
            json!({"key": {"audience": all}}),
            "/credentials/key",
        ),
    ] {
        let found = read(&http, &credentials).map(drop).unwrap_err();
        assert!(
            found.iter().any(|found| found == path),
            "{http} {credentials}: {found:?}"
        );
    }
}

#[test]
fn rules_and_credentials_have_a_most() {
    let rules = |count: usize| {
        let rules = (0..count).map(|n| json!({"allow": format!("GET https://a{n}.example.org")}));
        read(&rules.collect(), &json!({}))
    };
    assert!(rules(64).is_ok());
    assert_eq!(rules(65).map(drop).unwrap_err(), ["/http"]);
    let keys = |count: usize| {
        let key = json!({"audience": "https://a.example.org", "place": {"query": "key"}});
        let keys = (0..count).map(|n| (format!("key{n}"), key.clone()));
        read(&json!([]), &Value::Object(keys.collect()))
    };
    assert!(keys(16).is_ok());
    assert_eq!(keys(17).map(drop).unwrap_err(), ["/credentials"]);
}
