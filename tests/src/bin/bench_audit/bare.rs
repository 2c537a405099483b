use skillgate_app::ports::AuditRecord;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS bare (number BIGINT PRIMARY KEY, community TEXT, action TEXT,
                                     outcome TEXT, user_id TEXT, leaf TEXT)";
const INSERT: &str = "
    INSERT INTO bare (number, community, action, outcome, user_id, leaf)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// A table of the same columns, a row and a commit at a time.
pub(crate) struct Bare {
    pool: Pool,
    next: AtomicI64,
}

enum Pool {
    /// One connection: more would only wait for each other's lock.
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Bare {
    pub(crate) async fn open(address: &str) -> anyhow::Result<Self> {
        let pool = if address.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(address)?
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            let pool = SqlitePoolOptions::new().max_connections(1);
            let pool = pool.acquire_timeout(Duration::from_mins(5));
            Pool::Sqlite(pool.connect_with(options).await?)
        } else {
            Pool::Postgres(
                PgPoolOptions::new()
                    .max_connections(16)
                    .connect(address)
                    .await?,
            )
        };
        match &pool {
            Pool::Sqlite(pool) => sqlx::query(TABLE).execute(pool).await.map(drop)?,
            Pool::Postgres(pool) => sqlx::query(TABLE).execute(pool).await.map(drop)?,
        }
        Ok(Self {
            pool,
            next: AtomicI64::new(0),
        })
    }

    pub(crate) async fn insert(&self, record: &AuditRecord) -> anyhow::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        macro_rules! insert {
            ($pool:expr) => {
                sqlx::query(INSERT)
                    .bind(number)
                    .bind(record.community.as_str())
                    .bind(record.action)
                    .bind(record.outcome)
                    .bind(record.user.as_ref().map(|user| user.as_str()))
                    .bind(record.leaf.as_str())
                    .execute($pool)
                    .await
                    .map(drop)?
            };
        }
        match &self.pool {
            Pool::Sqlite(pool) => insert!(pool),
            Pool::Postgres(pool) => insert!(pool),
        }
        Ok(())
    }
}
