//! The program as a user starts it: help, exit codes, the shape of its answers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/skills.rs"]
mod skills;

use serde_json::{Value, json};
use skills::skills;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A folder to run the program in, with nothing in the environment.
struct Folder(TempDir);

/// How a run ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }

    /// Asserts the exit code and the code of the one JSON document.
    #[track_caller]
    fn is(&self, exit: i32, code: &str) {
        assert_eq!(
            (self.code, &self.json()["code"]),
            (exit, &json!(code)),
            "{}",
            self.stdout
        );
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with_config(text: &str) -> Self {
        let folder = Self::new();
        folder.write("skillgate.toml", text.as_bytes(), 0o600);
        folder
    }

    fn write(&self, name: &str, bytes: &[u8], mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear();
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    fn run_as(&self, token: &str, arguments: &[&str]) -> Ended {
        self.command(arguments)
            .env("SKILLGATE_TOKEN", token)
            .output()
            .unwrap()
            .into()
    }

    /// Makes a token of the community `home`.
    fn token(&self, user: &str, role: &str) -> String {
        let made = self.run(&[
            "--json",
            "token",
            "create",
            "--community",
            "home",
            "--user",
            user,
            "--role",
            role,
        ]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        made.json()["token"].as_str().unwrap().to_owned()
    }
}

#[test]
fn help_and_usage() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]);
    assert_eq!(help.code, 0);
    for word in [
        "serve",
        "call",
        "module",
        "token",
        "doctor",
        "config",
        "Exit codes",
    ] {
        assert!(help.stdout.contains(word), "{word}");
    }
    assert_eq!(folder.run(&["--version"]).code, 0);
    for arguments in [
        &[][..],
        &["fly"],
        &["call", "crm"],
        &["call", "crm", "say", "--token", "sgt_x"],
        &["module"],
        &["token", "create"],
        &["token", "list", "--community", "a/b"],
        &["token", "revoke", "x", "--community", "home"],
        &["call", "Crm", "say"],
    ] {
        assert_eq!(folder.run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn a_configuration_is_checked_whole_and_starts_nothing() {
    let folder = Folder::new();
    let checked = folder.run(&["--json", "config", "check"]);
    assert_eq!(checked.code, 0);
    assert_eq!(checked.json()["listen"], "127.0.0.1:8787");
    assert_eq!(std::fs::read_dir(folder.0.path()).unwrap().count(), 0);

    let faulty = Folder::with_config("[listen]\naddress = \"0.0.0.0:1\"\n[log]\nformat = \"x\"");
    for command in [
        &["config", "check"][..],
        &["serve"],
        &["token", "list", "--community", "a"],
    ] {
        let refused = faulty.run(&[&["--json"], command].concat());
        refused.is(3, "configuration");
        assert_eq!(refused.json()["faults"].as_array().unwrap().len(), 2);
    }
    let told = faulty.run(&["config", "check"]);
    assert!(told.stdout.is_empty());
    assert!(told.stderr.contains("listen.address") && told.stderr.contains("log.format"));
    folder
        .run(&["--json", "--config", "none.toml", "config", "check"])
        .is(3, "configuration");
}

#[test]
fn a_token_is_made_shown_once_listed_and_revoked() {
    let folder = Folder::new();
    let token = folder.token("ada", "admin");
    assert!(token.starts_with("sgt_"));
    let data = std::fs::metadata(folder.0.path().join("skillgate-data")).unwrap();
    assert_eq!(data.permissions().mode() & 0o777, 0o700);

    let list = folder.run(&["--json", "token", "list", "--community", "home"]);
    let id = list.json()["tokens"][0]["id"].as_str().unwrap().to_owned();
    assert!(!list.stdout.contains("sgt_"));
    let people = folder.run(&["token", "list", "--community", "home"]);
    assert!(people.stdout.contains(&id) && people.stdout.contains("expires_at"));

    let revoke =
        |community| folder.run(&["--json", "token", "revoke", &id, "--community", community]);
    revoke("away").is(1, "token-not-found");
    assert_eq!(revoke("home").code, 0);
    folder
        .run_as(&token, &["--json", "module", "list"])
        .is(1, "token-not-valid");

    let made = folder.run(&[
        "--json",
        "token",
        "create",
        "--community",
        "home",
        "--user",
        "u",
        "--role",
        "agent",
    ]);
    made.is(1, "token-request-invalid");
}

#[test]
fn a_command_acts_with_its_bearers_rights() {
    let folder = Folder::new();
    let (admin, member) = (folder.token("ada", "admin"), folder.token("mia", "member"));
    folder
        .run(&["--json", "call", "crm", "say"])
        .is(3, "configuration");
    folder
        .run_as("sgt_x", &["--json", "call", "crm", "say"])
        .is(1, "token-not-valid");
    folder
        .run_as(&member, &["--json", "call", "crm", "say"])
        .is(1, "skill-not-found");
    folder
        .run_as(&member, &["--json", "module", "list"])
        .is(1, "forbidden");
    let list = folder.run_as(&admin, &["--json", "module", "list"]);
    assert_eq!(list.json(), json!({"modules": []}));

    let path = folder.write("token", format!("{admin}\n").as_bytes(), 0o600);
    let by_file = [
        "--json",
        "module",
        "list",
        "--token-file",
        path.to_str().unwrap(),
    ];
    assert_eq!(folder.run(&by_file).code, 0);
    folder.write("token", admin.as_bytes(), 0o644);
    folder.run(&by_file).is(3, "configuration");
}

#[test]
fn a_module_that_is_none_is_told_why() {
    let folder = Folder::new();
    let partner = folder.token("pat", "partner");
    let manifest = json!({
        "manifest_version": 1, "name": "echo", "version": "0.1.0", "title": "Echo",
        "description": "Says it again.", "publisher": "skillgate", "license": "MIT",
        "interfaces": [],
        "tools": [{"name": "say", "title": "Say", "description": "Says it again.",
            "input_schema": {"type": "object"}, "output_schema": {}}],
    });
    folder.write("good.json", manifest.to_string().as_bytes(), 0o600);
    folder.write("bad.json", b"{\"manifest_version\": 1}", 0o600);
    folder.write("core.wasm", b"\0asm\x01\0\0\0", 0o600);
    folder.write("text.wasm", b"hello", 0o600);
    for (manifest, component, code) in [
        ("bad.json", "core.wasm", "manifest-invalid"),
        ("good.json", "core.wasm", "core-module"),
        ("good.json", "text.wasm", "not-a-component"),
        ("none.json", "core.wasm", "file"),
    ] {
        let arguments = [
            "--json",
            "module",
            "submit",
            "--manifest",
            manifest,
            "--component",
            component,
        ];
        folder.run_as(&partner, &arguments).is(1, code);
    }
    let id = "0190f5fe-7c00-7a00-8000-000000000001";
    folder
        .run_as(&partner, &["--json", "module", "show", id])
        .is(1, "module-not-found");
    folder
        .run_as(&partner, &["--json", "module", "grant", id])
        .is(1, "forbidden");
    // Nor is there anything to let partners have, or to take over from them.
    let admin = folder.token("ada", "admin");
    let module = |arguments: &[&str]| {
        let arguments = [&["--json", "module"], arguments].concat();
        folder.run_as(&admin, &arguments)
    };
    for command in ["offer", "withdraw", "adopt"] {
        module(&[command, id]).is(1, "module-not-found");
    }
    assert_eq!(module(&["offers"]).json()["offers"], json!([]));
    module(&["offers", "--after", "x"]).is(1, "query-invalid");
}

#[test]
fn policies_are_shown_tried_put_and_explained() {
    let folder = Folder::new();
    let (admin, member) = (folder.token("ada", "admin"), folder.token("mia", "member"));
    folder
        .run_as(&member, &["--json", "policy", "show"])
        .is(1, "forbidden");
    let list = folder.run_as(&admin, &["--json", "policy", "list"]).json();
    assert_eq!(list["version"], 0);
    assert_eq!(list["policies"][0]["id"], "admins-administer");

    // What is shown to people is the text itself, ready to be changed and put.
    let shown = folder.run_as(&admin, &["policy", "show"]).stdout;
    let more = "@id(\"no-links\") forbid (principal, action == Action::\"crm-link\", resource);";
    folder.write("good.cedar", format!("{shown}{more}").as_bytes(), 0o600);
    folder.write("bad.cedar", format!("{shown}permit").as_bytes(), 0o600);
    folder.write("none.cedar", b"", 0o600);
    let policy = |arguments: &[&str]| {
        let arguments = [&["--json", "policy"], arguments].concat();
        folder.run_as(&admin, &arguments)
    };
    policy(&["validate", "bad.cedar"]).is(1, "policies-invalid");
    assert_eq!(policy(&["validate", "good.cedar"]).code, 0);
    policy(&["put", "none.cedar", "--expected-version", "0"]).is(1, "policies-lock-out-admins");
    let put = policy(&["put", "good.cedar", "--expected-version", "0"]);
    assert_eq!((put.code, &put.json()["version"]), (0, &json!(1)));
    policy(&["put", "good.cedar", "--expected-version", "0"]).is(1, "policies-changed");
    assert_eq!(policy(&["history"]).json()["versions"][0]["put_by"], "ada");
    let old = folder.run_as(&admin, &["policy", "show", "--version", "0"]);
    assert_eq!(old.stdout, shown);
    policy(&["show", "--version", "2"]).is(1, "policies-not-found");

    let question = json!({
        "principal": { "role": "agent", "user": "mia", "agent": "bot" },
        "action": "crm-link",
        "resource": { "type": "object-type", "object": "task", "skill": "crm", "tool": "add_note" },
    });
    let explained = policy(&["explain", &question.to_string()]).json();
    assert_eq!(explained["permitted"], false);
    assert_eq!(explained["policies"], json!(["no-links"]));
    policy(&["explain", "{}"]).is(1, "question");
}

#[test]
fn settings_are_shown_put_and_listed() {
    let folder = Folder::new();
    let (admin, member) = (folder.token("ada", "admin"), folder.token("mia", "member"));
    folder
        .run_as(&member, &["--json", "settings", "show"])
        .is(1, "forbidden");
    // What is shown to people is the settings alone, ready to be changed and put.
    let shown = folder.run_as(&admin, &["settings", "show"]).stdout;
    let mut settings: Value = serde_json::from_str(&shown).unwrap();
    let mut write = |file: &str, always: Value| {
        settings["sharing"]["task"]["always"] = always;
        settings["sharing"]["task"]["on_request"] = json!([]);
        folder.write(file, settings.to_string().as_bytes(), 0o600);
    };
    write("good.json", json!(["title"]));
    write("bad.json", json!(["titel"]));
    folder.write("none.json", b"{", 0o600);
    let settings = |arguments: &[&str]| {
        let arguments = [&["--json", "settings"], arguments].concat();
        folder.run_as(&admin, &arguments)
    };
    settings(&["put", "none.json", "--expected-version", "0"]).is(1, "file");
    settings(&["put", "bad.json", "--expected-version", "0"]).is(1, "settings-invalid");
    let put = settings(&["put", "good.json", "--expected-version", "0"]);
    assert_eq!((put.code, &put.json()["version"]), (0, &json!(1)));
    settings(&["put", "good.json", "--expected-version", "0"]).is(1, "settings-changed");
    let now = settings(&["show"]).json();
    assert_eq!(
        now["settings"]["sharing"]["task"]["always"],
        json!(["title"])
    );
    assert_eq!(
        settings(&["history"]).json()["versions"][0]["put_by"],
        "ada"
    );
    let old = folder.run_as(&admin, &["settings", "show", "--version", "0"]);
    assert_eq!(old.stdout, shown);
    settings(&["show", "--version", "2"]).is(1, "settings-not-found");
}

#[test]
fn a_grant_goes_through_its_life() {
    let folder = Folder::new();
    let (admin, partner) = (folder.token("ada", "admin"), folder.token("pat", "partner"));
    let skills = skills();
    let component = skills.join("crm.wasm");
    let text = std::fs::read_to_string(skills.join("crm.json")).unwrap();
    let submit = |manifest: &Value| {
        let path = folder.write("crm.json", manifest.to_string().as_bytes(), 0o600);
        let paths = [path.to_str().unwrap(), component.to_str().unwrap()];
        let submit = [
            "--json",
            "module",
            "submit",
            "--manifest",
            paths[0],
            "--component",
            paths[1],
        ];
        let made = folder.run_as(&partner, &submit).json();
        made["id"].as_str().unwrap().to_owned()
    };
    let admin =
        |arguments: &[&str]| folder.run_as(&admin, &[&["--json", "module"], arguments].concat());

    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    let one = submit(&manifest);
    admin(&["grant", &one]);
    manifest["version"] = json!("9.0.0");
    manifest["tools"][0]["description"] = json!("Something else.");
    let changed = manifest["tools"][0]["name"].clone();
    let two = submit(&manifest);
    let diff = admin(&["diff", &two]).json();
    assert_eq!(
        diff["tools"],
        json!({"added": [], "removed": [], "changed": [changed]})
    );
    assert!(
        folder
            .run_as(&partner, &["module", "diff", &two])
            .stdout
            .contains("9.0.0")
    );

    let terms = folder.write(
        "terms",
        br#"{"carry_over": true, "expected_generation": 1}"#,
        0o600,
    );
    let grant = ["grant", &two, "--terms", terms.to_str().unwrap()];
    let granted = admin(&grant).json();
    assert_eq!(granted["generation"], 2);
    assert!(granted["tools"].get(changed.as_str().unwrap()).is_none());
    admin(&grant).is(1, "grant-changed");
    assert_eq!(admin(&["freeze", "crm"]).json()["generation"], 3);
    assert_eq!(admin(&["unfreeze", "crm"]).json()["frozen_at"], Value::Null);
    admin(&["rollback", "crm", "--expected-generation", "3"]).is(1, "grant-changed");
    let back = admin(&["rollback", "crm", "--expected-generation", "4"]).json();
    assert_eq!(back["module"], one);
    let grant = back["id"].as_str().unwrap();
    admin(&["revoke", &two, grant]).is(1, "module-not-found");
    assert_eq!(admin(&["revoke", &one, grant]).json()["revoked"], grant);
    admin(&["rollback", "crm"]).is(1, "rollback-refused");
    admin(&["freeze", "none"]).is(1, "skill-not-found");
}

#[test]
fn a_rotated_key_leaves_everything_checkable() {
    let folder = Folder::new();
    let export = |name: &str| {
        folder
            .run(&["--json", "audit", "export", "--out", name])
            .json()
    };
    let verify = |name: &str, keys: &[&str]| {
        let mut arguments = vec!["--json", "audit", "verify", name];
        arguments.extend(keys.iter().flat_map(|key| ["--key", key]));
        folder.run(&arguments)
    };
    folder.token("ada", "admin");
    let before = export("before");
    let old = before["key"].as_str().unwrap();
    assert_eq!(before["former_keys"], json!([]));
    assert_eq!(verify("before", &[old]).code, 0);

    // What is recorded and not signed yet is signed by the old key.
    folder.token("mia", "member");
    let rotated = folder.run(&["--json", "audit", "rotate-key"]);
    assert_eq!(rotated.code, 0, "{}", rotated.stdout);
    let keys = rotated.json();
    let new = keys["key"].as_str().unwrap();
    assert_eq!(keys["former_keys"], json!([old]));
    assert_eq!(folder.run(&["--json", "audit", "key"]).json(), keys);
    let between = export("between");
    assert_eq!(
        (&between["records"], &between["key"]),
        (&json!(2), &json!(new))
    );
    assert_eq!(verify("between", &[old]).code, 0);

    folder.token("eve", "member");
    let after = export("after");
    assert_eq!(after["records"], 3);
    assert_eq!(verify("after", &[new, old]).code, 0);
    verify("after", &[new]).is(1, "not-verified");
    verify("after", &[old]).is(1, "not-verified");
    assert_eq!(verify("before", &[new, old]).code, 0);
    let both = format!("--key {old} --key {new}");
    let told = folder.run(&["audit", "export", "--out", "again"]).stdout;
    assert!(told.contains(&both), "{told}");

    let elsewhere = Folder::with_config("[audit]\nkey = \"env:KEY\"");
    let mut command = elsewhere.command(&["--json", "audit", "rotate-key"]);
    let key = std::fs::read_to_string(folder.0.path().join("skillgate-data/audit.key")).unwrap();
    let refused: Ended = command.env("KEY", key).output().unwrap().into();
    refused.is(1, "key-configured");
}

#[test]
fn the_doctor_looks_at_everything() {
    let folder = Folder::new();
    let well = folder.run(&["--json", "doctor"]);
    assert_eq!(well.code, 0, "{}", well.stdout);
    let names = |ended: &Ended| -> Vec<String> {
        let view = ended.json();
        let checks = view["checks"].as_array().unwrap().iter();
        checks
            .map(|check| check["check"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&well),
        [
            "configuration",
            "data folder",
            "database",
            "CRM",
            "webhooks",
            "egress",
            "requests of skills",
            "secrets",
            "planner",
            "workspace",
            "relay",
            "mail",
            "audit trail",
            "sandbox"
        ]
    );

    // Nothing listens on port 1 of this machine.
    let away = Folder::with_config("[crm]\nurl = \"http://127.0.0.1:1\"\napi_key = \"env:KEY\"");
    let mut command = away.command(&["--json", "doctor"]);
    command
        .env("KEY", "k")
        .env("DATABASE_URL", "sqlite:/nowhere/skillgate.db");
    let ill: Ended = command.output().unwrap().into();
    assert_eq!(ill.code, 4, "{}", ill.stdout);
    let view = ill.json();
    let found = |index: usize| view["checks"][index]["found"].as_str().unwrap();
    assert!(found(2).contains("DATABASE_URL"), "{view}");
    assert!(found(3).contains("crm.url"), "{view}");

    let mail = "[mail]\nurl = \"smtp://127.0.0.1:1\"\nfrom = \"a@example.org\"";
    let ill = Folder::with_config(mail).run(&["--json", "doctor"]);
    assert_eq!(ill.code, 4, "{}", ill.stdout);
    let view = ill.json();
    let mut checks = view["checks"].as_array().unwrap().iter();
    let found = checks.find(|it| it["check"] == "mail").unwrap();
    assert!(
        found["found"].as_str().unwrap().contains("[mail]"),
        "{view}"
    );

    let mut command = folder.command(&["--json", "doctor"]);
    command.env("DATABASE_URL", "postgres://u:hidden@[/d");
    let ill: Ended = command.output().unwrap().into();
    assert_eq!(ill.code, 3, "{}", ill.stdout);
    assert!(!ill.stdout.contains("hidden") && !ill.stderr.contains("hidden"));

    let faulty = Folder::with_config("[other]");
    let ill = faulty.run(&["--json", "doctor"]);
    assert_eq!((ill.code, &ill.json()["ok"]), (3, &json!(false)));
}

/// A served door that is killed if its test fails.
struct Door {
    child: Child,
    address: String,
}

impl Drop for Door {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}

impl Door {
    fn open(folder: &Folder) -> Self {
        let mut command = folder.command(&["--json", "serve"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.ends_with("}\n") {
            assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "{text}");
        }
        let view: Value = serde_json::from_str(&text).unwrap();
        let address = view["listening"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap();
        let address = address.to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[test]
fn the_door_opens_answers_and_closes() {
    let folder =
        Folder::with_config("[listen]\naddress = \"127.0.0.1:0\"\n[log]\nformat = \"json\"");
    let mut door = Door::open(&folder);
    assert!(door.get("/healthz").starts_with("HTTP/1.1 200 OK"));
    let ready = door.get("/readyz");
    assert!(ready.contains(r#""ready":true"#), "{ready}");
    assert!(
        door.get("/api/skills?secret=1")
            .starts_with("HTTP/1.1 401 Unauthorized")
    );
    let metrics = door.get("/metrics");
    for line in [
        "skillgate_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"200\"} 1",
        "skillgate_crm_requests_total{call=",
        "skillgate_storage_connections ",
    ] {
        let found = metrics.lines().find_map(|found| found.strip_prefix(line));
        assert!(found.is_some_and(|rest| rest != "0"), "{line} in {metrics}");
    }

    let pid = door.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(door.child.wait().unwrap().code(), Some(0));
    let mut logs = String::new();
    door.child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut logs)
        .unwrap();
    let lines: Vec<Value> = logs
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let routes: Vec<_> = lines
        .iter()
        .filter_map(|l| l["fields"]["http.route"].as_str())
        .collect();
    assert_eq!(routes, ["/healthz", "/readyz", "/api/skills", "/metrics"]);
    assert!(!logs.contains("secret"), "{logs}");
}

#[test]
fn two_doors_cannot_have_one_address() {
    let first = Folder::with_config("[listen]\naddress = \"127.0.0.1:0\"");
    let door = Door::open(&first);
    let second = Folder::with_config(&format!("[listen]\naddress = \"{}\"", door.address));
    second.run(&["--json", "serve"]).is(3, "configuration");
}
