//! `cargo xtask tidy`: what the compiler does not check.

use crate::shell;
use anyhow::bail;
use std::path::Path;
use std::process::Command;

/// Longest source file, in lines, its tests not counted.
const SOURCE_LINES_MAX: usize = 600;
/// Longest test file, in lines.
const TEST_LINES_MAX: usize = 1_000;

/// Words that do not belong into the repository, put together so that this file passes.
const UNWANTED: &[[&str; 2]] = &[
    ["FIX", "ME"],
    ["XX", "X:"],
    ["TO", "DO:"],
    ["/work", "/"],
    ["/root", "/"],
    ["/home", "/"],
    ["#[ig", "nore"],
];

pub(crate) fn run() -> anyhow::Result<()> {
    shell::say("tidy");
    let listed = shell::output(Command::new("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut faults = Vec::new();
    for path in listed.lines() {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        faults.extend(check(path, &text));
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

fn check(path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let is_rust = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs");
    let is_test = path.contains("/tests/") || path.starts_with("tests/");
    let (lines, lines_max) = if is_test {
        (text.lines().count(), TEST_LINES_MAX)
    } else {
        (
            text.split("\n#[cfg(test)]\nmod tests {")
                .next()
                .map_or(0, |code| code.lines().count()),
            SOURCE_LINES_MAX,
        )
    };
    if is_rust && lines > lines_max {
        faults.push(format!("{path}: {lines} lines, {lines_max} are enough"));
    }
    let written_by_us = path != "Cargo.lock" && !path.contains("LICENSE");
    for word in UNWANTED.iter().map(|halves| halves.concat()) {
        if written_by_us && text.contains(&word) {
            faults.push(format!("{path}: \"{word}\" does not belong here"));
        }
    }
    if path.ends_with("/mod.rs") {
        faults.push(format!("{path}: modules are foo.rs and foo/"));
    }
    if !text.is_empty() && !text.ends_with('\n') && is_rust {
        faults.push(format!("{path}: ends without a newline"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_found() {
        let long = "x\n".repeat(SOURCE_LINES_MAX + 1);
        let tests = format!("x\n\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
        for (path, text, faults) in [
            ("a.rs", "fn main() {}\n", 0),
            ("a.rs", long.as_str(), 1),
            ("tests/a.rs", long.as_str(), 0),
            ("a.rs", tests.as_str(), 0),
            ("a/mod.rs", "\n", 1),
            ("a.rs", "x", 1),
            ("a.md", &["see /ro", "ot/x\n"].concat(), 1),
        ] {
            assert_eq!(check(path, text).len(), faults, "{path}");
        }
    }
}
