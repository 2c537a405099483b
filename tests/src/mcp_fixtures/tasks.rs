//! Tools that become tasks (SEP-2663) for clients that can follow one.

use super::catalogue::{Call, plain, said, taking, unknown};
use super::input::{field, form, one, require};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, CreateTaskResult,
    InputRequest, InputRequiredResult, Tool,
};
use rmcp::task_manager::{TaskContext, TaskExit, TaskOptions};
use serde_json::{Value, json};
use std::future::Future;
use std::time::Duration;

const POLL_MS: u64 = 200;
const FAILING_AFTER: Duration = Duration::from_secs(1);
const COMPUTING_MAX_S: u64 = 600;

type Outcome = Result<CallToolResult, TaskExit>;

/// Returns the tools of this family.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        taking(
            "greet",
            "Greets at once, never as a task",
            &json!({ "name": { "type": "string" } }),
            &["name"],
        ),
        taking(
            "slow_compute",
            "Takes its time",
            &json!({
                "seconds": { "type": "integer", "minimum": 0, "maximum": COMPUTING_MAX_S },
                "label": { "type": "string" },
            }),
            &["seconds"],
        ),
        plain("failing_job", "Fails after a second, as a task only"),
        plain("protocol_error_job", "Breaks, as a task only"),
        taking(
            "confirm_delete",
            "Asks before it deletes, as a task only",
            &json!({ "filename": { "type": "string" } }),
            &["filename"],
        ),
        plain("multi_input", "Asks two things at once, as a task only"),
        plain(
            "test_tool_with_task",
            "Asks for a name, then becomes a task",
        ),
    ]
}

/// Answers a call of this family.
pub(super) async fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    match &*call.request.name {
        "greet" => Ok(said(format!("Hello, {}!", call.text("name")?))),
        "slow_compute" => slow_compute(call).await,
        "failing_job" => as_task(call, |_| async {
            tokio::time::sleep(FAILING_AFTER).await;
            Ok(CallToolResult::error(vec![ContentBlock::text(
                "The job failed.",
            )]))
        }),
        "protocol_error_job" => as_task(call, |_| async {
            Err(ErrorData::internal_error("the job broke", None).into())
        }),
        "confirm_delete" => {
            let file = call.text("filename")?.to_owned();
            let question = form(
                &format!("Delete {file}?"),
                &json!({ "confirm": { "type": "boolean" } }),
            )?;
            require(&question, call.context)?;
            as_task(call, |task| confirm_delete(task, file, question))
        }
        "multi_input" => {
            let questions = [name_form("First name?")?, name_form("Second name?")?];
            require(&questions[0], call.context)?;
            as_task(call, |task| multi_input(task, questions))
        }
        "test_tool_with_task" => with_task(call),
        name => Err(unknown(name)),
    }
}

async fn slow_compute(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let seconds = call.argument("seconds").and_then(Value::as_u64);
    let seconds = seconds.filter(|seconds| *seconds <= COMPUTING_MAX_S);
    let seconds = seconds.ok_or_else(|| {
        ErrorData::invalid_params(format!("`seconds` is 0 to {COMPUTING_MAX_S}"), None)
    })?;
    let label = call.argument("label").and_then(Value::as_str);
    let text = format!("Computed {} in {seconds} s.", label.unwrap_or("it"));
    let duration = Duration::from_secs(seconds);
    if seconds == 0 || !follows_tasks(call) {
        call.pause(duration).await?;
        return Ok(said(text));
    }
    as_task(call, move |task| async move {
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(done(text)),
            () = task.cancelled() => Err(TaskExit::Cancelled),
        }
    })
}

async fn confirm_delete(task: TaskContext, file: String, question: InputRequest) -> Outcome {
    let answer = task.request_input("confirm", question).await?;
    let confirmed = field(&answer, "confirm")?.as_deref() == Some("true");
    Ok(done(if confirmed {
        format!("{file} is deleted.")
    } else {
        format!("{file} is kept.")
    }))
}

async fn multi_input(task: TaskContext, [first, second]: [InputRequest; 2]) -> Outcome {
    let first = task.request_input("first", first);
    let second = task.request_input("second", second);
    let (first, second) = tokio::try_join!(first, second)?;
    let (first, second) = (field(&first, "name")?, field(&second, "name")?);
    let names: Vec<_> = first.into_iter().chain(second).collect();
    Ok(done(format!("The names are {}.", names.join(" and "))))
}

fn with_task(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let question = name_form("What is your name?")?;
    require(&question, call.context)?;
    let Some(answer) = call.answer("user_name") else {
        let questions = one("user_name", question);
        return Ok(InputRequiredResult::from_input_requests(questions).into());
    };
    let name = field(answer, "name")?.unwrap_or_default();
    as_task(call, |_| async move { Ok(done(format!("Hello, {name}!"))) })
}

fn name_form(message: &str) -> Result<InputRequest, ErrorData> {
    form(message, &json!({ "name": { "type": "string" } }))
}

/// Runs `work` as a task, which only a client can be given that can follow it.
fn as_task<F>(
    call: &Call<'_>,
    work: impl FnOnce(TaskContext) -> F,
) -> Result<CallToolResponse, ErrorData>
where
    F: Future<Output = Outcome> + Send + 'static,
{
    if !follows_tasks(call) {
        let needed = ClientCapabilities::builder().enable_tasks().build();
        return Err(ErrorData::missing_required_client_capability(needed));
    }
    let options = TaskOptions::new().with_poll_interval_ms(POLL_MS);
    let task = call
        .state
        .tasks
        .spawn(options, |context| Box::pin(work(context)));
    Ok(CreateTaskResult::new(task).into())
}

fn follows_tasks(call: &Call<'_>) -> bool {
    let declared = call.context.client_capabilities();
    declared.is_some_and(|declared| declared.supports_tasks())
}

fn done(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}
