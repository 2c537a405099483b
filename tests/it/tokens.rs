//! Tokens of our own: made once, hashed at rest, narrowed, expiring, taken back.

use secrecy::{ExposeSecret, SecretString};
use skillgate_app::tokens::{Issuer, NewToken, TOKEN_LABEL_BYTES_MAX, TOKEN_LIFE_MAX, TokenError};
use skillgate_domain::ids::{AgentId, CommunityId, UserId};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_tests::crm::OneContact;
use skillgate_tests::host::{TestHost, admin, community, origin, principal};
use std::sync::Arc;
use std::time::Duration;

async fn host() -> TestHost {
    TestHost::start(Arc::new(OneContact::default())).await
}

fn new_token() -> NewToken {
    NewToken {
        label: String::new(),
        community: community(),
        user: UserId::parse("ada").unwrap(),
        agent: None,
        role: Role::Member,
        scope: TokenScope {
            skills: None,
            may_write: false,
        },
        life: Duration::from_mins(1),
    }
}

async fn is_good(host: &TestHost, text: &str) -> bool {
    match host
        .app
        .tokens
        .authenticate(&SecretString::from(text), origin())
        .await
    {
        Ok(_) => true,
        Err(TokenError::NotValid) => false,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_token_speaks_for_whom_it_was_made_and_no_further() {
    let host = host().await;
    let (record, text) = host
        .app
        .tokens
        .issue(Issuer::Operator(&origin()), new_token())
        .await
        .unwrap();
    let caller = host.app.tokens.authenticate(&text, origin()).await.unwrap();
    assert_eq!(
        (caller.community, caller.user),
        (community(), UserId::parse("ada").unwrap())
    );
    assert_eq!((caller.role, caller.token), (Role::Member, Some(record.id)));
    assert!(!caller.scope.may_write);
}

#[tokio::test]
async fn only_the_very_text_is_good() {
    let host = host().await;
    let (_, text) = host
        .app
        .tokens
        .issue(Issuer::Operator(&origin()), new_token())
        .await
        .unwrap();
    let text = text.expose_secret();
    assert!(is_good(&host, text).await);
    let other = if text.ends_with('0') { "1" } else { "0" };
    let changed = format!("{}{other}", &text[..text.len() - 1]);
    for bad in [
        "",
        "sgt_",
        "sgt__",
        &text[..text.len() - 1],
        &format!("{text}0"),
        &text[4..],
        &text.to_uppercase(),
        &text.replacen('_', "-", 1),
        &changed,
        &"x".repeat(10_000),
    ] {
        assert!(!is_good(&host, bad).await, "{bad}");
    }
}

#[tokio::test]
async fn a_token_ends_on_time_or_when_it_is_taken_back() {
    let host = host().await;
    let (_, first) = host
        .app
        .tokens
        .issue(Issuer::Operator(&origin()), new_token())
        .await
        .unwrap();
    let (record, second) = host
        .app
        .tokens
        .issue(Issuer::Operator(&origin()), new_token())
        .await
        .unwrap();
    host.app
        .tokens
        .revoke(Issuer::Operator(&origin()), &community(), record.id)
        .await
        .unwrap();
    assert!(!is_good(&host, second.expose_secret()).await);
    host.clock
        .advance(Duration::from_mins(1) - Duration::from_millis(1));
    assert!(is_good(&host, first.expose_secret()).await);
    host.clock.advance(Duration::from_millis(1));
    assert!(!is_good(&host, first.expose_secret()).await);
}

#[tokio::test]
async fn only_an_admin_issues_and_only_at_home() {
    let host = host().await;
    for role in Role::ALL {
        let caller = principal(role, "somebody");
        let made = host
            .app
            .tokens
            .issue(Issuer::Caller(&caller), new_token())
            .await;
        assert_eq!(made.is_ok(), role == Role::Admin, "{role:?}");
    }
    let elsewhere = CommunityId::parse("elsewhere").unwrap();
    let abroad = NewToken {
        community: elsewhere.clone(),
        ..new_token()
    };
    let admin = admin();
    let refusal = host
        .app
        .tokens
        .issue(Issuer::Caller(&admin), abroad)
        .await
        .unwrap_err();
    assert!(matches!(refusal, TokenError::NotFound));
    let refusal = host
        .app
        .tokens
        .list(Issuer::Caller(&admin), &elsewhere)
        .await
        .unwrap_err();
    assert!(matches!(refusal, TokenError::NotFound));
    let (record, text) = host
        .app
        .tokens
        .issue(Issuer::Operator(&origin()), new_token())
        .await
        .unwrap();
    let refusal = host
        .app
        .tokens
        .revoke(Issuer::Operator(&origin()), &elsewhere, record.id)
        .await
        .unwrap_err();
    assert!(matches!(refusal, TokenError::NotFound));
    assert!(is_good(&host, text.expose_secret()).await);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_at_the_edge() {
    let host = host().await;
    let agent = Some(AgentId::parse("openclaw").unwrap());
    let label = |bytes| NewToken {
        label: "x".repeat(bytes),
        ..new_token()
    };
    let life = |life| NewToken {
        life,
        ..new_token()
    };
    let cases = [
        (label(TOKEN_LABEL_BYTES_MAX), true),
        (label(TOKEN_LABEL_BYTES_MAX + 1), false),
        (
            NewToken {
                label: "a\nb".to_owned(),
                ..new_token()
            },
            false,
        ),
        (life(Duration::ZERO), false),
        (life(TOKEN_LIFE_MAX), true),
        (life(TOKEN_LIFE_MAX + Duration::from_secs(1)), false),
        (
            NewToken {
                role: Role::Agent,
                ..new_token()
            },
            false,
        ),
        (
            NewToken {
                role: Role::Agent,
                agent: agent.clone(),
                ..new_token()
            },
            true,
        ),
        (
            NewToken {
                agent,
                ..new_token()
            },
            false,
        ),
    ];
    for (new, accepted) in cases {
        let what = format!("{new:?}");
        let made = host
            .app
            .tokens
            .issue(Issuer::Operator(&origin()), new)
            .await;
        assert_eq!(made.is_ok(), accepted, "{what}");
    }
}
