use super::{HeadRow, bigint};
use crate::convert::{corrupt, moment};
use crate::error::storage;
use skillgate_app::audit::Tree;
use skillgate_app::ports::{AuditRecord, StorageError, TreeHead, WriteChange};
use skillgate_domain::ids::{InvocationId, SkillName, UserId};
use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{QueryBuilder, Transaction};

/// Rows of one statement: a statement of SQLite has 32,766 places at most, and a row with its journal has
/// fourteen.
pub(super) const ROWS_MAX: usize = 256;

const INSERT: &str = "
    INSERT INTO audit (number, community, at, action, outcome, user_id, skill, invocation, leaf) ";
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

    /// Adds records, at most [`ROWS_MAX`], where the tree is as `head` says, all of them by one
    /// statement. Otherwise returns nothing, and the transaction must not be committed.
    fn append_to(
        transaction: &mut Transaction<'_, Self>,
        head: &TreeHead,
        records: &[AuditRecord],
    ) -> impl Future<Output = Result<Option<TreeHead>, StorageError>> + Send;
}

/// How several statements are sent as one.
struct Joined {
    /// Before the first.
    first: &'static str,
    /// Before each between the first and the last.
    next: &'static str,
    /// Before the last.
    last: &'static str,
    /// Around the last one's rows.
    around_rows: (&'static str, &'static str),
    /// Whether the rows that they change are counted together, or the last one's alone.
    counts_all: bool,
}

/// One after the other.
const SQLITE: Joined = Joined {
    first: "",
    next: "; ",
    last: "; ",
    around_rows: ("", ""),
    counts_all: true,
};

/// Statements with places can only be parts of one statement. The last one looks at the first, so that
/// the first one's lock is waited for before it begins.
const POSTGRES: Joined = Joined {
    first: "WITH head AS (",
    next: " RETURNING 1), journals AS (",
    last: " RETURNING 1) ",
    around_rows: (
        "SELECT * FROM (",
        ") AS records WHERE EXISTS (SELECT FROM head)",
    ),
    counts_all: false,
};

macro_rules! set_head {
    ($query:ident, $head:expr) => {
        $query
            .push("UPDATE audit_head SET size = ")
            .push_bind(bigint($head.size));
        $query
            .push(", frontier = ")
            .push_bind($head.frontier.concat())
            .push(" WHERE id = 1");
    };
}

macro_rules! keep_journals {
    ($query:ident, $journals:expr) => {
        $query.push(KEEP_JOURNALS);
        $query.push_values($journals, |mut values, (number, at, record, journal)| {
            let (invocation, body) = journal;
            values
                .push_bind(invocation.uuid())
                .push_bind(record.community.as_str())
                .push_bind(number)
                .push_bind(at)
                .push_bind(body);
        });
    };
}

macro_rules! insert {
    ($query:ident, $rows:expr) => {
        $query.push_values($rows, |mut values, (number, at, record)| {
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
    };
}

macro_rules! change_writes {
    ($transaction:ident, $records:expr) => {
        for change in $records.iter().filter_map(|record| record.write.as_ref()) {
            match change {
                WriteChange::Begin(write) => sqlx::query(BEGIN_WRITE)
                    .bind(write.id.uuid())
                    .bind(write.community.as_str())
                    .bind(moment("pending_writes.deadline", write.deadline)?)
                    .bind(write.intent.as_str())
                    .execute(&mut **$transaction)
                    .await
                    .map_err(storage)?,
                WriteChange::End(id) => sqlx::query(END_WRITE)
                    .bind(id.uuid())
                    .execute(&mut **$transaction)
                    .await
                    .map_err(storage)?,
            };
        }
    };
}

/// The code is compiled for each database, and written once.
macro_rules! appends {
    ($($database:ty, $joined:expr, $head:literal;)*) => {$(
        impl Append for $database {
            async fn append_to(
                transaction: &mut Transaction<'_, Self>,
                head: &TreeHead,
                records: &[AuditRecord],
            ) -> Result<Option<TreeHead>, StorageError> {
                let mut tree = Tree::at(head).map_err(|why| corrupt("audit_head", why))?;
                let rows = rows(records, &mut tree)?;
                let journals = journals(&rows)?;
                let (count, kept, new) = (rows.len(), journals.len(), tree.head());
                let mut all = QueryBuilder::<Self>::new($joined.first);
                set_head!(all, new);
                all.push(" AND size = ").push_bind(bigint(head.size));
                all.push(" AND frontier = ").push_bind(head.frontier.concat());
                if !journals.is_empty() {
                    all.push($joined.next);
                    keep_journals!(all, journals);
                }
                all.push($joined.last).push(INSERT).push($joined.around_rows.0);
                insert!(all, rows);
                all.push($joined.around_rows.1);
                let done = match all.build().execute(&mut **transaction).await.map_err(storage) {
                    // Somebody else added a record that has this number.
                    Err(StorageError::Conflict) => return Ok(None),
                    done => usize::try_from(done?.rows_affected()).unwrap_or(usize::MAX),
                };
                let expected = if $joined.counts_all { 1 + kept + count } else { count };
                if done != expected {
                    return Ok(None);
                }
                change_writes!(transaction, records);
                Ok(Some(new))
            }

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
                        let mut insert = QueryBuilder::<Self>::new("");
                        keep_journals!(insert, journals);
                        insert.build().execute(&mut **transaction).await.map_err(storage)?;
                    }
                    let mut insert = QueryBuilder::<Self>::new(INSERT);
                    insert!(insert, rows);
                    insert.build().execute(&mut **transaction).await.map_err(storage)?;
                }
                change_writes!(transaction, records);
                let head = tree.head();
                let mut update = QueryBuilder::<Self>::new("");
                set_head!(update, head);
                update.build().execute(&mut **transaction).await.map_err(storage)?;
                Ok(head)
            }
        }
    )*};
}

appends! {
    Sqlite, SQLITE, "SELECT size, frontier FROM audit_head WHERE id = 1";
    Postgres, POSTGRES, "SELECT size, frontier FROM audit_head WHERE id = 1 FOR UPDATE";
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
