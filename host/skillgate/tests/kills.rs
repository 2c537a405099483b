//! The host killed again and again while agents write: nothing that was acknowledged is missing, nothing
//! is there twice, every write's outcome is on record in the end, and the trail still checks.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How often the host is killed, unless the environment says otherwise.
const KILLS: u64 = 10;
/// Agents at once.
const AGENTS: usize = 4;
/// How long outcomes may take to be on record after the last start: the wall time of a call, the grace
/// of its last write, and a look at the list.
const OUTCOMES_MAX: Duration = Duration::from_secs(30);
/// How long the writes of one life may take.
const WRITES_MAX: Duration = Duration::from_secs(20);

/// When a host is killed: so long after so many of its writes were acknowledged.
struct Life {
    writes: usize,
    then: Duration,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says what it built and how long to go on"
)]
fn told(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

struct Program {
    folder: tempfile::TempDir,
    agent: String,
}

/// A lead that an agent was told is there: its number, and the ids of its records.
type Acknowledged = Mutex<BTreeMap<u32, (Value, Value)>>;

impl Program {
    fn command(&self, token: Option<&str>, arguments: &[&str]) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command.arg("--json").args(arguments);
        command.current_dir(self.folder.path()).env_clear();
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A folder with the CRM skill granted, and an agent's token.
    fn ready() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = "[listen]\naddress = \"127.0.0.1:0\"\n[log]\nfilter = \"off\"\n";
        std::fs::write(folder.path().join("skillgate.toml"), settings).unwrap();
        // A short wall time, so that outcomes need not be waited for long.
        let terms = json!({ "limits": { "wall_ms": 1_000 } });
        std::fs::write(folder.path().join("terms.json"), terms.to_string()).unwrap();
        let mut program = Self {
            folder,
            agent: String::new(),
        };
        let publisher = program.token(&["--role", "partner", "--user", "publisher"]);
        let admin = program.token(&["--role", "admin", "--user", "admin"]);
        program.agent = program.token(&["--role", "agent", "--user", "ada", "--agent", "a"]);
        let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/skills");
        let skills = told("SKILLGATE_TEST_SKILLS").map_or_else(built, PathBuf::from);
        let (manifest, component) = (skills.join("crm.json"), skills.join("crm.wasm"));
        let paths = [manifest.to_str().unwrap(), component.to_str().unwrap()];
        let submit = [
            "module",
            "submit",
            "--manifest",
            paths[0],
            "--component",
            paths[1],
        ];
        let module = program.command(Some(&publisher), &submit);
        let id = module["id"].as_str().unwrap();
        program.command(
            Some(&admin),
            &["module", "grant", id, "--terms", "terms.json"],
        );
        program
    }

    fn token(&self, role: &[&str]) -> String {
        let create = ["token", "create", "--community", "home", "--may-write"];
        let made = self.command(None, &[&create, role].concat());
        made["token"].as_str().unwrap().to_owned()
    }

    /// Serves. Returns the process and its address.
    fn serve(&self) -> (Child, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_skillgate"))
            .args(["--json", "serve"])
            .current_dir(self.folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while serde_json::from_str::<Value>(&text).is_err() {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "it ended: {text}");
            text.push_str(&line);
        }
        let view: Value = serde_json::from_str(&text).unwrap();
        let address = view["listening"].as_str().unwrap().replace("http://", "");
        (child, address)
    }

    /// Calls a tool of the CRM skill. Nothing, if the host did not live to answer.
    fn call(&self, address: &str, tool: &str, input: &Value) -> Option<(u16, Value)> {
        let (agent, body) = (&self.agent, input.to_string());
        let mut stream = TcpStream::connect(address).ok()?;
        write!(
            stream,
            "POST /api/skills/crm/tools/{tool} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
             authorization: Bearer {agent}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((
            head.get(9..12)?.parse().ok()?,
            serde_json::from_str(body).ok()?,
        ))
    }

    /// One life of the host: agents write until it is killed, some time after so many of their
    /// writes were acknowledged. A life is counted in writes because a slow machine does none in a
    /// fixed time.
    fn live_and_die(&self, next: &AtomicU32, acknowledged: &Acknowledged, life: &Life) {
        let (mut child, address) = self.serve();
        let written = || acknowledged.lock().unwrap().len();
        let (born, before) = (Instant::now(), written());
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..AGENTS {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        self.write_one(&address, next, acknowledged);
                    }
                });
            }
            while written() < before + life.writes && born.elapsed() < WRITES_MAX {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(life.then);
            child.kill().unwrap();
            over.store(true, Ordering::Relaxed);
        });
        child.wait().unwrap();
    }

    fn write_one(&self, address: &str, next: &AtomicU32, acknowledged: &Acknowledged) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let input = json!({ "name": deal(number), "person": { "email": email(number) } });
        if let Some((200, answer)) = self.call(address, "create_lead", &input) {
            let id = |part: &str| answer["output"][part]["id"].clone();
            let ids = (id("person"), id("opportunity"));
            acknowledged.lock().unwrap().insert(number, ids);
        }
    }

    /// Reads everything that is signed, after checking it.
    fn trail(&self, name: &str) -> Vec<Value> {
        let exported = self.command(None, &["audit", "export", "--out", name]);
        let key = exported["key"].as_str().unwrap();
        self.command(None, &["audit", "verify", name, "--key", key]);
        let text = std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        let lines = text.lines().skip(1).filter(|line| line.starts_with('{'));
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn deal(number: u32) -> String {
    format!("Deal-{number:05}")
}

fn email(number: u32) -> String {
    format!("person-{number:05}@kills.example")
}

/// Writes whose intent is on record and whose outcome is not.
fn open_writes(trail: &[Value]) -> BTreeSet<String> {
    let writes = trail.iter().filter(|record| record["write"].is_object());
    let mut open = BTreeSet::new();
    for record in writes {
        let id = record["write"]["id"].as_str().unwrap().to_owned();
        if record["outcome"] == "intended" {
            open.insert(id);
        } else {
            open.remove(&id);
        }
    }
    open
}

#[test]
fn killed_again_and_again_while_agents_write() {
    let program = Program::ready();
    let (next, acknowledged) = (AtomicU32::new(0), Acknowledged::default());
    let kills = told("SKILLGATE_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    for kill in 0..kills {
        // From before the first write to the middle of many, at any point of a write.
        let life = Life {
            writes: [0, 1, 4, 12][usize::try_from(kill % 4).unwrap()],
            then: Duration::from_millis(kill * 37 % 80),
        };
        program.live_and_die(&next, &acknowledged, &life);
    }
    let (mut child, address) = program.serve();
    let began = Instant::now();
    let mut looks = 0;
    let trail = loop {
        looks += 1;
        let trail = program.trail(&format!("trail-{looks}.jsonl"));
        let open = open_writes(&trail);
        if open.is_empty() {
            break trail;
        }
        assert!(began.elapsed() < OUTCOMES_MAX, "outcomes unknown: {open:?}");
        std::thread::sleep(Duration::from_millis(500));
    };
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(!acknowledged.is_empty(), "no life was long enough to write");
    for number in 0..next.load(Ordering::Relaxed) {
        let find = |tool: &str, input: Value| program.call(&address, tool, &input).unwrap().1;
        let people = find("search_contacts", json!({ "text": email(number) }));
        let deals = json!({ "object": "opportunity", "text": deal(number) });
        let deals = find("search_records", deals);
        let people = people["output"]["contacts"].as_array().unwrap();
        let deals = deals["output"]["records"].as_array().unwrap();
        assert!(
            people.len() <= 1 && deals.len() <= 1,
            "twice: {people:?} {deals:?}"
        );
        if let Some((person, deal)) = acknowledged.get(&number) {
            assert_eq!(
                &people[0]["id"], person,
                "an acknowledged person is missing"
            );
            assert_eq!(&deals[0]["id"], deal, "an acknowledged deal is missing");
        }
    }
    let recovered = trail
        .iter()
        .filter(|record| record["actor"]["kind"] == "host");
    println!(
        "{kills} kills, {} leads asked for, {} acknowledged, {} records, {} outcomes looked up",
        next.load(Ordering::Relaxed),
        acknowledged.len(),
        trail.len(),
        recovered.count()
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
