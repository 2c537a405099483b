//! The host killed while a hand-off is applied, between any two of its effects and in the middle of each.
//! Afterwards each effect happened once, or is reported as unknown; none happened twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use axum::extract::{Request, State};
use axum::routing::any;
use axum::{Json, Router};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const TEAM: &str = "0190f5fe-7c00-7a00-8000-00000000beef";
const CAROL: &str = "0190f5fe-7c00-7a00-8000-0000000000ca";
const SECRET: &str = "a-key-of-at-least-thirty-two-bytes";
/// How long a request may need to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(30);

/// When the host is killed: while a request is under way, which the other side has taken or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Death {
    path: &'static str,
    taken: bool,
}

/// Relay and workspace in one: what they took, and the request that they do not answer.
#[derive(Default)]
struct Others {
    taken: Mutex<Vec<Taken>>,
    held: Mutex<Option<Death>>,
    waiting: Mutex<bool>,
}

/// A request that was taken.
#[derive(Debug, Clone)]
struct Taken {
    path: String,
    body: Value,
}

impl Others {
    fn count(&self, path: &str) -> usize {
        let taken = self.taken.lock().unwrap();
        taken.iter().filter(|it| it.path == path).count()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a relay elsewhere has a clock of its own"
    )]
    fn stream(&self) -> Value {
        let taken = self.taken.lock().unwrap();
        let shared = taken.iter().filter(|it| it.path == SHARE);
        let tez = |(number, it): (usize, &Taken)| {
            let id = format!("0190f5fe-7c00-7a00-8000-{number:012}");
            let mut tez = it.body.clone();
            let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let head = json!({ "id": id, "threadId": id, "conversationId": null, "parentTezId": null,
                "senderUserId": "mia", "status": "active", "createdAt": now, "updatedAt": now });
            let members = head.as_object().unwrap().clone();
            tez.as_object_mut().unwrap().extend(members);
            tez
        };
        shared.enumerate().map(tez).collect()
    }
}

const SHARE: &str = "/tez/share";
const STREAM: &str = "/tez/stream";
const EMAIL: &str = "/api/email/send";
const CALENDAR: &str = "/api/calendar/log-action";

async fn answer(State(others): State<Arc<Others>>, request: Request) -> (StatusCode, Json<Value>) {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    if head.method == Method::GET {
        let data = match path.as_str() {
            STREAM => others.stream(),
            _ => json!({ "status": "ready" }),
        };
        return (
            StatusCode::OK,
            Json(json!({ "data": data, "meta": { "hasMore": false } })),
        );
    }
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    let death = *others.held.lock().unwrap();
    let death = death.filter(|death| death.path == path);
    if death.is_none_or(|death| death.taken) {
        let path = path.clone();
        others.taken.lock().unwrap().push(Taken { path, body });
    }
    if death.is_some() {
        *others.waiting.lock().unwrap() = true;
        std::future::pending::<()>().await;
    }
    let stream = others.stream();
    let last = stream.as_array().and_then(|all| all.last()).cloned();
    let data = if path == SHARE {
        last.unwrap_or_default()
    } else {
        json!({ "id": "1" })
    };
    (StatusCode::CREATED, Json(json!({ "data": data })))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says what it built"
)]
fn skills() -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/skills");
    std::env::var("SKILLGATE_TEST_SKILLS").map_or_else(|_| built(), PathBuf::from)
}

/// A folder to run the program in, and the address of everybody else.
struct Program {
    folder: tempfile::TempDir,
    others: String,
    member: String,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command.current_dir(self.folder.path()).env_clear();
        command.stdin(Stdio::null());
        command.env("RELAY_URL", &self.others);
        command.env("JWT_SECRET", SECRET);
        command.env("PA_WORKSPACE_API_URL", &self.others);
        command.env("PA_WORKSPACE_SERVICE_TOKEN", "a-token");
        command
    }

    fn run(&self, token: Option<&str>, arguments: &[&str]) -> Value {
        let mut command = self.command();
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        let output = command.arg("--json").args(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    fn token(&self, role: &str, user: &str) -> String {
        let create = ["token", "create", "--community", "home", "--may-write"];
        let made = self.run(
            None,
            &[&create[..], &["--role", role, "--user", user]].concat(),
        );
        made["token"].as_str().unwrap().to_owned()
    }

    /// A folder with the hand-off skill granted, and a member's token.
    fn ready(others: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = "[listen]\naddress = \"127.0.0.1:0\"\n[log]\nfilter = \"off\"\n\
            [mypa]\ncommunity = \"home\"\n";
        std::fs::write(folder.path().join("skillgate.toml"), settings).unwrap();
        let member = String::new();
        let mut program = Self {
            folder,
            others,
            member,
        };
        let publisher = program.token("partner", "publisher");
        let admin = program.token("admin", "admin");
        program.member = program.token("member", "mia");
        let (manifest, component) = (
            skills().join("tez-handoff.json"),
            skills().join("tez-handoff.wasm"),
        );
        let submit = [
            "module",
            "submit",
            "--manifest",
            manifest.to_str().unwrap(),
            "--component",
        ];
        let submit = [&submit[..], &[component.to_str().unwrap()]].concat();
        let module = program.run(Some(&publisher), &submit);
        let grant = ["module", "grant", module["id"].as_str().unwrap()];
        program.run(Some(&admin), &grant);
        program
    }

    fn serve(&self) -> Served {
        let mut command = self.command();
        command.args(["--json", "serve"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while serde_json::from_str::<Value>(&text).is_err() {
            assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "it ended: {text}");
        }
        let view: Value = serde_json::from_str(&text).unwrap();
        let address = view["listening"].as_str().unwrap().replace("http://", "");
        Served {
            child: Mutex::new(child),
            address,
        }
    }

    fn post(&self, address: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let (token, body) = (&self.member, body.to_string());
        let mut stream = TcpStream::connect(address).ok()?;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
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

    /// Makes a deal and plans a hand-off of it, by everything there is.
    fn plan(&self, served: &Served) -> Value {
        let deal = json!({ "payload": { "name": "Acme Renewal", "stage": "PROPOSAL" } });
        let deal = self
            .post(&served.address, "/api/crm/opportunities", &deal)
            .unwrap()
            .1;
        let asked = json!({
            "entityType": "opportunity",
            "entityId": deal["data"]["summary"]["id"],
            "objective": "Move deal to next stage",
            "tez": { "teamId": TEAM, "recipients": [CAROL], "share": true },
            "googleWorkspace": { "enabled": true, "sendEmail": true, "logCalendar": true,
                "paEmail": "pa@mypa.example", "emailTo": "owner@example.com" },
        });
        let (status, planned) = self
            .post(&served.address, "/api/crm/workflows/coordinate", &asked)
            .unwrap();
        assert_eq!(status, 200, "{planned}");
        planned["data"]["plan"].clone()
    }

    fn apply(&self, served: &Served, plan: &Value) -> Option<(u16, Value)> {
        let path = format!(
            "/api/crm/workflows/plans/{}/apply",
            plan["id"].as_str().unwrap()
        );
        self.post(&served.address, &path, &json!({ "digest": plan["digest"] }))
    }

    /// Lets two minutes pass, in which nobody else takes up what the dead host had begun.
    async fn minutes_pass(&self) {
        let file = self.folder.path().join("skillgate-data/skillgate.db");
        let address = format!("sqlite://{}", file.display());
        let database = sqlx::SqlitePool::connect(&address).await.unwrap();
        let past = "UPDATE plans SET claimed_until = '2026-01-01T00:00:00.000Z'";
        sqlx::query(past).execute(&database).await.unwrap();
        database.close().await;
    }
}

/// A host that serves.
struct Served {
    child: Mutex<Child>,
    address: String,
}

impl Served {
    /// Ends it at once, as `kill -9` does.
    fn die(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn outcomes(applied: &Value) -> Vec<String> {
    let effects = applied["data"]["effects"].as_array().unwrap().iter();
    let told = |effect: &Value| effect["outcome"].as_str().unwrap_or("-").to_owned();
    effects.map(told).collect()
}

/// One death, and what is there afterwards: outcomes in order, and how often each happened.
async fn story(death: Death) -> (Vec<String>, [usize; 3]) {
    let others = Arc::new(Others::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new()
        .fallback(any(answer))
        .with_state(Arc::clone(&others));
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, routes).await });

    let program = Arc::new(
        tokio::task::spawn_blocking(|| Program::ready(address))
            .await
            .unwrap(),
    );
    *others.held.lock().unwrap() = Some(death);
    let (dying, watched) = (Arc::clone(&program), Arc::clone(&others));
    let plan = tokio::task::spawn_blocking(move || {
        let served = dying.serve();
        let plan = dying.plan(&served);
        std::thread::scope(|scope| {
            let applied = scope.spawn(|| dying.apply(&served, &plan));
            let began = Instant::now();
            while !*watched.waiting.lock().unwrap() {
                assert!(began.elapsed() < ARRIVAL_MAX, "nothing came to {death:?}");
                std::thread::sleep(Duration::from_millis(5));
            }
            served.die();
            assert_eq!(applied.join().unwrap(), None, "a dead host answers nothing");
        });
        plan
    });
    let plan = plan.await.unwrap();
    *others.held.lock().unwrap() = None;
    program.minutes_pass().await;
    let applied = tokio::task::spawn_blocking(move || {
        let served = program.serve();
        let (status, applied) = program.apply(&served, &plan).unwrap();
        assert_eq!(status, 200, "{applied}");
        let again = program.apply(&served, &plan).unwrap();
        assert_eq!(again, (200, applied.clone()), "a repeat answers the same");
        served.die();
        applied
    });
    let told = outcomes(&applied.await.unwrap());
    tasks.shutdown().await;
    (
        told,
        [SHARE, EMAIL, CALENDAR].map(|path| others.count(path)),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_effect_happens_once_or_is_unknown_whenever_the_host_dies() {
    let death = |path, taken| Death { path, taken };
    for (death, told, happened) in [
        // The relay had not taken it: it is not in the stream, so it is shared now.
        (death(SHARE, false), ["done", "done", "done"], [1, 1, 1]),
        // The relay had taken it: it is in the stream, so it is not shared again.
        (death(SHARE, true), ["done", "done", "done"], [1, 1, 1]),
        // Nobody can look an e-mail up: it is unknown, and whoever approved decides what comes next.
        (death(EMAIL, false), ["done", "unknown", "-"], [1, 0, 0]),
        (death(EMAIL, true), ["done", "unknown", "-"], [1, 1, 0]),
        (
            death(CALENDAR, true),
            ["done", "done", "unknown"],
            [1, 1, 1],
        ),
    ] {
        assert_eq!(
            story(death).await,
            (told.map(str::to_owned).to_vec(), happened),
            "{death:?}"
        );
    }
}
