//! A connection that one reader holds from one read to the next.
//!
//! A pool tests each connection that comes back to it. What is read with every host call would pay for that
//! with a second question to the database after each first one.

use crate::database::Pool;
use crate::error::storage;
use futures::FutureExt;
use futures::future::BoxFuture;
use skillgate_app::ports::StorageError;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Fewest connections of a pool beside which one is held. A database in memory has but one.
const CONNECTIONS_MIN: u32 = 2;

enum Live {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The connection, from when it was needed first. Clones hold the same.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Option<Live>>>);

impl Held {
    /// Reads one number. Where the connection is of no use any more, another one is tried.
    pub(crate) fn number(
        &self,
        pool: Pool,
        statement: &'static str,
    ) -> BoxFuture<'static, Result<i64, StorageError>> {
        let held = self.clone();
        async move {
            if pool.connections_max() < CONNECTIONS_MIN {
                return pool.number(statement).await;
            }
            let mut held = held.0.lock().await;
            // Taken out: it is not used again if its reader goes away, or fails.
            if let Some(mut live) = held.take()
                && let Ok(number) = live.number(statement).await
            {
                *held = Some(live);
                return Ok(number);
            }
            let mut live = pool.detached().await?;
            let number = live.number(statement).await?;
            *held = Some(live);
            Ok(number)
        }
        .boxed()
    }

    /// Ends the connection.
    pub(crate) async fn close(&self) {
        let live = self.0.lock().await.take();
        let closed = match live {
            Some(Live::Sqlite(connection)) => connection.close().await,
            Some(Live::Postgres(connection)) => connection.close().await,
            None => return,
        };
        // Whatever became of it, it is gone.
        closed.ok();
    }
}

impl Live {
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
