//! What only SQLite can be asked.

use super::samples::{at, change, community, execute, submission, token};
use super::secrets::{name, put, removed, secret};
use crate::Settings;
use crate::database::{Database, Pool};
use crate::error::OpenError;
use crate::testing::Place;
use skillgate_app::ports::{RelayStore, SEALED_BYTES_MAX, SealedSecret, Storage, StorageError};
use skillgate_domain::ids::UserId;
use skillgate_domain::tez::Redaction;

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

/// Everything that is in the files of a database.
fn files(place: &Place) -> Vec<u8> {
    let file = std::path::Path::new(place.address.strip_prefix("sqlite:").unwrap());
    let all = std::fs::read_dir(file.parent().unwrap()).unwrap();
    let bytes = all.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    bytes.collect::<Vec<_>>().concat()
}

fn there(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).any(|window| window == text)
}

/// What is taken out of a Tez is not only unused: no file has it any more.
#[tokio::test]
async fn what_was_taken_out_is_in_no_file() {
    use super::relay::{full_tez, kept, opened};
    let place = Place::sqlite();
    let database = opened(&place).await;
    let mut tez = full_tez(1);
    let (inside, long) = ("a-short-secret", "a-long-secret ".repeat(2_000));
    tez.context[0].item.content = inside.to_owned();
    tez.context[1].item.content.clone_from(&long);
    kept(&database, &tez).await;
    let words = [inside, "a-long-secret"];
    let before = files(&place);
    assert!(words.iter().all(|word| there(&before, word)));
    let redaction = Redaction {
        at: at(9),
        by: UserId::parse("ada").unwrap(),
        reason: "why".to_owned(),
    };
    for item in &tez.context {
        let (red, which) = (community("red"), (tez.head.id, item.id));
        let record = change();
        let redacted = database.redact_context(&red, which, &redaction, &record);
        assert!(redacted.await.unwrap());
    }
    let after = files(&place);
    for word in words {
        assert!(!there(&after, word), "{word}");
    }
}

/// A secret that was replaced or removed is in no file any more, whatever its length.
#[tokio::test]
async fn an_old_secret_is_in_no_file() {
    let place = Place::sqlite();
    let database = place.open().await;
    let of = |text: &str, version, word: &str, times| SealedSecret {
        name: name(text),
        sealed: word.repeat(times).into_bytes(),
        ..secret(version)
    };
    let now_there = || {
        let bytes = files(&place);
        ["first-word", "second-word", "third-word"].map(|word| there(&bytes, word))
    };
    let long = SEALED_BYTES_MAX / "second-word".len();
    for (text, times) in [("grows", 1), ("shrinks", long)] {
        put(&database, &of(text, 1, "first-word", times)).await;
    }
    assert_eq!(now_there(), [true, false, false]);
    for (text, times) in [("grows", long), ("shrinks", 1)] {
        put(&database, &of(text, 2, "second-word", times)).await;
    }
    assert_eq!(now_there(), [false, true, false]);
    for text in ["grows", "shrinks"] {
        assert!(removed(&database, &of(text, 2, "", 0)).await);
    }
    assert_eq!(now_there(), [false, false, false]);
    put(&database, &of("grows", 3, "third-word", 1)).await;
    assert_eq!(now_there(), [false, false, true]);
}
