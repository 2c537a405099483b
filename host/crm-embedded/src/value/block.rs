//! Markdown to editor blocks: headings, lists, paragraphs, bold, italic, strike, code and links.

use serde_json::{Value, json};

use super::Ids;

/// Inline marks with the style they switch on. Longer marks come first.
const MARKS: &[(&str, &str)] = &[
    ("**", "bold"),
    ("__", "bold"),
    ("~~", "strike"),
    ("*", "italic"),
    ("_", "italic"),
    ("`", "code"),
];

/// Returns the blocks of `markdown` as the JSON text the editor stores.
pub(super) fn from_markdown(markdown: &str, ids: Ids<'_>) -> String {
    let mut blocks: Vec<(&'static str, Option<usize>, String)> = Vec::new();
    let mut in_paragraph = false;
    for line in markdown.lines() {
        let trimmed = line.trim();
        let (kind, level, text) = classify(trimmed);
        if trimmed.is_empty() {
            in_paragraph = false;
        } else if kind == "paragraph" && in_paragraph {
            if let Some((_, _, paragraph)) = blocks.last_mut() {
                paragraph.push('\n');
                paragraph.push_str(text);
            }
        } else {
            in_paragraph = kind == "paragraph";
            blocks.push((kind, level, text.to_owned()));
        }
    }
    let rendered: Vec<Value> = blocks
        .iter()
        .map(|(kind, level, text)| block(kind, *level, text, ids))
        .collect();
    Value::Array(rendered).to_string()
}

fn classify(line: &str) -> (&'static str, Option<usize>, &str) {
    let hashes = line.chars().take_while(|c| *c == '#').count();
    if (1..=6).contains(&hashes)
        && let Some(text) = line[hashes..].strip_prefix(' ')
    {
        return ("heading", Some(hashes), text.trim());
    }
    for mark in ["- ", "* ", "+ "] {
        if let Some(text) = line.strip_prefix(mark) {
            return ("bulletListItem", None, text.trim());
        }
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    if digits > 0
        && let Some(text) = line[digits..].strip_prefix(". ")
    {
        return ("numberedListItem", None, text.trim());
    }
    ("paragraph", None, line)
}

fn block(kind: &str, level: Option<usize>, text: &str, ids: Ids<'_>) -> Value {
    let mut props =
        json!({"backgroundColor": "default", "textColor": "default", "textAlignment": "left"});
    if let Some(level) = level {
        props["level"] = json!(level);
        props["isToggleable"] = json!(false);
    }
    json!({
        "id": ids().to_string(),
        "type": kind,
        "props": props,
        "content": inline(text),
        "children": [],
    })
}

/// Splits a line into runs of one style.
fn inline(text: &str) -> Vec<Value> {
    let mut runs = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((run, after)) = styled(rest).or_else(|| link(rest)) {
            flush(&mut plain, &mut runs);
            runs.push(run);
            rest = after;
        } else {
            let mut chars = rest.chars();
            plain.extend(chars.next());
            rest = chars.as_str();
        }
    }
    flush(&mut plain, &mut runs);
    runs
}

fn flush(plain: &mut String, runs: &mut Vec<Value>) {
    if !plain.is_empty() {
        runs.push(json!({"type": "text", "text": std::mem::take(plain), "styles": {}}));
    }
}

fn styled(rest: &str) -> Option<(Value, &str)> {
    for (mark, style) in MARKS {
        if let Some(after) = rest.strip_prefix(mark)
            && let Some((inner, tail)) = after.split_once(mark)
            && !inner.is_empty()
            && !inner.starts_with(' ')
        {
            let run = json!({"type": "text", "text": inner, "styles": {(*style): true}});
            return Some((run, tail));
        }
    }
    None
}

fn link(rest: &str) -> Option<(Value, &str)> {
    let (label, after) = rest.strip_prefix('[')?.split_once("](")?;
    let (href, tail) = after.split_once(')')?;
    let content = json!([{"type": "text", "text": label, "styles": {}}]);
    Some((
        json!({"type": "link", "href": href, "content": content}),
        tail,
    ))
}

/// Returns the text of editor blocks, one block per paragraph; unreadable blocks have no text.
pub(super) fn to_text(blocknote: &str) -> Option<String> {
    let blocks: Vec<Value> = serde_json::from_str(blocknote).ok()?;
    let lines: Vec<String> = blocks
        .iter()
        .map(|block| runs_text(&block["content"]))
        .collect();
    Some(lines.join("\n\n"))
}

fn runs_text(content: &Value) -> String {
    let Some(runs) = content.as_array() else {
        return String::new();
    };
    runs.iter()
        .map(|run| {
            run["text"]
                .as_str()
                .map_or_else(|| runs_text(&run["content"]), str::to_owned)
        })
        .collect()
}
