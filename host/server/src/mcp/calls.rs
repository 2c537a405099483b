//! Calls of tools.

use super::answer;
use super::confirm::{self, Asked};
use super::door::{McpDoor, stopping};
use super::tools::NamedTool;
use crate::limits::{MCP_PROGRESS_EVERY, MCP_TELLING_MAX};
use crate::problem::Problem;
use rmcp::RoleServer;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, JsonObject, ProgressNotificationParam,
    ProgressToken,
};
use rmcp::service::{Peer, RequestContext};
use skillgate_app::invocations::{Answer, Call, CallableTool, InvokeError};
use skillgate_app::plans::PlanStanding;
use skillgate_app::progress::{Audience, Progress};
use skillgate_domain::principal::Principal;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

impl McpDoor {
    /// Answers a call. Where a person must confirm what it writes, they are asked, if they can be, and the call is
    /// made again.
    pub(super) async fn answered(
        &self,
        caller: &Principal,
        (named, it): (&NamedTool, &CallableTool),
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let none = JsonObject::new();
        let arguments = request.arguments.as_ref().unwrap_or(&none);
        let input = serde_json::to_vec(arguments)
            .map_err(|_| ErrorData::invalid_params("the arguments are no JSON", None))?;
        let token = context.meta.get_progress_token();
        let (audience, _telling) = token.map(|token| self.tell(&context.peer, token)).unzip();
        let invoke = || self.invoke(caller, it, &input, audience.clone());
        let mut invoked = invoke().await;
        if let Err(InvokeError::RequiresConfirmation(plan)) = &invoked
            && self.shared.app.mcp.elicitation
        {
            let asked = tokio::select! {
                asked = confirm::ask(context, request, plan) => asked,
                () = stopping(&context.extensions) => Asked::Nobody,
            };
            match asked {
                Asked::Nobody => {}
                Asked::Wanted(more) => return Ok(more.into()),
                Asked::Said(yes) => match self.decided(caller, plan, yes).await {
                    Ok(()) => invoked = invoke().await,
                    Err(problem) => return Ok(answer::refused(problem, caller).into()),
                },
            }
        }
        Ok(match invoked {
            Ok(answered) => answer::answered((named, it), answered).into(),
            Err(error) => answer::refused(error, caller).into(),
        })
    }

    async fn invoke(
        &self,
        caller: &Principal,
        it: &CallableTool,
        input: &[u8],
        audience: Option<Audience>,
    ) -> Result<Answer, InvokeError> {
        let call = Call {
            audience,
            ..Call::of(&it.skill, &it.tool.name, input)
        };
        self.shared.app.invocations.invoke(caller, call).await
    }

    /// Tells an agent how far its call has come, as long as what is returned is kept.
    fn tell(&self, peer: &Peer<RoleServer>, token: ProgressToken) -> (Audience, DropGuard) {
        let (audience, mut progress) = watch::channel(None);
        let (answered, peer) = (CancellationToken::new(), peer.clone());
        let until = answered.clone();
        let telling = async move {
            while progress.changed().await.is_ok() {
                let newest = progress.borrow_and_update().clone();
                let Some(newest) = newest else { continue };
                let told = peer.notify_progress(notification(&token, newest));
                match timeout(MCP_TELLING_MAX, told).await {
                    Ok(Ok(())) => sleep(MCP_PROGRESS_EVERY).await,
                    _ => return,
                }
            }
        };
        self.shared
            .app
            .tasks
            .spawn(until.run_until_cancelled_owned(telling));
        (audience, answered.drop_guard())
    }

    /// Takes the word of the person behind the caller. What they confirmed happens even if the caller leaves.
    async fn decided(
        &self,
        caller: &Principal,
        plan: &PlanStanding,
        yes: bool,
    ) -> Result<(), Problem> {
        let (app, person) = (&self.shared.app, caller.person());
        let (plans, id, digest) = (app.plans.clone(), plan.plan.id, plan.digest);
        let work = async move {
            if yes {
                plans.apply(&person, id, &digest).await
            } else {
                plans.decline(&person, id, &digest).await
            }
        };
        app.to_its_end(work).await??;
        Ok(())
    }
}

fn notification(token: &ProgressToken, newest: Progress) -> ProgressNotificationParam {
    let mut told = ProgressNotificationParam::new(token.clone(), f64::from(newest.done));
    told.total = newest.total.map(f64::from);
    told.message = newest.message;
    told
}
