use super::Dialect;
use crate::database::Settings;
use crate::error::OpenError;
use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use std::str::FromStr;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");

impl Dialect for Sqlite {
    // Takes the write lock at once: a transaction that reads first and writes later can be refused in
    // the middle, without the wait that the busy timeout promises.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    // Whoever writes is alone.
    const HOLDING_ROWS: &'static str = "";
    const DAY: (&'static str, &'static str) = ("substr(", ", 1, 10)");
}

/// Opens a file, or a database in memory that lives as long as its one connection.
pub(crate) async fn open(address: &str, settings: Settings) -> Result<SqlitePool, OpenError> {
    let options = SqliteConnectOptions::from_str(address)
        .map_err(|_| OpenError::Address)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An answer that said "kept" is kept, whatever happens to the power.
        .synchronous(SqliteSynchronous::Full)
        // What is overwritten or removed is gone, not only unused.
        .pragma("secure_delete", "ON")
        .busy_timeout(settings.lock_timeout);
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(settings.connection_timeout)
        // A file does not go away by itself.
        .test_before_acquire(false)
        // When the disk is full, SQLite ends the transaction by itself. The driver goes on counting it,
        // and no transaction could begin on that connection again: open another.
        .before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        });
    let pool = if address.contains(":memory:") || address.contains("mode=memory") {
        // Each connection would have a database of its own, which ends with it.
        pool.max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
    } else {
        pool.max_connections(settings.connections_max)
    };
    let pool = pool
        .connect_with(options)
        .await
        .map_err(OpenError::Unreachable)?;
    MIGRATIONS.run(&pool).await?;
    Ok(pool)
}
