//! Texts that are not kept, and what is said of them.

use skillgate_app::policies::{PolicyError, check};
use skillgate_app::ports::PolicyLanguage;
use skillgate_domain::limits::{POLICIES_MAX, POLICY_TEXT_BYTES_MAX};
use skillgate_domain::skill::Finding;
use skillgate_policy::Cedar;
use std::fmt::Write;

fn findings(text: &str) -> Vec<Finding> {
    match check(&Cedar::new(), text) {
        Ok(_) => Vec::new(),
        Err(PolicyError::Invalid(findings)) => findings,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn every_fault_says_where_what_and_what_to_do() {
    let mut told = String::new();
    for text in [
        "permit (principal, action, resource",
        "this is not Cedar",
        "permit (principal, action, resource);",
        "@id(\"Not A Name\") permit (principal, action, resource);",
        "@id permit (principal, action, resource);",
        "@id(\"a\") permit (principal, action, resource);\n\n  @id(\"a\") forbid (principal, action, resource);",
        "@id(\"a\") permit (principal, action, resource);\npermit (principal, action, resource);",
        "@id(\"a\") @description(\"b\") permit (principal, action, resource);",
        "@id(\"a\") @ask permit (principal, action == Action::\"crm-update\", resource);",
        "@id(\"a\") @ask(\"please\") forbid (principal, action == Action::\"crm-update\", resource);",
        "@id(\"a\") @ask forbid (principal, action, resource);",
        "@id(\"a\") @ask forbid (principal, action in [Action::\"crm-update\", Action::\"crm-read\"], resource);",
        "@id(\"a\") @ask forbid (principal, action == Action::\"apply-plan\", resource);",
        "@id(\"a\") permit (principal == ?principal, action, resource);",
        "@id(\"a\") permit (principal, action == Action::\"crm-reed\", resource);",
        "@id(\"a\") permit (principal == Userr::\"ada\", action, resource);",
        "@id(\"a\") permit (principal in Role::\"admn\", action, resource);",
        "@id(\"a\") permit (principal, action == Action::\"crm-read\", resource == ObjectType::\"contcat\");",
        "@id(\"a\")\npermit (principal, action, resource)\nwhen { principal.name == \"ada\" };",
        "@id(\"a\") permit (principal, action, resource) when { principal.role == \"admin\" };",
        "@id(\"a\") permit (principal is Agent, action, resource) when { principal.user.role == Role::\"admin\" };",
        "@id(\"a\") permit (principal, action, resource) when { User::\"ada\".role == Role::\"admin\" };",
        "@id(\"a\") forbid (principal, action == Action::\"crm-read\", resource == Skill::\"crm\");",
        "@id(\"a\") permit (principal, action, resource) when { context.skill == Skill::\"crm\" };",
        "@id(\"a\") permit (principal == User::\"\u{430}da\", action, resource) when { \"a\u{202e}b\" == \"a\" };",
    ] {
        writeln!(told, "{text}").unwrap();
        let findings = findings(text);
        assert!(!findings.is_empty(), "{text}");
        for finding in findings {
            let Finding { path, problem, fix } = finding;
            writeln!(told, "    [{path}] {problem}\n        {fix}").unwrap();
        }
    }
    insta::assert_snapshot!("findings", told);
}

#[test]
fn a_text_has_a_limit_in_bytes() {
    let policy = "@id(\"a\") permit (principal, action, resource); //";
    let padded = |bytes: usize| format!("{policy}{}", "x".repeat(bytes - policy.len()));
    assert_eq!(findings(&padded(POLICY_TEXT_BYTES_MAX)), []);
    assert_eq!(findings(&padded(POLICY_TEXT_BYTES_MAX + 1)).len(), 1);
    assert_eq!(findings(&format!("{policy}\0")).len(), 1);
}

#[test]
fn policies_have_a_limit_in_number() {
    let many = |count: usize| -> String {
        let policy = |n| format!("@id(\"p{n}\") permit (principal, action, resource);\n");
        (0..count).map(policy).collect()
    };
    assert_eq!(findings(&many(POLICIES_MAX)), []);
    assert_eq!(findings(&many(POLICIES_MAX + 1)).len(), 1);
}

/// Deep texts would overflow the stack of the thread that reads them, and end the program. A little less
/// deep, Cedar's validator stops looking and finds nothing.
#[test]
fn no_text_is_too_deep_for_a_thread_of_half_the_usual_size() {
    const STACK_BYTES: usize = 1024 * 1024;
    let when = |open: &str, inner: &str, close: &str, times: usize| {
        let (open, close) = (open.repeat(times), close.repeat(times));
        format!("@id(\"a\") permit (principal, action, resource) when {{ {open}{inner}{close} }};")
    };
    let mut texts = Vec::new();
    for (open, inner, close) in [
        ("(", "nobody", ")"),
        ("[", "nobody", "]"),
        ("{a:", "nobody", "}"),
        ("!(", "nobody", ")"),
        ("true && (", "nobody", ")"),
        ("if true then true else ", "nobody", ""),
        ("", "principal", ".a"),
        ("", "principal", "[\"a\"]"),
        ("", "principal", ".a()"),
        ("", "principal.a", " && principal.a"),
        ("", "principal.a", " || principal.a"),
        ("", "principal.a", " + 1"),
        ("", "principal.a", "} when {principal.a"),
        ("a::", "B::\"c\" == principal", ""),
    ] {
        texts.extend([20, 50, 90, 120, 160, 230, 500, 2_000].map(|n| when(open, inner, close, n)));
    }
    let reader = std::thread::Builder::new().stack_size(STACK_BYTES);
    let reading = reader.spawn(move || {
        for text in texts
            .iter()
            .filter(|text| text.len() <= POLICY_TEXT_BYTES_MAX)
        {
            assert!(!findings(text).is_empty(), "passed over: {text}");
        }
    });
    reading.unwrap().join().unwrap();
}

#[test]
fn the_schema_and_the_shipped_policies_read() {
    let cedar = Cedar::new();
    assert_eq!(findings(cedar.shipped_text()), []);
}
