//! Follow-ups, for callers who ask for them without a skill.

use super::{Operation, Records, RecordsError};
use crate::broker::{DueTasks, UpsertedTask};
use crate::run::Run;
use crate::time::{parse_rfc3339, rfc3339};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldValue, ObjectKind, Record, Selection,
};
use skillgate_domain::ids::RecordId;
use skillgate_domain::principal::Principal;
use skillgate_domain::time::Timestamp;
use std::time::Duration;

/// Most days looked ahead.
pub const DAYS_MAX: u32 = 90;
/// A day, without regard to calendars.
const DAY: Duration = Duration::from_hours(24);

/// Which follow-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUpsQuery {
    /// Days ahead, at most [`DAYS_MAX`].
    pub days: u32,
    /// Only those about this record.
    pub about: Option<EntryRef>,
    /// Only those of this member of the workspace.
    pub assignee: Option<RecordId>,
    /// 1 to [`LIMIT_MAX`](skillgate_domain::crm::LIMIT_MAX).
    pub limit: u32,
}

/// Open tasks with a due date, the earliest first.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUps {
    /// The tasks.
    pub items: Vec<FollowUp>,
    /// How many there are in all, listed or not.
    pub total: u32,
    /// The last moment looked at.
    pub until: Timestamp,
}

/// An open task with a due date.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUp {
    /// The task.
    pub task: Record,
    /// Whether it should have been done by now.
    pub overdue: bool,
}

impl Records {
    /// Lists what is due soon, or should have been done.
    pub async fn follow_ups(
        &self,
        caller: &Principal,
        query: FollowUpsQuery,
    ) -> Result<FollowUps, RecordsError> {
        let now = self.trail.clock().now();
        let until = now.plus(DAY * query.days.min(DAYS_MAX));
        let asked = format!("{query:?}");
        let work = async |run: &Run| {
            let due = DueTasks {
                until: rfc3339(until).unwrap_or_default(),
                about: query.about,
                assignee: query.assignee,
                limit: query.limit,
            };
            let page = self.broker.due_tasks(run, &due).await?;
            let overdue = |task: &Record| due_at(task).is_some_and(|due| due < now);
            let items = page.items.into_iter().map(|task| FollowUp {
                overdue: overdue(&task),
                task,
            });
            Ok(FollowUps {
                items: items.collect(),
                total: page.total,
                until,
            })
        };
        let (operation, custom) = (Operation::FollowUps, Selection::EMPTY);
        self.done(caller, operation, &custom, asked.as_bytes(), work)
            .await
    }

    /// Changes a task, or makes one, and attaches it to records: see
    /// [`Broker::upsert_task`](crate::broker::Broker::upsert_task).
    pub async fn upsert_task(
        &self,
        caller: &Principal,
        id: Option<RecordId>,
        (changes, about): (&Changes, &[EntryRef]),
        asked: &[u8],
    ) -> Result<UpsertedTask, RecordsError> {
        let work = async |run: &Run| Ok(self.broker.upsert_task(run, id, changes, about).await?);
        let operation = Operation::Upsert(ObjectKind::Task);
        self.done(caller, operation, &changes.touched(), asked, work)
            .await
    }
}

fn due_at(task: &Record) -> Option<Timestamp> {
    match task.fields.get(&FieldKey::Standard(Field::TaskDueAt))? {
        FieldValue::DateTime(due) | FieldValue::Text(due) => parse_rfc3339(due),
        _ => None,
    }
}
