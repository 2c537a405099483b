//! JSON text to a value, with what `serde_json` alone would let through: repeated keys and deep nesting.

use crate::finding::{FINDINGS_MAX, finding, pointer, quoted};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use skillgate_domain::limits::MANIFEST_BYTES_MAX;
use skillgate_domain::skill::Finding;
use std::fmt;

/// Deepest nesting of a manifest; the schemas of its tools need most of it.
pub const MANIFEST_DEPTH_MAX: usize = 64;

const TOO_DEEP: &str = "nested too deeply";

/// Reads a document. Keys that are given twice are findings, and the first one counts.
pub(crate) fn read(text: &str) -> Result<(Value, Vec<Finding>), Finding> {
    if text.len() > MANIFEST_BYTES_MAX {
        return Err(finding(
            "",
            format!("the manifest has {} bytes", text.len()),
            format!("Keep it within {MANIFEST_BYTES_MAX} bytes."),
        ));
    }
    let mut repeated = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let seed = Node {
        place: &Place::Root,
        depth: 1,
        repeated: &mut repeated,
    };
    let value = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| syntax(&error))?;
    Ok((value, repeated))
}

fn syntax(error: &serde_json::Error) -> Finding {
    let place = format!("at line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    if text.starts_with(TOO_DEEP) {
        return finding(
            "",
            format!("the manifest is nested too deeply {place}"),
            format!("Nest at most {MANIFEST_DEPTH_MAX} levels."),
        );
    }
    // The cause without its place, which serde_json puts at the end.
    let cause = text.split(" at line ").next().unwrap_or_default();
    finding(
        "",
        format!("the manifest is not JSON: {cause} {place}"),
        "Write one JSON object in UTF-8, without comments and trailing commas.",
    )
}

/// Where a value is. Written out for a finding only, since a document may have long keys and many values.
enum Place<'a> {
    Root,
    Under(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Under(parent, step) => pointer(&parent.path(), step),
        }
    }
}

struct Node<'a> {
    place: &'a Place<'a>,
    depth: usize,
    repeated: &'a mut Vec<Finding>,
}

impl Node<'_> {
    fn child<'b>(&'b mut self, place: &'b Place<'b>) -> Node<'b> {
        Node {
            place,
            depth: self.depth + 1,
            repeated: self.repeated,
        }
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth > MANIFEST_DEPTH_MAX {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(())
    }

    fn report_repeated(&mut self, key: &str) {
        // One more than can be shown, so that the count of those left out is right but for documents
        // nobody reads to the end.
        if self.repeated.len() <= FINDINGS_MAX {
            self.repeated.push(finding(
                pointer(&self.place.path(), key),
                format!("{} is given more than once", quoted(key)),
                "Keep one of them.",
            ));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut list = Vec::new();
        loop {
            let step = list.len().to_string();
            let place = Place::Under(self.place, &step);
            let Some(item) = items.next_element_seed(self.child(&place))? else {
                return Ok(Value::Array(list));
            };
            list.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let place = Place::Under(self.place, &key);
            let value = entries.next_value_seed(self.child(&place))?;
            if object.contains_key(&key) {
                self.report_repeated(&key);
            } else {
                object.insert(key, value);
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_as_they_are() {
        let text = r#"{"a":[1,-2,1.5,true,null,"é\n"],"b":{"c":[]}}"#;
        let (value, repeated) = read(text).unwrap();
        assert_eq!(value, json!({"a":[1,-2,1.5,true,null,"é\n"],"b":{"c":[]}}));
        assert!(repeated.is_empty());
    }

    #[test]
    fn a_repeated_key_is_found_at_any_level() {
        let (value, repeated) = read(r#"{"a":1,"a":2,"b":[{"c/d":1,"c/d":1}]}"#).unwrap();
        assert_eq!(value["a"], 1);
        let paths: Vec<_> = repeated.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["/a", "/b/0/c~1d"]);
    }

    #[test]
    fn size_and_depth_have_a_limit() {
        let padded = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
        assert!(read(&padded(MANIFEST_BYTES_MAX)).is_ok());
        assert!(read(&padded(MANIFEST_BYTES_MAX + 1)).is_err());

        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(MANIFEST_DEPTH_MAX)).is_ok());
        for levels in [MANIFEST_DEPTH_MAX + 1, 100_000] {
            let found = read(&nested(levels)).unwrap_err();
            assert!(found.problem.contains("nested too deeply"), "{found:?}");
        }
    }
}
