use super::support::*;
use http::StatusCode;
use secrecy::SecretString;
use skillgate_app::ports::CrmError;
use skillgate_connectors::transport::OriginError;
use skillgate_connectors::twenty::{ConfigError, Twenty, TwentyConfig};
use skillgate_domain::crm::{Field, ObjectKind};
use std::time::Duration;

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    type Change = fn(&mut TwentyConfig);
    let cases: [(Change, Result<(), ConfigError>); 9] = [
        (|_| (), Ok(())),
        (|c| c.base_url = "http://localhost/crm/".to_owned(), Ok(())),
        (
            |c| c.base_url = "http://localhost:81".to_owned(),
            Err(OriginError::NotAllowed.into()),
        ),
        (
            |c| c.base_url = "https://localhost".to_owned(),
            Err(OriginError::NotAllowed.into()),
        ),
        (
            |c| c.base_url = "http://u@localhost".to_owned(),
            Err(OriginError::Malformed.into()),
        ),
        (
            |c| c.base_url = "http://localhost/?x=1".to_owned(),
            Err(ConfigError::Query),
        ),
        (
            |c| c.api_key = SecretString::from("a\nb"),
            Err(ConfigError::ApiKey),
        ),
        (|c| c.budget.requests = 0, Err(ConfigError::Budget)),
        (
            |c| c.budget.window = Duration::from_micros(999),
            Err(ConfigError::Budget),
        ),
    ];
    for (nth, (change, expected)) in cases.into_iter().enumerate() {
        let mut config = config();
        change(&mut config);
        let wire = quiet_wire();
        let made = Twenty::new(&config, wire.clone(), HandClock::new());
        assert_eq!(made.map(|_| ()), expected, "case {nth}");
        assert!(wire.seen_all().is_empty());
    }
}

#[tokio::test]
async fn the_key_and_the_words_of_the_crm_stay_inside() {
    let mut config = config();
    config.api_key = SecretString::from("very-secret-key");
    assert!(!format!("{config:?}").contains("very-secret-key"));

    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let said = r#"workspace_1x secret \"jobTitle\" is wrong"#;
    let rest = |code: &str| {
        format!(
            r#"{{"statusCode":400,"error":"Error","code":"{code}","messages":["{said}"],"message":"secret"}}"#
        )
    };
    let graphql = |code: &str| {
        format!(
            r#"{{"data":null,"errors":[{{"message":"{said}","extensions":{{"code":"{code}","userFriendlyMessage":"secret"}}}}]}}"#
        )
    };
    let job = changes(ObjectKind::Contact, [(Field::ContactJobTitle, text("x"))]);
    for code in [
        "BAD_USER_INPUT",
        "PERMISSION_DENIED",
        "INVALID_CURSOR",
        "NOT_FOUND",
        "",
        "INTERNAL_SERVER_ERROR",
    ] {
        let instead = |body: String| Fate::Instead(StatusCode::OK, &[], body);
        world.wire.plan(creates, instead(graphql(code)));
        world.wire.plan(creates, instead(graphql(code)));
        world.wire.plan(
            patches,
            Fate::Instead(StatusCode::BAD_REQUEST, &[], rest(code)),
        );
        let errors = [
            world.create(&job).await.unwrap_err(),
            world.update(ada.id, &job).await.unwrap_err(),
        ];
        for error in errors {
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("secret") && !shown.contains("workspace_1x"),
                "{shown}"
            );
            if code == "BAD_USER_INPUT" {
                let named = "the CRM did not accept the value of job_title".to_owned();
                assert_eq!(error, CrmError::Invalid(named));
            }
        }
        while world.create(&job).await.is_err() {}
    }
}
