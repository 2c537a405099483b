//! Where a test's database is.

use crate::{Database, Settings};
use futures::FutureExt;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, SqliteConnection};
use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

const VARIABLE: &str = "SKILLGATE_TEST_POSTGRES_URL";

/// An address where a database is or will be.
pub(super) struct Place {
    pub(super) address: String,
    kind: Kind,
}

enum Kind {
    Sqlite { _folder: TempDir },
    Postgres { server: String, name: String },
}

/// Another program's hold on everything that can be written. Ends when dropped.
#[expect(dead_code, reason = "held for its end")]
pub(super) enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Place {
    /// A file in a folder that is removed afterwards.
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("skillgate.db");
        Self {
            address: format!("sqlite:{}", file.display()),
            kind: Kind::Sqlite { _folder: folder },
        }
    }

    /// A new database on the server that the environment names.
    pub(super) async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        #[expect(
            clippy::disallowed_methods,
            reason = "tests have no configuration file"
        )]
        let server = std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{VARIABLE} is not set: run `cargo xtask test`, which starts a PostgreSQL server"
            )
        });
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("skillgate_test_{}_{number}", std::process::id());
        let options = sqlx::postgres::PgConnectOptions::from_str(&server).unwrap();
        let place = Self {
            address: options.database(&name).to_url_lossy().to_string(),
            kind: Kind::Postgres { server, name },
        };
        place
            .on_server("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            .await;
        place.on_server("CREATE DATABASE {name}").await;
        place
    }

    /// Runs a test and removes the place, whatever came of the test.
    pub(super) async fn run(self, test: impl AsyncFnOnce(&Self)) {
        let outcome = AssertUnwindSafe(test(&self)).catch_unwind().await;
        self.on_server("DROP DATABASE {name} WITH (FORCE)").await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    async fn on_server(&self, statement: &str) {
        if let Kind::Postgres { server, name } = &self.kind {
            let statement = statement.replace("{name}", name);
            let mut connection = PgConnection::connect(server).await.unwrap();
            connection.execute(AssertSqlSafe(statement)).await.unwrap();
            connection.close().await.unwrap();
        }
    }

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
        match &self.kind {
            Kind::Sqlite { .. } => {
                let mut other = SqliteConnection::connect(&self.address).await.unwrap();
                other.execute("BEGIN IMMEDIATE").await.unwrap();
                Hold::Sqlite(other)
            }
            Kind::Postgres { .. } => {
                let mut other = PgConnection::connect(&self.address).await.unwrap();
                let lock = "LOCK TABLE tokens, components, submissions, grants, skill_generations, \
                            policies, plans, idempotency, secrets, module_state_accounts, \
                            http_usage_totals, audit, audit_head IN EXCLUSIVE MODE";
                other.execute("BEGIN").await.unwrap();
                other.execute(lock).await.unwrap();
                Hold::Postgres(other)
            }
        }
    }
}
