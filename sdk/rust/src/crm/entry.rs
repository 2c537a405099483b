use super::{CustomField, EntryRef, Error, ErrorCode, FieldValue, Object};
use crate::Retry;
use crate::wit::skillgate::skill::crm as wit;

/// One record as the skill may see it. A field that is empty, or that may not be seen, is `None`.
///
/// ```
/// use skillgate_sdk::{crm, testing::Host};
///
/// let host = Host::new();
/// let made = host.add(crm::Company { name: Some("Engines".into()), ..Default::default() });
/// let read = host.run(|| crm::companies().get(&made.id)).unwrap();
/// assert_eq!(read.fields.name.as_deref(), Some("Engines"));
/// assert_eq!(read.custom("leadSource"), None);
/// assert_eq!(read.reference().id, made.id);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// Its id: a UUID.
    pub id: String,
    /// When it last changed: RFC 3339 in UTC.
    pub updated_at: Option<String>,
    /// Its typed fields.
    pub fields: T,
    /// The fields that the community added.
    pub custom: Vec<CustomField>,
}

impl<T: Object> Entry<T> {
    /// Returns the value of a field that the community added, by its name there.
    pub fn custom(&self, name: &str) -> Option<&FieldValue> {
        self.custom
            .iter()
            .find(|field| field.name == name)
            .and_then(|field| field.value.as_ref())
    }

    /// Returns its kind and id.
    pub fn reference(&self) -> EntryRef {
        EntryRef::new(T::KIND, self.id.clone())
    }

    pub(crate) fn from_wit(entry: wit::Entry) -> Result<Self, Error> {
        let fields = T::from_fields(entry.fields).ok_or_else(|| {
            let message = "The host answered with a record of another kind.";
            Error::new(ErrorCode::Unavailable, Retry::Never, message)
        })?;
        Ok(Self {
            id: entry.id,
            updated_at: entry.updated_at,
            fields,
            custom: entry.custom,
        })
    }
}

impl<T: Object> From<&Entry<T>> for EntryRef {
    fn from(entry: &Entry<T>) -> Self {
        entry.reference()
    }
}
