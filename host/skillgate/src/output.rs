//! Answers on standard output: for people, or as one JSON document.

use crate::outcome::Failure;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde::Serialize;
use serde_json::Value;
use skillgate_server::views;
pub(crate) use skillgate_server::views::text;
use std::io::Write;

/// Where answers go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes an answer.
    pub(crate) fn answer(self, view: &impl Serialize, people: impl FnOnce(&Value) -> String) {
        let json = serde_json::to_value(view).expect("a view is JSON");
        let text = if self.json {
            pretty(&json)
        } else {
            people(&json)
        };
        line(&mut std::io::stdout(), &text);
    }

    /// Writes why there is no answer.
    pub(crate) fn failure(self, failure: &Failure) {
        if failure.body.is_null() {
            return;
        }
        if self.json {
            line(&mut std::io::stdout(), &pretty(&failure.body));
        } else {
            line(&mut std::io::stderr(), &words(&failure.body));
        }
    }
}

/// Nobody reads on when the other end of a pipe is gone, so that is no failure of ours.
fn line(to: &mut impl Write, text: &str) {
    let written = writeln!(to, "{}", text.trim_end()).and_then(|()| to.flush());
    if let Err(error) = written {
        tracing::debug!("an answer was not read: {error}");
    }
}

fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).expect("JSON is written without failing")
}

/// A failure in words: its detail, then its findings, violations and faults.
fn words(body: &Value) -> String {
    let code = text(&body["code"]);
    let mut words = format!("error: {} ({code})", text(&body["detail"]));
    for list in ["findings", "violations", "faults"] {
        for entry in body[list].as_array().into_iter().flatten() {
            let parts = ["place", "path", "problem", "excess", "fix"]
                .iter()
                .filter_map(|part| entry[part].as_str())
                .filter(|part| !part.is_empty());
            words.push_str("\n  ");
            words.push_str(&parts.collect::<Vec<_>>().join(": "));
        }
    }
    if body["requires_confirmation"].is_object() {
        words.push('\n');
        words.push_str(&views::plan_words(&body["requires_confirmation"]));
    }
    words
}

/// A table with one row for each entry of `list`, and one column for each key.
pub(crate) fn table(list: &Value, columns: &[&str]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header(columns);
    for entry in list.as_array().into_iter().flatten() {
        table.add_row(columns.iter().map(|column| text(&entry[column])));
    }
    table.to_string()
}

/// A table with one row for each member, members of members written as paths.
pub(crate) fn details(value: &Value) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    let mut rows = Vec::new();
    flatten(String::new(), value, &mut rows);
    for (name, text) in rows {
        table.add_row([name, text]);
    }
    table.to_string()
}

fn flatten(path: String, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if !members.is_empty() && !path.ends_with("_schema") => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(path, member, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                flatten(format!("{path}.{}", index + 1), item, rows);
            }
        }
        _ => rows.push((path, text(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_is_plain_text() {
        for (value, expected) in [
            (json!(null), "-"),
            (json!("a\u{1b}[31m\nb"), "a [31m b"),
            (json!(["a", 1]), "a, 1"),
            (json!([]), ""),
            (json!({"a": 1}), r#"{"a":1}"#),
        ] {
            assert_eq!(text(&value), expected);
        }
    }

    #[test]
    fn a_failure_names_its_parts() {
        let body = json!({"code": "c", "detail": "d", "findings":
            [{"path": "/a", "problem": "p", "fix": "f"}], "faults": [{"place": "x", "problem": "y"}]});
        assert_eq!(words(&body), "error: d (c)\n  /a: p: f\n  x: y");
    }

    #[test]
    fn details_are_paths() {
        let mut rows = Vec::new();
        flatten(
            String::new(),
            &json!({"a": {"b": 1}, "c": [{"d": true}], "e": {}}),
            &mut rows,
        );
        let names: Vec<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.b", "c.1.d", "e"]);
    }
}
