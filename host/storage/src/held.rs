//! A connection that one user of the database holds from one use to the next.
//!
//! A pool tests each connection that comes back to it, and gives them out in turn. What is asked with every
//! call would pay for the first with a second question after each one, and for the other with what SQLite
//! keeps in memory, which is of no use once another connection has written.

use crate::database::Pool;
use crate::error::storage;
use futures::FutureExt;
use futures::future::BoxFuture;
use skillgate_app::ports::StorageError;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, MutexGuard};

/// Fewest connections of a pool beside which one is held. A database in memory has but one.
const CONNECTIONS_MIN: u32 = 2;

/// Longest time that a connection may be idle and still be used untested, where a server may end it.
pub(crate) const UNTESTED_MAX: Duration = Duration::from_millis(500);

/// A connection out of the pool.
pub(crate) enum Live {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The connection, from when it was needed first, with when it was used last. Clones hold the same.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Option<(Live, Instant)>>>);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

/// The right to use the connection: nobody else does meanwhile.
pub(crate) struct Turn<'a> {
    held: MutexGuard<'a, Option<(Live, Instant)>>,
    pub(crate) live: Live,
}

impl Held {
    /// Takes the connection, or another one where a server may have ended it. Dropped, or not given
    /// back after a failure, it is not used again. Returns nothing where none can be held.
    pub(crate) async fn turn(&self, pool: &Pool) -> Result<Option<Turn<'_>>, StorageError> {
        if pool.connections_max() < CONNECTIONS_MIN {
            return Ok(None);
        }
        let mut held = self.0.lock().await;
        if let Some((mut live, at)) = held.take()
            && (at.elapsed() < UNTESTED_MAX || live.answers().await)
        {
            return Ok(Some(Turn { held, live }));
        }
        let live = pool.detached().await?;
        Ok(Some(Turn { held, live }))
    }

    /// Reads one number. Where the connection is of no use any more, another one is tried.
    pub(crate) fn number(
        &self,
        pool: Pool,
        statement: &'static str,
    ) -> BoxFuture<'static, Result<i64, StorageError>> {
        let held = self.clone();
        async move {
            let Some(mut turn) = held.turn(&pool).await? else {
                return pool.number(statement).await;
            };
            if let Ok(number) = turn.live.number(statement).await {
                turn.give_back();
                return Ok(number);
            }
            turn.live = pool.detached().await?;
            let number = turn.live.number(statement).await?;
            turn.give_back();
            Ok(number)
        }
        .boxed()
    }

    /// Ends the connection.
    pub(crate) async fn close(&self) {
        let live = self.0.lock().await.take();
        let closed = match live {
            Some((Live::Sqlite(connection), _)) => connection.close().await,
            Some((Live::Postgres(connection), _)) => connection.close().await,
            None => return,
        };
        // Whatever became of it, it is gone.
        closed.ok();
    }
}

impl Turn<'_> {
    /// The connection can be used again.
    pub(crate) fn give_back(mut self) {
        *self.held = Some((self.live, Instant::now()));
    }
}

impl Live {
    /// Returns whether it is still there. A file does not go away by itself.
    async fn answers(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(connection) => connection.ping().await.is_ok(),
        }
    }

    async fn number(&mut self, statement: &'static str) -> Result<i64, StorageError> {
        let number = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(statement).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(statement).fetch_one(connection).await,
        };
        number.map_err(storage)
    }
}

impl Pool {
    fn connections_max(&self) -> u32 {
        match self {
            Self::Sqlite(pool) => pool.options().get_max_connections(),
            Self::Postgres(pool) => pool.options().get_max_connections(),
        }
    }

    async fn number(&self, statement: &'static str) -> Result<i64, StorageError> {
        let number = match self {
            Self::Sqlite(pool) => sqlx::query_scalar(statement).fetch_one(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(statement).fetch_one(pool).await,
        };
        number.map_err(storage)
    }

    /// Takes a connection out of the pool, which opens another when it needs one.
    async fn detached(&self) -> Result<Live, StorageError> {
        Ok(match self {
            Self::Sqlite(pool) => Live::Sqlite(pool.acquire().await.map_err(storage)?.detach()),
            Self::Postgres(pool) => Live::Postgres(pool.acquire().await.map_err(storage)?.detach()),
        })
    }
}
