//! Where two JSON documents differ, in bounded words.

use serde_json::Value;
use std::collections::BTreeSet;

/// Most differences listed.
pub const DIFFERENCES_MAX: usize = 200;
/// Longest text of a value listed, in bytes; the rest is cut.
pub const VALUE_BYTES_MAX: usize = 300;
/// Longest path listed, in bytes; the rest is cut.
pub const PATH_BYTES_MAX: usize = 500;

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// A JSON Pointer.
    pub path: String,
    /// What the old document has there, as it is or as cut text.
    pub before: Option<Value>,
    /// What the new document has there.
    pub after: Option<Value>,
}

/// Lists where the documents differ, and counts what has no place in the list.
pub(super) fn differences(before: &Value, after: &Value) -> (Vec<Difference>, usize) {
    let mut found = Found::default();
    found.compare("", Some(before), Some(after));
    (found.listed, found.left_out)
}

#[derive(Default)]
struct Found {
    listed: Vec<Difference>,
    left_out: usize,
}

impl Found {
    fn compare(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (before, after) if before == after => {}
            (Some(Value::Object(one)), Some(Value::Object(other))) => {
                let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
                for key in keys {
                    let path = self.step(path, &key.replace('~', "~0").replace('/', "~1"));
                    self.compare(&path, one.get(key), other.get(key));
                }
            }
            (Some(Value::Array(one)), Some(Value::Array(other))) => {
                for index in 0..one.len().max(other.len()) {
                    let path = self.step(path, &index.to_string());
                    self.compare(&path, one.get(index), other.get(index));
                }
            }
            (before, after) => self.add(path, before, after),
        }
    }

    /// Paths are cut on the way down, so that no depth of long names makes a long path.
    fn step(&self, path: &str, name: &str) -> String {
        if self.listed.len() >= DIFFERENCES_MAX {
            return String::new();
        }
        let path = format!("{path}/{name}");
        cut(&path, PATH_BYTES_MAX).unwrap_or(path)
    }

    fn add(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        if self.listed.len() >= DIFFERENCES_MAX {
            self.left_out += 1;
            return;
        }
        self.listed.push(Difference {
            path: path.to_owned(),
            before: before.map(shown),
            after: after.map(shown),
        });
    }
}

fn shown(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => cut(text, VALUE_BYTES_MAX),
        other => cut(&other.to_string(), VALUE_BYTES_MAX),
    };
    text.map_or_else(|| value.clone(), Value::String)
}

/// Returns the text cut, if it is too long.
fn cut(text: &str, bytes_max: usize) -> Option<String> {
    const MORE: char = '…';
    (text.len() > bytes_max).then(|| {
        let end = text.floor_char_boundary(bytes_max - MORE.len_utf8());
        format!("{}{MORE}", &text[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn difference(path: &str, before: Option<Value>, after: Option<Value>) -> Difference {
        Difference {
            path: path.to_owned(),
            before,
            after,
        }
    }

    #[test]
    fn each_place_is_told_once() {
        let before = json!({"same": {"a": [1]}, "a/b": {"c~d": 1}, "list": [1, 2, 3], "gone": null, "kind": {}});
        let after = json!({"same": {"a": [1]}, "a/b": {"c~d": 2}, "list": [1, 4], "new": {"x": 1}, "kind": []});
        assert_eq!(
            differences(&before, &after).0,
            [
                difference("/a~1b/c~0d", Some(json!(1)), Some(json!(2))),
                difference("/gone", Some(Value::Null), None),
                difference("/kind", Some(json!({})), Some(json!([]))),
                difference("/list/1", Some(json!(2)), Some(json!(4))),
                difference("/list/2", Some(json!(3)), None),
                difference("/new", None, Some(json!({"x": 1}))),
            ]
        );
        assert_eq!(differences(&before, &before), (Vec::new(), 0));
    }

    #[test]
    fn a_list_and_what_is_in_it_have_limits() {
        for (count, left_out) in [(DIFFERENCES_MAX, 0), (DIFFERENCES_MAX + 3, 3)] {
            let (listed, left) = differences(&json!(vec![0; count]), &json!(vec![1; count]));
            assert_eq!((listed.len(), left), (DIFFERENCES_MAX, left_out));
        }
        let value = |bytes: usize| {
            let (listed, _) = differences(&json!({"a": "é"}), &json!({"a": "x".repeat(bytes)}));
            listed[0]
                .after
                .as_ref()
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(value(VALUE_BYTES_MAX), "x".repeat(VALUE_BYTES_MAX));
        let cut = value(VALUE_BYTES_MAX + 1);
        assert!(cut.len() <= VALUE_BYTES_MAX && cut.ends_with("x…"));
        let many = json!({"a": vec!["x"; VALUE_BYTES_MAX]});
        let (listed, _) = differences(&json!({}), &many);
        let shown = listed[0].after.as_ref().unwrap().as_str().unwrap();
        assert!(shown.starts_with("[\"x\",") && shown.len() <= VALUE_BYTES_MAX);
        let long = "k".repeat(PATH_BYTES_MAX);
        let (listed, _) = differences(&json!({&long: {&long: 1}}), &json!({&long: {&long: 2}}));
        assert!(listed[0].path.len() <= PATH_BYTES_MAX);
    }
}
