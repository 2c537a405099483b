//! Whether a file is a bundle.

use super::citation::{citations, is_in};
use super::fault::{Fault, shown};
use super::manifest::{Item, Reader, is_inside, missing};
use super::{
    BUNDLE_BYTES_MAX, CONTENT_BYTES_MAX, CONTEXT, FAULTS_MAX, FILES_MAX, MANIFEST,
    MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX,
};
use crate::digest::sha256;
use crate::json;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

/// How much of the protocol a bundle meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Tools recognise it.
    Portable,
    /// Everything is described.
    Platform,
}

impl Level {
    /// Returns the protocol's number of it.
    pub const fn number(self) -> u8 {
        match self {
            Self::Portable => 2,
            Self::Platform => 3,
        }
    }
}

/// What is in a good bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How much of the protocol it meets.
    pub level: Level,
    /// Its id.
    pub id: String,
    /// Items of context.
    pub items: usize,
    /// Those of them that were taken out.
    pub redacted: usize,
    /// Citations, each of something that is there.
    pub citations: usize,
}

/// Files of a bundle, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// Checks a bundle against the protocol's rules. Tells everything that is wrong with it, up to
/// [`FAULTS_MAX`] faults.
pub fn check(bundle: &[u8]) -> Result<Report, Vec<Fault>> {
    let files = unpack(bundle).map_err(|fault| vec![fault])?;
    let manifest = files.get(MANIFEST).ok_or_else(|| vec![missing(MANIFEST)])?;
    let manifest = json::parse(manifest, MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX);
    let manifest = manifest.ok().filter(Value::is_object);
    let manifest = manifest.ok_or_else(|| vec![Fault::Manifest])?;
    let mut reader = Reader::of(&manifest);
    let id = reader.head();
    let (level, items) = if manifest.get("context").is_some() {
        (Level::Platform, reader.platform())
    } else {
        reader.some_text("/title");
        (Level::Portable, found_in(&files))
    };
    let synthesis = reader.some_text("/synthesis/file");
    let mut faults = reader.faults;
    faults.extend(items.iter().flat_map(|item| compared(item, &files)));
    let mut count = 0;
    if let Some(file) = synthesis {
        match read_synthesis(file, &items, &files) {
            Ok(cited) => count = cited,
            Err(wrong) => faults.extend(wrong),
        }
    }
    faults.truncate(FAULTS_MAX);
    match id {
        Some(id) if faults.is_empty() => Ok(Report {
            level,
            id: id.to_owned(),
            items: items.len(),
            redacted: items.iter().filter(|item| item.is_redacted).count(),
            citations: count,
        }),
        _ => Err(faults),
    }
}

/// Unpacks in memory, within the limits.
fn unpack(bundle: &[u8]) -> Result<Files, Fault> {
    if bundle.len() > BUNDLE_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let archive = ZipArchive::new(Cursor::new(bundle));
    let mut archive = archive.map_err(|_| Fault::NotAnArchive)?;
    if archive.len() > FILES_MAX {
        return Err(Fault::TooManyFiles);
    }
    if archive.has_duplicate_names() {
        return Err(Fault::NamedTwice);
    }
    let (mut files, mut left) = (Files::new(), CONTENT_BYTES_MAX);
    for number in 0..archive.len() {
        let number_of = || format!("file {number}");
        // Packed otherwise than this program can unpack, or encrypted.
        let raw = archive.by_index_raw(number);
        let raw = raw.map_err(|_| Fault::Broken(number_of()))?;
        let name = name(&raw).ok_or_else(|| Fault::Escapes(number_of()))?;
        drop(raw);
        let file = archive.by_index(number);
        let file = file.map_err(|_| Fault::Packing(shown(&name)))?;
        if file.is_dir() {
            continue;
        }
        let content = content(file, &name, left)?;
        left -= content.len();
        files.insert(name, content);
    }
    Ok(files)
}

fn name<R: Read>(file: &ZipFile<'_, R>) -> Option<String> {
    let name = std::str::from_utf8(file.name_raw()).ok()?;
    is_inside(name).then(|| name.to_owned())
}

/// Unpacks one file. What it says of its length is not believed.
fn content<R: Read>(file: ZipFile<'_, R>, name: &str, left: usize) -> Result<Vec<u8>, Fault> {
    if file.is_symlink() {
        return Err(Fault::Link(shown(name)));
    }
    let packed = file.compression();
    let known = [CompressionMethod::Stored, CompressionMethod::Deflated];
    if file.encrypted() || !known.contains(&packed) {
        return Err(Fault::Packing(shown(name)));
    }
    let mut content = Vec::new();
    let one_more = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
    let read = file.take(one_more).read_to_end(&mut content);
    if content.len() > left {
        return Err(Fault::TooMuch);
    }
    read.map_err(|_| Fault::Broken(shown(name)))?;
    Ok(content)
}

/// Items of a bundle that describes none: the files that are there.
fn found_in(files: &Files) -> Vec<Item<'_>> {
    let names = files.keys().filter_map(|file| {
        let name = file.strip_prefix(CONTEXT)?;
        let id = name.rsplit_once('.').map_or(name, |(id, _)| id);
        Some((file, id))
    });
    let item = |(file, id): (&'_ String, _)| Item {
        id,
        file: files.get_key_value(file).map(|(file, _)| file.as_str()),
        size_bytes: None,
        hash: None,
        is_redacted: false,
    };
    names.map(item).collect()
}

/// Compares the file of an item with what is said of it.
fn compared(item: &Item<'_>, files: &Files) -> Vec<Fault> {
    let Some(file) = item.file else {
        return Vec::new();
    };
    let Some(content) = files.get(file) else {
        return vec![missing(file)];
    };
    let mut faults = Vec::new();
    let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if item.size_bytes.is_some_and(|said| said != length) {
        faults.push(Fault::Length(shown(file)));
    }
    let digest = || sha256(content).to_string();
    if item.hash.is_some_and(|said| said != digest()) {
        faults.push(Fault::Digest(shown(file)));
    }
    faults
}

/// Reads the text that people read. Returns the number of its citations, each of which cites something.
fn read_synthesis(file: &str, items: &[Item<'_>], files: &Files) -> Result<usize, Vec<Fault>> {
    let text = files.get(file).ok_or_else(|| vec![missing(file)])?;
    let text = std::str::from_utf8(text).map_err(|_| vec![Fault::NotText(shown(file))])?;
    let all = citations(text);
    let cites = |item: &str, place: Option<&str>| {
        let item = items.iter().find(|one| one.id == item);
        item.is_some_and(|item| place.is_none_or(|place| there_is(item, place, files)))
    };
    let wrong = all.iter().filter(|it| !cites(it.item, it.place));
    let faults = wrong.map(|citation| Fault::Citation {
        file: shown(file),
        line: citation.line,
        citation: shown(citation.whole),
    });
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() {
        Ok(all.len())
    } else {
        Err(faults)
    }
}

/// Tells whether an item may have such a place. Lines are counted where the item is a text.
fn there_is(item: &Item<'_>, place: &str, files: &Files) -> bool {
    let content = item.file.and_then(|file| files.get(file));
    let text = content.and_then(|bytes| std::str::from_utf8(bytes).ok());
    match text {
        Some(text) => is_in(place, text.lines().count().max(1)),
        None => !place.is_empty(),
    }
}
