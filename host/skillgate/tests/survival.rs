//! What is left when the program is killed in the middle of a write, or the disk is full.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const CREATE: &[&str] = &[
    "--json",
    "token",
    "create",
    "--community",
    "home",
    "--user",
    "u",
    "--role",
    "member",
];
const LIST: &[&str] = &["--json", "token", "list", "--community", "home"];

fn skillgate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Returns the ids that a listing answers.
fn ids(listing: &[u8]) -> BTreeSet<String> {
    let listing: Value = serde_json::from_slice(listing).unwrap();
    let tokens = listing["tokens"].as_array().unwrap().iter();
    tokens
        .map(|token| token["id"].as_str().unwrap().to_owned())
        .collect()
}

fn id(made: &[u8]) -> Option<String> {
    let made: Value = serde_json::from_slice(made).ok()?;
    made["id"].as_str().map(str::to_owned)
}

/// Whatever was acknowledged is there afterwards, and the database opens.
#[test]
fn killed_in_the_middle_of_a_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..24 {
        let mut child = skillgate(folder.path())
            .args(CREATE)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // From before the first page is written to after the answer.
        std::thread::sleep(Duration::from_millis(round * 4));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        acknowledged.extend(id(&output.stdout));
    }
    let whole = skillgate(folder.path()).args(CREATE).output().unwrap();
    acknowledged.extend(id(&whole.stdout));
    let listed = ids(&skillgate(folder.path()).args(LIST).output().unwrap().stdout);
    assert!(!acknowledged.is_empty(), "at least the last was let finish");
    assert!(
        acknowledged.is_subset(&listed),
        "an acknowledged token is missing"
    );
}

/// On a file system of one mebibyte: the write that does not fit says so, what was acknowledged
/// stays, and reading goes on.
#[test]
fn a_full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        mount -t tmpfs -o size=1m tmpfs "$1" && cd "$1" || exit 90
        "$2" --json token create --community home --user u --role member > /dev/null || exit 91
        # Leave a few pages and no more.
        head -c 2m /dev/zero > fill 2> /dev/null
        n=0
        while "$2" --json token create --community home --user u --role member > out; do
            cat out >> made
            n=$((n + 1)); [ $n -lt 500 ] || exit 92
        done
        cat out; echo
        "$2" --json token list --community home
    "#;
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(env!("CARGO_BIN_EXE_skillgate"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut answers = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let refused = answers
        .next()
        .unwrap_or_else(|| panic!("{:?}: {errors}", output.status))
        .unwrap();
    let listed = answers
        .next()
        .unwrap_or_else(|| panic!("no listing: {text} {errors}"))
        .unwrap();
    assert_eq!(refused["code"], "storage-full", "{text} {errors}");
    assert!(
        !listed["tokens"].as_array().unwrap().is_empty(),
        "{text} {errors}"
    );
}
