use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::borrow::Cow;

/// Length of a UUID's hyphenated form.
const LEN: usize = 36;

/// A record's id, for the inputs and answers of tools: a UUID in its hyphenated, lower-case form.
///
/// ```
/// use skillgate_sdk::crm::RecordId;
///
/// let id: RecordId = serde_json::from_str(r#""0190F5FE-7C00-7A00-8000-000000000001""#).unwrap();
/// assert_eq!(id.as_str(), "0190f5fe-7c00-7a00-8000-000000000001");
/// assert_eq!(RecordId::parse("ada"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RecordId(String);

impl RecordId {
    /// Reads the hyphenated form of a UUID, in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let is_uuid = text.len() == LEN
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        is_uuid.then(|| Self(text.to_ascii_lowercase()))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<RecordId> for String {
    fn from(id: RecordId) -> Self {
        id.0
    }
}

impl From<&RecordId> for String {
    fn from(id: &RecordId) -> Self {
        id.0.clone()
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("expected a record's id, a UUID"))
    }
}

impl JsonSchema for RecordId {
    fn schema_name() -> Cow<'static, str> {
        "RecordId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid", "minLength": LEN, "maxLength": LEN })
    }
}
