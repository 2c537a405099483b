use super::{
    CustomField, Entry, EntryRef, Error, FieldValue, Filter, Object, Search, Unique, Upserted,
};
use crate::host;
use crate::wit::skillgate::skill::crm as wit;
use std::marker::PhantomData;

/// All records of one kind: where reading, searching and writing start.
///
/// ```
/// use skillgate_sdk::{crm::{self, Task}, testing::Host};
///
/// Host::new().run(|| -> Result<(), crm::Error> {
///     let task = crm::tasks().create(Task { title: Some("Call".into()), ..Default::default() })?;
///     crm::tasks().update(&task.id, Task { status: Some("DONE".into()), ..Default::default() })?;
///     let read = crm::tasks().get(&task.id)?;
///     assert_eq!(read.fields.title.as_deref(), Some("Call"));
///     assert_eq!(read.fields.status.as_deref(), Some("DONE"));
///     Ok(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
pub struct Records<T>(PhantomData<fn() -> T>);

impl<T> Clone for Records<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Records<T> {}

impl<T: Object> Records<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }

    /// Reads one record.
    pub fn get(self, id: impl Into<String>) -> Result<Entry<T>, Error> {
        Entry::from_wit(host::get(&EntryRef::new(T::KIND, id))?)
    }

    /// Searches among all records.
    pub fn search(self) -> Search<T> {
        Search::new()
    }

    /// Searches records with all of these words in their name, e-mail, domain or title.
    pub fn text(self, words: impl Into<String>) -> Search<T> {
        self.search().text(words)
    }

    /// Searches records that satisfy a condition.
    pub fn filter(self, filter: Filter) -> Search<T> {
        self.search().filter(filter)
    }

    /// Creates a record. The host chooses the id and may retry without doubling it.
    pub fn create(self, draft: impl Into<Draft<T>>) -> Result<Entry<T>, Error> {
        Entry::from_wit(host::create(&draft.into().wit)?)
    }

    /// Changes the given fields of a record and leaves the others.
    pub fn update(
        self,
        id: impl AsRef<str>,
        draft: impl Into<Draft<T>>,
    ) -> Result<Entry<T>, Error> {
        Entry::from_wit(host::update(id.as_ref(), &draft.into().wit)?)
    }
}

impl<T: super::Attachable> Records<T> {
    /// Searches tasks or notes that are attached to a record.
    pub fn linked_to(self, target: impl Into<EntryRef>) -> Search<T> {
        self.search().linked_to(target)
    }
}

impl<T: Unique> Records<T> {
    /// Updates the record with the same unique value, or creates it. Counts as one read and one write.
    ///
    /// ```
    /// use skillgate_sdk::{crm::{self, Contact, Upserted}, testing::Host};
    ///
    /// Host::new().run(|| -> Result<(), crm::Error> {
    ///     let ada = Contact { email: Some("ada@example.org".into()), ..Default::default() };
    ///     let (first, made) = crm::contacts().upsert(ada.clone())?;
    ///     let (second, found) = crm::contacts().upsert(ada)?;
    ///     assert_eq!((first, second), (Upserted::Created, Upserted::Updated));
    ///     assert_eq!(made.id, found.id);
    ///     Ok(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn upsert(self, draft: impl Into<Draft<T>>) -> Result<(Upserted, Entry<T>), Error> {
        let (upserted, entry) = host::upsert(&draft.into().wit)?;
        Ok((upserted, Entry::from_wit(entry)?))
    }
}

/// What to write: typed fields, fields that the community added, and fields to empty.
///
/// Where no field is to be emptied or custom, the typed fields alone are a draft.
///
/// ```
/// use skillgate_sdk::{crm::{self, Contact, Draft}, testing::Host};
///
/// let host = Host::new();
/// let ada = host.add(Contact { job_title: Some("Countess".into()), ..Default::default() });
/// let draft = Draft::from(Contact { first_name: Some("Ada".into()), ..Default::default() })
///     .custom("leadSource", "fair")
///     .clear("job_title");
/// let read = host.run(|| crm::contacts().update(&ada.id, draft)).unwrap();
/// assert_eq!(read.fields.job_title, None);
/// assert_eq!(read.custom("leadSource"), Some(&"fair".into()));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Draft<T> {
    wit: wit::Draft,
    kind: PhantomData<T>,
}

impl<T: Object> Draft<T> {
    pub(super) const fn wit(&self) -> &wit::Draft {
        &self.wit
    }

    /// Sets a field that the community added, by its name there.
    #[must_use]
    pub fn custom(self, name: impl Into<String>, value: impl Into<FieldValue>) -> Self {
        self.with_custom(name.into(), Some(value.into()))
    }

    /// Empties a field that the community added.
    #[must_use]
    pub fn clear_custom(self, name: impl Into<String>) -> Self {
        self.with_custom(name.into(), None)
    }

    /// Empties a typed field, by its name with underscores, for example `job_title`.
    #[must_use]
    pub fn clear(mut self, field: impl Into<String>) -> Self {
        self.wit.clear.push(field.into());
        self
    }

    fn with_custom(mut self, name: String, value: Option<FieldValue>) -> Self {
        self.wit.custom.push(CustomField { name, value });
        self
    }
}

impl<T: Object> From<T> for Draft<T> {
    fn from(fields: T) -> Self {
        Self {
            wit: wit::Draft {
                fields: fields.into_fields(),
                custom: Vec::new(),
                clear: Vec::new(),
            },
            kind: PhantomData,
        }
    }
}
