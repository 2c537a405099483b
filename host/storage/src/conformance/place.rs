//! What the suite does with a test's database.

use crate::testing::Place;
use crate::{Database, Settings};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

/// Another program's hold on everything that can be written. Ends when dropped.
#[expect(dead_code, reason = "held for its end")]
pub(super) enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    /// Opens the database with the default settings.
    pub(super) async fn open(&self) -> Database {
        Database::connect(&self.address).await.unwrap()
    }

    /// Opens the database with other settings.
    pub(super) async fn open_with(&self, settings: Settings) -> Database {
        Database::connect_with(&self.address, settings)
            .await
            .unwrap()
    }

    /// Takes, from outside, the right to write.
    pub(super) async fn hold(&self) -> Hold {
        if self.address.starts_with("sqlite:") {
            let mut other = SqliteConnection::connect(&self.address).await.unwrap();
            other.execute("BEGIN IMMEDIATE").await.unwrap();
            return Hold::Sqlite(other);
        }
        let mut other = PgConnection::connect(&self.address).await.unwrap();
        let lock = "LOCK TABLE tokens, components, submissions, grants, skill_generations, \
                    policies, plans, idempotency, secrets, module_state_accounts, \
                    http_usage_totals, audit, audit_head IN EXCLUSIVE MODE";
        other.execute("BEGIN").await.unwrap();
        other.execute(lock).await.unwrap();
        Hold::Postgres(other)
    }
}
