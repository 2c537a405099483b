//! `skillgate replay`: a recorded call runs again, and the exit code says whether it is the same.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/skills.rs"]
mod skills;

use serde_json::{Value, json};
use skills::skills;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

struct Program(TempDir);

impl Program {
    /// Runs a command. Returns its exit code and what it wrote.
    fn text(&self, token: Option<&str>, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command.args(arguments).current_dir(self.0.path());
        command.env_clear().stdin(Stdio::null());
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text)
    }

    fn json(&self, token: Option<&str>, arguments: &[&str]) -> (i32, Value) {
        let (code, text) = self.text(token, &[&["--json"], arguments].concat());
        let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
        (code, answer)
    }

    fn token(&self, community: &str, role: &str) -> String {
        let create = ["token", "create", "--may-write", "--user", role];
        let whose = ["--community", community, "--role", role];
        let (_, made) = self.json(None, &[&create[..], &whose[..]].concat());
        made["token"].as_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// The CRM skill, which calls its list of contacts otherwise.
fn another(component: &[u8]) -> Vec<u8> {
    let (from, to) = (b"contacts", b"kontakts");
    let mut bytes = component.to_vec();
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(from.len())
        .position(|part| part == from)
    {
        at += found;
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    assert_ne!(bytes, component);
    bytes
}

#[test]
fn a_call_is_replayed_with_its_own_and_with_another_component() {
    let program = Program(tempfile::tempdir().unwrap());
    let (partner, admin) = (
        program.token("home", "partner"),
        program.token("home", "admin"),
    );
    let (manifest, component) = (skills().join("crm.json"), skills().join("crm.wasm"));
    let paths = [manifest.to_str().unwrap(), component.to_str().unwrap()];
    let submit = [
        "module",
        "submit",
        "--manifest",
        paths[0],
        "--component",
        paths[1],
    ];
    let (_, module) = program.json(Some(&partner), &submit);
    let grant = ["module", "grant", module["id"].as_str().unwrap()];
    assert_eq!(program.json(Some(&admin), &grant).0, 0);
    let member = program.token("home", "member");
    let input = json!({ "text": "nobody" }).to_string();
    let call = ["call", "crm", "search_contacts", "--input", &input];
    assert_eq!(program.json(Some(&member), &call).0, 0);
    let list = ["audit", "list", "--action", "invoke-skill"];
    let (_, page) = program.json(Some(&admin), &list);
    let made = page["records"][0]["record"]["call"]["invocation"].clone();
    let made = made.as_str().unwrap();

    let (code, view) = program.json(Some(&admin), &["replay", made]);
    assert_eq!((code, &view["same"]), (0, &json!(true)), "{view}");
    let (code, text) = program.text(Some(&admin), &["replay", made]);
    assert!(code == 0 && text.ends_with("the same\n"), "{text}");

    let other = program.file("other.wasm", &another(&std::fs::read(&component).unwrap()));
    let with_other = ["replay", made, "--component", other.to_str().unwrap()];
    let (code, view) = program.json(Some(&admin), &with_other);
    assert_eq!((code, &view["same"]), (1, &json!(false)), "{view}");
    assert_eq!(view["differences"][0]["what"], "output", "{view}");
    let (code, text) = program.text(Some(&admin), &with_other);
    assert!(code == 1 && text.contains("output differs at /"), "{text}");

    let none = program.file("none.wasm", b"hello");
    let with_none = ["replay", made, "--component", none.to_str().unwrap()];
    let elsewhere = program.token("away", "admin");
    let unknown = ["replay", "0190f5fe-7c00-7a00-8000-000000000001"];
    for (token, arguments, code) in [
        (&admin, &with_none[..], "not-a-component"),
        (&admin, &unknown[..], "journal-not-found"),
        (&elsewhere, &["replay", made][..], "journal-not-found"),
        (&member, &["replay", made][..], "forbidden"),
    ] {
        let (exit, answer) = program.json(Some(token), arguments);
        assert_eq!((exit, &answer["code"]), (1, &json!(code)), "{answer}");
    }
    assert_eq!(program.text(Some(&admin), &["replay", "x"]).0, 2);

    program.file("skillgate.toml", b"[journal]\nkeep_days = 0\n");
    assert_eq!(program.json(Some(&member), &call).0, 0);
    let (_, page) = program.json(Some(&admin), &list);
    let unkept = page["records"][0]["record"]["call"].clone();
    assert_eq!(unkept["journal"], Value::Null);
    let unkept = unkept["invocation"].as_str().unwrap();
    assert_eq!(
        program.json(Some(&admin), &["replay", unkept]).1["code"],
        "journal-not-found"
    );
}
