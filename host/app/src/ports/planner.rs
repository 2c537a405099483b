use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, UserId};

/// Longest prompt, in bytes.
pub const PROMPT_BYTES_MAX: usize = 64 * 1024;
/// Longest answer that is kept, in bytes; a longer one is cut.
pub const PLANNED_TEXT_BYTES_MAX: usize = 16 * 1024;

/// Something to think about.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannerRequest {
    /// The tenant.
    pub community: CommunityId,
    /// For whom. The planner keeps one conversation for each.
    pub user: UserId,
    /// What to think about.
    pub prompt: String,
    /// The model that was asked for. What is no name of the planner's own is a provider's.
    pub model: Option<String>,
    /// 0 to 2.
    pub temperature: Option<f64>,
}

/// What a planner came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedText {
    /// Its words, cut to [`PLANNED_TEXT_BYTES_MAX`].
    pub text: String,
    /// The model that answered, as the planner names it.
    pub model: String,
}

/// Why a planner came to nothing. None of it carries the planner's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlannerError {
    /// None is configured.
    #[error("no planner is configured")]
    NotConfigured,
    /// It took longer than it may.
    #[error("the planner did not answer in time")]
    TimedOut,
    /// It cannot be reached, or is busy.
    #[error("the planner does not answer")]
    Unavailable,
    /// It does not take the request, or our credential.
    #[error("the planner refused the request")]
    Refused,
    /// Its answer is none.
    #[error("the planner's answer is not one")]
    BadAnswer,
}

impl PlannerError {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotConfigured => "planner-not-configured",
            Self::TimedOut => "planner-timed-out",
            Self::Unavailable => "planner-unavailable",
            Self::Refused => "planner-refused",
            Self::BadAnswer => "planner-bad-answer",
        }
    }
}

/// An agent that is asked to think, not to act.
#[async_trait]
pub trait Planner: Send + Sync {
    /// Tells whether there is one.
    fn configured(&self) -> bool;

    /// Asks it once, within a time of its own.
    async fn plan(&self, request: &PlannerRequest) -> Result<PlannedText, PlannerError>;

    /// Tells whether it answers.
    async fn check(&self) -> Result<(), PlannerError>;
}
