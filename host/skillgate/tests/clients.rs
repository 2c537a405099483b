//! What the page about clients says is true: its blocks parse, and what it has people type exists.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use serde_json::Value;
use std::process::Command;

const PAGE: &str = include_str!("../../../docs/clients.md");
/// How the program is called there.
const PROGRAM: &str = "skillgate ";

/// Returns the blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let begun = PAGE.split(&fence).skip(1);
    begun
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect()
}

/// Runs the program with arguments and `--help`; returns what it says, if it knows them.
fn help(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
    let output = command.args(arguments).arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    output.status.success().then_some(text)
}

fn strings(value: &Value) -> Vec<&str> {
    let all = value.as_array().unwrap().iter();
    all.map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn every_block_parses_and_starts_what_there_is() {
    let (json, mut started) = (blocks("json"), 0);
    assert!(json.len() >= 4);
    for block in json {
        let block: Value = serde_json::from_str(block).unwrap_or_else(|e| panic!("{e}: {block}"));
        let servers = [&block["mcp"]["servers"], &block["mcpServers"]];
        for server in servers.map(|servers| &servers["skillgate"]) {
            if server["args"].is_array() {
                let arguments = strings(&server["args"]);
                let help = help(&arguments).unwrap_or_else(|| panic!("{arguments:?}"));
                assert!(help.contains("over standard input"), "{help}");
                started += 1;
            }
        }
    }
    assert_eq!(started, 2);
}

#[test]
fn every_command_that_is_named_exists() {
    assert!(help(&["fly"]).is_none() && help(&["token", "issue"]).is_none());
    assert!(help(&["call", "--fly"]).is_none());
    let spans = PAGE.split('`').skip(1).step_by(2);
    let lines = blocks("sh").into_iter().flat_map(str::lines);
    let mut tried = 0;
    for text in spans.chain(lines) {
        for (at, _) in text.match_indices(PROGRAM) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| !c.is_whitespace()) {
                continue;
            }
            let call = &text[at + PROGRAM.len()..];
            let call = call.split(['|', ')', '#', '\n']).next().unwrap();
            let arguments: Vec<_> = call.split_whitespace().collect();
            assert!(help(&arguments).is_some(), "{arguments:?}");
            tried += 1;
        }
    }
    assert!(tried >= 10, "{tried}");
}

#[test]
fn exit_codes_are_those_that_the_program_has() {
    let help = help(&[]).unwrap();
    let help: Vec<_> = help.split_whitespace().collect();
    let help = help.join(" ");
    for (code, words) in [
        (0, "done"),
        (1, "refused or failed"),
        (2, "wrong command line"),
        (3, "wrong configuration"),
        (4, "unavailable or busy"),
    ] {
        assert!(help.contains(&format!("{code} {words}")), "{help}");
        assert!(PAGE.contains(&format!("\n| {code} | {words}")), "{code}");
    }
}
