//! Where a story's database is that several hosts share.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

const VARIABLE: &str = "SKILLGATE_TEST_POSTGRES_URL";

/// A database of a story's own.
pub struct Place {
    address: String,
    kind: Kind,
}

enum Kind {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

impl Place {
    /// A file in a folder that goes with this.
    ///
    /// # Panics
    /// When there is no place for one.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            address: format!("sqlite:{}", folder.path().join("host.db").display()),
            kind: Kind::Sqlite(folder),
        }
    }

    /// A new database on the server that `cargo xtask test` has started.
    ///
    /// # Panics
    /// When there is no such server.
    pub async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var_os(VARIABLE).and_then(|it| it.into_string().ok());
        let server = server.expect("`cargo xtask test` starts a PostgreSQL and says where it is");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("skillgate_story_{}_{number}", std::process::id());
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

    /// Returns what hosts are configured with.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Removes it.
    pub async fn remove(self) {
        self.on_server("DROP DATABASE {name} WITH (FORCE)").await;
        if let Kind::Sqlite(folder) = self.kind {
            folder.close().expect("the folder goes");
        }
    }

    async fn on_server(&self, statement: &str) {
        if let Kind::Postgres { server, name } = &self.kind {
            let statement = statement.replace("{name}", name);
            let connection = PgConnection::connect(server).await;
            let mut connection = connection.expect("PostgreSQL is there");
            let done = connection.execute(AssertSqlSafe(statement)).await;
            done.expect("PostgreSQL does as it is told");
        }
    }
}
