//! Lists with cursors, and single reads.

use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::cursor::{self, Cursor};
use crate::fault::Fault;
use crate::filter::Filter;
use crate::order::Key;
use crate::schema::Object;
use crate::store::{self, PageQuery, Record};

/// What to list.
pub(crate) struct List<'a> {
    pub(crate) filter: &'a Filter,
    pub(crate) keys: &'a [Key],
    /// Records after this one.
    pub(crate) after: Option<Cursor>,
    /// Records before this one.
    pub(crate) before: Option<Cursor>,
    pub(crate) rows_max: u32,
}

/// One page.
pub(crate) struct Page {
    pub(crate) records: Vec<Record>,
    /// All matches, not only this page's.
    pub(crate) total: i64,
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) has_next: bool,
    pub(crate) has_previous: bool,
}

/// Lists records.
///
/// Forward pages never admit a previous page. A page before a cursor comes in forward order but
/// with its marks swapped, as recorded.
pub(crate) async fn list(
    conn: &mut SqliteConnection,
    object: &Object,
    list: &List<'_>,
) -> Result<Page, Fault> {
    if list.after.is_some() && list.before.is_some() {
        return Err(Fault::bad("Cannot provide both before and after"));
    }
    let backward = list.before.is_some();
    let with_deleted = list.filter.mentions_deletion();
    let query = PageQuery {
        object: object.singular,
        filter: list.filter,
        with_deleted,
        keys: list.keys,
        cursor: list.before.as_ref().or(list.after.as_ref()),
        backward,
        // One more than asked for tells whether there is another page.
        rows_max: i64::from(list.rows_max) + 1,
    };
    let mut records = store::fetch(conn, &query).await?;
    let rows_max = usize::try_from(list.rows_max).unwrap_or(usize::MAX);
    let has_more = records.len() > rows_max;
    records.truncate(rows_max);
    let total = store::count(conn, object.singular, list.filter, with_deleted).await?;
    let mark = |record: &Record| cursor::encode(list.keys, record.id, &record.doc);
    let (start, end) = (records.first().map(mark), records.last().map(mark));
    if backward {
        records.reverse();
    }
    Ok(Page {
        records,
        total,
        start,
        end,
        has_next: !backward && has_more,
        has_previous: backward && has_more,
    })
}

/// Reads one record that is not soft-deleted.
pub(crate) async fn one(
    conn: &mut SqliteConnection,
    object: &Object,
    id: Uuid,
) -> Result<Record, Fault> {
    store::by_id(conn, object.singular, id, false)
        .await?
        .ok_or(Fault::NotFound)
}
