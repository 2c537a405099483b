//! Coordination: a record, what shall come of it, and everything that is made of both, in one call.
//!
//! The host does none of it: a skill does, as a plan. What happens then is the plan's, and happens once.

use crate::invocations::{Answer, Call, Invocations, InvokeError};
use crate::plans::{PlanError, PlanStanding, Plans};
use crate::ports::SettingsInForce;
use serde::de::DeserializeOwned;
use serde_json::Value;
use skillgate_domain::ids::ToolName;
use skillgate_domain::plan::{Effect, Mode, Outward};
use skillgate_domain::principal::Principal;
use skillgate_domain::settings::COORDINATE;
use std::sync::Arc;

/// What of the plan happens at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOnce {
    /// Nothing.
    Nothing,
    /// What is for mailbox and calendar.
    Workspace,
    /// All of it.
    Everything,
}

/// What was coordinated.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinated<T> {
    /// What the skill answered.
    pub output: T,
    /// What can still be applied.
    pub plan: Option<PlanStanding>,
    /// What was applied.
    pub applied: Option<PlanStanding>,
}

/// Why nothing was coordinated.
#[derive(Debug, thiserror::Error)]
pub enum CoordinateError {
    /// The skill gave no answer.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// The plan was made and not applied.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// The use case of coordination.
pub struct Coordinations {
    invocations: Arc<Invocations>,
    plans: Arc<Plans>,
    settings: Arc<dyn SettingsInForce>,
}

impl Coordinations {
    /// Wires the use case.
    pub const fn new(
        invocations: Arc<Invocations>,
        plans: Arc<Plans>,
        settings: Arc<dyn SettingsInForce>,
    ) -> Self {
        Self {
            invocations,
            plans,
            settings,
        }
    }

    /// Lets the community's coordinator plan, and lets happen what is wanted at once. `input` is what its
    /// tool takes. An answer that does not read as `T` is none: then nothing is planned, and nothing happens.
    pub async fn coordinate<T: DeserializeOwned>(
        &self,
        caller: &Principal,
        input: &Value,
        at_once: AtOnce,
    ) -> Result<Coordinated<T>, CoordinateError> {
        let made = self.plan(caller, input, |it| T::deserialize(it).is_ok());
        let made = made.await?;
        let output = T::deserialize(made.output).map_err(|_| InvokeError::InvalidOutput)?;
        let plan = match made.plan {
            Some(plan) if at_once != AtOnce::Nothing => plan,
            plan => {
                let applied = None;
                return Ok(Coordinated {
                    output,
                    plan,
                    applied,
                });
            }
        };
        if at_once == AtOnce::Everything || plan.plan.effects.iter().all(is_workspace) {
            match self.plans.apply(caller, plan.plan.id, &plan.digest).await {
                Ok(applied) => {
                    return Ok(Coordinated {
                        output,
                        plan: None,
                        applied: Some(applied),
                    });
                }
                // Then it stays a plan, until one has.
                Err(PlanError::RequiresConfirmation) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // A skill of a partner's planned more than was to happen at once: a person looks at it first.
        Ok(Coordinated {
            output,
            plan: Some(plan),
            applied: None,
        })
    }

    async fn plan(
        &self,
        caller: &Principal,
        input: &Value,
        form: fn(&Value) -> bool,
    ) -> Result<Answer, InvokeError> {
        let in_force = self.settings.settings_in_force(&caller.community).await?;
        let skill = &in_force.settings.coordinator;
        let tool = ToolName::parse(COORDINATE).expect("a fixed name");
        let input = input.to_string();
        let call = Call {
            mode: Mode::Plan,
            empty_plans: false,
            form: Some(form),
            ..Call::of(skill, &tool, input.as_bytes())
        };
        self.invocations.invoke(caller, call).await
    }
}

const fn is_workspace(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Outward {
            outward: Outward::SendEmail(_) | Outward::LogAction(_),
            ..
        }
    )
}
