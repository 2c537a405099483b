//! `skillgate plan …`

use super::bearer;
use crate::cli::Plan;
use crate::config::{Config, Environment};
use crate::outcome::Failure;
use crate::output::{Output, table};
use crate::wiring;
use skillgate_app::plans::{PlanError, PlanStanding};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::PlanId;
use skillgate_domain::plan::PlanState;
use skillgate_server::{App, Problem, views};

/// Runs a command on a plan with the bearer's rights.
pub(super) async fn run(
    config: &Config,
    environment: &Environment,
    plan: Plan,
    output: Output,
) -> Result<(), Failure> {
    let host = wiring::host(config).await?;
    let done = act(&host.app, environment, plan, output).await;
    host.close().await;
    done
}

async fn act(
    app: &App,
    environment: &Environment,
    plan: Plan,
    output: Output,
) -> Result<(), Failure> {
    let authenticate = async |bearer| {
        let caller = bearer::authenticate(&app.tokens, &bearer, environment).await;
        caller.map(|caller| (caller, &app.plans))
    };
    let standing = match plan {
        Plan::List { bearer } => {
            let (caller, plans) = authenticate(bearer).await?;
            let open = plans.open(&caller).await.map_err(Problem::from)?;
            let columns = ["id", "skill", "tool", "summary", "agent", "expires_at"];
            output.answer(&views::plans(&open), |view| table(&view["plans"], &columns));
            return Ok(());
        }
        Plan::Show { plan, bearer } => {
            let id = PlanId::parse(&plan).map_err(Failure::usage)?;
            let (caller, plans) = authenticate(bearer).await?;
            plans.show(&caller, id).await
        }
        Plan::Apply {
            plan,
            digest,
            bearer,
        } => {
            let (id, digest) = looked_at(&plan, &digest)?;
            let (caller, plans) = authenticate(bearer).await?;
            return applied(plans.apply(&caller, id, &digest).await, output);
        }
        Plan::Decline {
            plan,
            digest,
            bearer,
        } => {
            let (id, digest) = looked_at(&plan, &digest)?;
            let (caller, plans) = authenticate(bearer).await?;
            plans.decline(&caller, id, &digest).await
        }
    };
    let standing = standing.map_err(Problem::from)?;
    output.answer(&views::plan(&standing), views::plan_words);
    Ok(())
}

fn looked_at(plan: &str, digest: &str) -> Result<(PlanId, Digest), Failure> {
    let id = PlanId::parse(plan).map_err(Failure::usage)?;
    Ok((id, Digest::parse(digest).map_err(Failure::usage)?))
}

fn applied(done: Result<PlanStanding, PlanError>, output: Output) -> Result<(), Failure> {
    let standing = done.map_err(Problem::from)?;
    output.answer(&views::plan(&standing), views::plan_words);
    if standing.state == PlanState::Applied {
        return Ok(());
    }
    let words = "the plan did not come to its end";
    Err(Failure::failed("plan-stopped", words))
}
