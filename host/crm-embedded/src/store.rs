//! SQLite: opening it, and the statements on records. Knows documents, not their meaning.

mod custom;
mod page;
mod row;
mod unique;

pub(crate) use custom::{fill_field, insert_field, load_fields};
pub(crate) use page::{PageQuery, count, fetch};
pub(crate) use row::{
    Record, by_id, clear_key, destroy, edge_position, exists, holding, save, search_hits,
};
pub(crate) use unique::{find as find_unique, rewrite as rewrite_unique};

use std::path::PathBuf;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};

/// How long a writer waits for another.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to a file; one of them writes at a time.
const FILE_CONNECTIONS_MAX: u32 = 4;

/// Where the records live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// Gone when the CRM is dropped.
    Memory,
    /// A file, created when missing, in write-ahead mode.
    File(PathBuf),
}

/// Opens the database and brings its tables up to date.
pub(crate) async fn open(database: &Database) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePoolOptions::new()
        .idle_timeout(None)
        .max_lifetime(None);
    let options = SqliteConnectOptions::new()
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = match database {
        // A second connection to memory would see another, empty database.
        Database::Memory => {
            pool.min_connections(1)
                .max_connections(1)
                .connect_with(options.in_memory(true))
                .await?
        }
        Database::File(path) => {
            let options = options
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal);
            pool.max_connections(FILE_CONNECTIONS_MAX)
                .connect_with(options)
                .await?
        }
    };
    sqlx::migrate!().run(&pool).await?;
    Ok(pool)
}

/// Begins a writing transaction at once, so that it cannot fail half way for a lock.
pub(crate) async fn begin(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    pool.begin_with("BEGIN IMMEDIATE").await
}
