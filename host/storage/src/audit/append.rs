use super::{HeadRow, bigint};
use crate::convert::{corrupt, moment};
use crate::error::storage;
use skillgate_app::audit::Tree;
use skillgate_app::ports::{AuditRecord, StorageError, TreeHead, WriteChange};
use skillgate_domain::ids::{InvocationId, SkillName, UserId};
use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{QueryBuilder, Transaction};

/// Rows of one statement: a statement of SQLite has 32,766 places at most, and a row has nine.
const ROWS_MAX: usize = 256;

const INSERT: &str = "
    INSERT INTO audit (number, community, at, action, outcome, user_id, skill, invocation, leaf) ";
const SET_HEAD: &str = "UPDATE audit_head SET size = $1, frontier = $2 WHERE id = 1";
const BEGIN_WRITE: &str = "
    INSERT INTO pending_writes (id, community, deadline, intent) VALUES ($1, $2, $3, $4)";
const KEEP_JOURNALS: &str = "INSERT INTO journals (invocation, community, record, at, body) ";
const END_WRITE: &str = "DELETE FROM pending_writes WHERE id = $1";

/// Adds to the audit trail within a transaction that may change other things too.
pub(crate) trait Append: sqlx::Database {
    /// Adds records at the end of the tree. Whoever else adds waits for the end of the transaction.
    fn append(
        transaction: &mut Transaction<'_, Self>,
        records: &[AuditRecord],
    ) -> impl Future<Output = Result<TreeHead, StorageError>> + Send;
}

/// The code is compiled for each database, and written once.
macro_rules! appends {
    ($($database:ty, $head:literal;)*) => {$(
        impl Append for $database {
            async fn append(
                transaction: &mut Transaction<'_, Self>,
                records: &[AuditRecord],
            ) -> Result<TreeHead, StorageError> {
                let head: HeadRow = sqlx::query_as($head)
                    .fetch_one(&mut **transaction).await.map_err(storage)?;
                let head = TreeHead::try_from(head)?;
                let mut tree = Tree::at(&head).map_err(|why| corrupt("audit_head", why))?;
                for chunk in records.chunks(ROWS_MAX) {
                    let rows = rows(chunk, &mut tree)?;
                    let journals = journals(&rows)?;
                    if !journals.is_empty() {
                        let mut insert = QueryBuilder::<Self>::new(KEEP_JOURNALS);
                        insert.push_values(journals, |mut values, (number, at, record, journal)| {
                            let (invocation, body) = journal;
                            values
                                .push_bind(invocation.uuid())
                                .push_bind(record.community.as_str())
                                .push_bind(number)
                                .push_bind(at)
                                .push_bind(body);
                        });
                        insert.build().execute(&mut **transaction).await.map_err(storage)?;
                    }
                    let mut insert = QueryBuilder::<Self>::new(INSERT);
                    insert.push_values(rows, |mut values, (number, at, record)| {
                        values
                            .push_bind(number)
                            .push_bind(record.community.as_str())
                            .push_bind(at)
                            .push_bind(record.action)
                            .push_bind(record.outcome)
                            .push_bind(record.user.as_ref().map(UserId::as_str))
                            .push_bind(record.skill.as_ref().map(SkillName::as_str))
                            .push_bind(record.invocation.map(InvocationId::uuid))
                            .push_bind(record.leaf.as_str());
                    });
                    insert.build().execute(&mut **transaction).await.map_err(storage)?;
                }
                for change in records.iter().filter_map(|record| record.write.as_ref()) {
                    match change {
                        WriteChange::Begin(write) => sqlx::query(BEGIN_WRITE)
                            .bind(write.id.uuid())
                            .bind(write.community.as_str())
                            .bind(moment("pending_writes.deadline", write.deadline)?)
                            .bind(write.intent.as_str())
                            .execute(&mut **transaction).await.map_err(storage)?,
                        WriteChange::End(id) => sqlx::query(END_WRITE)
                            .bind(id.uuid())
                            .execute(&mut **transaction).await.map_err(storage)?,
                    };
                }
                let head = tree.head();
                sqlx::query(SET_HEAD)
                    .bind(bigint(head.size))
                    .bind(head.frontier.concat())
                    .execute(&mut **transaction).await.map_err(storage)?;
                Ok(head)
            }
        }
    )*};
}

appends! {
    Sqlite, "SELECT size, frontier FROM audit_head WHERE id = 1";
    Postgres, "SELECT size, frontier FROM audit_head WHERE id = 1 FOR UPDATE";
}

type Row<'a> = (i64, chrono::DateTime<chrono::Utc>, &'a AuditRecord);

/// Gives each record its number and adds it to the tree.
fn rows<'a>(records: &'a [AuditRecord], tree: &mut Tree) -> Result<Vec<Row<'a>>, StorageError> {
    let row = |record: &'a AuditRecord| {
        let number = bigint(tree.size());
        tree.push(record.leaf.as_bytes());
        Ok((number, moment("audit.at", record.at)?, record))
    };
    records.iter().map(row).collect()
}

type JournalRow<'a> = (
    i64,
    chrono::DateTime<chrono::Utc>,
    &'a AuditRecord,
    Journal<'a>,
);
/// Whose it is, and what it says.
type Journal<'a> = (InvocationId, &'a str);

/// Returns the records that a journal is kept with.
fn journals<'a>(rows: &[Row<'a>]) -> Result<Vec<JournalRow<'a>>, StorageError> {
    let journal = |&(number, at, record): &Row<'a>| {
        let body = record.journal.as_deref()?;
        let nobody = || corrupt("journals.invocation", "a journal of no run");
        let whose = record.invocation.ok_or_else(nobody);
        Some(whose.map(|whose| (number, at, record, (whose, body))))
    };
    rows.iter().filter_map(journal).collect()
}
