use super::{Draft, DueTasksQuery, Entry, EntryRef, Error, Page, Task, Upserted};
use crate::host;

/// A task that was made or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertedTask {
    /// Whether it is new.
    pub upserted: Upserted,
    /// The task.
    pub task: Entry<Task>,
    /// The first record that it could not be attached to, and why. The task itself is there.
    pub unlinked: Option<(EntryRef, Error)>,
}

/// Changes a task, or makes one, and attaches it to at most 10 records. Without an id, an open task of the same title
/// about the first of them is changed instead of made twice; without a record, the due date must agree too.
///
/// ```
/// use skillgate_sdk::{crm::{self, Contact, Task, Upserted}, testing::Host};
///
/// let host = Host::new();
/// let ada = host.add(Contact::default()).reference();
/// let call = Task { title: Some("Call Ada".into()), ..Default::default() };
/// let twice = host.run(|| {
///     let once = crm::upsert_task(None, call.clone(), &[ada.clone()])?;
///     Ok::<_, crm::Error>([once, crm::upsert_task(None, call, &[ada])?])
/// });
/// let [once, again] = twice.unwrap();
/// assert_eq!((once.upserted, again.upserted), (Upserted::Created, Upserted::Updated));
/// assert_eq!(once.task.id, again.task.id);
/// ```
pub fn upsert_task(
    id: Option<&str>,
    draft: impl Into<Draft<Task>>,
    about: &[EntryRef],
) -> Result<UpsertedTask, Error> {
    let draft = draft.into();
    let made = host::upsert_task(id, draft.wit(), about)?;
    Ok(UpsertedTask {
        upserted: made.upserted,
        task: Entry::from_wit(made.task)?,
        unlinked: made.unlinked.map(|it| (it.target, it.cause)),
    })
}

/// Finds open tasks that are due, the earliest first.
///
/// ```
/// use skillgate_sdk::{crm::{self, DueTasksQuery, Task}, testing::Host};
///
/// let host = Host::new();
/// let due = |at: &str| Task { due_at: Some(at.into()), ..Default::default() };
/// host.add(due("2026-03-02T00:00:00.000Z"));
/// host.add(due("2026-03-09T00:00:00.000Z"));
/// let soon = DueTasksQuery {
///     until: "2026-03-05T00:00:00.000Z".into(),
///     about: None,
///     assignee_id: None,
///     limit: 10,
/// };
/// let found = host.run(|| crm::due_tasks(&soon)).unwrap();
/// assert_eq!(found.total, 1);
/// ```
pub fn due_tasks(query: &DueTasksQuery) -> Result<Page<Task>, Error> {
    Page::from_wit(host::due_tasks(query)?)
}
