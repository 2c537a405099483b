use super::super::FILE_BYTES_MAX;
use super::{Bad, KEY, check};
use skillgate_server::PlatformKeys;

const NAMED: &str =
    "issuer = \"https://p.example\"\naudience = \"skillgate\"\ncommunity_claim = \"community\"\n";
const SET: &str = r#"{ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] }"#;

#[test]
fn tokens_of_a_platform_can_be_accepted() {
    let text = format!("[platform]\n{NAMED}secret = \"env:KEY\"");
    let platform = check(&text, &[("KEY", KEY)]).unwrap().platform.unwrap();
    assert!(matches!(platform.keys, PlatformKeys::Shared(_)));
    assert_eq!(
        (platform.user_claim.as_str(), platform.admin_claim),
        ("sub", None)
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, SET).unwrap();
    let file = |path: &std::path::Path| {
        format!(
            "[platform]\n{NAMED}keys = \"{}\"\nuser_claim = \"uid\"\nadmin_claim = \"/org/roles\"\nadmin_value = \"owner\"",
            path.display()
        )
    };
    let platform = check(&file(&path), &[]).unwrap().platform.unwrap();
    assert!(matches!(platform.keys, PlatformKeys::Public(_)));
    assert_eq!(platform.admin_value.as_deref(), Some("owner"));
    // What is there, and no set of keys, or too long, or not there.
    let none = folder.path().join("none.json");
    assert_eq!(check(&file(&none), &[]).unwrap_err(), ["platform.keys"]);
    let too_long = usize::try_from(FILE_BYTES_MAX).unwrap() + 1;
    for text in ["{}".to_owned(), " ".repeat(too_long)] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(check(&file(&path), &[]).unwrap_err(), ["platform.keys"]);
    }
    assert!(check("", &[]).unwrap().platform.is_none());
    let shown = format!(
        "{:?}",
        check(
            &format!("[platform]\n{NAMED}secret = \"env:KEY\""),
            &[("KEY", KEY)]
        )
        .unwrap()
    );
    assert!(!shown.contains(KEY), "{shown}");
}

const BAD: &[Bad] = &[
    ("secret = \"env:KEY\"", &[], &["platform.issuer"]),
    (
        "issuer = \"p\"",
        &[],
        &[
            "platform.audience",
            "platform.community_claim",
            "platform.keys",
        ],
    ),
    (
        "issuer = \"\"\naudience = \"\"\ncommunity_claim = \"\"\nsecret = \"env:KEY\"",
        &[("KEY", KEY)],
        &[
            "platform.audience",
            "platform.community_claim",
            "platform.issuer",
        ],
    ),
    (
        "issuer = \"p\"\naudience = \"a\"\ncommunity_claim = \"c\"\nsecret = \"env:KEY\"",
        &[],
        &["platform.secret"],
    ),
    (
        "issuer = \"p\"\naudience = \"a\"\ncommunity_claim = \"c\"\nsecret = \"env:KEY\"",
        &[("KEY", "short")],
        &["platform.secret"],
    ),
    (
        "issuer = \"p\"\naudience = \"a\"\ncommunity_claim = \"c\"\nsecret = \"env:KEY\"\nkeys = \"keys.json\"",
        &[("KEY", KEY)],
        &["platform.keys"],
    ),
    (
        "issuer = \"p\"\naudience = \"a\"\ncommunity_claim = \"c\"\nsecret = \"env:KEY\"\nadmin_value = \"owner\"",
        &[("KEY", KEY)],
        &["platform.admin_claim"],
    ),
];

#[test]
fn what_is_missing_is_told() {
    for (text, variables, places) in BAD {
        let told = check(&format!("[platform]\n{text}"), variables);
        assert_eq!(told.unwrap_err(), *places, "{text}");
    }
}
