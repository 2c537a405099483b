//! The same program with its CRM behind an address and its state in PostgreSQL: nothing else changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "support/skills.rs"]
mod skills;

use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_crm_embedded::{EmbeddedCrm, Options};
use skills::skills;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use uuid::Uuid;

const KEY: &str = "the-key-of-the-workspace";

/// A folder to run the program in, and where its CRM and its database are.
struct Program {
    folder: tempfile::TempDir,
    crm: String,
    database: Option<String>,
}

impl Program {
    fn run(&self, token: Option<&str>, key: &str, arguments: &[&str]) -> (i32, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillgate"));
        command
            .arg("--json")
            .args(arguments)
            .current_dir(self.folder.path());
        command
            .env_clear()
            .stdin(Stdio::null())
            .env("TWENTY_API_URL", &self.crm)
            .env("TWENTY_API_KEY", key);
        if let Some(token) = token {
            command.env("SKILLGATE_TOKEN", token);
        }
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
        (output.status.code().unwrap(), answer)
    }

    fn well(&self, token: Option<&str>, arguments: &[&str]) -> Value {
        let (code, answer) = self.run(token, KEY, arguments);
        assert_eq!(code, 0, "{arguments:?}: {answer}");
        answer
    }

    fn token(&self, role: &[&str]) -> String {
        let create = ["token", "create", "--community", "elsewhere", "--may-write"];
        let made = self.well(None, &[&create, role].concat());
        made["token"].as_str().unwrap().to_owned()
    }

    /// Hands the CRM skill in, grants it, and records a lead twice. Returns the lead's opportunity.
    fn tell(&self) -> Value {
        let publisher = self.token(&["--role", "partner", "--user", "publisher"]);
        let admin = self.token(&["--role", "admin", "--user", "admin"]);
        let agent = self.token(&["--role", "agent", "--user", "ada", "--agent", "openclaw"]);
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
        let module = self.well(Some(&publisher), &submit);
        self.well(
            Some(&admin),
            &["module", "grant", module["id"].as_str().unwrap()],
        );
        let lead =
            json!({ "name": "Engine", "person": { "email": "ada@engines.example" } }).to_string();
        let create = ["call", "crm", "create_lead", "--input", &lead];
        let made = self.well(Some(&agent), &create);
        let again = self.well(Some(&agent), &create);
        assert_eq!(again["output"]["opportunity"]["outcome"], "found");
        assert_eq!(
            made["output"]["opportunity"]["id"],
            again["output"]["opportunity"]["id"]
        );
        made["output"]["opportunity"]["id"].clone()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says what it started"
)]
fn told(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

/// Serves a CRM on loopback and runs `story` beside it.
async fn beside_a_crm(database: Option<String>, story: fn(&Program)) {
    let ids = AtomicU64::new(1);
    let options = Options {
        budgets: Vec::new(),
        ..Options::in_memory(
            SecretString::from(KEY),
            Arc::new(|| {
                chrono::DateTime::from_timestamp_millis(1_772_366_400_000).unwrap_or_default()
            }),
            Arc::new(move || Uuid::from_u128(ids.fetch_add(1, Ordering::Relaxed).into())),
        )
    };
    let crm = EmbeddedCrm::open(options).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut server = tokio::task::JoinSet::new();
    let router = crm.router();
    server.spawn(async move { axum::serve(listener, router).await });
    let program = Program {
        folder: tempfile::tempdir().unwrap(),
        crm: address,
        database,
    };
    tokio::task::spawn_blocking(move || story(&program))
        .await
        .unwrap();
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_behind_an_address() {
    beside_a_crm(None, |program| {
        program.tell();
        let local = program.folder.path().join("skillgate-data/crm.db");
        assert!(!local.exists(), "the embedded CRM was not asked");
        program.well(None, &["doctor"]);
        let (code, report) = program.run(None, "another-key", &["doctor"]);
        assert_ne!(code, 0, "{report}");
        assert!(report.to_string().contains("TWENTY_API_KEY"), "{report}");
        assert!(!report.to_string().contains("another-key"), "{report}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn state_in_postgresql() {
    let database = told("SKILLGATE_TEST_POSTGRES_URL");
    let database = database.expect(
        "run `cargo xtask test`: it starts PostgreSQL and sets SKILLGATE_TEST_POSTGRES_URL",
    );
    beside_a_crm(Some(database), |program| {
        program.tell();
        let local = program.folder.path().join("skillgate-data/skillgate.db");
        assert!(!local.exists(), "SQLite was not used");
    })
    .await;
}
