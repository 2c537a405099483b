use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;
use skillgate_domain::ids::RequestId;
use skillgate_domain::principal::Door;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);

/// A key of RS256 made for these tests (PKCS #1), and its modulus.
const RSA: &str = "\
    MIIEowIBAAKCAQEAtD914hZktjtk1mZqrl9eeD79Jbq1ra5diqS1GI0wuZoXsE1af2hedD4kGaQQub9PnsPfw7Ae0AZAyOh+IiRj\
    AHkefqe2eZxgFbzSyQlLZmobWPYlm+zwpZjGrGw2VThisfwQdMQcrITGOd9LsrBPNlq7y/vhw2N3jFtVrkLH74FE6Dw697toVBGk\
    qJQx6txS9pI60j31fH86FJbnqllCBwE6EfqqTs7FhRmX/O9m2dT5zO4wHMBFlClIv0+FcqsaMOpKtWFj9gzTABPkjs4nIQ98vLr3\
    U+vZmrGR3nnmuzRN+/YFyvOHrYXcvYbmWlRsNuC6XAQdIR55SCb8j12muQIDAQABAoIBAAwkLC4fAQivZoL0oiH9xZDG+WlVstAw\
    qxdgMdymAg62fPsAsuRbJOWim+7oOMIyS0wv+H4nemPbz/hYhMqK9eo9vlqctHNrn6NHNVGaYSxUYGQ1LGJc6vbUnClYHq7N3gQM\
    LRWYcjACv5F9Y411R9iq8vRyEoqFRDO9oT9cOzh8ONwXT3N1qXQZ8S0Ab+gRjwsUYWPLF9Nx3HLSUXYMgPeHSxxJHg7WhZ9T+DaD\
    C9le4ee1FmyIz4pl+9jEBQz074MHAM0UPqQfPQ1Ef5PCxiMArP1VjIgrlv7MRwgkbjsfdHBAzNvWQJMCjSC+au/QF69SJqaVTiV5\
    yMEsKzG7A1MCgYEA+wDfKuhIWzvcmAjo3ErJ5Nronxj4yiS3K+nrm+OUySFJEz1Fq+2JydEnWDQMwYXn/RZLEcWD2jHV0g/Xi7sV\
    XQ40BIvMC4lCdMmZvsThDns5y5PL2pwey721zk+PxwuZoQkQ+ZopXm5e7BdVRVt5yw8X9lnz8zvEj1OITfwwf18CgYEAt9YDslTq\
    bhkGcA1SuuBxlh0WdWkoMi8AzjE8UHs8kfKMl7SJtnHv6cN0FoZ/+5CZflixUZGINX+jkEYbdkDoYJ0SULZEJUjuI2GA2sNEDy3k\
    Tl9E42GmEyWZ20CK0smD6SGQOs6iTDMrdI+alOQeXOBZZWlgSyMk9Hu+HuE4SOcCgYA7ZhBp4gBFftwMKoeYoiY2/0rvY4R0qc2j\
    Gb9E681o73SQlf5n2lWyKcnKyL6ACYVF0kG/meNC/mogRNl4WrSKifLrZH3L+RZ99rtodsTfnW+m6nniaPGsu19LzG4051zay/91\
    YfMKQso5yqfGOwiOcir0hIMDe5BfbqAh/F0ptwKBgGtKi6PD7YJONrSlAfixT3mmBlqGAgCv8A9nKuVp12LypV1Q7+K8QqIzAYi3\
    /O/sZ7kWuH57qnxWvzZPxG1S2oywf2T9y23bT6j0mgiTWCBnz0xyS7lNX2jjVBVjaOI23Dbu8Mdxm8VPQ/hma3ikXpgkE+idBKc1\
    nrbVlZNeLMRXAoGBAJiiGCSCVtB4BjWTd1xg/O0vD2LS5KGoa6Ce6AZExzcBm2QeW0qIIR4Gi/1dVB4+phCaW1zfmgIIhsiAkxeK\
    6+1VFwlOPInmC1bAhHslMfnvR2g2Bk1mgFVM6oT4JL6QSNXMvKMP0y/EM7nUeTQ+PWd1nhlTw0rnuG4QBKHs8qsq";
const RSA_MODULUS: &str = "\
    tD914hZktjtk1mZqrl9eeD79Jbq1ra5diqS1GI0wuZoXsE1af2hedD4kGaQQub9PnsPfw7Ae0AZAyOh-IiRjAHkefqe2eZxgFbzS\
    yQlLZmobWPYlm-zwpZjGrGw2VThisfwQdMQcrITGOd9LsrBPNlq7y_vhw2N3jFtVrkLH74FE6Dw697toVBGkqJQx6txS9pI60j31\
    fH86FJbnqllCBwE6EfqqTs7FhRmX_O9m2dT5zO4wHMBFlClIv0-FcqsaMOpKtWFj9gzTABPkjs4nIQ98vLr3U-vZmrGR3nnmuzRN\
    -_YFyvOHrYXcvYbmWlRsNuC6XAQdIR55SCb8j12muQ";
/// The keys of RFC 7515, appendix A.3, and of RFC 8037, appendix A.
const EC: [&str; 3] = [
    "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
];
const ED: [&str; 2] = [
    "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
];

fn origin() -> Origin {
    Origin {
        door: Door::Http,
        address: None,
        request: RequestId::parse("r").unwrap(),
    }
}

fn config(keys: PlatformKeys) -> PlatformConfig {
    PlatformConfig {
        issuer: "https://platform.example".to_owned(),
        audience: "skillgate".to_owned(),
        keys,
        user_claim: "sub".to_owned(),
        community_claim: "community".to_owned(),
        admin_claim: Some("is_admin".to_owned()),
        admin_value: None,
    }
}

fn shared() -> PlatformKeys {
    PlatformKeys::Shared(SECRET.into())
}

fn good() -> Value {
    json!({
        "sub": "u-1", "iss": "https://platform.example", "aud": "skillgate", "exp": 1_001,
        "community": "north", "is_admin": true,
    })
}

fn sign(header: &Header, key: &EncodingKey, claims: &Value) -> String {
    encode(header, claims, key).unwrap()
}

/// Signs with the key that both sides know.
fn signed(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    sign(&Header::new(Algorithm::HS256), &key, claims)
}

fn asked(config: PlatformConfig, text: &str) -> Option<(String, String, Role)> {
    let tokens = PlatformTokens::new(config).unwrap();
    let caller = tokens.authenticate(text, NOW, origin())?;
    assert!(caller.foreign.is_none() && caller.token.is_none() && caller.agent.is_none());
    let (user, community) = (caller.user.to_string(), caller.community.to_string());
    Some((user, community, caller.role))
}

fn seen(user: &str, community: &str, role: Role) -> (String, String, Role) {
    (user.to_owned(), community.to_owned(), role)
}

#[test]
fn a_token_says_who_somebody_is_and_where_and_as_what() {
    let of = |claims: Value| asked(config(shared()), &signed(&claims));
    assert_eq!(of(good()), Some(seen("u-1", "north", Role::Admin)));
    let mut claims = good();
    for (told, role) in [
        (json!(false), Role::Member),
        (json!("true"), Role::Member),
        (json!(1), Role::Member),
        (Value::Null, Role::Member),
    ] {
        claims["is_admin"] = told;
        assert_eq!(of(claims.clone()), Some(seen("u-1", "north", role)));
    }
    claims.as_object_mut().unwrap().remove("is_admin");
    assert_eq!(of(claims), Some(seen("u-1", "north", Role::Member)));
}

#[test]
fn claims_are_where_the_configuration_says() {
    let mut claims = good();
    claims["org"] = json!({ "id": 7, "roles": ["member", "owner"] });
    claims["https://platform.example/user"] = json!(12);
    claims["kind"] = json!("owner");
    let mapped = |admin: &str| PlatformConfig {
        user_claim: "https://platform.example/user".to_owned(),
        community_claim: "/org/id".to_owned(),
        admin_claim: Some(admin.to_owned()),
        admin_value: Some("owner".to_owned()),
        ..config(shared())
    };
    for (admin, role) in [
        ("/org/roles", Role::Admin),
        ("/org/roles/0", Role::Member),
        ("kind", Role::Admin),
        ("is_admin", Role::Member),
        ("nothing", Role::Member),
    ] {
        let caller = asked(mapped(admin), &signed(&claims));
        assert_eq!(caller, Some(seen("12", "7", role)), "{admin}");
    }
    let nobody = PlatformConfig {
        admin_claim: None,
        ..config(shared())
    };
    let caller = asked(nobody, &signed(&good()));
    assert_eq!(caller, Some(seen("u-1", "north", Role::Member)));
}

#[test]
fn any_other_claim_is_nobody() {
    for (name, value) in [
        ("iss", json!("https://other.example")),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("exp", json!(1_000)),
        ("exp", json!(999.9)),
        ("exp", json!("1001")),
        ("exp", Value::Null),
        ("exp", json!(i64::MIN)),
        ("nbf", json!(1_001)),
        ("nbf", json!(1_000.5)),
        ("nbf", json!("1")),
        ("sub", json!("")),
        ("sub", json!("a/b")),
        ("sub", json!(-1)),
        ("sub", json!(1.5)),
        ("sub", json!(["u-1"])),
        ("sub", Value::Null),
        ("community", json!("")),
        ("community", json!("a/b")),
        ("community", json!(["north"])),
        ("community", Value::Null),
    ] {
        let mut claims = good();
        claims[name] = value.clone();
        let caller = asked(config(shared()), &signed(&claims));
        assert_eq!(caller, None, "{name}: {value}");
    }
    for missing in ["iss", "aud", "sub", "exp", "community"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(missing);
        assert_eq!(asked(config(shared()), &signed(&claims)), None, "{missing}");
    }
    // The positive control: others that are good.
    for (name, value) in [
        ("exp", json!(1_000.5)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!(1_000)),
        ("aud", json!(["other", "skillgate"])),
        ("sub", json!(7)),
    ] {
        let mut claims = good();
        claims[name] = value.clone();
        let caller = asked(config(shared()), &signed(&claims));
        assert!(caller.is_some(), "{name}: {value}");
    }
}

#[test]
fn any_other_signature_is_nobody() {
    let of = |text: &str| asked(config(shared()), text);
    let text = signed(&good());
    let (rest, _) = text.rsplit_once('.').unwrap();
    let (_, payload) = rest.split_once('.').unwrap();
    let other = EncodingKey::from_secret(SECRET.to_uppercase().as_bytes());
    let same = EncodingKey::from_secret(SECRET.as_bytes());
    for bad in [
        sign(&Header::new(Algorithm::HS256), &other, &good()),
        sign(&Header::new(Algorithm::HS512), &same, &good()),
        format!("{rest}."),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(of(&bad), None, "{bad}");
    }
}

fn url_safe(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Keys to sign with, as PKCS #8 or PKCS #1 has them, and their public halves.
fn pairs() -> [(Algorithm, EncodingKey, Value); 3] {
    let rsa = EncodingKey::from_rsa_der(&STANDARD.decode(RSA).unwrap());
    let ec = hex::decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420");
    let ec = EncodingKey::from_ec_der(&[ec.unwrap(), url_safe(EC[0])].concat());
    let ed = hex::decode("302e020100300506032b657004220420").unwrap();
    let ed = EncodingKey::from_ed_der(&[ed, url_safe(ED[0])].concat());
    [
        (
            Algorithm::RS256,
            rsa,
            json!({ "kty": "RSA", "kid": "rsa", "alg": "RS256", "n": RSA_MODULUS, "e": "AQAB" }),
        ),
        (
            Algorithm::ES256,
            ec,
            json!({ "kty": "EC", "kid": "ec", "use": "sig", "crv": "P-256", "x": EC[1], "y": EC[2] }),
        ),
        (
            Algorithm::EdDSA,
            ed,
            json!({ "kty": "OKP", "crv": "Ed25519", "x": ED[1] }),
        ),
    ]
}

fn set(keys: &[Value]) -> PlatformKeys {
    PlatformKeys::Public(json!({ "keys": keys }).to_string())
}

#[test]
fn tokens_are_checked_with_public_keys() {
    let pairs = pairs();
    let all: Vec<_> = pairs.iter().map(|(.., public)| public.clone()).collect();
    for (number, (algorithm, key, public)) in pairs.iter().enumerate() {
        let named = |kid: Option<&str>| {
            let mut header = Header::new(*algorithm);
            header.kid = kid.map(str::to_owned);
            sign(&header, key, &good())
        };
        let (text, wrong) = (named(None), named(Some("another")));
        let own = public["kid"].as_str();
        for keys in [&all[..], &all[number..=number]] {
            assert!(asked(config(set(keys)), &text).is_some(), "{algorithm:?}");
            assert!(asked(config(set(keys)), &named(own)).is_some());
            // A key without a name may have signed anything.
            let unnamed = asked(config(set(keys)), &wrong);
            assert_eq!(unnamed.is_some(), own.is_none(), "{algorithm:?}");
        }
        let others = [&all[..number], &all[number + 1..]].concat();
        assert_eq!(asked(config(set(&others)), &text), None, "{algorithm:?}");
    }
    // What everybody may know is nobody's shared key.
    let public = EncodingKey::from_secret(RSA_MODULUS.as_bytes());
    let forged = sign(&Header::new(Algorithm::HS256), &public, &good());
    assert_eq!(asked(config(set(&all)), &forged), None);
}

#[test]
fn keys_that_cannot_be_used_are_refused() {
    use PlatformKeyError::{NoKey, NotASet, Shared, TooMany, TooShort};
    let refused = |keys| PlatformTokens::new(config(keys)).err();
    assert_eq!(
        refused(PlatformKeys::Shared(SECRET[..31].into())),
        Some(TooShort)
    );
    assert_eq!(refused(shared()), None);
    let [(.., rsa), (.., ec), (.., ed)] = pairs();
    let changed = |key: &Value, name: &str, value: &str| {
        let mut key = key.clone();
        key[name] = json!(value);
        key
    };
    let oct = json!({ "kty": "oct", "k": "AAAA" });
    let many = vec![ed.clone(); PLATFORM_KEYS_MAX + 1];
    for (keys, why) in [
        (vec![], Some(NoKey)),
        (vec![changed(&ec, "use", "enc")], Some(NoKey)),
        (vec![changed(&ec, "crv", "P-521")], Some(NoKey)),
        (vec![changed(&rsa, "alg", "PS256")], Some(NoKey)),
        (
            vec![changed(&rsa, "n", &RSA_MODULUS[..341])],
            Some(TooShort),
        ),
        (vec![changed(&ec, "x", "*")], Some(NotASet)),
        (vec![ed.clone(), oct], Some(Shared)),
        (many.clone(), Some(TooMany)),
        (many[1..].to_vec(), None),
        // What is for something else stands beside them.
        (vec![changed(&ec, "use", "enc"), rsa], None),
    ] {
        assert_eq!(refused(set(&keys)), why, "{keys:?}");
    }
    for text in [
        "",
        "{}",
        "[]",
        "{\"keys\": 1}",
        "-----BEGIN PUBLIC KEY-----",
    ] {
        let keys = PlatformKeys::Public(text.to_owned());
        assert_eq!(refused(keys), Some(NotASet), "{text}");
    }
}
