//! What only SQLite can be asked.

use super::place::Place;
use super::samples::{change, community, execute, submission, token};
use crate::Settings;
use crate::database::{Database, Pool};
use crate::error::OpenError;
use skillgate_app::ports::{Storage, StorageError};

#[tokio::test]
async fn a_full_database_says_so_and_goes_on() {
    let place = Place::sqlite();
    // The limit on pages is of one connection.
    let database = place
        .open_with(Settings {
            connections_max: 1,
            ..Settings::default()
        })
        .await;
    database.insert_token(&token(1), &change()).await.unwrap();
    execute(&database, "PRAGMA max_page_count = 1")
        .await
        .unwrap(); // SQLite makes it the present size.

    let refused = database
        .insert_submission(&submission(1), &vec![0; 100_000], &change())
        .await;
    assert!(matches!(refused, Err(StorageError::Full(_))), "{refused:?}");
    assert_eq!(database.submissions(&community("red")).await.unwrap(), []);
    assert_eq!(
        database.component(&submission(1).component).await.unwrap(),
        None
    );
    assert_eq!(database.token(token(1).id).await.unwrap(), Some(token(1)));

    execute(&database, "PRAGMA max_page_count = 1000000")
        .await
        .unwrap();
    database
        .insert_submission(&submission(1), &vec![0; 100_000], &change())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_kept_survives_the_power() {
    let place = Place::sqlite();
    let database = place.open().await;
    let Pool::Sqlite(pool) = &database.pool else {
        panic!("not SQLite")
    };
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(pool)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(pool)
        .await
        .unwrap();
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
}

#[tokio::test]
async fn a_database_in_memory_is_one_database() {
    let database = Database::connect("sqlite::memory:").await.unwrap();
    let change = change();
    let tokens: Vec<_> = (1..=9).map(token).collect();
    let kept = tokens
        .iter()
        .map(|token| database.insert_token(token, &change));
    for kept in futures::future::join_all(kept).await {
        kept.unwrap();
    }
    assert_eq!(database.tokens(&community("red")).await.unwrap().len(), 9);
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(
        &garbage,
        "this is not a database, whatever its name says ".repeat(100),
    )
    .unwrap();
    for (address, refusal) in [
        (String::new(), "Address"),
        ("skillgate.db".to_owned(), "Address"),
        ("mysql://root@localhost/db".to_owned(), "Address"),
        ("postgres://:::".to_owned(), "Address"),
        (format!("sqlite:{}", garbage.display()), "Unreachable"),
        (
            format!(
                "sqlite:{}",
                folder.path().join("no/such/folder.db").display()
            ),
            "Unreachable",
        ),
    ] {
        let refused = Database::connect(&address).await.unwrap_err();
        let name = match refused {
            OpenError::Address => "Address",
            OpenError::Unreachable(_) => "Unreachable",
            OpenError::Foreign(_) => "Foreign",
            OpenError::Migration(_) => "Migration",
        };
        assert_eq!(name, refusal, "{address}: {refused:?}");
    }
}
