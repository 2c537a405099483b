//! What a database says, in the words of the port.

use skillgate_app::ports::StorageError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

/// Why a database could not be opened. `Display` never repeats its source, and never the address.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither SQLite nor PostgreSQL, or malformed. The source is left out: it may repeat a password.
    #[error("the database address must begin with sqlite: or postgres:// and be well-formed")]
    Address,
    /// It does not answer, refuses us, or its file cannot be opened.
    #[error("the database cannot be opened")]
    Unreachable(#[source] sqlx::Error),
    /// It was migrated by a newer program, or by a changed migration.
    #[error("migration {0} of this database is not one of this program's; use a newer program")]
    Foreign(i64),
    /// A migration failed; it left nothing behind.
    #[error("the database cannot be migrated")]
    Migration(#[source] MigrateError),
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
                Self::Foreign(version)
            }
            other => Self::Migration(other),
        }
    }
}

/// The few kinds of failure that callers treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Conflict,
    Busy,
    Full,
    Other,
}

/// Turns a driver's error into the port's.
pub(crate) fn storage(error: sqlx::Error) -> StorageError {
    use sqlx::Error as E;
    let failure = match &error {
        E::Database(database) => database_failure(&**database),
        E::PoolTimedOut => Failure::Busy,
        E::ColumnDecode { index, .. } => {
            return StorageError::Corrupt(format!("column {index} has another type"));
        }
        _ => Failure::Other,
    };
    match failure {
        Failure::Conflict => StorageError::Conflict,
        Failure::Busy => StorageError::Busy(Box::new(error)),
        Failure::Full => StorageError::Full(Box::new(error)),
        Failure::Other => StorageError::Unavailable(Box::new(error)),
    }
}

fn database_failure(error: &dyn sqlx::error::DatabaseError) -> Failure {
    if error.is_unique_violation() {
        return Failure::Conflict;
    }
    let code = error.code().unwrap_or_default();
    // The two number their errors differently, and a code of one can look like a code of the other.
    if error.try_downcast_ref::<SqliteError>().is_some() {
        sqlite_failure(&code)
    } else if error.try_downcast_ref::<PgDatabaseError>().is_some() {
        postgres_failure(&code)
    } else {
        Failure::Other
    }
}

/// <https://sqlite.org/rescode.html>: the low byte of an extended code is the primary one.
fn sqlite_failure(code: &str) -> Failure {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const FULL: i32 = 13;
    match code.parse::<i32>().map(|extended| extended & 0xff) {
        Ok(BUSY | LOCKED) => Failure::Busy,
        Ok(FULL) => Failure::Full,
        _ => Failure::Other,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn postgres_failure(code: &str) -> Failure {
    match code {
        // serialization_failure, deadlock_detected, too_many_connections, lock_not_available,
        // query_canceled (our own statement timeout).
        "40001" | "40P01" | "53300" | "55P03" | "57014" => Failure::Busy,
        // disk_full
        "53100" => Failure::Full,
        _ => Failure::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_sqlite() {
        for (code, failure) in [
            ("5", Failure::Busy),
            ("261", Failure::Busy), // SQLITE_BUSY_RECOVERY
            ("517", Failure::Busy), // SQLITE_BUSY_SNAPSHOT
            ("262", Failure::Busy), // SQLITE_LOCKED_SHAREDCACHE
            ("13", Failure::Full),
            ("1", Failure::Other),
            ("10", Failure::Other),
            ("53100", Failure::Other), // PostgreSQL's
            ("", Failure::Other),
        ] {
            assert_eq!(sqlite_failure(code), failure, "{code}");
        }
    }

    #[test]
    fn an_error_does_not_repeat_its_source() {
        let source = sqlx::Error::Protocol("secret".to_owned());
        assert!(
            !OpenError::Unreachable(source)
                .to_string()
                .contains("secret")
        );
        let source = sqlx::Error::Protocol("secret".to_owned());
        assert!(!storage(source).to_string().contains("secret"));
    }
}
