//! The rules for a manifest and its items.

use super::fault::{Fault, shown};
use crate::time::parse_rfc3339;
use serde_json::Value;

/// The kinds of item that the protocol has.
const ITEM_TYPES: [&str; 13] = [
    "document",
    "email",
    "spreadsheet",
    "presentation",
    "image",
    "audio",
    "video",
    "code",
    "data",
    "webpage",
    "message",
    "note",
    "custom",
];
/// The kinds of synthesis that the protocol has.
const SYNTHESIS_TYPES: [&str; 10] = [
    "general",
    "recommendation",
    "proposal",
    "analysis",
    "summary",
    "comparison",
    "review",
    "coordination",
    "tutorial",
    "custom",
];
const SCOPES: [&str; 4] = ["full", "focused", "private", "custom"];

const SOME_TEXT: &str = "a text that is not empty";

/// An item as its description says.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Its file; none where it is stored elsewhere.
    pub(super) file: Option<&'a str>,
    pub(super) size_bytes: Option<u64>,
    /// SHA-256.
    pub(super) hash: Option<&'a str>,
    pub(super) is_redacted: bool,
}

/// Reads a manifest, and collects what is wrong with it.
pub(super) struct Reader<'a> {
    manifest: &'a Value,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) const fn of(manifest: &'a Value) -> Self {
        Self {
            manifest,
            faults: Vec::new(),
        }
    }

    pub(super) fn wrong(&mut self, path: &str, rule: &'static str) {
        let path = path.to_owned();
        self.faults.push(Fault::Member { path, rule });
    }

    /// Returns a text that a rule lets through.
    pub(super) fn text(
        &mut self,
        path: &str,
        rule: &'static str,
        fits: impl Fn(&str) -> bool,
    ) -> Option<&'a str> {
        let text = self.manifest.pointer(path).and_then(Value::as_str);
        let text = text.filter(|text| fits(text));
        if text.is_none() {
            self.wrong(path, rule);
        }
        text
    }

    pub(super) fn some_text(&mut self, path: &str) -> Option<&'a str> {
        self.text(path, SOME_TEXT, |text| !text.trim().is_empty())
    }

    /// Reads what a manifest of any level has.
    pub(super) fn head(&mut self) -> Option<&'a str> {
        self.text("/tezit_version", "a version 1.x of the protocol", |text| {
            let minor = text.strip_prefix("1.");
            minor.is_some_and(|minor| minor.parse::<u16>().is_ok())
        });
        let time = "a moment as RFC 3339 has it";
        self.text("/created_at", time, |text| parse_rfc3339(text).is_some());
        let rule = "3 to 100 lower-case letters, digits and '-', with no '-' at an end";
        self.text("/id", rule, is_bundle_id)
    }

    /// Reads what a manifest of the third level has beside that.
    pub(super) fn platform(&mut self) -> Vec<Item<'a>> {
        let version = self.manifest.pointer("/version").and_then(Value::as_u64);
        if version.is_none_or(|version| version < 1) {
            self.wrong("/version", "a whole number from 1");
        }
        self.some_text("/creator/name");
        self.some_text("/synthesis/title");
        let rule = "a type of synthesis that the protocol has";
        self.text("/synthesis/type", rule, |t| SYNTHESIS_TYPES.contains(&t));
        let rule = "a scope that the protocol has";
        self.text("/context/scope", rule, |text| SCOPES.contains(&text));
        let items = self.manifest.pointer("/context/items");
        let Some(items) = items.and_then(Value::as_array) else {
            self.wrong("/context/items", "a list");
            return Vec::new();
        };
        let count = self.manifest.pointer("/context/item_count");
        let count = count.and_then(Value::as_u64);
        if count.and_then(|count| usize::try_from(count).ok()) != Some(items.len()) {
            self.wrong("/context/item_count", "the number of items");
        }
        let mut read: Vec<Item<'a>> = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let Some(item) = self.item(number, item) else {
                continue;
            };
            if read.iter().any(|other| other.id == item.id) {
                self.wrong(&format!("/context/items/{number}/id"), "of one item only");
            }
            read.push(item);
        }
        read
    }

    fn item(&mut self, number: usize, item: &'a Value) -> Option<Item<'a>> {
        let path = |name: &str| format!("/context/items/{number}/{name}");
        let rule =
            "lower-case letters, digits, '.', '_' and '-', with a letter or digit at each end";
        let id = self.text(&path("id"), rule, is_item_id)?;
        let rule = "a type of item that the protocol has";
        self.text(&path("type"), rule, |text| ITEM_TYPES.contains(&text));
        self.some_text(&path("title"));
        let hash = item.get("hash").map(|_| {
            let rule = "a SHA-256 digest, as sha256:hex";
            self.text(&path("hash"), rule, is_sha256)
        });
        let file = if item.get("file") == Some(&Value::Null) {
            let rule = "an https address, where there is no file";
            let elsewhere = path("external_uri");
            self.text(&elsewhere, rule, |uri| uri.starts_with("https://"));
            if hash.is_none() {
                self.wrong(&path("hash"), "there, where there is no file");
            }
            None
        } else {
            let rule = "context/, the id, a dot and an extension";
            self.text(&path("file"), rule, |file| is_file_of(file, id))
        };
        Some(Item {
            id,
            file,
            size_bytes: item.get("size_bytes").and_then(Value::as_u64),
            hash: hash.flatten(),
            is_redacted: item.pointer("/metadata/redacted").is_some(),
        })
    }
}

fn is_bundle_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (3..=100).contains(&id.len())
        && id.bytes().all(allowed)
        && !id.starts_with('-')
        && !id.ends_with('-')
}

fn is_item_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = id.as_bytes();
    let ends = bytes.first().is_some_and(|b| plain(*b)) && bytes.last().is_some_and(|b| plain(*b));
    ends && id.bytes().all(|b| plain(b) || b"._-".contains(&b))
}

fn is_sha256(hash: &str) -> bool {
    let hex = hash.strip_prefix("sha256:");
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(lower))
}

fn is_file_of(file: &str, id: &str) -> bool {
    let rest = file.strip_prefix(super::CONTEXT);
    let rest = rest.and_then(|name| name.strip_prefix(id));
    let extension = rest.and_then(|rest| rest.strip_prefix('.'));
    extension.is_some_and(|text| {
        (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// Tells whether a name stays inside the bundle, whoever unpacks it and wherever.
pub(super) fn is_inside(name: &str) -> bool {
    let odd = |c: char| c.is_control() || c == '\\' || c == ':';
    !name.is_empty()
        && !name.contains(odd)
        && name
            .strip_suffix('/')
            .unwrap_or(name)
            .split('/')
            .all(|part| !["", ".", ".."].contains(&part))
}

/// Says that a file is missing.
pub(super) fn missing(name: &str) -> Fault {
    Fault::Missing(shown(name))
}
