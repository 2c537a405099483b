use super::{HeadRow, bigint};
use crate::convert::{corrupt, moment};
use crate::error::storage;
use chrono::{DateTime, Utc};
use skillgate_app::audit::Tree;
use skillgate_app::ports::{AuditRecord, PendingWrite, StorageError, TreeHead, WriteChange};
use skillgate_domain::ids::{InvocationId, RecordId, SkillName, UserId};
use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{QueryBuilder, Transaction};

/// Rows of one statement: a statement of SQLite has 32,766 places at most, and a row with its journal and
/// its write has eighteen.
pub(super) const ROWS_MAX: usize = 256;

const INSERT: &str = "
    INSERT INTO audit (number, community, at, action, outcome, user_id, skill, invocation, leaf) ";
const KEEP_JOURNALS: &str = "INSERT INTO journals (record, community, at, invocation, body) ";
const BEGIN_WRITES: &str = "INSERT INTO pending_writes (id, community, deadline, intent) ";
const END_WRITES: &str = "DELETE FROM pending_writes WHERE id IN (";

/// Adds to the audit trail.
pub(crate) trait Append: sqlx::Database {
    /// Adds records at the end of the tree, within a transaction that may change other things too. Whoever
    /// else adds waits for the end of the transaction.
    fn append(
        transaction: &mut Transaction<'_, Self>,
        records: &[AuditRecord],
    ) -> impl Future<Output = Result<TreeHead, StorageError>> + Send;

    /// Adds records, at most [`ROWS_MAX`], where the tree is as `head` says: in a transaction of its own, for
    /// which the database is asked once. Otherwise adds nothing, and returns nothing. After an error the
    /// connection may be in the middle of the transaction.
    fn append_to(
        connection: &mut Self::Connection,
        head: &TreeHead,
        records: &[AuditRecord],
    ) -> impl Future<Output = Result<Option<TreeHead>, StorageError>> + Send;
}

/// How several statements are sent as one. The first moves the head, and answers with a row where it did.
struct Joined {
    begin: &'static str,
    /// Between a statement and the next, which has a name.
    next: fn(&str) -> String,
    end: &'static str,
    /// Around rows that are inserted where the head was moved.
    rows: (&'static str, &'static str),
    /// Whether the head was moved, for the others.
    moved: &'static str,
}

/// One after the other. The second looks at how many rows the first changed, the third at the second, and
/// so on: none comes after one that changed nothing.
const SQLITE: Joined = Joined {
    begin: "BEGIN IMMEDIATE; ",
    next: |_| "; ".to_owned(),
    end: "; COMMIT",
    rows: ("SELECT * FROM (", ") WHERE changes() > 0"),
    moved: "changes() > 0",
};

/// Statements with places can only be parts of one statement. Each looks at the first, so that the first
/// one's lock is waited for before they begin.
const POSTGRES: Joined = Joined {
    begin: "WITH head AS (",
    next: |name| format!("), {name} AS ("),
    end: ") SELECT * FROM head",
    rows: (
        "SELECT * FROM (",
        ") AS rows WHERE EXISTS (SELECT FROM head)",
    ),
    moved: "EXISTS (SELECT FROM head)",
};

/// Around rows that are inserted in any case.
const ANYWAY: (&str, &str) = ("", "");

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

macro_rules! insert {
    ($query:ident, $rows:expr, $around:expr) => {
        $query.push(INSERT).push($around.0);
        $query.push_values($rows, |mut values, (number, at, record)| {
            values
                .push_bind(*number)
                .push_bind(record.community.as_str())
                .push_bind(*at)
                .push_bind(record.action)
                .push_bind(record.outcome)
                .push_bind(record.user.as_ref().map(UserId::as_str))
                .push_bind(record.skill.as_ref().map(SkillName::as_str))
                .push_bind(record.invocation.map(InvocationId::uuid))
                .push_bind(record.leaf.as_str());
        });
        $query.push($around.1);
    };
}

macro_rules! keep_journals {
    ($query:ident, $journals:expr, $around:expr) => {
        $query.push(KEEP_JOURNALS).push($around.0);
        $query.push_values($journals, |mut values, (number, at, record, journal)| {
            let (invocation, body) = journal;
            values
                .push_bind(number)
                .push_bind(record.community.as_str())
                .push_bind(at)
                .push_bind(invocation.uuid())
                .push_bind(body);
        });
        $query.push($around.1);
    };
}

macro_rules! begin_writes {
    ($query:ident, $writes:expr, $around:expr) => {
        $query.push(BEGIN_WRITES).push($around.0);
        $query.push_values($writes, |mut values, (write, deadline)| {
            values
                .push_bind(write.id.uuid())
                .push_bind(write.community.as_str())
                .push_bind(deadline)
                .push_bind(write.intent.as_str());
        });
        $query.push($around.1);
    };
}

macro_rules! end_writes {
    ($query:ident, $ids:expr) => {
        let mut ids = $query.push(END_WRITES).separated(", ");
        for id in $ids {
            ids.push_bind(id.uuid());
        }
        ids.push_unseparated(")");
    };
}

macro_rules! run {
    ($query:ident, $connection:expr) => {
        $query.build().execute($connection).await.map_err(storage)?;
    };
}

/// The code is compiled for each database, and written once.
macro_rules! appends {
    ($($database:ty, $joined:expr, $head:literal;)*) => {$(
        impl Append for $database {
            async fn append_to(
                connection: &mut Self::Connection,
                head: &TreeHead,
                records: &[AuditRecord],
            ) -> Result<Option<TreeHead>, StorageError> {
                let mut tree = Tree::at(head).map_err(|why| corrupt("audit_head", why))?;
                let group = Group::of(records, &mut tree)?;
                let new = tree.head();
                let mut all = QueryBuilder::<Self>::new($joined.begin);
                set_head!(all, new);
                all.push(" AND size = ").push_bind(bigint(head.size));
                all.push(" AND frontier = ").push_bind(head.frontier.concat());
                all.push(" RETURNING id");
                all.push(($joined.next)("records"));
                insert!(all, &group.rows, $joined.rows);
                if !group.journals.is_empty() {
                    all.push(($joined.next)("kept"));
                    keep_journals!(all, group.journals, $joined.rows);
                }
                if !group.begun.is_empty() {
                    all.push(($joined.next)("begun"));
                    begin_writes!(all, group.begun, $joined.rows);
                }
                if !group.ended.is_empty() {
                    all.push(($joined.next)("ended"));
                    end_writes!(all, group.ended);
                    all.push(" AND ").push($joined.moved);
                }
                all.push($joined.end);
                let moved = all.build().fetch_all(connection).await.map_err(storage)?;
                Ok((!moved.is_empty()).then_some(new))
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
                    let group = Group::of(chunk, &mut tree)?;
                    let mut query = QueryBuilder::<Self>::new("");
                    insert!(query, &group.rows, ANYWAY);
                    run!(query, &mut **transaction);
                    if !group.journals.is_empty() {
                        let mut query = QueryBuilder::<Self>::new("");
                        keep_journals!(query, group.journals, ANYWAY);
                        run!(query, &mut **transaction);
                    }
                    if !group.begun.is_empty() {
                        let mut query = QueryBuilder::<Self>::new("");
                        begin_writes!(query, group.begun, ANYWAY);
                        run!(query, &mut **transaction);
                    }
                    if !group.ended.is_empty() {
                        let mut query = QueryBuilder::<Self>::new("");
                        end_writes!(query, group.ended);
                        run!(query, &mut **transaction);
                    }
                }
                let head = tree.head();
                let mut query = QueryBuilder::<Self>::new("");
                set_head!(query, head);
                run!(query, &mut **transaction);
                Ok(head)
            }
        }
    )*};
}

appends! {
    Sqlite, SQLITE, "SELECT size, frontier FROM audit_head WHERE id = 1";
    Postgres, POSTGRES, "SELECT size, frontier FROM audit_head WHERE id = 1 FOR UPDATE";
}

/// What some records change, in rows. The end of a write is never in the group of its begin, which is
/// durable before the write is tried.
struct Group<'a> {
    rows: Vec<Row<'a>>,
    journals: Vec<JournalRow<'a>>,
    begun: Vec<(&'a PendingWrite, DateTime<Utc>)>,
    ended: Vec<RecordId>,
}

impl<'a> Group<'a> {
    /// Gives each record its number and adds it to the tree.
    fn of(records: &'a [AuditRecord], tree: &mut Tree) -> Result<Self, StorageError> {
        let rows = rows(records, tree)?;
        let journals = journals(&rows)?;
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for change in records.iter().filter_map(|record| record.write.as_ref()) {
            match change {
                WriteChange::Begin(write) => {
                    begun.push((write, moment("pending_writes.deadline", write.deadline)?));
                }
                WriteChange::End(id) => ended.push(*id),
            }
        }
        Ok(Self {
            rows,
            journals,
            begun,
            ended,
        })
    }
}

type Row<'a> = (i64, DateTime<Utc>, &'a AuditRecord);

/// Gives each record its number and adds it to the tree.
fn rows<'a>(records: &'a [AuditRecord], tree: &mut Tree) -> Result<Vec<Row<'a>>, StorageError> {
    let row = |record: &'a AuditRecord| {
        let number = bigint(tree.size());
        tree.push(record.leaf.as_bytes());
        Ok((number, moment("audit.at", record.at)?, record))
    };
    records.iter().map(row).collect()
}

type JournalRow<'a> = (i64, DateTime<Utc>, &'a AuditRecord, Journal<'a>);
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
