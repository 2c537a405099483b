//! JSON from outside, read strictly: no duplicate keys, no deep nesting, nothing after the value.

pub mod diff;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};
use std::fmt;

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonRefusal {
    /// Longer than the limit.
    #[error("the JSON has {bytes} bytes; at most {max} are accepted")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Not JSON, or not UTF-8, a key twice in one object, or nested too deep.
    #[error("the JSON is not acceptable: {0}")]
    Malformed(String),
}

/// Reads one JSON value of at most `bytes_max` bytes and `depth_max` levels of nesting.
pub fn parse(text: &[u8], bytes_max: usize, depth_max: usize) -> Result<Value, JsonRefusal> {
    if text.len() > bytes_max {
        return Err(JsonRefusal::TooLong {
            bytes: text.len(),
            max: bytes_max,
        });
    }
    let malformed = |error: serde_json::Error| JsonRefusal::Malformed(error.to_string());
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict {
        depth_left: depth_max,
    }
    .deserialize(&mut reader)
    .map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict {
    depth_left: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { depth_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            match map.entry(key) {
                Entry::Vacant(place) => place.insert(entries.next_value_seed(inner)?),
                Entry::Occupied(there) => {
                    let twice = format_args!("the key {:?} occurs twice", there.key());
                    return Err(serde::de::Error::custom(twice));
                }
            };
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, JsonRefusal> {
        parse(text.as_bytes(), 100, 3)
    }

    #[test]
    fn values_are_read_as_serde_json_reads_them() {
        for text in [
            "null",
            "true",
            "-1",
            "1.5",
            "\"é\"",
            "[[[]]]",
            r#"{"a":{"b":[]},"c":18446744073709551615}"#,
        ] {
            assert_eq!(
                read(text).unwrap(),
                serde_json::from_str::<Value>(text).unwrap(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_strict_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "1 2",
            "NaN",
            r#"{"a":1,"a":2}"#,
            r#"{"x":{"a":1,"a":1}}"#,
            "[[[[]]]]",
            "\"\u{0}\"",
        ] {
            assert!(
                matches!(read(text), Err(JsonRefusal::Malformed(_))),
                "{text}"
            );
        }
        assert!(matches!(
            parse(b"\"\xff\"", 100, 3),
            Err(JsonRefusal::Malformed(_))
        ));
    }

    #[test]
    fn the_length_limit_is_exact() {
        let text = format!("\"{}\"", "x".repeat(98));
        assert!(read(&text).is_ok());
        assert_eq!(
            read(&format!("{text} ")),
            Err(JsonRefusal::TooLong {
                bytes: 101,
                max: 100
            })
        );
    }
}
