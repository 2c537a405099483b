//! Every example under `manifests/` and the answer it gets. An invalid example `x.json` has its
//! findings in `x.findings`, one `path: problem -> fix` a line.

use skillgate_domain::skill::Finding;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../manifests")
        .join(name)
}

fn stems(folder: &Path, extension: &str) -> BTreeSet<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn written(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        writeln!(
            text,
            "{}: {} -> {}",
            finding.path, finding.problem, finding.fix
        )
        .unwrap();
        text
    })
}

#[test]
fn every_valid_example_is_a_skill() {
    let folder = folder("valid");
    let names = stems(&folder, "json");
    assert!(names.len() >= 3);
    for name in names {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        if let Err(findings) = crate::parse(&text) {
            panic!("{name}:\n{}", written(&findings));
        }
    }
}

#[test]
fn every_invalid_example_gets_its_findings() {
    let folder = folder("invalid");
    let names = stems(&folder, "json");
    let orphans: Vec<_> = stems(&folder, "findings")
        .difference(&names)
        .cloned()
        .collect();
    assert!(
        orphans.is_empty(),
        "findings without an example: {orphans:?}"
    );
    let mut differences = String::new();
    for name in names {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let findings = crate::parse(&text).err().unwrap_or_default();
        assert!(!findings.is_empty(), "{name} is taken for valid");
        let expected = std::fs::read_to_string(folder.join(format!("{name}.findings")));
        if expected.unwrap_or_default() != written(&findings) {
            write!(differences, "=== {name}.findings\n{}", written(&findings)).unwrap();
        }
    }
    assert!(
        differences.is_empty(),
        "these files should read:\n{differences}"
    );
}
