//! Coordination: a record, what shall come of it, and everything that is made of both, in one call.
//!
//! The host does none of it: a skill does, as a plan. What happens then is the plan's.

use crate::invocations::{Answer, Call, Invocations, InvokeError};
use skillgate_domain::ids::{SkillName, ToolName};
use skillgate_domain::plan::Mode;
use skillgate_domain::principal::Principal;
use std::sync::Arc;

/// The skill that coordinates where a community has chosen no other.
pub const COORDINATOR: &str = "tez-handoff";
/// Its tool.
pub const COORDINATE: &str = "coordinate";

/// The use case of coordination.
pub struct Coordinations {
    invocations: Arc<Invocations>,
}

impl Coordinations {
    /// Wires the use case.
    pub const fn new(invocations: Arc<Invocations>) -> Self {
        Self { invocations }
    }

    /// Lets the community's coordinator plan. `input` is what its tool takes, as JSON.
    pub async fn coordinate(
        &self,
        caller: &Principal,
        input: &[u8],
    ) -> Result<Answer, InvokeError> {
        let skill = SkillName::parse(COORDINATOR).expect("a fixed name");
        let tool = ToolName::parse(COORDINATE).expect("a fixed name");
        let call = Call {
            skill: &skill,
            tool: &tool,
            input,
            mode: Mode::Plan,
            records: None,
        };
        self.invocations.invoke(caller, call).await
    }
}
