//! The database, whichever of the two it is.

use crate::convert::moment;
use crate::dialect::{begin, commit_with, open_postgres, open_sqlite};
use crate::error::{OpenError, storage};
use crate::held::Held;
use crate::rights::Rights;
use skillgate_app::ports::{AuditRecord, StorageError, TreeHead};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::time::Timestamp;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Runs one piece of code on the pool of either database.
///
/// The code is compiled for each, and what it asks is written once.
macro_rules! on_pool {
    ($database:expr, $pool:ident => $run:expr) => {
        match &$database.pool {
            $crate::database::Pool::Sqlite($pool) => $run,
            $crate::database::Pool::Postgres($pool) => $run,
        }
    };
}
pub(crate) use on_pool;

/// How long a call waits for a lock before it says that storage is busy, and as long again for a
/// free connection.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Most connections at once.
pub const CONNECTIONS_MAX: u32 = 8;

/// Empties the log that SQLite writes ahead.
const FORGET_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// How a database is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a call waits for a lock.
    pub lock_timeout: Duration,
    /// How long a call waits for a free connection.
    pub connection_timeout: Duration,
    /// Most connections at once.
    pub connections_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lock_timeout: BUSY_TIMEOUT,
            connection_timeout: BUSY_TIMEOUT,
            connections_max: CONNECTIONS_MAX,
        }
    }
}

/// An open and migrated database. Clones share its connections and
/// what they keep of it.
#[derive(Debug, Clone)]
pub struct Database {
    pub(crate) pool: Pool,
    pub(crate) rights: Arc<Rights>,
    /// The audit trail's tree after this host last added to it.
    pub(crate) last_head: Arc<Mutex<Option<TreeHead>>>,
    /// The audit trail's own connection.
    pub(crate) writer: Held,
}

#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Database {
    /// Opens `sqlite:<path>`, `sqlite::memory:` or `postgres://…` with the default settings and applies
    /// the migrations that are missing.
    pub async fn connect(address: &str) -> Result<Self, OpenError> {
        Self::connect_with(address, Settings::default()).await
    }

    /// Opens a database as [`Database::connect`] does, with settings of one's own.
    pub async fn connect_with(address: &str, settings: Settings) -> Result<Self, OpenError> {
        let pool = match address.split_once(':') {
            Some(("sqlite", _)) => Pool::Sqlite(open_sqlite(address, settings).await?),
            Some(("postgres" | "postgresql", _)) => {
                Pool::Postgres(open_postgres(address, settings).await?)
            }
            _ => return Err(OpenError::Address),
        };
        Ok(Self {
            pool,
            rights: Arc::default(),
            last_head: Arc::default(),
            writer: Held::default(),
        })
    }

    /// Returns how many connections there are, and how many of them are idle.
    pub fn connections(&self) -> (u32, usize) {
        on_pool!(self, pool => (pool.size(), pool.num_idle()))
    }

    /// Marks one row revoked by a statement over community (`$1`), id (`$2`) and time (`$3`). Returns
    /// whether there is such a row.
    pub(crate) async fn revoke(
        &self,
        statement: &'static str,
        community: &CommunityId,
        id: Uuid,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let at = moment("revoked_at", at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            let done = sqlx::query(statement)
                .bind(community.as_str())
                .bind(id)
                .bind(at)
                .execute(&mut *transaction).await.map_err(storage)?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            commit_with(transaction, change).await.map(|()| true)
        })
    }

    /// Lets go of what was overwritten or removed before: the log that SQLite writes ahead still has it.
    pub(crate) async fn forget_log(&self) {
        if let Pool::Sqlite(pool) = &self.pool {
            // Where somebody reads at this moment, the next checkpoint does it.
            sqlx::query(FORGET_LOG).execute(pool).await.ok();
        }
    }

    /// Waits for calls under way and closes every connection.
    pub async fn close(&self) {
        self.rights.close().await;
        self.writer.close().await;
        on_pool!(self, pool => pool.close().await);
    }
}
