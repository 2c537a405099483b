//! What the two databases do not share.

mod postgres;
mod sqlite;

pub(crate) use postgres::open as open_postgres;
pub(crate) use sqlite::open as open_sqlite;

use skillgate_app::ports::StorageError;
use sqlx::{Pool, Transaction};

/// Statements that have no common spelling.
pub(crate) trait Dialect: sqlx::Database {
    /// Begins a transaction that will write.
    const BEGIN: &'static str;

    /// Makes other transactions wait that replace the grant of one skill (`$2`) in one community
    /// (`$1`), where beginning a transaction does not do so already.
    const LOCK_SKILL: Option<&'static str>;
}

/// Begins a transaction that will write. Dropped before its commit, it leaves nothing behind.
pub(crate) async fn begin<D: Dialect>(
    pool: &Pool<D>,
) -> Result<Transaction<'static, D>, StorageError> {
    pool.begin_with(D::BEGIN)
        .await
        .map_err(crate::error::storage)
}

/// Returns [`Dialect::LOCK_SKILL`] of a pool's database.
pub(crate) fn lock_skill<D: Dialect>(_pool: &Pool<D>) -> Option<&'static str> {
    D::LOCK_SKILL
}

#[cfg(test)]
mod tests {
    use super::{postgres, sqlite};

    #[test]
    fn both_have_the_same_migrations() {
        let names = |migrator: &sqlx::migrate::Migrator| -> Vec<_> {
            let migrations = migrator.iter();
            migrations
                .map(|m| (m.version, m.description.to_string()))
                .collect()
        };
        let both = names(&sqlite::MIGRATIONS);
        assert_eq!(both, names(&postgres::MIGRATIONS));
        let numbers: Vec<i64> = both.iter().map(|(number, _)| *number).collect();
        let expected: Vec<i64> = (1..).take(numbers.len()).collect();
        assert_eq!(numbers, expected);
        assert!(numbers.len() >= 4);
    }
}
