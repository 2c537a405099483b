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

fn refused_at(http: &Value, credentials: &Value, path: &str) {
    let found = read(http, credentials).map(drop).unwrap_err();
    let told = found.iter().any(|found| found == path);
    assert!(told, "{http} {credentials}: {found:?}");
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
    for (http, path) in [
        (json!("GET https://a"), "/http"),
        (json!([{}]), "/http/0"),
        (json!([{"allow": 1}]), "/http/0/allow"),
        (json!([{"allow": "GET https://*.com"}]), "/http/0/allow"),
        (
            json!([{"allow": "GET https://a.example", "deny": ""}]),
            "/http/0/deny",
        ),
        (
            json!([{"allow": "GET https://a.example", "credential": "K"}]),
            "/http/0/credential",
        ),
    ] {
        refused_at(&http, &json!({}), path);
    }
}

#[test]
fn credentials_are_checked_with_their_rules() {
    let good = json!({"allow": "GET https://a.example.org/v1/**", "credential": "key"});
    let keys =
        |audience: &str, place: &Value| json!({"key": {"audience": audience, "place": place}});
    let header = json!({"header": "x-api-key"});
    let all = "https://a.example.org/v1/**";
    for place in [
        json!({}),
        json!({"header": "host"}),
        json!({"header": "Proxy-Authorization"}),
        json!({"header": "a b"}),
        json!({"header": "a", "prefix": "b\r\n"}),
        json!({"header": "a", "query": "b"}),
        json!({"query": "a", "prefix": "b"}),
        json!({"json": "a"}),
        json!({"basic": "a:b"}),
    ] {
        refused_at(&json!([good]), &keys(all, &place), "/credentials/key/place");
    }
    for (audience, path) in [
        ("https://a.example.org/v1/x", "/http"),
        ("https://a.example.org/v1/x?y", "/credentials/key/audience"),
        ("http://a.example.org/v1/**", "/credentials"),
    ] {
        refused_at(&json!([good]), &keys(audience, &header), path);
    }
    let cookie = json!({"cookie": "a"});
    for (http, credentials, path) in [
        (json!([good]), json!({}), "/http"),
        (json!([good, good]), keys(all, &header), "/http/1"),
        (
            json!([good]),
            keys(all, &cookie),
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
        refused_at(&http, &credentials, path);
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
