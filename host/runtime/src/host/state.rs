use super::failure::failure;
use crate::bindings::skillgate::skill::state as wit;
use crate::bindings::skillgate::skill::types::Failure;
use crate::state::State;
use skillgate_app::broker::{BrokerError, Fault, StateQuery};
use skillgate_app::ports::{Expect, StateChange, StateLine, StateValue};
use skillgate_domain::ids::Malformed;
use skillgate_domain::state::{StateKey, StatePrefix};

impl wit::Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<wit::Entry>, Failure>> {
        let result = match StateKey::parse(&key) {
            Ok(key) => self.broker.state_get(&self.run, &key).await,
            Err(why) => Err(invalid(&why)),
        };
        self.count(&result);
        Ok(result
            .map(|value| value.map(entry))
            .map_err(|error| failure(&error)))
    }

    async fn list(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<wit::Line>, Failure>> {
        let result = match query(&prefix, after.as_deref(), limit) {
            Ok(query) => self.broker.state_list(&self.run, &query).await,
            Err(why) => Err(invalid(&why)),
        };
        self.count(&result);
        Ok(result
            .map(|lines| lines.iter().map(line).collect())
            .map_err(|error| failure(&error)))
    }

    async fn commit(
        &mut self,
        changes: Vec<wit::Change>,
    ) -> wasmtime::Result<Result<Vec<u64>, wit::Refusal>> {
        let changes: Result<Vec<_>, _> = changes.into_iter().map(change).collect();
        let result = match changes {
            Ok(changes) => self.broker.state_commit(&self.run, &changes).await,
            Err(why) => Err(invalid(&why)),
        };
        self.count(&result);
        Ok(result
            .map(|versions| versions.into_iter().map(version).collect())
            .map_err(|error| refusal(&error)))
    }
}

fn invalid(why: &Malformed) -> BrokerError {
    BrokerError::Invalid(why.to_string())
}

fn query(prefix: &str, after: Option<&str>, limit: u32) -> Result<StateQuery, Malformed> {
    Ok(StateQuery {
        prefix: StatePrefix::parse(prefix)?,
        after: after.map(StateKey::parse).transpose()?,
        limit,
    })
}

fn change(change: wit::Change) -> Result<StateChange, Malformed> {
    Ok(StateChange {
        key: StateKey::parse(&change.key)?,
        expect: match change.expect {
            wit::Expectation::Any => Expect::Any,
            wit::Expectation::Absent => Expect::Absent,
            // One that is larger is none that a value has.
            wit::Expectation::Version(version) => {
                Expect::Version(i64::try_from(version).unwrap_or(i64::MAX))
            }
        },
        put: change.put,
    })
}

fn entry(value: StateValue) -> wit::Entry {
    wit::Entry {
        version: version(value.version),
        value: value.value,
    }
}

fn line(line: &StateLine) -> wit::Line {
    wit::Line {
        key: line.key.to_string(),
        version: version(line.version),
        bytes: line.value_bytes,
    }
}

/// Versions begin at one.
fn version(version: i64) -> u64 {
    u64::try_from(version).unwrap_or_default()
}

fn refusal(error: &BrokerError) -> wit::Refusal {
    match error.told().fault {
        Some(Fault::StateChanged(key)) => wit::Refusal::Conflict(key),
        _ => wit::Refusal::Failed(failure(error)),
    }
}
