use async_trait::async_trait;
use serde_json::json;
use skillgate_app::ports::{Inadmissible, RunFailure, Sandbox, SandboxCall};
use skillgate_domain::capability::Interface;
use skillgate_domain::digest::Digest;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};

/// What a skill that coordinates answers.
fn coordinated() -> String {
    let id = "00000000-0000-4000-8000-000000000001";
    json!({
        "entityType": "task", "entityId": id, "summary": { "id": id },
        "contextLayers": [{ "type": "text", "content": "a task", "query": "and now?" }],
        "relayContext": [{ "layer": "artifact", "content": "a task", "source": "verified" }],
        "tezDraft": {
            "teamId": null, "recipients": [], "type": "handoff", "urgency": "normal",
            "visibility": "team", "surfaceText": "a task", "context": [],
        },
        "openclaw": { "available": false, "generated": false, "message": "none" },
        "googleWorkspace": {
            "enabled": false, "configured": false, "dryRun": true, "reason": null,
            "emailDraft": { "paEmail": null, "to": null, "subject": "a", "body": "b" },
            "calendarAction": { "paEmail": null, "summary": "a", "durationMs": 1 },
        },
    })
    .to_string()
}

/// What a fake run does.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// Answers with its input.
    Echo,
    /// Answers with this.
    Answer(String),
    /// Fails with this.
    Fail(RunFailure),
    /// Has a bug in a host function.
    Panic,
    /// Says that it started, and answers once it is let go.
    Wait {
        started: Arc<Notify>,
        go: Arc<Semaphore>,
        dropped: Arc<Notify>,
    },
}

/// A sandbox without a guest.
pub(crate) struct FakeSandbox {
    pub(crate) behaviour: Mutex<Behaviour>,
    pub(crate) inadmissible: Mutex<Option<Inadmissible>>,
    pub(crate) requests: Mutex<Vec<String>>,
}

impl Default for FakeSandbox {
    fn default() -> Self {
        Self {
            behaviour: Mutex::new(Behaviour::Echo),
            inadmissible: Mutex::default(),
            requests: Mutex::default(),
        }
    }
}

impl FakeSandbox {
    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }
}

/// Tells when a run's future goes away.
struct OnDrop(Arc<Notify>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl Sandbox for FakeSandbox {
    async fn admit(
        &self,
        _: &Digest,
        _: Arc<[u8]>,
        _: &BTreeSet<Interface>,
    ) -> Result<(), Inadmissible> {
        self.inadmissible
            .lock()
            .unwrap()
            .clone()
            .map_or(Ok(()), Err)
    }

    async fn run(&self, call: SandboxCall) -> Result<String, RunFailure> {
        self.requests
            .lock()
            .unwrap()
            .push(call.run.request().to_string());
        let behaviour = self.behaviour.lock().unwrap().clone();
        match behaviour {
            Behaviour::Echo if call.tool.as_str() == "coordinate" => Ok(coordinated()),
            Behaviour::Echo => Ok(call.input.to_string()),
            Behaviour::Answer(text) => Ok(text),
            Behaviour::Fail(failure) => Err(failure),
            Behaviour::Panic => panic!("a bug in a host function"),
            Behaviour::Wait {
                started,
                go,
                dropped,
            } => {
                let _guard = OnDrop(dropped);
                started.notify_one();
                let _go = go.acquire().await.unwrap();
                Ok(call.input.to_string())
            }
        }
    }
}
