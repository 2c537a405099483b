//! What only PostgreSQL can be asked.

use super::samples::{change, community};
use crate::database::Pool;
use crate::error::storage;
use crate::testing::Place;
use skillgate_app::ports::{AuditStore, PolicyStore, StorageError};
use sqlx::AssertSqlSafe;

#[tokio::test]
async fn the_servers_codes_are_understood() {
    let place = Place::postgres().await;
    place.run(codes).await;
}

async fn codes(place: &Place) {
    let database = place.open().await;
    let Pool::Postgres(pool) = &database.pool else {
        panic!("not PostgreSQL")
    };
    for (code, expected) in [
        ("40001", "busy"),
        ("40P01", "busy"),
        ("53300", "busy"),
        ("55P03", "busy"),
        ("57014", "busy"),
        ("53100", "full"),
        ("23505", "conflict"),
        ("23514", "unavailable"),
        ("57P03", "unavailable"),
        ("00005", "unavailable"), // SQLite's "busy"
    ] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$");
        let error = sqlx::query(AssertSqlSafe(raise))
            .execute(pool)
            .await
            .unwrap_err();
        let found = match storage(error) {
            StorageError::Conflict => "conflict",
            StorageError::Busy(_) => "busy",
            StorageError::Full(_) => "full",
            StorageError::Corrupt(_) => "corrupt",
            StorageError::Unavailable(_) => "unavailable",
        };
        assert_eq!(found, expected, "{code}");
    }
}

const END_THE_HELD: &str = "
    SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'SELECT number FROM rights_version%'";

#[tokio::test]
async fn a_held_connection_that_the_server_ends_is_replaced() {
    let place = Place::postgres().await;
    place.run(replaced).await;
}

async fn replaced(place: &Place) {
    let database = place.open().await;
    let Pool::Postgres(pool) = &database.pool else {
        panic!("not PostgreSQL")
    };
    for _ in 0..2 {
        let asked = database.newest_policy_version(&community("red")).await;
        assert_eq!(asked.unwrap(), 0);
        let ended: i64 = sqlx::query_scalar(END_THE_HELD)
            .fetch_one(pool)
            .await
            .unwrap();
        assert_eq!(ended, 1);
    }
    let asked = database.newest_policy_version(&community("red")).await;
    assert_eq!(asked.unwrap(), 0);
}

const END_THE_WRITERS: &str = "
    SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'WITH head AS%'";

/// What is written as the connection ends may be there or not, so it is not written again; what comes after is.
#[tokio::test]
async fn the_audit_trail_goes_on_when_the_server_ends_its_connection() {
    let place = Place::postgres().await;
    place.run(goes_on).await;
}

async fn goes_on(place: &Place) {
    let database = place.open().await;
    let Pool::Postgres(pool) = &database.pool else {
        panic!("not PostgreSQL")
    };
    for _ in 0..2 {
        database.append_audit(&[change()]).await.unwrap();
    }
    let ended: i64 = sqlx::query_scalar(END_THE_WRITERS)
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(ended, 1);
    let lost = database.append_audit(&[change()]).await;
    assert!(
        matches!(lost, Err(StorageError::Unavailable(_))),
        "{lost:?}"
    );
    let head = database.append_audit(&[change()]).await.unwrap();
    assert_eq!((head.size, database.audit_head().await.unwrap()), (3, head));
}
