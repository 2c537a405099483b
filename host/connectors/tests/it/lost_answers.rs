//! What happens when an answer is lost, unreadable or late: reads fail plainly, writes are made up for.

use super::support::*;
use http::StatusCode;
use skillgate_app::ports::{CrmError, Retry, UnavailableCause};
use skillgate_connectors::transport::TransportError as Lost;
use skillgate_domain::crm::{Field, ObjectKind};

const HTML: &str = "<html><body>502 secret upstream</body></html>";

fn unreadable_answers() -> Vec<(StatusCode, String, UnavailableCause)> {
    use UnavailableCause::{ServerError, Unreadable};
    vec![
        (StatusCode::OK, HTML.to_owned(), Unreadable),
        (StatusCode::OK, String::new(), Unreadable),
        (
            StatusCode::OK,
            "{\"data\":{\"person\":{\"id\":\"0190".to_owned(),
            Unreadable,
        ),
        (StatusCode::OK, "{}".to_owned(), Unreadable),
        (StatusCode::OK, "[1]".to_owned(), Unreadable),
        (StatusCode::OK, "\"x\"".to_owned(), Unreadable),
        (
            StatusCode::OK,
            format!("{}1{}", "[".repeat(9_000), "]".repeat(9_000)),
            Unreadable,
        ),
        (StatusCode::FOUND, String::new(), Unreadable),
        (StatusCode::NOT_FOUND, HTML.to_owned(), Unreadable),
        (StatusCode::FORBIDDEN, HTML.to_owned(), Unreadable),
        (StatusCode::BAD_GATEWAY, HTML.to_owned(), ServerError),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "{\"message\":\"secret\"}".to_owned(),
            ServerError,
        ),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "\"request entity too large\"".to_owned(),
            ServerError,
        ),
    ]
}

#[tokio::test]
async fn a_read_without_a_readable_answer_is_tried_once_more() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    for (status, body, cause) in unreadable_answers() {
        let fate = || Fate::Instead(status, &[], body.clone());
        world.wire.plan(gets, fate());
        let first = world.get(ObjectKind::Contact, ada.id).await;
        if let Err(error) = &first {
            // An answer that is JSON and no record is not a lost one.
            assert_eq!(error, &CrmError::Unavailable(cause), "{status} {body:.40}");
        }
        world.wire.plan(gets, fate());
        world.wire.plan(gets, fate());
        let answer = world.get(ObjectKind::Contact, ada.id).await;
        assert_eq!(
            answer,
            Err(CrmError::Unavailable(cause)),
            "{status} {body:.40}"
        );
        assert!(!format!("{answer:?}").contains("secret"));
        // Back to normal.
        while world.get(ObjectKind::Contact, ada.id).await.is_err() {}
    }
    for (lost, cause) in [
        (Lost::Connect, UnavailableCause::Connect),
        (Lost::Broken, UnavailableCause::Connect),
        (Lost::TooLong, UnavailableCause::Unreadable),
    ] {
        world.wire.plan(gets, Fate::Before(lost.clone()));
        assert!(
            world.get(ObjectKind::Contact, ada.id).await.is_ok(),
            "{lost:?}"
        );
        world.wire.plan(gets, Fate::Before(lost.clone()));
        world.wire.plan(gets, Fate::Before(lost.clone()));
        let answer = world.get(ObjectKind::Contact, ada.id).await;
        assert_eq!(answer, Err(CrmError::Unavailable(cause)), "{lost:?}");
    }
    world.wire.plan(gets, Fate::Before(Lost::Timeout));
    let answer = world.get(ObjectKind::Contact, ada.id).await;
    assert_eq!(
        answer,
        Err(CrmError::Unavailable(UnavailableCause::Timeout)),
        "not twice"
    );
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_found() {
    let world = World::new().await;
    let mut nth = 0;
    for fate in [
        Fate::After(Lost::Broken),
        Fate::After(Lost::Timeout),
        Fate::After(Lost::TooLong),
    ]
    .into_iter()
    .chain(
        unreadable_answers()
            .into_iter()
            .map(|(status, body, _)| Fate::Garbled(status, body)),
    ) {
        nth += 1;
        world.wire.plan(creates, fate.clone());
        let made = world
            .create(&contact("Ada", &format!("ada{nth}@example.test")))
            .await;
        let made = made.unwrap_or_else(|error| panic!("{fate:?}: {error:?}"));
        assert_eq!(
            of(&made, Field::ContactFirstName),
            Some(&text("Ada")),
            "{fate:?}"
        );
    }
    let mut asked = query(ObjectKind::Contact);
    asked.limit = 100;
    assert_eq!(
        world.search(&asked).await.unwrap().len(),
        nth,
        "no record twice"
    );
}

#[tokio::test]
async fn a_creation_that_did_not_arrive_is_sent_again() {
    let world = World::new().await;
    for (nth, lost) in [Lost::Connect, Lost::Broken, Lost::Timeout]
        .into_iter()
        .enumerate()
    {
        world.wire.plan(creates, Fate::Before(lost.clone()));
        let made = world
            .create(&contact("Ada", &format!("ada{nth}@example.test")))
            .await;
        assert!(made.is_ok(), "{lost:?} {made:?}");
    }
    assert_eq!(
        world
            .search(&query(ObjectKind::Contact))
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_creation_that_stays_unknown_says_so() {
    let world = World::new().await;
    let eve = contact("Eve", "eve@example.test");
    // Never sent.
    world.wire.plan(creates, Fate::Before(Lost::Connect));
    world.wire.plan(creates, Fate::Before(Lost::Connect));
    let answer = world.create(&eve).await;
    assert_eq!(
        answer,
        Err(CrmError::Unavailable(UnavailableCause::Connect))
    );
    // Perhaps sent, and not there when we looked.
    world.wire.plan(creates, Fate::Before(Lost::Timeout));
    world.wire.plan(creates, Fate::Before(Lost::Connect));
    let answer = world.create(&eve).await;
    assert_eq!(answer, Err(CrmError::OutcomeUnknown));
    // Perhaps sent, and nobody there to ask.
    world.wire.plan(creates, Fate::After(Lost::Broken));
    world.wire.plan(gets, Fate::Before(Lost::Connect));
    world.wire.plan(gets, Fate::Before(Lost::Connect));
    let answer = world.create(&eve).await;
    assert_eq!(answer, Err(CrmError::OutcomeUnknown));
    assert_eq!(
        answer.map_err(|error| error.retry()),
        Err(Retry::CheckFirst)
    );
    // The server said that it failed, twice, and the record is not there.
    let failed = r#"{"statusCode":500,"error":"InternalServerErrorException","messages":["Data validation error."]}"#;
    for _ in 0..2 {
        world.wire.plan(
            creates,
            Fate::Instead(StatusCode::INTERNAL_SERVER_ERROR, &[], failed.to_owned()),
        );
    }
    let answer = world.create(&contact("Max", "max@example.test")).await;
    assert_eq!(
        answer,
        Err(CrmError::Unavailable(UnavailableCause::ServerError))
    );
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_looked_for() {
    let world = World::new().await;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    let change = |job: &str| {
        let email = (Field::ContactEmail, text(&format!("{job}@Example.test")));
        let job = (Field::ContactJobTitle, text(job));
        clearing(
            changes(ObjectKind::Contact, [job, email]),
            &[Field::ContactFirstName],
        )
    };
    for (job, fate) in [
        ("one", Fate::After(Lost::Broken)),
        ("two", Fate::After(Lost::Timeout)),
        ("three", Fate::Garbled(StatusCode::OK, HTML.to_owned())),
        (
            "four",
            Fate::Garbled(StatusCode::OK, "{\"data\":{}}".to_owned()),
        ),
        (
            "five",
            Fate::Garbled(StatusCode::GATEWAY_TIMEOUT, HTML.to_owned()),
        ),
        ("six", Fate::Before(Lost::Connect)),
    ] {
        world.wire.plan(patches, fate);
        let changed = world.update(ada.id, &change(job)).await;
        assert_eq!(
            of(&changed.unwrap(), Field::ContactJobTitle),
            Some(&text(job))
        );
    }
    world.wire.seen();
    for fate in [Lost::Broken, Lost::Timeout] {
        world.wire.plan(patches, Fate::Before(fate));
        let answer = world.update(ada.id, &change("lost")).await;
        assert_eq!(answer, Err(CrmError::OutcomeUnknown));
    }
    let patched = world
        .wire
        .seen()
        .iter()
        .filter(|seen| patches(seen))
        .count();
    assert_eq!(
        patched, 2,
        "a change that may have arrived is not sent again"
    );
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_looked_for() {
    let world = World::new().await;
    let object = ObjectKind::Contact;
    let ada = world
        .create(&contact("Ada", "ada@example.test"))
        .await
        .unwrap();
    world.wire.plan(deletes, Fate::Before(Lost::Broken));
    let answer = world.twenty.soft_delete(&community(), object, ada.id).await;
    assert_eq!(answer, Err(CrmError::OutcomeUnknown));
    world.wire.plan(deletes, Fate::After(Lost::Broken));
    world
        .twenty
        .soft_delete(&community(), object, ada.id)
        .await
        .unwrap();
}
