//! `skillgate tez`: a Tez is taken along, and whether a file is a bundle is told by its exit code.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use serde_json::Value;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Runs a command in a folder. Returns its exit code and its answer.
fn run(folder: &TempDir, arguments: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
    command.arg("--json").args(arguments).current_dir(folder);
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    (output.status.code().unwrap(), answer)
}

/// `good.tez` was made by another program than this.
#[test]
fn a_file_is_checked_without_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let good = include_bytes!("tez/good.tez");
    std::fs::write(folder.path().join("good.tez"), good).unwrap();
    let (code, report) = run(&folder, &["tez", "check", "good.tez"]);
    assert_eq!(
        (code, &report["level"], &report["items"]),
        (0, &3.into(), &1.into())
    );
    let mut spoilt = good.to_vec();
    let at = spoilt.windows(8).position(|window| window == b"PROPOSAL");
    spoilt[at.unwrap()] = b'X';
    std::fs::write(folder.path().join("spoilt.tez"), spoilt).unwrap();
    let (code, told) = run(&folder, &["tez", "check", "spoilt.tez"]);
    assert_eq!((code, &told["code"]), (1, &"not-a-bundle".into()));
    assert_eq!(told["faults"].as_array().unwrap().len(), 1);
    let (code, told) = run(&folder, &["tez", "check", "nowhere.tez"]);
    assert_eq!((code, &told["code"]), (1, &"file".into()));
    // Neither a database nor a folder of data was made.
    let files = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(files.count(), 2);
}

#[test]
fn nobody_takes_a_tez_along_without_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let id = "0190f5fe-7c00-7a00-8000-000000000001";
    let export = ["tez", "export", id, "--out", "x.tez"];
    let (code, told) = run(&folder, &export);
    assert_ne!(code, 0, "{told}");
    assert!(!folder.path().join("x.tez").exists());
}
