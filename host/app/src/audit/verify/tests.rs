use super::*;
use crate::audit::checkpoint::SigningKey;
use serde_json::json;
use std::fmt::Write;

fn key(seed: u8) -> SigningKey {
    SigningKey::parse(&SigningKey::text("log", &[seed; 32]).unwrap()).unwrap()
}

fn verifiers() -> Verifiers {
    Verifiers::parse([key(1).public()]).unwrap()
}

/// Ten records, with checkpoints after the fourth and the last.
fn lines() -> Vec<String> {
    let mut lines = vec![json!({"form": FORM, "log": "log", "size": 10}).to_string()];
    let mut tree = Tree::default();
    for n in 0..10 {
        let leaf = json!({"action": "invoke-skill", "n": n, "user": "ada"}).to_string();
        tree.push(leaf.as_bytes());
        lines.push(leaf);
        if [4, 10].contains(&tree.size()) {
            lines.push(json!(key(1).sign(&tree)).to_string());
        }
    }
    lines
}

fn text(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut all, line| {
        writeln!(all, "{line}").unwrap();
        all
    })
}

fn checked(lines: &[String]) -> Result<Verified, VerifyError> {
    verify(&mut text(lines).as_bytes(), &verifiers(), None)
}

#[test]
fn an_untouched_export_is_good() {
    let good = checked(&lines()).unwrap();
    assert_eq!((good.records, good.checkpoints), (10, 2));
}

/// Each attack, and what finds it.
#[test]
fn every_attack_is_found() {
    type Attack = fn(&mut Vec<String>);
    let attacks: &[(&str, Attack)] = &[
        ("a value changed", |l| l[2] = l[2].replace("ada", "eve")),
        ("a byte changed", |l| {
            l[8] = l[8].replace("\"n\":6", "\"n\":7");
        }),
        ("fields shifted", |l| {
            l[3] = l[3].replace("\"invoke-skill\",\"n\":2", "\"invoke-skil\",\"n\":2");
        }),
        ("a space added", |l| l[3].insert(1, ' ')),
        ("a record removed", |l| drop(l.remove(7))),
        ("the first removed", |l| drop(l.remove(1))),
        ("the first four and their checkpoint removed", |l| {
            drop(l.drain(1..6));
        }),
        ("the last removed", |l| drop(l.remove(11))),
        ("two swapped", |l| l.swap(6, 7)),
        ("a record inserted", |l| l.insert(7, l[7].clone())),
        ("a record added at the end", |l| l.push(l[7].clone())),
        ("the last checkpoint removed", |l| drop(l.pop())),
        ("the end cut off at a checkpoint", |l| l.truncate(6)),
        ("a checkpoint of another key", |l| {
            let mut tree = Tree::default();
            (1..5).for_each(|n| tree.push(l[n].as_bytes()));
            l[5] = json!(key(2).sign(&tree)).to_string();
        }),
        ("a checkpoint moved", |l| l.swap(5, 6)),
        ("a checkpoint repeated later", |l| l.insert(8, l[5].clone())),
        ("a checkpoint's size changed", |l| {
            l[5] = l[5].replace("\\n4\\n", "\\n5\\n");
        }),
        ("no checkpoint at all", |l| {
            l.retain(|line| !line.starts_with('"'));
        }),
        ("a line that is no record", |l| {
            l.insert(3, "null".to_owned());
        }),
        ("a broken record", |l| l[3].truncate(20)),
        ("an export of another log", |l| {
            l[0] = l[0].replace("\"log\":\"log\"", "\"log\":\"gol\"");
        }),
        ("another form", |l| l[0] = l[0].replace("/1", "/2")),
        ("nothing", Vec::clear),
    ];
    let mut table = String::new();
    for (name, attack) in attacks {
        let mut lines = lines();
        attack(&mut lines);
        let found = checked(&lines).expect_err(name);
        writeln!(table, "{name:<44} {found}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_checkpoint_kept_elsewhere_finds_what_the_export_hides() {
    let whole = lines();
    let last: String = serde_json::from_str(whole.last().unwrap()).unwrap();
    let mut cut = whole[..6].to_vec();
    cut[0] = cut[0].replace("10", "4");
    assert!(
        checked(&cut).is_ok(),
        "by itself it is a good, smaller export"
    );
    let found = verify(&mut text(&cut).as_bytes(), &verifiers(), Some(&last)).unwrap_err();
    assert!(
        matches!(found, VerifyError::Cut { said: 10, found: 4 }),
        "{found:?}"
    );

    // The whole log written anew, and signed with the same key.
    let mut other = vec![whole[0].replace("10", "5")];
    let mut tree = Tree::default();
    for n in 0..5 {
        let leaf = json!({ "n": n }).to_string();
        tree.push(leaf.as_bytes());
        other.push(leaf);
    }
    other.push(json!(key(1).sign(&tree)).to_string());
    let first: String = serde_json::from_str(&whole[5]).unwrap();
    assert!(checked(&other).is_ok());
    let found = verify(&mut text(&other).as_bytes(), &verifiers(), Some(&first)).unwrap_err();
    assert!(
        matches!(found, VerifyError::Rewritten { size: 4 }),
        "{found:?}"
    );
    assert!(verify(&mut text(&whole).as_bytes(), &verifiers(), Some(&first)).is_ok());
}

#[test]
fn a_line_has_a_limit() {
    let mut lines = lines();
    let room = usize::try_from(LINE_BYTES_MAX).unwrap();
    lines[1] = format!("{{\"a\":\"{}\"}}", "x".repeat(room));
    let found = checked(&lines).unwrap_err();
    assert!(matches!(found, VerifyError::Line { line: 2 }), "{found:?}");
}

#[test]
fn every_record_can_be_proved_and_no_other() {
    let export = text(&lines());
    for number in 0..10 {
        let proof = prove(&mut export.as_bytes(), &verifiers(), number).unwrap();
        let written = serde_json::to_string(&proof).unwrap();
        let read = Proof::parse(&written).unwrap();
        assert_eq!(read.verify(&verifiers()).unwrap(), 10);

        let spoilt = [
            Proof {
                number: (number + 1) % 10,
                ..proof.clone()
            },
            Proof {
                number: 10,
                ..proof.clone()
            },
            Proof {
                leaf: proof.leaf.replace("ada", "eve"),
                ..proof.clone()
            },
            Proof {
                hashes: proof.hashes[1..].to_vec(),
                ..proof.clone()
            },
        ];
        for spoilt in spoilt {
            let refused = spoilt.verify(&verifiers()).unwrap_err();
            assert!(matches!(refused, ProofError::NotInLog), "{refused:?}");
        }
        let stranger = Verifiers::parse([key(2).public()]).unwrap();
        assert!(read.verify(&stranger).is_err());
    }
    let none = prove(&mut export.as_bytes(), &verifiers(), 10).unwrap_err();
    assert!(matches!(
        none,
        ProofError::NoRecord {
            size: 10,
            number: 10
        }
    ));
    assert!(Proof::parse("{}").is_err());
    assert!(
        prove(
            &mut export.replace("ada", "eve").as_bytes(),
            &verifiers(),
            0
        )
        .is_err()
    );
}
