//! Tasks that are found again instead of made twice, and those that are due.
//!
//! Both are made of the broker's own calls, each checked, counted, recorded and replayed like any other.

use super::{Broker, BrokerError, Upserted};
use crate::run::Run;
use skillgate_domain::crm::{
    Changes, Comparison, EntryRef, Field, FieldKey, FieldValue, Filter, FilterKey, LIMIT_MAX, Link,
    ObjectKind, Page, Query, Record, Sort,
};
use skillgate_domain::ids::RecordId;

/// Status of a new task.
const OPEN: &str = "TODO";
/// Status of a task with nothing left to do. Every other status is open.
const DONE: &str = "DONE";
/// Most open tasks looked at that have a title in theirs.
pub const CANDIDATES_MAX: usize = 3 * LIMIT_MAX as usize;
/// Most records that a task is attached to at once.
pub const ABOUT_MAX: usize = 10;

/// A task that was made or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertedTask {
    /// Whether it is new.
    pub upserted: Upserted,
    /// The task.
    pub task: Record,
    /// The first record that it could not be attached to, and why. The task itself is there.
    pub unlinked: Option<(EntryRef, BrokerError)>,
}

/// Which open tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTasks {
    /// Due then at the latest: RFC 3339.
    pub until: String,
    /// Only those about this record.
    pub about: Option<EntryRef>,
    /// Only those of this member of the workspace.
    pub assignee: Option<RecordId>,
    /// 1 to [`LIMIT_MAX`].
    pub limit: u32,
}

impl Broker {
    /// Changes a task, or makes one, and attaches it to records. Without an id, the open task of the same
    /// title about the first of them is changed; without a record, the due date must agree too, for a
    /// title alone ("Call back") does not tell tasks apart.
    pub async fn upsert_task(
        &self,
        run: &Run,
        id: Option<RecordId>,
        changes: &Changes,
        about: &[EntryRef],
    ) -> Result<UpsertedTask, BrokerError> {
        if changes.object != ObjectKind::Task {
            return Err(invalid("a task is made of the fields of a task"));
        }
        if about.len() > ABOUT_MAX {
            let message = format!("a task is attached to at most {ABOUT_MAX} records at once");
            return Err(BrokerError::Invalid(message));
        }
        let known = match id {
            Some(id) => Some(id),
            None => self.same_open_task(run, changes, about.first()).await?,
        };
        let unchanged = changes.set.is_empty() && changes.clear.is_empty();
        let (upserted, task) = match known {
            Some(_) if unchanged && about.is_empty() => {
                return Err(invalid("give at least one field to change"));
            }
            // Attaching it alone may be what is wanted.
            Some(id) if unchanged => (Upserted::Updated, self.get(run, task(id)).await?),
            Some(id) => (Upserted::Updated, self.update(run, id, changes).await?),
            None => {
                let changes = with_status(changes);
                (Upserted::Created, self.create(run, &changes).await?)
            }
        };
        let unlinked = self.link_all(run, task_ref(&task), about).await;
        Ok(UpsertedTask {
            upserted,
            task,
            unlinked,
        })
    }

    /// Lists open tasks that are due, the earliest first.
    pub async fn due_tasks(&self, run: &Run, due: &DueTasks) -> Result<Page<Record>, BrokerError> {
        let until = Comparison::AtMost(FieldValue::DateTime(due.until.clone()));
        let mut filters = vec![open(), filter(Field::TaskDueAt, until)];
        filters.extend(due.assignee.map(|id| {
            let assignee = Comparison::Equals(FieldValue::Reference(id));
            filter(Field::TaskAssignee, assignee)
        }));
        let query = Query {
            filters,
            linked_to: due.about,
            sort: Some(Sort {
                key: FilterKey::Field(FieldKey::Standard(Field::TaskDueAt)),
                descending: false,
            }),
            limit: due.limit,
            ..Query::everything(ObjectKind::Task)
        };
        self.search(run, &query).await
    }

    async fn same_open_task(
        &self,
        run: &Run,
        changes: &Changes,
        about: Option<&EntryRef>,
    ) -> Result<Option<RecordId>, BrokerError> {
        let title = text(changes.set.get(&FieldKey::Standard(Field::TaskTitle))).trim();
        if title.is_empty() {
            return Err(invalid("give a title, or the task's id"));
        }
        let due = |set: &std::collections::BTreeMap<FieldKey, FieldValue>| {
            let due = set.get(&FieldKey::Standard(Field::TaskDueAt));
            due.and_then(|due| crate::time::parse_rfc3339(text(Some(due))))
        };
        let mut query = Query {
            filters: vec![
                filter(Field::TaskTitle, Comparison::Contains(title.to_owned())),
                open(),
            ],
            linked_to: about.copied(),
            ..Query::everything(ObjectKind::Task)
        };
        let mut looked_at = 0;
        loop {
            let page = self.search(run, &query).await?;
            looked_at += page.items.len();
            let same = page.items.iter().find(|found| {
                let its = text(found.fields.get(&FieldKey::Standard(Field::TaskTitle)));
                its.trim().to_lowercase() == title.to_lowercase()
                    && (about.is_some() || due(&found.fields) == due(&changes.set))
            });
            if let Some(same) = same {
                return Ok(Some(same.id));
            }
            if page.next_cursor.is_none() || looked_at >= CANDIDATES_MAX {
                return Ok(None);
            }
            query.cursor = page.next_cursor;
        }
    }

    async fn link_all(
        &self,
        run: &Run,
        source: EntryRef,
        about: &[EntryRef],
    ) -> Option<(EntryRef, BrokerError)> {
        for target in about.iter().copied() {
            if let Err(error) = self.link(run, &Link { source, target }).await {
                return Some((target, error));
            }
        }
        None
    }
}

fn filter(field: Field, comparison: Comparison) -> Filter {
    Filter {
        key: FilterKey::Field(FieldKey::Standard(field)),
        comparison,
    }
}

fn open() -> Filter {
    let done = FieldValue::Text(DONE.to_owned());
    filter(Field::TaskStatus, Comparison::NotEquals(done))
}

fn with_status(changes: &Changes) -> Changes {
    let mut changes = changes.clone();
    let status = FieldKey::Standard(Field::TaskStatus);
    let open = || FieldValue::Text(OPEN.to_owned());
    changes.set.entry(status).or_insert_with(open);
    changes
}

fn text(value: Option<&FieldValue>) -> &str {
    match value {
        Some(FieldValue::Text(text) | FieldValue::DateTime(text)) => text,
        _ => "",
    }
}

const fn task(id: RecordId) -> EntryRef {
    EntryRef {
        object: ObjectKind::Task,
        id,
    }
}

const fn task_ref(record: &Record) -> EntryRef {
    task(record.id)
}

fn invalid(message: &str) -> BrokerError {
    BrokerError::Invalid(message.to_owned())
}
