//! Callers who ask for what there is not, or in a way that makes no sense.

use skillgate_app::invocations::{Call, InvokeError};
use skillgate_domain::ids::{SkillName, ToolName};
use skillgate_domain::limits::{INPUT_BYTES_MAX, JSON_DEPTH_MAX};
use skillgate_domain::principal::{Principal, Role, TokenScope};
use skillgate_tests::crm::OneContact;
use skillgate_tests::guests;
use skillgate_tests::host::{TestHost, agent, manifest, principal};
use std::collections::BTreeSet;
use std::sync::Arc;

async fn host() -> TestHost {
    let host = TestHost::start(Arc::new(OneContact::default())).await;
    host.install(
        &manifest("good", &["log", "clock"]),
        &guests::component("good"),
    )
    .await
    .unwrap();
    host
}

/// Recognises a refusal.
type Expected = fn(&InvokeError) -> bool;

async fn invoke(
    host: &TestHost,
    caller: &Principal,
    skill: &str,
    tool: &str,
    input: &[u8],
) -> Result<(), InvokeError> {
    let (skill, tool) = (
        SkillName::parse(skill).unwrap(),
        ToolName::parse(tool).unwrap(),
    );
    let call = Call::of(&skill, &tool, input);
    host.app.invocations.invoke(caller, call).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn input_that_is_not_strict_json_of_the_schema_is_refused() {
    let host = host().await;
    let deep = |levels: usize| {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(levels - 1),
            "]".repeat(levels - 1)
        )
    };
    let long = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    invoke(&host, &agent(), "good", "run", b"{}").await.unwrap();
    invoke(
        &host,
        &agent(),
        "good",
        "run",
        deep(JSON_DEPTH_MAX).as_bytes(),
    )
    .await
    .unwrap();
    for bad in [
        b"".to_vec(),
        b"{".to_vec(),
        b"{} {}".to_vec(),
        br#"{"a":1,"a":2}"#.to_vec(),
        b"{\"a\":\"\xff\"}".to_vec(),
        deep(JSON_DEPTH_MAX + 1).into(),
        long(INPUT_BYTES_MAX + 1).into(),
    ] {
        let refusal = invoke(&host, &agent(), "good", "run", &bad)
            .await
            .unwrap_err();
        assert!(matches!(refusal, InvokeError::Unreadable(_)), "{refusal:?}");
    }
    let refusal = invoke(&host, &agent(), "good", "run", b"[]")
        .await
        .unwrap_err();
    assert!(
        matches!(refusal, InvokeError::InvalidInput(v) if v.len() == 1 && v[0].path.is_empty())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_not_allowed_is_said_so() {
    let host = host().await;
    let mut elsewhere = agent();
    elsewhere.community = skillgate_domain::ids::CommunityId::parse("elsewhere").unwrap();
    let mut narrowed = agent();
    narrowed.scope = TokenScope {
        skills: Some(BTreeSet::new()),
        may_write: true,
    };
    let partner = principal(Role::Partner, "publisher");
    let cases: [(&str, &Principal, &str, &str, Expected); 5] = [
        ("no such skill", &agent(), "nothing", "run", |e| {
            matches!(e, InvokeError::UnknownSkill(_))
        }),
        ("no such tool", &agent(), "good", "walk", |e| {
            matches!(e, InvokeError::UnknownTool { .. })
        }),
        ("another community", &elsewhere, "good", "run", |e| {
            matches!(e, InvokeError::UnknownSkill(_))
        }),
        ("another skill's token", &narrowed, "good", "run", |e| {
            matches!(e, InvokeError::OutOfScope(_))
        }),
        ("a partner", &partner, "good", "run", |e| {
            matches!(e, InvokeError::Forbidden(..))
        }),
    ];
    for (what, caller, skill, tool, expected) in cases {
        let refusal = invoke(&host, caller, skill, tool, b"{}").await.unwrap_err();
        assert!(expected(&refusal), "{what}: {refusal:?}");
    }
    invoke(&host, &agent(), "good", "run", b"{}").await.unwrap();
}
