use super::{FieldKey, ObjectKind, Selection};
use crate::ids::RecordId;
use std::collections::{BTreeMap, BTreeSet};

/// A telephone number in parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phone {
    /// National number, digits only.
    pub number: String,
    /// ISO 3166-1 alpha-2; empty when unknown.
    pub country: String,
    /// International prefix with its plus sign; empty when unknown.
    pub calling_code: String,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// Millionths of the currency's unit. Twenty rounds integers of 2^53 and above.
    pub amount_micros: i64,
    /// ISO 4217.
    pub currency: String,
}

/// The value of one field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Text, an e-mail address, a link, an option or Markdown.
    Text(String),
    /// Several texts or options.
    Texts(Vec<String>),
    /// A number.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// RFC 3339 in UTC.
    DateTime(String),
    /// An amount.
    Money(Money),
    /// A telephone number.
    Phone(Phone),
    /// Another record.
    Reference(RecordId),
}

impl FieldValue {
    fn bytes(&self) -> usize {
        let texts = match self {
            Self::Text(text) | Self::DateTime(text) => text.len(),
            Self::Texts(texts) => texts
                .iter()
                .map(|text| text.len() + size_of::<String>())
                .sum(),
            Self::Money(money) => money.currency.len(),
            Self::Phone(phone) => {
                phone.number.len() + phone.country.len() + phone.calling_code.len()
            }
            Self::Number(_) | Self::Boolean(_) | Self::Reference(_) => 0,
        };
        size_of::<Self>() + texts
    }
}

/// Which record, of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryRef {
    /// Its kind.
    pub object: ObjectKind,
    /// Its id.
    pub id: RecordId,
}

/// A record of the CRM. An absent key is an empty field, or one that may not be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its kind.
    pub object: ObjectKind,
    /// Its id.
    pub id: RecordId,
    /// When it last changed: RFC 3339 in UTC.
    pub updated_at: Option<String>,
    /// Its fields.
    pub fields: BTreeMap<FieldKey, FieldValue>,
}

impl Record {
    /// Returns about how many bytes its values take.
    pub fn bytes(&self) -> usize {
        let fields = self.fields.iter();
        let fields = fields.map(|(key, value)| key.name().len() + value.bytes());
        fields.sum::<usize>() + self.updated_at.as_ref().map_or(0, String::len)
    }
}

/// What to write: fields to set, and fields to empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The kind of record written.
    pub object: ObjectKind,
    /// New values.
    pub set: BTreeMap<FieldKey, FieldValue>,
    /// Fields to empty.
    pub clear: BTreeSet<FieldKey>,
}

impl Changes {
    /// Returns every field touched.
    pub fn touched(&self) -> Selection {
        self.set.keys().chain(&self.clear).cloned().collect()
    }

    /// Changes a record as this would.
    pub fn apply_to(&self, record: &mut Record) {
        record.fields.retain(|key, _| !self.clear.contains(key));
        record.fields.extend(self.set.clone());
    }
}

/// A task or note attached to another record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The task or note.
    pub source: EntryRef,
    /// The contact, company or opportunity.
    pub target: EntryRef,
}
