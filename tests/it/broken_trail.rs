//! A database that stops taking records in the middle of a call, at each step: nothing happens without a
//! record before it, nothing is acknowledged without one behind it, and what happened in between is
//! found afterwards.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::ports::{AuditStore, Crm};
use skillgate_app::recovery::Recovery;
use skillgate_tests::host::{Setup, TestHost, agent, embedded_crm, trail};
use skillgate_tests::skills;
use sqlx::{AssertSqlSafe, SqlitePool};
use std::sync::Arc;
use std::time::Duration;

/// Longer than a call and its last write can be waited for.
const LONG_AFTER: Duration = Duration::from_mins(10);

struct Story {
    host: TestHost,
    crm: Arc<dyn Crm>,
    contact: Value,
    behind: SqlitePool,
    _folder: tempfile::TempDir,
}

impl Story {
    /// A host with a contact, and another way into its database.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("host.db").display());
        let setup = Setup {
            database: Some(address.clone()),
            ..Setup::default()
        };
        let crm = embedded_crm().await;
        let host = TestHost::start_with(crm.clone(), setup).await;
        let (manifest, component) = skills::crm();
        host.install(&manifest, &component).await.unwrap();
        let lead = json!({ "name": "Engine", "person": { "email": "ada@engines.example" } });
        let made = host.call_tool(&agent(), "crm", "create_lead", &lead).await;
        let contact = made.unwrap()["person"]["id"].clone();
        assert!(contact.is_string());
        Self {
            host,
            crm,
            contact,
            behind: SqlitePool::connect(&address).await.unwrap(),
            _folder: folder,
        }
    }

    async fn sql(&self, sql: String) {
        let done = sqlx::query(AssertSqlSafe(sql)).execute(&self.behind).await;
        done.unwrap();
    }

    async fn rename(&self, job_title: &str) -> Result<Value, InvokeError> {
        let input = json!({ "id": self.contact, "job_title": job_title });
        let host = &self.host;
        host.call_tool(&agent(), "crm", "update_contact", &input)
            .await
    }

    async fn job_title(&self) -> Value {
        let input = json!({ "text": "ada" });
        let (host, agent) = (&self.host, agent());
        let found = host.call_tool(&agent, "crm", "search_contacts", &input);
        found.await.unwrap()["contacts"][0]["job_title"].clone()
    }

    /// Records of the calls and writes from `first` on.
    async fn records(&self, first: u64) -> Vec<String> {
        let rows = self.host.storage.audit_from(first).await.unwrap();
        let line = |leaf: &str| {
            let leaf: Value = serde_json::from_str(leaf).unwrap();
            let word = |name: &str| leaf[name].as_str().unwrap().to_owned();
            let (action, outcome) = (word("action"), word("outcome"));
            let kind = leaf["actor"]["kind"].as_str().unwrap();
            format!("{kind}: {action} {outcome}")
        };
        rows.iter().map(|row| line(&row.leaf)).collect()
    }
}

const INTENT: &str = "caller: crm-update intended";

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_breaks_at_any_step_loses_nothing_and_hides_nothing() {
    let story = Story::new().await;
    let host = &story.host;
    for (step, happened) in [(0, false), (1, true), (2, true), (3, true)] {
        let title = format!("title {step}");
        let first = host.storage.audit_head().await.unwrap().size;
        let broken = first + step;
        story
            .sql(format!(
                "CREATE TRIGGER broken BEFORE INSERT ON audit WHEN NEW.number >= {broken}
                 BEGIN SELECT RAISE(ABORT, 'broken'); END"
            ))
            .await;
        let answer = story.rename(&title).await;
        story.sql("DROP TRIGGER broken".to_owned()).await;
        if step == 3 {
            // The positive control: a call leaves three records, and is answered.
            answer.unwrap();
        } else {
            let refused = answer.unwrap_err();
            let told = (refused.code(), step);
            assert!(
                matches!(refused, InvokeError::Audit(_)) || step == 0,
                "{told:?}"
            );
        }
        assert_eq!(story.job_title().await == json!(title), happened, "{step}");

        // Whatever nobody saw the end of is looked up, once.
        host.clock.advance(LONG_AFTER);
        let (storage, clock) = (host.storage.clone(), host.clock.clone());
        let trail = trail(&storage, clock).await;
        let recovery = Recovery::new(storage, story.crm.clone(), trail);
        let looked_up = recovery.resolve().await.unwrap();
        assert_eq!(recovery.resolve().await.unwrap(), 0);
        let records = story.records(first).await;
        let count = |line: &str| records.iter().filter(|it| *it == line).count();
        assert_eq!(count(INTENT), usize::from(happened), "{step}: {records:?}");
        let outcomes = count("caller: crm-update done") + count("host: crm-update done");
        assert_eq!(outcomes, usize::from(happened), "{step}: {records:?}");
        assert_eq!(
            count("host: crm-update done"),
            looked_up,
            "{step}: {records:?}"
        );
        // Outcome and call are often one group, of which nothing is kept then.
        let expected = match step {
            1 => 1..=1,
            2 => 0..=1,
            _ => 0..=0,
        };
        assert!(expected.contains(&looked_up), "{step}: {records:?}");
    }
}
