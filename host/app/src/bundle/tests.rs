use super::*;
use crate::ports::{Delivery, KeptItem, KeptTez, TezHead};
use serde_json::{Value, json};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{ContextId, RecordId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{
    ContextItem, ContextSource, Layer, Provenance, REDACTED, Redaction, TezKind, TezStatus,
    Urgency, Visibility,
};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const NOON: Timestamp = Timestamp::from_unix_ms(1_772_366_400_000);

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn item(number: u128, content: &str) -> KeptItem {
    KeptItem {
        id: ContextId::new(Uuid::from_u128(number)),
        item: ContextItem {
            layer: Layer::Hint,
            content: content.to_owned(),
            mime_type: None,
            confidence: None,
            source: ContextSource::Stated,
            derived_from: None,
            provenance: None,
        },
        created_by: user("ada"),
        created_at: NOON,
        redaction: None,
    }
}

/// A Tez with a record, words that look like citations, and an item that was taken out.
fn tez() -> KeptTez {
    let mut record = item(1, "CRM opportunity snapshot: stage=PROPOSAL");
    record.item.layer = Layer::Artifact;
    record.item.source = ContextSource::Verified;
    record.item.provenance = Some(Provenance {
        object: ObjectKind::Opportunity,
        record: RecordId::new(Uuid::from_u128(7)),
        updated_at: None,
        fetched_at: NOON,
        fields: vec!["stage".to_owned(), "close_date".to_owned()],
    });
    let mut table = item(2, "a,b\n1,2\n");
    table.item.mime_type = Some("text/csv".to_owned());
    table.item.confidence = Some(80);
    let mut gone = item(3, REDACTED);
    gone.redaction = Some(Redaction {
        at: NOON,
        by: user("ada"),
        reason: "the wrong customer".to_owned(),
    });
    KeptTez {
        head: TezHead {
            id: TezId::new(Uuid::from_u128(9)),
            team: TeamId::new(Uuid::from_u128(8)),
            thread: TezId::new(Uuid::from_u128(4)),
            parent: Some(TezId::new(Uuid::from_u128(4))),
            sender: user("ada"),
            kind: TezKind::Handoff,
            urgency: Urgency::High,
            visibility: Visibility::Dm,
            surface_text: "Take [[over]] the *deal*\n<script> ![x](y) \\[[z]]".to_owned(),
            action_requested: Some("Ring them".to_owned()),
            status: TezStatus::Active,
            created_at: NOON,
            updated_at: NOON,
        },
        context: vec![record, table, gone],
        recipients: vec![Delivery {
            address: TezAddress::parse("carol").unwrap(),
            delivered_at: Some(NOON),
            read_at: None,
        }],
    }
}

fn files(bundle: &[u8]) -> BTreeMap<String, String> {
    let mut archive = ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut files = BTreeMap::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(name, text);
    }
    files
}

fn packed(files: &BTreeMap<String, String>, method: CompressionMethod) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        if name.ends_with('/') {
            archive.add_directory(name.as_str(), options).unwrap();
            continue;
        }
        archive.start_file(name.as_str(), options).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn stored(files: &BTreeMap<String, String>) -> Vec<u8> {
    packed(files, CompressionMethod::Stored)
}

#[test]
fn a_bundle_says_what_the_tez_says() {
    let bundle = write(&tez());
    assert_eq!(bundle, write(&tez()), "the same bytes");
    let report = check(&bundle).unwrap();
    assert_eq!(
        report,
        Report {
            level: Level::Platform,
            id: Uuid::from_u128(9).to_string(),
            items: 3,
            redacted: 1,
            citations: 3,
        }
    );
    let shown = files(&bundle).into_iter().map(|(name, text)| {
        let text = match serde_json::from_str::<Value>(&text) {
            Ok(json) if name == MANIFEST => format!("{json:#}"),
            _ => text,
        };
        format!("=== {name}\n{text}")
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_tez_without_context_is_a_bundle_too() {
    let bare = KeptTez {
        context: Vec::new(),
        ..tez()
    };
    let bundle = write(&bare);
    let report = check(&bundle).unwrap();
    assert_eq!((report.items, report.citations), (0, 0));
    assert!(files(&bundle).contains_key("context/"));
}

type Spoil = fn(&mut BTreeMap<String, String>);

fn in_manifest(files: &mut BTreeMap<String, String>, path: &str, value: Value) {
    let mut manifest: Value = serde_json::from_str(&files[MANIFEST]).unwrap();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = manifest.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    files.insert(MANIFEST.to_owned(), manifest.to_string());
}

/// Every rule of the protocol, broken once.
const CASES: &[(Spoil, &str)] = &[
    (|f| drop(f.remove(MANIFEST)), "manifest.json is missing"),
    (
        |f| drop(f.insert(MANIFEST.into(), "{".into())),
        "manifest.json is not one strict JSON",
    ),
    (
        |f| drop(f.insert(MANIFEST.into(), "{\"id\":1,\"id\":2}".into())),
        "manifest.json is not one strict JSON",
    ),
    (|f| drop(f.remove(SYNTHESIS)), "tez.md is missing"),
    (
        |f| in_manifest(f, "/tezit_version", json!("2.0")),
        "/tezit_version must be",
    ),
    (
        |f| in_manifest(f, "/tezit_version", Value::Null),
        "/tezit_version must be",
    ),
    (|f| in_manifest(f, "/id", json!("Two Words")), "/id must be"),
    (|f| in_manifest(f, "/id", json!("-a-")), "/id must be"),
    (|f| in_manifest(f, "/version", json!(0)), "/version must be"),
    (
        |f| in_manifest(f, "/created_at", json!("yesterday")),
        "/created_at must be",
    ),
    (
        |f| in_manifest(f, "/creator/name", json!(" ")),
        "/creator/name must be",
    ),
    (
        |f| in_manifest(f, "/synthesis/title", Value::Null),
        "/synthesis/title must be",
    ),
    (
        |f| in_manifest(f, "/synthesis/type", json!("poem")),
        "/synthesis/type must be",
    ),
    (
        |f| in_manifest(f, "/synthesis/file", json!("other.md")),
        "other.md is missing",
    ),
    (
        |f| in_manifest(f, "/context/scope", json!("some")),
        "/context/scope must be",
    ),
    (
        |f| in_manifest(f, "/context/item_count", json!(2)),
        "/context/item_count must be",
    ),
    (
        |f| in_manifest(f, "/context/items", json!({})),
        "/context/items must be",
    ),
    (
        |f| in_manifest(f, "/context/items/0/id", json!("UP")),
        "/context/items/0/id must be",
    ),
    (
        |f| in_manifest(f, "/context/items/0/type", json!("x")),
        "/context/items/0/type must",
    ),
    (
        |f| in_manifest(f, "/context/items/0/title", json!("")),
        "/context/items/0/title must",
    ),
    (
        |f| {
            in_manifest(
                f,
                "/context/items/0/file",
                json!("context/../../etc/passwd"),
            );
        },
        "/context/items/0/file must be",
    ),
    (
        |f| in_manifest(f, "/context/items/0/file", Value::Null),
        "/context/items/0/file must be",
    ),
    (
        |f| in_manifest(f, "/context/items/0/hash", json!("md5:00")),
        "/context/items/0/hash must",
    ),
    (
        |f| {
            let name = f
                .keys()
                .find(|name| name.ends_with("1.txt"))
                .unwrap()
                .clone();
            f.insert(name, "CRM opportunity snapshot: stage=CUSTOMER".into());
        },
        "1.txt does not have the digest",
    ),
    (
        |f| in_manifest(f, "/context/items/1/size_bytes", json!(1)),
        "2.csv does not have the length",
    ),
    (
        |f| {
            let name = f
                .keys()
                .find(|name| name.ends_with("2.csv"))
                .unwrap()
                .clone();
            f.remove(&name);
        },
        "2.csv is missing",
    ),
    (
        |f| {
            let mut manifest: Value = serde_json::from_str(&f[MANIFEST]).unwrap();
            let first = manifest["context"]["items"][0].clone();
            manifest["context"]["items"][1] = first;
            f.insert(MANIFEST.into(), manifest.to_string());
        },
        "/context/items/1/id must be of one item only",
    ),
    (
        |f| f.get_mut(SYNTHESIS).unwrap().push_str("See [[nothing]].\n"),
        "[[nothing]] cites nothing",
    ),
    (
        |f| {
            let id = Uuid::from_u128(1);
            let more = format!("See [[{id}:L2]].\n");
            f.get_mut(SYNTHESIS).unwrap().push_str(&more);
        },
        ":L2]] cites nothing",
    ),
    (
        |f| drop(f.insert("../evil".into(), String::new())),
        "is not a path inside",
    ),
    (
        |f| drop(f.insert("/etc/passwd".into(), String::new())),
        "is not a path inside",
    ),
    (
        |f| drop(f.insert("a\\..\\b".into(), String::new())),
        "is not a path inside",
    ),
    (
        |f| drop(f.insert("c:evil".into(), String::new())),
        "is not a path inside",
    ),
];

#[test]
fn every_fault_is_found() {
    let whole = files(&write(&tez()));
    assert!(check(&stored(&whole)).is_ok(), "the positive control");
    for (number, (spoil, expected)) in CASES.iter().enumerate() {
        let mut files = whole.clone();
        spoil(&mut files);
        let faults = check(&stored(&files)).unwrap_err();
        let words: Vec<_> = faults.iter().map(ToString::to_string).collect();
        let found = words.iter().any(|words| words.contains(expected));
        assert!(found, "{number}: {expected:?} is not among {words:?}");
    }
}

#[test]
fn a_bundle_of_the_second_level_says_little_and_cites_its_files() {
    let manifest = json!({
        "tezit_version": "1.9",
        "id": "acme-analysis",
        "title": "Acme",
        "created_at": "2026-01-25T14:30:00Z",
        "synthesis": { "file": "tez.md" },
        "something": "new",
    });
    let mut files = BTreeMap::from([
        (MANIFEST.to_owned(), manifest.to_string()),
        (SYNTHESIS.to_owned(), "As [[notes:L1]] says.".to_owned()),
        ("context/notes.txt".to_owned(), "so".to_owned()),
    ]);
    let report = check(&packed(&files, CompressionMethod::Deflated)).unwrap();
    assert_eq!(
        (report.level.number(), report.items, report.citations),
        (2, 1, 1)
    );
    in_manifest(&mut files, "/title", Value::Null);
    assert!(check(&stored(&files)).is_err());
}

#[test]
fn what_is_no_archive_or_a_strange_one_is_refused() {
    assert_eq!(check(b"not a ZIP").unwrap_err(), [Fault::NotAnArchive]);
    let whole = files(&write(&tez()));
    let mut bytes = stored(&whole);
    // A byte of a content, so that its checksum does not hold.
    let at = bytes
        .windows(8)
        .position(|window| window == b"PROPOSAL")
        .unwrap();
    bytes[at] = b'X';
    assert!(matches!(
        &check(&bytes).unwrap_err()[..],
        [Fault::Broken(_)]
    ));
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    archive
        .add_symlink("tez.md", "/etc/passwd", options)
        .unwrap();
    let linked = archive.finish().unwrap().into_inner();
    assert!(matches!(&check(&linked).unwrap_err()[..], [Fault::Link(_)]));
    // Two files of one name: the second is renamed to the first in the bytes.
    let twice = BTreeMap::from([
        ("tez1.md".to_owned(), "a".to_owned()),
        ("tez2.md".to_owned(), "b".to_owned()),
    ]);
    let twice: Vec<u8> = stored(&twice);
    let text = b"tez2.md";
    let mut renamed = twice.clone();
    for at in 0..twice.len() - text.len() {
        if &twice[at..at + text.len()] == text {
            renamed[at..at + text.len()].copy_from_slice(b"tez1.md");
        }
    }
    assert_eq!(check(&renamed).unwrap_err(), [Fault::NamedTwice]);
}

#[test]
fn a_bundle_has_limits() {
    let many = |count: usize| {
        let mut files = files(&write(&tez()));
        for number in files.len()..count {
            files.insert(format!("more/{number}"), String::new());
        }
        stored(&files)
    };
    assert!(check(&many(FILES_MAX)).is_ok());
    assert_eq!(
        check(&many(FILES_MAX + 1)).unwrap_err(),
        [Fault::TooManyFiles]
    );
    let long = vec![0; BUNDLE_BYTES_MAX + 1];
    assert_eq!(check(&long).unwrap_err(), [Fault::TooLong]);
    // Little that is unpacked to much.
    let zeros = |bytes: usize| {
        let mut files = files(&write(&tez()));
        let held: usize = files.values().map(String::len).sum();
        files.insert("zeros".to_owned(), "0".repeat(bytes - held));
        packed(&files, CompressionMethod::Deflated)
    };
    assert!(check(&zeros(CONTENT_BYTES_MAX)).is_ok());
    assert_eq!(
        check(&zeros(CONTENT_BYTES_MAX + 1)).unwrap_err(),
        [Fault::TooMuch]
    );
    let mut wordy = files(&write(&tez()));
    let more = "[[none]]\n".repeat(FAULTS_MAX + 1);
    wordy.insert(SYNTHESIS.to_owned(), more);
    assert_eq!(check(&stored(&wordy)).unwrap_err().len(), FAULTS_MAX);
}
