use crate::{ToolError, ToolResult};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

pub use crate::wit::exports::skillgate::skill::guest::CallContext;

/// One tool of a skill. The [`tool`](macro@crate::tool) attribute implements it.
///
/// Implement it by hand only where an attribute on a function does not do.
///
/// ```
/// use skillgate_sdk::{CallContext, Tool, ToolResult};
///
/// struct WhoAmI;
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Nothing {}
///
/// impl Tool for WhoAmI {
///     const NAME: &'static str = "who_am_i";
///     const TITLE: &'static str = "Who am I";
///     const DESCRIPTION: &'static str = "Tells which user the call is made for.";
///     type Input = Nothing;
///     type Output = String;
///
///     fn run(context: &CallContext, _: Nothing) -> ToolResult<String> {
///         Ok(context.user_id.clone())
///     }
/// }
/// ```
pub trait Tool {
    /// Unique in the skill: 1 to 50 lower-case letters, digits and `_`, starting with a letter.
    const NAME: &'static str;
    /// A few words for people.
    const TITLE: &'static str;
    /// What it does and when to use it, in the words people say.
    const DESCRIPTION: &'static str;
    /// Whether it changes nothing, in the CRM or elsewhere. The host refuses what it does against that.
    const READS_ONLY: bool = false;
    /// What it is given. Unknown fields are refused by the host, whatever serde would accept.
    type Input: DeserializeOwned + JsonSchema;
    /// What it answers.
    type Output: Serialize + JsonSchema;

    /// Does the work.
    fn run(context: &CallContext, input: Self::Input) -> ToolResult<Self::Output>;
}

/// Names the answer in a tool's return type, through any alias of `Result`.
pub trait Outcome {
    /// The answer.
    type Output;
}

impl<T> Outcome for ToolResult<T> {
    type Output = T;
}

/// Reads the input, runs the tool and writes the answer.
pub fn call<T: Tool>(context: &CallContext, input_json: &str) -> ToolResult<String> {
    let input = serde_json::from_str(input_json)
        .map_err(|error| ToolError::invalid_input(error.to_string()))?;
    let output = T::run(context, input)?;
    serde_json::to_string(&output)
        .map_err(|_| ToolError::failed("The skill could not write its answer as JSON."))
}
