//! OpenClaw beside the program: what is written for it, and what is said of its configuration.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]
#![expect(
    dead_code,
    reason = "a part of the program's helper is for other tests"
)]

#[path = "support/program.rs"]
mod program;

use program::{Program, Served};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Its first block is what OpenClaw is configured with.
const CLIENTS: &str = include_str!("../../../docs/clients.md");
const MARK: &str = ".skillgate.json";

/// How a run ended.
struct Ended {
    code: i32,
    view: Value,
    /// Everything it wrote.
    text: String,
}

impl Ended {
    /// Returns what was found by the check of a name.
    #[track_caller]
    fn found(&self, name: &str) -> (bool, &str) {
        let checks = self.view["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["check"] == name);
        let check = check.unwrap_or_else(|| panic!("{name} is not in {}", self.text));
        (
            check["ok"].as_bool().unwrap(),
            check["found"].as_str().unwrap(),
        )
    }

    fn done(&self) -> &str {
        self.view["skills"][0]["done"].as_str().unwrap()
    }
}

/// A host in which the skill `crm` is granted, and somebody's OpenClaw.
struct World {
    program: Program,
    token: String,
}

impl World {
    fn new() -> Self {
        Self::with("")
    }

    fn with(settings: &str) -> Self {
        let program = Program::new(settings, Vec::new());
        program.grant("crm", &[]);
        let token = program.token(&["--role", "agent", "--user", "mia", "--agent", "openclaw"]);
        Self { program, token }
    }

    fn home(&self) -> &Path {
        self.program.folder()
    }

    fn skills(&self) -> PathBuf {
        self.home().join(".openclaw/skills")
    }

    fn run(&self, token: Option<&str>, arguments: &[&str]) -> Ended {
        let mut command = self.program.command();
        command.env("HOME", self.home());
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        let output = command.arg("openclaw").args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("sgt_"), "{text}");
        Ended {
            code: output.status.code().unwrap(),
            view: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    fn install(&self, more: &[&str]) -> Ended {
        self.run(Some(&self.token), &[&["install"], more].concat())
    }

    /// Configures OpenClaw for the host that is served, with another entry as `change` makes it.
    fn configure(&self, served: &Served, change: impl FnOnce(&mut Value)) {
        let url = format!("{}/mcp", served.url);
        let mut config = self.install(&["--url", &url]).view["config"].clone();
        change(&mut config["mcp"]["servers"]["skillgate"]);
        let text = format!("// by hand\n{config:#}\n");
        fs::write(self.home().join(".openclaw/openclaw.json"), text).unwrap();
    }

    fn doctor(&self) -> Ended {
        self.run(Some(&self.token), &["doctor"])
    }
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let below = files(&path).into_iter();
            all.extend(below.map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            all.push((name, fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

#[test]
fn manuals_are_written_as_they_were_approved_and_only_over_our_own() {
    let world = World::new();
    let written = world.install(&[]);
    assert_eq!(
        (written.code, written.done()),
        (0, "written"),
        "{}",
        written.text
    );
    let server = &written.view["config"]["mcp"]["servers"]["skillgate"];
    let expected = json!({
        "url": "http://127.0.0.1:0/mcp",
        "transport": "streamable-http",
        "headers": { "Authorization": "Bearer ${SKILLGATE_TOKEN}" },
    });
    assert_eq!(*server, expected);
    let usual = world.install(&["--url", "http://127.0.0.1:8787/mcp"]);
    let (_, page) = CLIENTS.split_once("```json\n").unwrap();
    let shown: Value = serde_json::from_str(page.split_once("```").unwrap().0).unwrap();
    assert_eq!(usual.view["config"], shown);
    let manifest = fs::read(program::skills().join("crm.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let folder = world.skills().join("crm");
    let mut found = files(&folder);
    found.retain(|(name, _)| name != MARK);
    let approved = manifest["manual"].as_object().unwrap().iter();
    let approved: Vec<_> = approved
        .map(|(path, text)| (path.clone(), text.as_str().unwrap().as_bytes().to_vec()))
        .collect();
    assert_eq!(found, approved);

    assert_eq!(world.install(&["--skill", "crm"]).done(), "unchanged");
    let main = folder.join("SKILL.md");
    fs::write(&main, "mine").unwrap();
    let refused = world.install(&[]);
    assert_eq!(
        (refused.code, &refused.view["code"]),
        (1, &json!("not-ours"))
    );
    assert_eq!(fs::read_to_string(&main).unwrap(), "mine");
    assert_eq!(world.install(&["--force"]).done(), "replaced");
    assert_ne!(fs::read_to_string(&main).unwrap(), "mine");

    // A link is nobody's folder, and nothing is written behind it.
    let elsewhere = world.home().join("elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    fs::write(elsewhere.join("SKILL.md"), "mine").unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert_eq!(world.install(&[]).view["code"], "not-ours");
    assert_eq!(world.install(&["--force"]).done(), "replaced");
    assert_eq!(
        fs::read_to_string(elsewhere.join("SKILL.md")).unwrap(),
        "mine"
    );
    let left: Vec<_> = fs::read_dir(world.skills()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    for (_, bytes) in files(&world.skills()) {
        assert!(!String::from_utf8(bytes).unwrap().contains("sgt_"));
    }
}

#[test]
fn what_is_missing_for_an_installation_is_told() {
    let world = World::new();
    let narrow = world
        .program
        .token(&["--role", "member", "--user", "eve", "--skill", "other"]);
    for (token, arguments, exit, code) in [
        (None, &["install"][..], 3, "configuration"),
        (Some("sgt_x"), &["install"], 1, "token-not-valid"),
        (Some(narrow.as_str()), &["install"], 1, "no-skills"),
        (
            Some(&world.token),
            &["install", "--skill", "other"],
            1,
            "skill-not-found",
        ),
        (Some(&world.token), &["install", "--skill", "O"], 2, "usage"),
        (
            Some(&world.token),
            &["install", "--url", "http://pa.example.org/mcp"],
            2,
            "usage",
        ),
    ] {
        let ended = world.run(token, arguments);
        let code = (exit, &json!(code));
        assert_eq!((ended.code, &ended.view["code"]), code, "{arguments:?}");
    }
    assert!(!world.skills().exists());
    let url = "https://pa.example.org/mcp";
    let configured = World::with(&format!("[mcp]\nurl = \"{url}\"\n")).install(&[]);
    let servers = &configured.view["config"]["mcp"]["servers"];
    assert_eq!(servers["skillgate"]["url"], url);
    let elsewhere = world.home().join("other");
    let dir = elsewhere.to_str().unwrap();
    let written = world.install(&["--url", url, "--dir", dir]);
    let servers = &written.view["config"]["mcp"]["servers"];
    assert_eq!(servers["skillgate"]["url"], url);
    assert!(elsewhere.join("crm/SKILL.md").exists());
}

#[test]
fn the_doctor_finds_everything_well() {
    let world = World::new();
    let served = world.program.serve();
    world.configure(&served, |_| {});
    let well = world.doctor();
    assert_eq!(
        (well.code, &well.view["ok"]),
        (0, &json!(true)),
        "{}",
        well.text
    );
    let checks = well.view["checks"].as_array().unwrap().iter();
    let names: Vec<_> = checks
        .map(|check| check["check"].as_str().unwrap())
        .collect();
    let expected = [
        "configuration",
        "server",
        "address",
        "credential",
        "environment",
        "host",
        "names of tools",
        "skill crm",
    ];
    assert_eq!(names, expected);
    served.die();
    let away = world.doctor();
    assert_eq!(
        (away.code, away.found("host").0),
        (4, false),
        "{}",
        away.text
    );
}

#[test]
fn the_doctor_tells_what_is_wrong_with_the_configuration() {
    let world = World::new();
    let none = world.doctor();
    assert_eq!((none.code, none.found("configuration").0), (3, false));
    let served = world.program.serve();
    let told = |change: fn(&mut Value), check: &str, words: &str| {
        world.configure(&served, change);
        let ill = world.doctor();
        let (ok, found) = ill.found(check);
        assert!(
            ill.code == 3 && !ok && found.contains(words),
            "{}",
            ill.text
        );
    };
    told(
        |entry| *entry = Value::Null,
        "server",
        "mcp.servers.skillgate",
    );
    told(|entry| entry["transport"] = Value::Null, "address", "SSE");
    let pasted = |entry: &mut Value| {
        entry["headers"]["Authorization"] = "Bearer sgt_pasted".into();
    };
    told(pasted, "credential", "a token itself");
    let unset = |entry: &mut Value| entry["headers"]["Authorization"] = "Bearer ${NOT_SET}".into();
    told(unset, "environment", "NOT_SET");
    let stdio = |entry: &mut Value| {
        *entry = json!({ "command": "skillgate", "args": ["mcp"],
            "env": { "SKILLGATE_TOKEN": "${SKILLGATE_TOKEN}" } });
    };
    world.configure(&served, stdio);
    let well = world.doctor();
    assert_eq!(well.code, 0, "{}", well.text);
    assert!(well.found("host").1.contains("not asked"));
    world.configure(&served, |_| {});
    let ill = world.run(Some("sgt_x"), &["doctor"]);
    assert_eq!((ill.code, ill.found("host").0), (3, false), "{}", ill.text);
    served.die();
}

#[test]
fn the_doctor_compares_what_was_written_with_what_the_host_serves() {
    let world = World::new();
    let served = world.program.serve();
    world.configure(&served, |_| {});
    let main = world.skills().join("crm/SKILL.md");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, format!("{text} and more")).unwrap();
    let ill = world.doctor();
    assert_eq!(
        (ill.code, ill.found("skill crm").0),
        (1, false),
        "{}",
        ill.text
    );
    assert!(ill.found("skill crm").1.contains("SKILL.md"));
    fs::write(&main, &text).unwrap();
    assert_eq!(world.doctor().code, 0);
    // What another token reads is nothing to this one.
    let narrow = world
        .program
        .token(&["--role", "member", "--user", "eve", "--skill", "other"]);
    let ill = world.run(Some(&narrow), &["doctor"]);
    assert!(ill.found("host").1.contains("no tool"), "{}", ill.text);
    assert!(
        ill.found("skill crm").1.contains("any more"),
        "{}",
        ill.text
    );
    fs::remove_dir_all(world.skills().join("crm")).unwrap();
    assert!(world.doctor().found("skill crm").1.contains("install"));
    served.die();
}
