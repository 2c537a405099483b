//! A Tez into a bundle.

use super::{CONTEXT, MANIFEST, SYNTHESIS, TEZIT_VERSION};
use crate::digest::sha256;
use crate::ports::{KeptItem, KeptTez, TezHead};
use crate::time::rfc3339;
use serde_json::{Map, Value, json};
use skillgate_domain::ids::TezId;
use skillgate_domain::tez::{Provenance, Redaction, TezKind};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 120;
/// What the bundle of a Tez is described with.
const SCHEMA: &str = "https://tezit.com/spec/v1.2/manifest.schema.json";

/// Makes a bundle of a Tez. The same Tez makes the same bytes.
pub fn write(tez: &KeptTez) -> Vec<u8> {
    let mut files = BTreeMap::new();
    for kept in &tez.context {
        files.insert(file_of(kept), kept.item.content.clone());
    }
    files.insert(SYNTHESIS.to_owned(), synthesis(tez));
    // In one order, whatever order this program keeps members in.
    let manifest = serde_json_canonicalizer::to_string(&manifest(tez));
    let manifest = manifest.expect("texts and whole numbers");
    files.insert(MANIFEST.to_owned(), manifest);
    pack(&files).expect("an archive in memory takes files of some megabytes")
}

fn pack(files: &BTreeMap<String, String>) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.add_directory(CONTEXT, options.unix_permissions(0o755))?;
    for (name, text) in files {
        archive.start_file(name.as_str(), options)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The name of an item's file: its id, and what its media type ends with.
fn file_of(kept: &KeptItem) -> String {
    let extension = match media_type(kept) {
        "text/markdown" => "md",
        "text/csv" => "csv",
        "text/calendar" => "ics",
        "application/json" => "json",
        _ => "txt",
    };
    format!("{CONTEXT}{}.{extension}", kept.id)
}

fn media_type(kept: &KeptItem) -> &str {
    kept.item.mime_type.as_deref().unwrap_or("text/plain")
}

fn manifest(tez: &KeptTez) -> Value {
    let (head, title) = (&tez.head, title(&tez.head));
    let redacted = tez.context.iter().filter(|kept| kept.redaction.is_some());
    // What was taken out makes another version of the Tez.
    let version = 1 + redacted.count();
    let bytes: usize = tez.context.iter().map(|kept| kept.item.content.len()).sum();
    let mut manifest = json!({
        "$schema": SCHEMA,
        "tezit_version": TEZIT_VERSION,
        "id": head.id.to_string(),
        "version": version,
        "title": title,
        "created_at": time(head.created_at),
        "creator": { "id": head.sender.as_str(), "name": head.sender.as_str() },
        "profile": profile(head.kind),
        "synthesis": { "title": title, "type": "general", "file": SYNTHESIS },
        "surface": surface(head),
        "context": {
            // Nothing was looked for beside what the sender put in.
            "scope": "private",
            "item_count": tez.context.len(),
            "total_size_bytes": bytes,
            "items": tez.context.iter().map(item).collect::<Vec<_>>(),
        },
        "permissions": {
            "interrogate": true, "fork": true, "reshare": false, "commercial_use": false,
        },
        "lineage": {
            "forked_from": null,
            "fork_count": 0,
            "related": head.parent.iter().map(TezId::to_string).collect::<Vec<_>>(),
        },
    });
    if version > 1 {
        manifest["updated_at"] = json!(time(head.updated_at));
        manifest["update_type"] = json!("manual");
        manifest["update_reason"] = json!("redaction");
        manifest["previous_version"] = json!(version - 1);
    }
    manifest
}

const fn profile(kind: TezKind) -> &'static str {
    match kind {
        TezKind::Handoff => "handoff",
        TezKind::Decision => "decision",
        TezKind::Note | TezKind::Question | TezKind::Update => "messaging",
    }
}

fn surface(head: &TezHead) -> Value {
    let mut surface = json!({ "message": head.surface_text, "urgency": head.urgency.name() });
    if let Some(action) = &head.action_requested {
        surface["actionRequested"] = json!(action);
    }
    surface
}

fn item(kept: &KeptItem) -> Value {
    let (item, content) = (&kept.item, kept.item.content.as_bytes());
    let kind = match media_type(kept) {
        "application/json" | "text/calendar" => "data",
        "text/csv" => "spreadsheet",
        _ => "note",
    };
    json!({
        "id": kept.id.to_string(),
        "type": kind,
        "title": item_title(kept),
        "source": item.source.name(),
        "file": file_of(kept),
        "mime_type": media_type(kept),
        "size_bytes": content.len(),
        "hash": sha256(content).to_string(),
        "metadata": metadata(kept),
    })
}

fn metadata(kept: &KeptItem) -> Map<String, Value> {
    let item = &kept.item;
    let mut all = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            all.insert(name.to_owned(), value);
        }
    };
    add("layer", Some(json!(item.layer.name())));
    add("created_at", Some(json!(time(kept.created_at))));
    add("created_by", Some(json!(kept.created_by.as_str())));
    add("confidence", item.confidence.map(Value::from));
    add("derived_from", item.derived_from.clone().map(Value::from));
    add("provenance", item.provenance.as_ref().map(provenance));
    add("redacted", kept.redaction.as_ref().map(redaction));
    all
}

fn provenance(from: &Provenance) -> Value {
    json!({
        "object": from.object.name(),
        "record_id": from.record.to_string(),
        "updated_at": from.updated_at,
        "fetched_at": time(from.fetched_at),
        "fields": from.fields,
    })
}

fn redaction(redaction: &Redaction) -> Value {
    json!({
        "at": time(redaction.at),
        "by": redaction.by.as_str(),
        "reason": redaction.reason,
    })
}

/// What people read: the message, what is asked for, and what it rests on, with citations.
fn synthesis(tez: &KeptTez) -> String {
    let head = &tez.head;
    let mut text = format!(
        "# {}\n\n{}\n",
        plain(&title(head)),
        plain(&head.surface_text)
    );
    let mut add = |more: std::fmt::Arguments<'_>| {
        text.write_fmt(more).expect("a String takes any text");
    };
    if let Some(action) = &head.action_requested {
        add(format_args!("\n## Asked for\n\n{}\n", plain(action)));
    }
    if !tez.context.is_empty() {
        add(format_args!("\n## Context\n\n"));
    }
    for kept in &tez.context {
        let lines = kept.item.content.lines().count().max(1);
        let place = if lines == 1 {
            "L1".to_owned()
        } else {
            format!("L1-{lines}")
        };
        let title = plain(&item_title(kept));
        add(format_args!("- {title} [[{}:{place}]]\n", kept.id));
    }
    text
}

/// The first line of the message.
fn title(head: &TezHead) -> String {
    let mut lines = head.surface_text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty());
    let first = first.unwrap_or_else(|| head.kind.name());
    first.chars().take(TITLE_CHARS_MAX).collect()
}

fn item_title(kept: &KeptItem) -> String {
    let layer = kept.item.layer.name();
    let mark = kept.redaction.as_ref().map_or("", |_| " (redacted)");
    let Some(from) = &kept.item.provenance else {
        return format!("{layer}{mark}");
    };
    let (object, fields) = (from.object.name(), from.fields.join(", "));
    format!("{layer} of the {object} {}: {fields}{mark}", from.record)
}

/// Writes a text so that Markdown shows it as it is: nothing in it cites, links, or is markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>#!|~&".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

/// What was kept has a time within the calendar.
fn time(at: Timestamp) -> String {
    rfc3339(at).unwrap_or_default()
}
