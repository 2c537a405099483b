//! What only PostgreSQL can be asked.

use super::place::Place;
use crate::database::Pool;
use crate::error::storage;
use skillgate_app::ports::StorageError;
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
