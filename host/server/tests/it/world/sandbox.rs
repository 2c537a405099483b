use async_trait::async_trait;
use skillgate_app::ports::{Inadmissible, RunFailure, Sandbox, SandboxCall};
use skillgate_domain::capability::Interface;
use skillgate_domain::digest::Digest;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, Semaphore};

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
