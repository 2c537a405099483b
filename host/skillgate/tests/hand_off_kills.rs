//! The host killed while a hand-off is applied, between any two of its effects and in the middle of each.
//! Afterwards each effect happened once, or is reported as unknown; none happened twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/program.rs"]
mod program;

use axum::extract::{Request, State};
use axum::routing::any;
use axum::{Json, Router};
use http::{Method, StatusCode};
use program::{Program, Served};
use serde_json::{Value, json};
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

/// The program with relay and workspace elsewhere, and a member's token.
struct World {
    program: Program,
    member: String,
}

impl World {
    /// A folder with the hand-off skill granted.
    fn ready(others: &str) -> Self {
        let environment = [
            ("RELAY_URL", others),
            ("JWT_SECRET", SECRET),
            ("PA_WORKSPACE_API_URL", others),
            ("PA_WORKSPACE_SERVICE_TOKEN", "a-token"),
        ];
        let environment = environment.map(|(name, value)| (name, value.to_owned()));
        let program = Program::new("[mypa]\ncommunity = \"home\"\n", environment.to_vec());
        program.grant("tez-handoff", &[]);
        let member = program.token(&["--role", "member", "--user", "mia"]);
        Self { program, member }
    }

    fn post(&self, served: &Served, path: &str, body: &Value) -> Option<(u16, Value)> {
        served.post(&self.member, path, body)
    }

    /// Makes a deal and plans a hand-off of it, by everything there is.
    fn plan(&self, served: &Served) -> Value {
        let deal = json!({ "payload": { "name": "Acme Renewal", "stage": "PROPOSAL" } });
        let deal = self
            .post(served, "/api/crm/opportunities", &deal)
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
            .post(served, "/api/crm/workflows/coordinate", &asked)
            .unwrap();
        assert_eq!(status, 200, "{planned}");
        planned["data"]["plan"].clone()
    }

    fn apply(&self, served: &Served, plan: &Value) -> Option<(u16, Value)> {
        let path = format!(
            "/api/crm/workflows/plans/{}/apply",
            plan["id"].as_str().unwrap()
        );
        self.post(served, &path, &json!({ "digest": plan["digest"] }))
    }

    /// Lets two minutes pass, in which nobody else takes up what the dead host had begun.
    async fn minutes_pass(&self) {
        let file = self.program.folder().join("skillgate-data/skillgate.db");
        let address = format!("sqlite://{}", file.display());
        let database = sqlx::SqlitePool::connect(&address).await.unwrap();
        let past = "UPDATE plans SET claimed_until = '2026-01-01T00:00:00.000Z'";
        sqlx::query(past).execute(&database).await.unwrap();
        database.close().await;
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

    let world = Arc::new(
        tokio::task::spawn_blocking(move || World::ready(&address))
            .await
            .unwrap(),
    );
    *others.held.lock().unwrap() = Some(death);
    let (dying, watched) = (Arc::clone(&world), Arc::clone(&others));
    let plan = tokio::task::spawn_blocking(move || {
        let served = dying.program.serve();
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
    world.minutes_pass().await;
    let applied = tokio::task::spawn_blocking(move || {
        let served = world.program.serve();
        let (status, applied) = world.apply(&served, &plan).unwrap();
        assert_eq!(status, 200, "{applied}");
        let again = world.apply(&served, &plan).unwrap();
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
