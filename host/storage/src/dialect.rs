//! What the two databases do not share.

mod postgres;
mod sqlite;

pub(crate) use postgres::open as open_postgres;
pub(crate) use sqlite::open as open_sqlite;

use crate::audit::Append;
use skillgate_app::ports::{AuditRecord, StorageError};
use sqlx::{Pool, Transaction};

/// Statements that have no common spelling.
pub(crate) trait Dialect: sqlx::Database {
    /// Begins a transaction that will write.
    const BEGIN: &'static str;
    /// What makes others wait who would change the rows that a `SELECT` finds, until the end of the transaction.
    const HOLDING_ROWS: &'static str;
    /// What makes `2026-03-01` of a moment, before and behind it.
    const DAY: (&'static str, &'static str);
}

/// Returns [`Dialect::HOLDING_ROWS`] of a transaction's database.
pub(crate) fn holding_rows<D: Dialect>(_: &Transaction<'static, D>) -> &'static str {
    D::HOLDING_ROWS
}

/// Writes an expression for the day of a moment, as text.
pub(crate) fn day_of<D: Dialect>(_: &Pool<D>, moment: &str) -> String {
    let (before, behind) = D::DAY;
    format!("{before}{moment}{behind}")
}

/// Begins a transaction that will write. Dropped before its commit, it leaves nothing behind.
pub(crate) async fn begin<D: Dialect>(
    pool: &Pool<D>,
) -> Result<Transaction<'static, D>, StorageError> {
    pool.begin_with(D::BEGIN)
        .await
        .map_err(crate::error::storage)
}

/// Commits a change together with its record of the audit trail.
pub(crate) async fn commit_with<D: Dialect + Append>(
    transaction: Transaction<'static, D>,
    change: &AuditRecord,
) -> Result<(), StorageError> {
    commit_with_all(transaction, std::slice::from_ref(change)).await
}

/// Commits several changes together with their records of the audit trail.
pub(crate) async fn commit_with_all<D: Dialect + Append>(
    mut transaction: Transaction<'static, D>,
    changes: &[AuditRecord],
) -> Result<(), StorageError> {
    D::append(&mut transaction, changes).await?;
    transaction.commit().await.map_err(crate::error::storage)
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
        let numbers = both.iter().map(|(number, _)| *number);
        assert!(numbers.eq((1..).take(both.len())), "{both:?}");
        assert!(both.len() >= 4);
    }
}
