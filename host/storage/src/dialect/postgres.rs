use super::Dialect;
use crate::database::Settings;
use crate::error::OpenError;
use crate::held::UNTESTED_MAX;
use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, Postgres};
use std::str::FromStr;
use std::time::Duration;

/// Longest time one statement may take.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

impl Dialect for Postgres {
    const BEGIN: &'static str = "BEGIN";
    const HOLDING_ROWS: &'static str = " FOR NO KEY UPDATE";
    const DAY: (&'static str, &'static str) = ("to_char(", " AT TIME ZONE 'UTC', 'YYYY-MM-DD')");
}

/// Opens a database on a server. Hosts that start at once migrate one after the other.
pub(crate) async fn open(address: &str, settings: Settings) -> Result<PgPool, OpenError> {
    let options = PgConnectOptions::from_str(address)
        .map_err(|_| OpenError::Address)?
        .application_name("skillgate");
    let migrating = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await
        .map_err(OpenError::Unreachable)?;
    let migrated = MIGRATIONS.run(&migrating).await;
    migrating.close().await;
    migrated?;

    // Not for migrations, which may wait for each other and may take their time.
    let options = options.options([
        ("lock_timeout", settings.lock_timeout.as_millis()),
        ("statement_timeout", STATEMENT_TIMEOUT.as_millis()),
    ]);
    PgPoolOptions::new()
        .max_connections(settings.connections_max)
        .acquire_timeout(settings.connection_timeout)
        .test_before_acquire(false)
        // A server does, but not between one statement and the next.
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for >= UNTESTED_MAX {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(OpenError::Unreachable)
}
