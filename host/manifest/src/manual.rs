//! What agents read to use a skill.

use crate::finding::{finding, pointer, quoted};
use serde_json::Value;
use skillgate_domain::limits::{FRONTMATTER_BYTES_MAX, MANUAL_DESCRIPTION_CHARS_MAX};
use skillgate_domain::skill::{Finding, Manual};
use std::collections::BTreeMap;

/// What a frontmatter stands between.
const FENCE: &str = "---\n";

/// Checks what a schema cannot say.
pub(crate) fn check(manifest: &Value) -> Vec<Finding> {
    let Some(files) = manifest["manual"].as_object() else {
        return Vec::new();
    };
    let main = pointer("/manual", Manual::MAIN);
    let mut findings = Vec::new();
    if let Some(text) = files.get(Manual::MAIN).and_then(Value::as_str) {
        let wrong = match frontmatter(text) {
            Ok(frontmatter) => check_frontmatter(&frontmatter, &manifest["name"]),
            Err(problem) => vec![(
                problem,
                "Begin with a line `---`, a mapping in YAML with `name` and `description`, and a line `---`.".to_owned(),
            )],
        };
        let wrong = wrong.into_iter();
        findings.extend(wrong.map(|(problem, fix)| finding(&main, problem, fix)));
    }
    for path in files.keys() {
        if path.ends_with(&format!("/{}", Manual::MAIN)) {
            let problem = format!("{} would be a skill inside this one", quoted(path));
            findings.push(finding(
                pointer("/manual", path),
                problem,
                "Give it another name.",
            ));
        }
        let below = format!("{path}/");
        if let Some(inside) = files.keys().find(|other| other.starts_with(&below)) {
            let problem = format!(
                "{} is a text, and a folder of {}",
                quoted(path),
                quoted(inside)
            );
            findings.push(finding(
                pointer("/manual", path),
                problem,
                "Give one of them another name.",
            ));
        }
    }
    findings
}

fn check_frontmatter(frontmatter: &Value, skill: &Value) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    if skill.is_string() && frontmatter["name"] != *skill {
        wrong.push((
            "the frontmatter has not the skill's name".to_owned(),
            format!("Write `name: {}`.", skill.as_str().unwrap_or_default()),
        ));
    }
    let description = frontmatter["description"].as_str().unwrap_or_default();
    let length = description.chars().count();
    if !(1..=MANUAL_DESCRIPTION_CHARS_MAX).contains(&length) {
        wrong.push((
            format!("the frontmatter's description has {length} characters"),
            format!("Write `description` with 1 to {MANUAL_DESCRIPTION_CHARS_MAX} characters: what the skill does and when to use it."),
        ));
    }
    wrong
}

/// Reads what a text begins with, or says why it does not begin so.
fn frontmatter(text: &str) -> Result<Value, String> {
    let rest = text.strip_prefix(FENCE);
    let yaml = rest.and_then(|rest| rest.split_once(&format!("\n{FENCE}")));
    let (yaml, _) = yaml.ok_or("there is no frontmatter")?;
    if yaml.len() > FRONTMATTER_BYTES_MAX {
        return Err(format!(
            "the frontmatter has more than {FRONTMATTER_BYTES_MAX} bytes"
        ));
    }
    let value: Value = serde_saphyr::from_str(yaml).map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        format!("the frontmatter is no YAML: {first}")
    })?;
    if !value.is_object() {
        return Err("the frontmatter is no mapping".to_owned());
    }
    Ok(value)
}

/// Returns the manual of a manifest in which nothing is wrong.
pub(crate) fn build(manifest: &Value) -> Option<Manual> {
    let files = manifest["manual"].as_object()?;
    let text = |text: &Value| text.as_str().unwrap_or_default().to_owned();
    let files: BTreeMap<_, _> = files
        .iter()
        .map(|(path, file)| (path.clone(), text(file)))
        .collect();
    let frontmatter = frontmatter(files.get(Manual::MAIN)?).ok()?.to_string();
    Some(Manual { frontmatter, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frontmatter_reads_as_yaml() {
        let text = "---\nname: crm\nmetadata: { \"a\": [1, true] }\n---\n\n# CRM\n";
        let read = frontmatter(text).unwrap();
        let expected = serde_json::json!({ "name": "crm", "metadata": { "a": [1, true] } });
        assert_eq!(read, expected);
    }

    #[test]
    fn what_begins_with_no_frontmatter_is_told() {
        let long = format!("---\nname: {}\n---\n", "a".repeat(FRONTMATTER_BYTES_MAX));
        let aliases = "---\na: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\nd: [*c, *c, *c, *c]\nname: *d\nname: x\n---\n";
        for (text, told) in [
            ("# CRM\n", "there is no frontmatter"),
            ("---\nname: crm\n", "there is no frontmatter"),
            (" ---\nname: crm\n---\n", "there is no frontmatter"),
            (long.as_str(), "more than 8192 bytes"),
            ("---\n- crm\n---\n", "no mapping"),
            ("---\n\"unclosed\n---\n", "no YAML"),
            (aliases, "no YAML"),
        ] {
            let problem = frontmatter(text).unwrap_err();
            assert!(problem.contains(told), "{text:?}: {problem}");
        }
    }
}
