//! Plans in words: for terminals, and for those who are asked to confirm one.

use serde_json::Value;
use std::fmt::Write;

/// Tells a plan to people, from its JSON: each effect with all that it does.
pub fn plan_words(view: &Value) -> String {
    let mut words = String::new();
    let plan = |name| text(&view[name]);
    let mut line = |line: String| {
        writeln!(words, "{line}").expect("a String takes any text");
    };
    line(format!("plan {} ({})", plan("id"), plan("state")));
    line(format!(
        "{} {}: {}",
        plan("skill"),
        plan("tool"),
        plan("summary")
    ));
    line(format!("digest {}", plan("digest")));
    line(format!("expires {}", plan("expires_at")));
    for effect in view["effects"].as_array().into_iter().flatten() {
        let part = |name| text(&effect[name]);
        let outcome = match (effect["outcome"].as_str(), effect["code"].as_str()) {
            (None, _) => String::new(),
            (Some(outcome), None) => format!(": {outcome}"),
            (Some(outcome), Some(code)) => format!(": {outcome} ({code})"),
        };
        line(format!(
            "{}. {} {} {}{outcome}",
            effect["number"],
            part("action"),
            part("object"),
            part("id"),
        ));
        if let Some(to) = effect["to"].as_object() {
            line(format!("   to {} {}", text(&to["object"]), text(&to["id"])));
        }
        for what in ["tez", "email", "calendar", "request", "answer"] {
            for (name, value) in effect[what].as_object().into_iter().flatten() {
                line(format!("   {what} {name}: {}", shown(value)));
            }
        }
        for field in effect["fields"].as_array().into_iter().flatten() {
            let before = if field["before_hidden"] == true {
                "(not shown)".to_owned()
            } else {
                shown(&field["before"])
            };
            let after = shown(&field["after"]);
            line(format!("   {}: {before} -> {after}", text(&field["field"])));
        }
    }
    words
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(empty)".to_owned(),
        other => other.to_string(),
    }
}

/// Shows one value in a line. Control characters would reach the terminal, so they do not stay.
pub fn text(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(plain).collect()
}
