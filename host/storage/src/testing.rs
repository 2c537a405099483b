//! Where a test's database is, for the tests of this crate and of those that run whole hosts.
#![expect(
    clippy::missing_panics_doc,
    reason = "a test that has no database fails here"
)]

use futures::FutureExt;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

const VARIABLE: &str = "SKILLGATE_TEST_POSTGRES_URL";

/// An address where a database is or will be, of one test's own.
pub struct Place {
    pub(crate) address: String,
    kind: Kind,
}

enum Kind {
    Sqlite { _folder: TempDir },
    Postgres { server: String, name: String },
}

impl Place {
    /// A file in a folder that is removed afterwards.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("skillgate.db");
        Self {
            address: format!("sqlite:{}", file.display()),
            kind: Kind::Sqlite { _folder: folder },
        }
    }

    /// A new database on the server that the environment names.
    pub async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var_os(VARIABLE).and_then(|it| it.into_string().ok());
        let server = server.unwrap_or_else(|| {
            panic!(
                "{VARIABLE} is not set: run `cargo xtask test`, which starts a PostgreSQL server"
            )
        });
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("skillgate_test_{}_{number}", std::process::id());
        let options = PgConnectOptions::from_str(&server).expect("an address of PostgreSQL");
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

    /// Returns what a host is configured with.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs a test and removes the place, whatever came of the test.
    pub async fn run(self, test: impl AsyncFnOnce(&Self)) {
        let outcome = AssertUnwindSafe(test(&self)).catch_unwind().await;
        self.on_server("DROP DATABASE {name} WITH (FORCE)").await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }

    async fn on_server(&self, statement: &str) {
        if let Kind::Postgres { server, name } = &self.kind {
            let statement = statement.replace("{name}", name);
            let connection = PgConnection::connect(server).await;
            let mut connection = connection.expect("PostgreSQL is there");
            let done = connection.execute(AssertSqlSafe(statement)).await;
            done.expect("PostgreSQL does as it is told");
            let closed = connection.close().await;
            closed.expect("PostgreSQL says good-bye");
        }
    }
}
