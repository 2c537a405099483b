//! The host killed again and again while agents write: nothing that was acknowledged is missing, nothing
//! is there twice, every write's outcome is on record in the end, and the trail still checks.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "kills/mail.rs"]
mod mail;
#[path = "../../../tests/src/post.rs"]
#[expect(
    unreachable_pub,
    dead_code,
    reason = "it is shared with the stories, which use all of it"
)]
mod post;
#[path = "support/program.rs"]
mod program;

use program::{Program, Served};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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

/// The program, and an agent's token.
struct World {
    program: Program,
    agent: String,
}

/// A lead that an agent was told is there: its number, and the ids of its records.
type Acknowledged = Mutex<BTreeMap<u32, (Value, Value)>>;

impl World {
    /// A folder with the CRM skill granted, and an agent's token.
    fn ready() -> Self {
        let program = Program::new("", Vec::new());
        // A short wall time, so that outcomes need not be waited for long.
        let terms = json!({ "limits": { "wall_ms": 1_000 } });
        std::fs::write(program.folder().join("terms.json"), terms.to_string()).unwrap();
        program.grant("crm", &["--terms", "terms.json"]);
        let agent = program.token(&["--role", "agent", "--user", "ada", "--agent", "a"]);
        Self { program, agent }
    }

    /// Calls a tool of the CRM skill. Nothing, if the host did not live to answer.
    fn call(&self, served: &Served, tool: &str, input: &Value) -> Option<(u16, Value)> {
        let path = format!("/api/skills/crm/tools/{tool}");
        served.post(&self.agent, &path, input)
    }

    /// One life of the host: agents write until it is killed, some time after so many of their
    /// writes were acknowledged. A life is counted in writes because a slow machine does none in a
    /// fixed time.
    fn live_and_die(&self, next: &AtomicU32, acknowledged: &Acknowledged, life: &Life) {
        let served = self.program.serve();
        let written = || acknowledged.lock().unwrap().len();
        let (born, before) = (Instant::now(), written());
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..AGENTS {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        self.write_one(&served, next, acknowledged);
                    }
                });
            }
            while written() < before + life.writes && born.elapsed() < WRITES_MAX {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(life.then);
            served.die();
            over.store(true, Ordering::Relaxed);
        });
    }

    fn write_one(&self, served: &Served, next: &AtomicU32, acknowledged: &Acknowledged) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let input = json!({ "name": deal(number), "person": { "email": email(number) } });
        if let Some((200, answer)) = self.call(served, "create_lead", &input) {
            let id = |part: &str| answer["output"][part]["id"].clone();
            let ids = (id("person"), id("opportunity"));
            acknowledged.lock().unwrap().insert(number, ids);
        }
    }

    /// Reads everything that is signed, after checking it.
    fn trail(&self, name: &str) -> Vec<Value> {
        let exported = self.program.run(None, &["audit", "export", "--out", name]);
        let key = exported["key"].as_str().unwrap();
        self.program
            .run(None, &["audit", "verify", name, "--key", key]);
        let text = std::fs::read_to_string(self.program.folder().join(name)).unwrap();
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
    let world = World::ready();
    let (next, acknowledged) = (AtomicU32::new(0), Acknowledged::default());
    let kills = told("SKILLGATE_TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    for kill in 0..kills {
        // From before the first write to the middle of many, at any point of a write.
        let life = Life {
            writes: [0, 1, 4, 12][usize::try_from(kill % 4).unwrap()],
            then: Duration::from_millis(kill * 37 % 80),
        };
        world.live_and_die(&next, &acknowledged, &life);
    }
    let served = world.program.serve();
    let began = Instant::now();
    let mut looks = 0;
    let trail = loop {
        looks += 1;
        let trail = world.trail(&format!("trail-{looks}.jsonl"));
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
        let find = |tool: &str, input: Value| world.call(&served, tool, &input).unwrap().1;
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
    served.die();
}
