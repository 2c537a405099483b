//! Tools whose point is the stream of their answer: progress on it, and a stream that breaks off.

use super::catalogue::{Call, plain, said, unknown};
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ProgressNotificationParam, Tool};
use skillgate_server::AnswerStream;
use std::time::Duration;

const STEP: Duration = Duration::from_millis(50);
const RETRY: Duration = Duration::from_millis(500);
/// Long enough for the client to be back: rmcp forgets an answer once it was sent.
const AWAY: Duration = Duration::from_millis(1500);

/// Returns the tools of this family.
pub(super) fn tools() -> Vec<Tool> {
    vec![
        plain("test_tool_with_progress", "Reports progress in three steps"),
        plain("test_reconnection", "Closes its stream, then answers"),
    ]
}

/// Answers a call of this family.
pub(super) async fn call(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    match &*call.request.name {
        "test_tool_with_progress" => with_progress(call).await,
        "test_reconnection" => reconnection(call).await,
        name => Err(unknown(name)),
    }
}

async fn with_progress(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let token = call.context.meta.get_progress_token();
    for progress in [0, 50, 100] {
        if progress > 0 {
            call.pause(STEP).await?;
        }
        let Some(token) = token.clone() else {
            continue;
        };
        let progress = ProgressNotificationParam::new(token, f64::from(progress));
        let told = call
            .context
            .peer
            .notify_progress(progress.with_total(100.0));
        if let Err(error) = told.await {
            tracing::debug!("nobody hears of the progress: {error}");
        }
    }
    Ok(said("The work is done."))
}

async fn reconnection(call: &Call<'_>) -> Result<CallToolResponse, ErrorData> {
    let Some(stream) = call.context.extensions.get::<AnswerStream>() else {
        return Ok(said("There is no stream to come back to."));
    };
    call.pause(STEP).await?;
    if let Err(error) = stream.close_until(RETRY).await {
        return Err(ErrorData::internal_error(error.to_string(), None));
    }
    call.pause(AWAY).await?;
    Ok(said("The stream was closed, and this came after it."))
}
