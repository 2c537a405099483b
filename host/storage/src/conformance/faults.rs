use super::idempotency::keyed;
use super::samples::{
    at, change, community, count, execute, grant, granted, narrow_token, next_grant, policies,
    submission, submitted, token,
};
use super::secrets::secret;
use crate::database::on_pool;
use crate::testing::Place;
use crate::{Database, Settings};
use skillgate_app::ports::{
    Expect, HttpLimits, HttpUsage, IdempotencyStore, KeptAnswer, PolicyStore, SecretStore,
    StateChange, StateRefusal, StateStore, Storage, StorageError, Submission,
};
use skillgate_domain::grant::EndCause;
use skillgate_domain::state::{StateKey, StateQuota};
use std::time::Duration;

const REQUESTS: HttpLimits = HttpLimits {
    per_hour: 9,
    per_day: 9,
};

/// Keeps a value for a skill.
async fn state(database: &Database, of: &Submission) -> Result<(), StorageError> {
    let change = StateChange {
        key: StateKey::parse("a").unwrap(),
        expect: Expect::Any,
        put: Some(Vec::new()),
    };
    let (changes, quota) = ([change], StateQuota::DEFAULT);
    let kept = database.state_commit(&of.community, &of.skill, &changes, quota);
    match kept.await {
        Err(StateRefusal::Storage(error)) => Err(error),
        other => other.map(drop).map_err(|refusal| panic!("{refusal:?}")),
    }
}

pub(super) async fn a_locked_database_is_busy(place: &Place) {
    let database = place
        .open_with(Settings {
            lock_timeout: Duration::from_millis(50),
            ..Settings::default()
        })
        .await;
    let of = submitted(&database, 1).await;
    let held = place.hold().await;
    let refusals = [
        database.insert_token(&token(1), &change()).await,
        database
            .insert_submission(&submission(2), &[2], &change())
            .await,
        database
            .insert_grant(&grant(1, &of), EndCause::Replaced, &change())
            .await
            .map(drop),
        database
            .revoke_token(&of.community, token(1).id, at(1), &change())
            .await
            .map(drop),
        database
            .revoke_grant(&of.community, of.id, grant(1, &of).id, at(1), &change())
            .await
            .map(drop),
        database.insert_policy(&policies(1), &change()).await,
        database
            .set_frozen(&of.community, &of.skill, Some(at(1)), &change())
            .await
            .map(drop),
        database.begin_keyed(&keyed(1), at(1), 9).await.map(drop),
        database.end_keyed(&keyed(1).id, None).await,
        database.forget_keyed(&keyed(1).id).await,
        database.remove_expired_keyed(at(1), 9).await.map(drop),
        database.put_secret(&secret(1), &change()).await.map(drop),
        database
            .take_request(&of.community, &of.skill, at(1), REQUESTS)
            .await
            .map(drop),
        state(&database, &of).await,
    ];
    for refused in refusals {
        assert!(matches!(refused, Err(StorageError::Busy(_))), "{refused:?}");
    }
    // Who reads does not wait for who writes.
    assert_eq!(database.submissions(&of.community).await.unwrap().len(), 1);
    drop(held);

    let patient = place.open().await;
    patient.insert_token(&token(1), &change()).await.unwrap();
    assert_eq!(count(&patient, "SELECT COUNT(*) FROM submissions").await, 1);
}

pub(super) async fn a_database_without_a_free_connection_is_busy(place: &Place) {
    let database = place
        .open_with(Settings {
            connection_timeout: Duration::from_secs(1),
            connections_max: 1,
            ..Settings::default()
        })
        .await;
    let refused = on_pool!(database, pool => {
        let _only_one = pool.acquire().await.unwrap();
        database.ping().await
    });
    assert!(matches!(refused, Err(StorageError::Busy(_))), "{refused:?}");
    database.ping().await.unwrap();
}

pub(super) async fn a_row_that_cannot_be_is_corrupt(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    granted(&database, &grant(1, &of)).await;
    database
        .insert_token(&narrow_token(1), &change())
        .await
        .unwrap();
    let red = community("red");
    for (spoil, column) in [
        (
            r#"UPDATE tokens SET skills = '["Not A Name"]'"#,
            "tokens.skills",
        ),
        (
            "UPDATE tokens SET skills = NULL, user_id = 'a b'",
            "tokens.user_id",
        ),
        (
            "UPDATE grants SET config = '{\"No\":\"x\"}'",
            "grants.config",
        ),
        (
            "UPDATE grants SET config = '{}', limits = '{\"cpu\":1}'",
            "grants.limits",
        ),
        (
            "UPDATE grants SET limits = '{}', tools = '{\"No\":\"x\"}'",
            "grants.tools",
        ),
        ("UPDATE grants SET tools = '{\"no\":\"x\"}'", "grants.tools"),
        (
            "UPDATE grants SET tools = '{}', capabilities = '{\"interfaces\":[\"log\"]}'",
            "grants.capability_set",
        ),
        (
            "UPDATE grants SET capabilities = '{}'",
            "grants.capabilities",
        ),
        (
            "UPDATE grants SET capabilities = '{\"interfaces\":[\"sockets\"]}'",
            "grants.capabilities",
        ),
    ] {
        execute(&database, spoil).await.unwrap();
        let refused = if column.starts_with("tokens") {
            database.tokens(&red).await.map(drop)
        } else {
            database.active_grants(&red).await.map(drop)
        };
        match refused {
            Err(StorageError::Corrupt(what)) => assert!(what.starts_with(column), "{what}"),
            other => panic!("{spoil}: {other:?}"),
        }
    }
}

pub(super) async fn the_schema_refuses_what_the_model_forbids(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    granted(&database, &grant(1, &of)).await;
    granted(&database, &next_grant(2, 2, &of)).await;
    database.insert_token(&token(1), &change()).await.unwrap();
    database.begin_keyed(&keyed(1), at(1), 9).await.unwrap();
    let answer = KeptAnswer {
        status: 200,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let keyed = keyed(1).id;
    database.end_keyed(&keyed, Some(&answer)).await.unwrap();
    for wrong in [
        "UPDATE tokens SET role = 'root'",
        "UPDATE tokens SET community = ''",
        "UPDATE tokens SET agent_id = ''",
        "UPDATE tokens SET skills = '{}'",
        "UPDATE tokens SET label = NULL",
        "UPDATE submissions SET version = ''",
        "UPDATE submissions SET manifest = 'sha256:00'",
        "UPDATE submissions SET component = 'sha256:00'",
        "UPDATE grants SET capabilities = '[]'",
        "UPDATE grants SET skill = 'other'",
        "UPDATE grants SET revoked_at = NULL, ended_as = NULL",
        "UPDATE grants SET revoked_at = NULL",
        "UPDATE grants SET ended_as = NULL",
        "UPDATE grants SET ended_as = 'forgotten'",
        "UPDATE grants SET tools = '[]'",
        "UPDATE grants SET capability_set = ''",
        "UPDATE grants SET generation = 1",
        "UPDATE skill_generations SET generation = 0",
        "DELETE FROM components",
        "UPDATE idempotency SET status = NULL",
        "UPDATE idempotency SET body = NULL",
        "UPDATE idempotency SET headers = '{}'",
        "UPDATE idempotency SET status = 99",
        "UPDATE idempotency SET ended = (1 = 0)",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{wrong}: {refused:?}"
        );
    }
}

pub(super) async fn a_closed_database_is_unavailable(place: &Place) {
    let database = place.open().await;
    database.ping().await.unwrap();
    database.close().await;
    let refused = database.ping().await;
    assert!(
        matches!(refused, Err(StorageError::Unavailable(_))),
        "{refused:?}"
    );
}
