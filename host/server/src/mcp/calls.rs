//! Calls of tools.

use super::answer;
use super::confirm::{self, Asked};
use super::door::{McpDoor, stopping};
use super::tools::NamedTool;
use crate::problem::Problem;
use rmcp::RoleServer;
use rmcp::model::{CallToolRequestParams, CallToolResponse, ErrorData, JsonObject};
use rmcp::service::RequestContext;
use skillgate_app::invocations::{Answer, Call, CallableTool, InvokeError};
use skillgate_app::plans::PlanStanding;
use skillgate_domain::plan::Mode;
use skillgate_domain::principal::Principal;

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
        let mut invoked = self.invoke(caller, it, &input).await;
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
                    Ok(()) => invoked = self.invoke(caller, it, &input).await,
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
    ) -> Result<Answer, InvokeError> {
        let call = Call {
            skill: &it.skill,
            tool: &it.tool.name,
            input,
            mode: Mode::Execute,
            records: None,
            empty_plans: true,
            form: None,
        };
        self.shared.app.invocations.invoke(caller, call).await
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
