//! What an agent that thinks about the hand-off comes to. Whatever becomes of it, the hand-off goes on.

use crate::record::HandedOver;
use crate::request::PlannerWish;
use schemars::JsonSchema;
use serde::Serialize;
use skillgate_sdk::planner;
use skillgate_sdk::tez::FailureCode;

/// Longest plan that goes into a hand-off, in characters.
const PLAN_CHARS_MAX: usize = 4_000;

/// What the agent that thinks about it came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Planned {
    /// Whether there is one.
    available: bool,
    /// Whether it came to something.
    generated: bool,
    /// How it went, in words.
    message: String,
    /// The model that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
}

impl Planned {
    /// Returns what it came to.
    pub(crate) fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    fn nothing(available: bool, message: &str) -> Self {
        Self {
            available,
            generated: false,
            message: message.to_owned(),
            model: None,
            summary: None,
        }
    }
}

/// Has an agent think about the hand-off, if that is wanted. It is told what may be passed on, and no more.
pub(crate) fn plan(record: &HandedOver, objective: &str, wish: PlannerWish) -> Planned {
    if !wish.enabled {
        return Planned::nothing(planner::is_configured(), "Planning was not asked for");
    }
    let prompt = format!(
        "Somebody hands the following CRM record over to a colleague.\n\
         Goal: {objective}\n\
         Record: {}\n\
         Write a short plan, at most five steps, for whoever takes over. Plain text, no preamble.",
        record.content
    );
    match planner::ask(prompt, wish.model, wish.temperature) {
        Ok(answer) => Planned {
            available: true,
            generated: true,
            message: "A plan was made".to_owned(),
            model: Some(answer.model),
            summary: Some(answer.text.chars().take(PLAN_CHARS_MAX).collect()),
        },
        Err(failure) if failure.code == FailureCode::NotConfigured => {
            Planned::nothing(false, "No planner is configured")
        }
        Err(failure) => Planned::nothing(true, &failure.message),
    }
}
