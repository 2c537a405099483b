//! What each import of the `crm` interface does.

use super::checks::{self, invalid};
use super::fields::{self, Rule};
use super::matching;
use super::record::Record;
use super::state::{State, denied};
use crate::Retry;
use crate::crm::{EntryRef, Error, ErrorCode, FieldValue, ObjectKind, Upserted};
use crate::wit::skillgate::skill::crm::{self as wit, Fields};
use std::collections::BTreeMap;

impl State {
    pub(super) fn get(&mut self, target: &EntryRef) -> Result<wit::Entry, Error> {
        self.enter(target.object, 1, 0)?;
        checks::id(&target.id)?;
        let record = self.existing(target)?;
        Ok(self.shown(record))
    }

    pub(super) fn search(&mut self, query: &wit::Query) -> Result<wit::Page, Error> {
        self.enter(query.object, 1, 0)?;
        matching::check(query)?;
        let sorted = query.sort.iter().map(|sort| &sort.field);
        for name in query
            .filters
            .iter()
            .map(|filter| &filter.field)
            .chain(sorted)
        {
            if !self.may_see(query.object, name) {
                return Err(denied());
            }
        }
        let offset = matching::offset(query)?;
        let mut found: Vec<_> = self
            .store
            .of_kind(query.object)
            .filter(|record| matching::matches(query, record) && self.is_linked(query, record))
            .collect();
        matching::sort(&mut found, query.sort.as_ref());
        let end = found.len().min(offset.saturating_add(query.limit as usize));
        let page = found.get(offset..end).unwrap_or_default();
        Ok(wit::Page {
            items: page.iter().map(|record| self.shown(record)).collect(),
            next_cursor: (end < found.len()).then(|| matching::cursor(query, end)),
            total: u32::try_from(found.len()).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn create(&mut self, draft: &wit::Draft) -> Result<wit::Entry, Error> {
        let object = self.enter_write(draft, 0)?;
        let record = with_defaults(self.changed(self.blank(object), draft)?);
        self.keep(record)
    }

    pub(super) fn update(&mut self, id: &str, draft: &wit::Draft) -> Result<wit::Entry, Error> {
        let object = self.enter_write(draft, 0)?;
        checks::id(id)?;
        let record = self.existing(&EntryRef::new(object, id))?.clone();
        let record = self.changed(record, draft)?;
        self.keep(record)
    }

    pub(super) fn upsert(&mut self, draft: &wit::Draft) -> Result<(Upserted, wit::Entry), Error> {
        let object = self.enter_write(draft, 1)?;
        let field = fields::unique_field(object)
            .ok_or_else(|| invalid("Only contacts and companies can be upserted."))?;
        let new = self.changed(self.blank(object), draft)?;
        let value = new
            .values
            .get(field)
            .ok_or_else(|| invalid(format!("An upsert needs the field {field}.")))?;
        match self.store.holder(object, field, value).cloned() {
            Some(old) => {
                let record = self.changed(old, draft)?;
                Ok((Upserted::Updated, self.keep(record)?))
            }
            None => Ok((Upserted::Created, self.keep(new)?)),
        }
    }

    pub(super) fn link(&mut self, source: &EntryRef, target: &EntryRef) -> Result<(), Error> {
        self.enter(source.object, 0, 1)?;
        self.allowed(target.object)?;
        if !attaches(source.object) || attaches(target.object) {
            let message = "A task or note is linked to a contact, company or opportunity.";
            return Err(invalid(message));
        }
        for end in [source, target] {
            checks::id(&end.id)?;
            self.existing(end)?;
        }
        self.store.link(source.clone(), target.clone());
        Ok(())
    }

    /// Adds a record without asking whether the skill may.
    pub(super) fn insert(&mut self, object: ObjectKind, fields: &Fields) -> Result<Record, Error> {
        let draft = wit::Draft {
            fields: fields.clone(),
            custom: Vec::new(),
            clear: Vec::new(),
        };
        let record = with_defaults(self.changed(self.blank(object), &draft)?);
        self.stored(record)
    }

    /// Checks the grant and the budget of a write, and returns the kind of record written.
    fn enter_write(&mut self, draft: &wit::Draft, reads: u32) -> Result<ObjectKind, Error> {
        let (object, values) = fields::take_apart(&draft.fields);
        self.enter(object, reads, 1)?;
        let custom = draft.custom.iter().map(|field| field.name.as_str());
        let cleared = draft.clear.iter().map(String::as_str);
        let mut touched = values
            .iter()
            .map(|(name, _)| *name)
            .chain(custom)
            .chain(cleared);
        if touched.all(|name| self.may_write(object, name)) {
            return Ok(object);
        }
        Err(denied())
    }

    pub(super) fn existing(&self, target: &EntryRef) -> Result<&Record, Error> {
        self.store.get(target.object, &target.id).ok_or_else(|| {
            let message = format!("There is no {} of this id.", target.object.name());
            Error::new(ErrorCode::NotFound, Retry::Never, message)
        })
    }

    fn is_linked(&self, query: &wit::Query, record: &Record) -> bool {
        query.linked_to.as_ref().is_none_or(|target| {
            let source = EntryRef::new(record.object, record.id.as_str());
            self.store.is_linked(&source, target)
        })
    }

    fn shown(&self, record: &Record) -> wit::Entry {
        record.to_wit(|name| self.may_see(record.object, name))
    }

    /// Returns a record with the draft's values, each checked.
    fn changed(&self, mut record: Record, draft: &wit::Draft) -> Result<Record, Error> {
        let object = record.object;
        let (_, typed) = fields::take_apart(&draft.fields);
        let typed = typed.into_iter().map(|(name, value)| (name, Some(value)));
        let custom = draft
            .custom
            .iter()
            .map(|field| (field.name.as_str(), field.value.clone()));
        for (name, value) in typed.chain(custom) {
            if draft.clear.iter().any(|cleared| cleared == name) {
                return Err(invalid(format!("{name} is both set and cleared.")));
            }
            checks::field_name(object, name)?;
            let kept = value
                .map(|value| checks::value(object, name, value))
                .transpose()?;
            self.refers_to_something(object, name, kept.as_ref().and_then(Option::as_ref))?;
            record.set(name, kept.flatten());
        }
        for name in &draft.clear {
            if fields::rule(object, name).is_none() {
                return Err(invalid(format!("A {} has no field {name}.", object.name())));
            }
            record.set(name, None);
        }
        Ok(record)
    }

    fn refers_to_something(
        &self,
        object: ObjectKind,
        name: &str,
        value: Option<&FieldValue>,
    ) -> Result<(), Error> {
        match (fields::rule(object, name), value) {
            (Some(Rule::Reference(Some(kind))), Some(FieldValue::Reference(id)))
                if self.store.get(kind, id).is_none() =>
            {
                Err(invalid(format!("{name} is no {}.", kind.name())))
            }
            _ => Ok(()),
        }
    }

    fn keep(&mut self, record: Record) -> Result<wit::Entry, Error> {
        let record = self.stored(record)?;
        Ok(self.shown(&record))
    }

    /// Stores a record under the time of the change, unless another holds its unique value.
    fn stored(&mut self, mut record: Record) -> Result<Record, Error> {
        if let Some(rival) = self.store.rival(&record) {
            let message = "Another record has the same unique value.";
            return Err(Error {
                conflicting_id: Some(rival.id.clone()),
                ..Error::new(ErrorCode::Conflict, Retry::Never, message)
            });
        }
        record.updated_at = self.next_change().into();
        self.store.put(record.clone());
        Ok(record)
    }

    fn blank(&self, object: ObjectKind) -> Record {
        Record {
            object,
            id: format!("00000000-0000-7000-8000-{:012x}", self.store.len() + 1),
            updated_at: String::new(),
            values: BTreeMap::new(),
        }
    }
}

fn with_defaults(mut record: Record) -> Record {
    if let Some((name, value)) = fields::default_value(record.object) {
        record.values.entry(name.to_owned()).or_insert(value);
    }
    record
}

fn attaches(object: ObjectKind) -> bool {
    matches!(object, ObjectKind::Task | ObjectKind::Note)
}
