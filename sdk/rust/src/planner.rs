//! An agent that is asked to think, not to act.
//!
//! ```
//! use skillgate_sdk::{planner, testing::Host};
//!
//! let host = Host::new().planner("Call on Friday.");
//! let answer = host.run(|| planner::ask("What next?", None, None));
//! assert_eq!(answer.unwrap().text, "Call on Friday.");
//! ```

use crate::tez::Failure;

pub use crate::wit::skillgate::skill::planner::{Answer, Request};

/// Tells whether there is one.
pub fn is_configured() -> bool {
    crate::host::has_planner()
}

/// Asks once. `model` and `temperature` (0 to 2) are the planner's own choice where they are not given.
pub fn ask(
    prompt: impl Into<String>,
    model: Option<String>,
    temperature: Option<f64>,
) -> Result<Answer, Failure> {
    crate::host::ask(&Request {
        prompt: prompt.into(),
        model,
        temperature,
    })
}
