//! What the guest does with its scratch files, as it is told to.

use skillgate_sdk::files::{self, Refusal};
use skillgate_sdk::{ToolError, ToolResult, http};

/// Steps, one after another.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Files {
    steps: Vec<Step>,
    /// How often all of them are done.
    #[serde(default = "crate::once")]
    times: u32,
    /// Ends in a trap afterwards.
    #[serde(default)]
    traps: bool,
}

/// A step: a function of the interface, or `ask`, which waits for what an address answers.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    call: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    text: String,
    /// How often the text is repeated.
    #[serde(default = "once")]
    repeat: usize,
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    bytes_max: u32,
}

const fn once() -> usize {
    1
}

/// What was answered to each step: words, or the fault.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub struct Done {
    steps: Vec<String>,
    /// What was said of the last fault.
    message: Option<String>,
}

/// Does something with scratch files, and tells what was answered the last time.
#[skillgate_sdk::tool(title = "Files")]
pub fn file(input: Files) -> ToolResult<Done> {
    let mut done = Done {
        steps: Vec::new(),
        message: None,
    };
    for _ in 0..input.times {
        done.steps.clear();
        for step in &input.steps {
            done.steps.push(match taken(step)? {
                Ok(words) => words,
                Err(refusal) => {
                    done.message = Some(refusal.message);
                    format!("{:?}", refusal.fault)
                }
            });
        }
    }
    assert!(!input.traps, "as it was told to");
    Ok(done)
}

fn taken(step: &Step) -> ToolResult<Result<String, Refusal>> {
    let bytes = || step.text.repeat(step.repeat);
    let ok = |()| "ok".to_owned();
    let path = step.path.as_str();
    Ok(match step.call.as_str() {
        "write" => files::write(path, bytes()).map(ok),
        "append" => files::append(path, bytes()).map(ok),
        "read" => files::read_at(path, step.offset, step.bytes_max)
            .map(|read| String::from_utf8_lossy(&read).into_owned()),
        "list" => {
            let folder = (!path.is_empty()).then_some(path);
            files::list(folder).map(|entries| {
                let names = entries.into_iter().map(|entry| entry.name);
                names.collect::<Vec<_>>().join(" ")
            })
        }
        "make-folder" => files::make_folder(path).map(ok),
        "remove" => files::remove(path).map(ok),
        "rename" => files::rename(path, &step.target).map(ok),
        "metadata" => {
            files::metadata(path).map(|entry| format!("{:?} {}", entry.kind, entry.bytes))
        }
        "ask" => Ok(http::get(path).fetch()?.status.to_string()),
        _ => return Err(ToolError::invalid_input("There is no such step.")),
    })
}
