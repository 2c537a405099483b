//! What the imports of the `crm` interface do that are about tasks alone.

use super::checks::invalid;
use super::state::State;
use crate::crm::{
    Comparison, EntryRef, Error, FieldValue, Filter, LIMIT_MAX, ObjectKind, Task, Upserted, field,
};
use crate::wit::skillgate::skill::crm::{self as wit, Fields};

/// Most records that a task is attached to at once.
const ABOUT_MAX: usize = 10;
const OPEN: &str = "TODO";
const DONE: &str = "DONE";

impl State {
    pub(super) fn upsert_task(
        &mut self,
        id: Option<&str>,
        draft: &wit::Draft,
        about: &[EntryRef],
    ) -> Result<wit::UpsertedTask, Error> {
        let Fields::Task(fields) = &draft.fields else {
            return Err(invalid("A task is made of the fields of a task."));
        };
        if about.len() > ABOUT_MAX {
            return Err(invalid(format!(
                "A task is attached to at most {ABOUT_MAX} records at once."
            )));
        }
        let known = match id {
            Some(id) => Some(id.to_owned()),
            None => self.same_open_task(fields, about.first())?,
        };
        let unchanged =
            *fields == Task::default() && draft.custom.is_empty() && draft.clear.is_empty();
        let (upserted, task) = match known {
            Some(_) if unchanged && about.is_empty() => {
                return Err(invalid("Give at least one field to change."));
            }
            Some(id) if unchanged => {
                let target = EntryRef::new(ObjectKind::Task, id);
                (Upserted::Updated, self.get(&target)?)
            }
            Some(id) => (Upserted::Updated, self.update(&id, draft)?),
            None => {
                let mut draft = draft.clone();
                let status = fields.status.clone().or_else(|| Some(OPEN.to_owned()));
                draft.fields = Fields::Task(Task {
                    status,
                    ..fields.clone()
                });
                (Upserted::Created, self.create(&draft)?)
            }
        };
        let source = EntryRef::new(ObjectKind::Task, task.id.as_str());
        let unlinked = about.iter().find_map(|target| {
            let cause = self.link(&source, target).err()?;
            let target = target.clone();
            Some(wit::Unlinked { target, cause })
        });
        Ok(wit::UpsertedTask {
            upserted,
            task,
            unlinked,
        })
    }

    pub(super) fn due_tasks(&mut self, query: &wit::DueTasksQuery) -> Result<wit::Page, Error> {
        let until = FieldValue::DateTime(query.until.clone());
        let mut filters = vec![open(), field("due_at").at_most(until)];
        if let Some(id) = &query.assignee_id {
            let id = FieldValue::Reference(id.clone());
            filters.push(field("assignee_id").equals(id));
        }
        let sort = wit::Sort {
            field: "due_at".to_owned(),
            descending: false,
        };
        self.search(&wit::Query {
            filters,
            sort: Some(sort),
            limit: query.limit,
            ..tasks(query.about.as_ref())
        })
    }

    fn same_open_task(
        &mut self,
        fields: &Task,
        about: Option<&EntryRef>,
    ) -> Result<Option<String>, Error> {
        let title = fields.title.as_deref().unwrap_or_default().trim();
        if title.is_empty() {
            return Err(invalid("Give a title, or the task's id."));
        }
        let found = self.search(&wit::Query {
            filters: vec![field("title").contains(title), open()],
            ..tasks(about)
        })?;
        let same = |task: &Task| {
            let its = task.title.as_deref().unwrap_or_default();
            its.trim().to_lowercase() == title.to_lowercase()
                && (about.is_some() || task.due_at == fields.due_at)
        };
        let same = found.items.into_iter().find(|entry| match &entry.fields {
            Fields::Task(task) => same(task),
            _ => false,
        });
        Ok(same.map(|entry| entry.id))
    }
}

fn open() -> Filter {
    Filter {
        field: "status".to_owned(),
        comparison: Comparison::NotEquals(DONE.into()),
    }
}

fn tasks(about: Option<&EntryRef>) -> wit::Query {
    wit::Query {
        object: ObjectKind::Task,
        text: None,
        filters: Vec::new(),
        linked_to: about.cloned(),
        sort: None,
        limit: LIMIT_MAX,
        cursor: None,
    }
}
