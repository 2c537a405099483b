//! What the guest keeps, as it is told to.

use skillgate_sdk::state::{self, Expectation, Refusal, Transaction};
use skillgate_sdk::tez::Failure;
use skillgate_sdk::{ToolError, ToolResult};

/// Steps, one after another.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    steps: Vec<Step>,
    /// How often all of them are done.
    #[serde(default = "crate::once")]
    times: u32,
    /// Ends in a trap afterwards.
    #[serde(default)]
    traps: bool,
}

/// A step: `get` of a key, `list` below a key, `commit` of changes, or `count`, which adds one to a number.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    call: String,
    #[serde(default)]
    key: String,
    after: Option<String>,
    #[serde(default)]
    limit: u32,
    #[serde(default)]
    changes: Vec<Change>,
}

/// A change.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    key: String,
    #[serde(default)]
    absent: bool,
    version: Option<u64>,
    put: Option<String>,
    /// How often the value is repeated.
    #[serde(default = "once")]
    repeat: usize,
}

const fn once() -> usize {
    1
}

/// What was answered to the last step.
#[derive(Default, serde::Serialize, schemars::JsonSchema)]
pub struct Kept {
    value: Option<String>,
    version: Option<u64>,
    keys: Vec<(String, u64, u32)>,
    versions: Vec<u64>,
    conflict: Option<String>,
    code: Option<String>,
    retry: Option<String>,
    message: Option<String>,
}

/// Keeps values, and tells what is kept.
#[skillgate_sdk::tool(title = "Keep")]
pub fn keep(input: Keep) -> ToolResult<Kept> {
    let mut kept = Kept::default();
    for _ in 0..input.times {
        for step in &input.steps {
            kept = taken(step)?;
        }
    }
    assert!(!input.traps, "as it was told to");
    Ok(kept)
}

fn taken(step: &Step) -> ToolResult<Kept> {
    let done = match step.call.as_str() {
        "get" => get(step),
        "list" => list(step),
        "commit" => commit(step),
        "count" => count(step),
        _ => return Err(ToolError::invalid_input("There is no such step.")),
    };
    Ok(done.unwrap_or_else(|refusal| match refusal {
        Refusal::Conflict(key) => Kept {
            conflict: Some(key),
            ..Kept::default()
        },
        Refusal::Failed(Failure {
            code,
            retry,
            message,
            ..
        }) => Kept {
            code: Some(format!("{code:?}")),
            retry: Some(format!("{retry:?}")),
            message: Some(message),
            ..Kept::default()
        },
    }))
}

fn get(step: &Step) -> Result<Kept, Refusal> {
    let found = state::get(&step.key)?;
    Ok(Kept {
        version: found.as_ref().map(|entry| entry.version),
        value: found.map(|entry| String::from_utf8_lossy(&entry.value).into_owned()),
        ..Kept::default()
    })
}

fn list(step: &Step) -> Result<Kept, Refusal> {
    let lines = state::list(&step.key, step.after.as_deref(), step.limit)?;
    let lines = lines.into_iter();
    Ok(Kept {
        keys: lines
            .map(|line| (line.key, line.version, line.bytes))
            .collect(),
        ..Kept::default()
    })
}

fn commit(step: &Step) -> Result<Kept, Refusal> {
    let mut all = Transaction::new();
    for change in &step.changes {
        let expect = match change.version {
            Some(version) => Expectation::Version(version),
            None if change.absent => Expectation::Absent,
            None => Expectation::Any,
        };
        let put = change.put.as_ref();
        let put = put.map(|value| value.repeat(change.repeat).into_bytes());
        all = all.change(&change.key, expect, put);
    }
    Ok(Kept {
        versions: all.commit()?,
        ..Kept::default()
    })
}

/// Reads a number, and puts the next one in its place; again, where somebody else did.
fn count(step: &Step) -> Result<Kept, Refusal> {
    loop {
        let transaction = match state::get(&step.key)? {
            Some(entry) => {
                let number = entry.json::<u64>()? + 1;
                Transaction::new().replace(&step.key, entry.version, number.to_string())
            }
            None => Transaction::new().create(&step.key, "1"),
        };
        match transaction.commit() {
            Err(Refusal::Conflict(_)) => {}
            done => return done.map(|_| Kept::default()),
        }
    }
}
