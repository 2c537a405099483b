//! A field: its name, its type, and where a relation leads.

use serde_json::Value;
use uuid::Uuid;

/// The type names the metadata API accepts, in the order its message lists them.
pub(crate) const ENUM_TYPES: &str = "ACTOR, ADDRESS, ARRAY, BOOLEAN, CURRENCY, DATE, DATE_TIME, \
    EMAILS, FILES, FULL_NAME, LINKS, MORPH_RELATION, MULTI_SELECT, NUMBER, NUMERIC, PHONES, \
    POSITION, RATING, RAW_JSON, RELATION, RICH_TEXT, SELECT, TEXT, TS_VECTOR, UUID";

/// The type of a field that holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldType {
    Uuid,
    Text,
    Number,
    Boolean,
    DateTime,
    Date,
    Select,
    MultiSelect,
    FullName,
    Emails,
    Phones,
    Links,
    Currency,
    Address,
    Actor,
    RichText,
    Position,
    TsVector,
    Files,
}

/// Every type with its metadata name and its subfields (empty when it is not a composite).
const TYPES: &[(FieldType, &str, &[&str])] = &[
    (FieldType::Uuid, "UUID", &[]),
    (FieldType::Text, "TEXT", &[]),
    (FieldType::Number, "NUMBER", &[]),
    (FieldType::Boolean, "BOOLEAN", &[]),
    (FieldType::DateTime, "DATE_TIME", &[]),
    (FieldType::Date, "DATE", &[]),
    (FieldType::Select, "SELECT", &[]),
    (FieldType::MultiSelect, "MULTI_SELECT", &[]),
    (FieldType::FullName, "FULL_NAME", &["firstName", "lastName"]),
    (
        FieldType::Emails,
        "EMAILS",
        &["primaryEmail", "additionalEmails"],
    ),
    (
        FieldType::Phones,
        "PHONES",
        &[
            "primaryPhoneNumber",
            "primaryPhoneCountryCode",
            "primaryPhoneCallingCode",
            "additionalPhones",
        ],
    ),
    (
        FieldType::Links,
        "LINKS",
        &["primaryLinkLabel", "primaryLinkUrl", "secondaryLinks"],
    ),
    (
        FieldType::Currency,
        "CURRENCY",
        &["amountMicros", "currencyCode"],
    ),
    (
        FieldType::Address,
        "ADDRESS",
        &[
            "addressStreet1",
            "addressStreet2",
            "addressCity",
            "addressPostcode",
            "addressState",
            "addressCountry",
            "addressLat",
            "addressLng",
        ],
    ),
    (
        FieldType::Actor,
        "ACTOR",
        &["source", "workspaceMemberId", "name", "context"],
    ),
    (FieldType::RichText, "RICH_TEXT", &["blocknote", "markdown"]),
    (FieldType::Position, "POSITION", &[]),
    (FieldType::TsVector, "TS_VECTOR", &[]),
    (FieldType::Files, "FILES", &[]),
];

/// The types a caller may add through the metadata API.
const CUSTOM: &[FieldType] = &[
    FieldType::Text,
    FieldType::Number,
    FieldType::Boolean,
    FieldType::DateTime,
    FieldType::Date,
    FieldType::Select,
    FieldType::MultiSelect,
    FieldType::Links,
    FieldType::Currency,
];

impl FieldType {
    /// Returns the name used by the metadata API.
    pub(crate) fn name(self) -> &'static str {
        TYPES
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("TEXT", |(_, name, _)| name)
    }

    /// Returns the type a caller may create under this name.
    pub(crate) fn custom(name: &str) -> Option<Self> {
        CUSTOM.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns the names of the subfields; none for a plain type.
    pub(crate) fn subfields(self) -> &'static [&'static str] {
        TYPES
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or(&[], |(_, _, subfields)| subfields)
    }

    /// Returns whether the type has subfields.
    pub(crate) fn is_composite(self) -> bool {
        !self.subfields().is_empty()
    }

    /// Returns whether the values are one of a list.
    pub(crate) fn has_options(self) -> bool {
        matches!(self, Self::Select | Self::MultiSelect)
    }
}

/// One choice of a SELECT or MULTI_SELECT.
#[derive(Debug, Clone)]
pub(crate) struct SelectOption {
    pub(crate) id: Uuid,
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) color: String,
    pub(crate) position: u32,
}

/// Where a relation leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The foreign key lives here, as `<name>Id`.
    ManyToOne {
        target: &'static str,
        /// Whether the record goes when its target is destroyed; otherwise the key becomes null.
        cascades: bool,
    },
    /// The foreign key `key` lives on `target`.
    OneToMany {
        target: &'static str,
        key: &'static str,
    },
}

/// Value or relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    Value(FieldType),
    Relation(Relation),
}

/// One field of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) description: Option<String>,
    pub(crate) icon: Option<String>,
    pub(crate) kind: FieldKind,
    pub(crate) options: Vec<SelectOption>,
    /// Stored when a create does not mention the field.
    pub(crate) default: Value,
    pub(crate) is_nullable: bool,
    /// Composite fields are unique by their primary subfield.
    pub(crate) is_unique: bool,
    pub(crate) is_system: bool,
}

impl Field {
    /// Returns the value type; relations have none.
    pub(crate) fn value_type(&self) -> Option<FieldType> {
        match self.kind {
            FieldKind::Value(kind) => Some(kind),
            FieldKind::Relation(_) => None,
        }
    }

    /// Returns the subfield that carries uniqueness, if the type is a composite.
    pub(crate) fn unique_subfield(&self) -> Option<&'static str> {
        match self.value_type()? {
            FieldType::Emails => Some("primaryEmail"),
            FieldType::Links => Some("primaryLinkUrl"),
            FieldType::Phones => Some("primaryPhoneNumber"),
            _ => None,
        }
    }

    /// Returns the option values, comma separated as the messages list them.
    pub(crate) fn option_list(&self) -> String {
        let values: Vec<&str> = self
            .options
            .iter()
            .map(|option| option.value.as_str())
            .collect();
        values.join(", ")
    }
}
