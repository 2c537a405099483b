//! Every error of the application, as a problem. The matches are exhaustive, so that a new error
//! does not compile until it is decided.

use super::{Kind, Problem, chain, tool};
use serde_json::{Value, json};
use skillgate_app::gate::{Busy, RETRY_AFTER};
use skillgate_app::invocations::InvokeError;
use skillgate_app::json::JsonRefusal;
use skillgate_app::modules::ModuleError;
use skillgate_app::ports::{Inadmissible, RunFailure, SandboxLimit, StorageError};
use skillgate_app::schema::Violation;
use skillgate_app::tokens::TokenError;
use skillgate_domain::grant::GrantRefusal;
use skillgate_domain::skill::Finding;

impl From<InvokeError> for Problem {
    fn from(error: InvokeError) -> Self {
        use InvokeError as E;
        match error {
            E::Forbidden(..) => Self::with_detail(Kind::Forbidden, error),
            E::OutOfScope(_) => Self::with_detail(Kind::SkillOutOfScope, error),
            E::UnknownSkill(_) => Self::with_detail(Kind::SkillNotFound, error),
            E::UnknownTool { .. } => Self::with_detail(Kind::ToolNotFound, error),
            E::Unreadable(refusal) => input(&refusal),
            E::InvalidInput(ref list) => {
                Self::with_detail(Kind::InputInvalid, &error).member("violations", violations(list))
            }
            E::Busy(busy) => busy.into(),
            E::NotRunnable(why) => not_runnable(&why),
            E::Run(failure) => run(&failure),
            E::InvalidOutput => Self::with_detail(Kind::SkillOutputInvalid, error),
            E::Panicked => Self::internal(&error),
            E::Storage(error) => error.into(),
        }
    }
}

impl From<ModuleError> for Problem {
    fn from(error: ModuleError) -> Self {
        use ModuleError as E;
        match error {
            E::Forbidden(..) => Self::with_detail(Kind::Forbidden, error),
            E::OwnModule => Self::with_detail(Kind::OwnModule, error),
            E::NotFound => Self::with_detail(Kind::ModuleNotFound, error),
            E::Manifest(ref list) => manifest_invalid(&error, list),
            E::Component(why) => component(&why),
            E::Grant(refusal) => grant(&refusal),
            E::AlreadySubmitted => Self::with_detail(Kind::AlreadySubmitted, error),
            E::Storage(error) => error.into(),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        use TokenError as E;
        match error {
            E::Forbidden(_) => Self::with_detail(Kind::Forbidden, error),
            E::Invalid(_) => Self::with_detail(Kind::TokenRequestInvalid, error),
            E::NotValid => Self::with_detail(Kind::TokenNotValid, error),
            E::NotFound => Self::with_detail(Kind::TokenNotFound, error),
            E::Storage(error) => error.into(),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        let kind = match error {
            StorageError::Busy(_) => Kind::StorageBusy,
            StorageError::Full(_) => Kind::StorageFull,
            StorageError::Unavailable(_) => Kind::StorageUnavailable,
            // Where a conflict means something, the use case has said so already.
            StorageError::Conflict | StorageError::Corrupt(_) => return Self::internal(&error),
        };
        tracing::error!(error.chain = chain(&error), "storage failed");
        let problem = Self::new(kind);
        if kind == Kind::StorageFull {
            problem
        } else {
            problem.retry_after(RETRY_AFTER)
        }
    }
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        let kind = match busy {
            Busy::Skill => Kind::SkillBusy,
            Busy::Host => Kind::HostBusy,
        };
        Self::with_detail(kind, busy).retry_after(RETRY_AFTER)
    }
}

fn input(refusal: &JsonRefusal) -> Problem {
    let kind = match refusal {
        JsonRefusal::TooLong { .. } => Kind::InputTooLong,
        JsonRefusal::Malformed(_) => Kind::InputUnreadable,
    };
    Problem::with_detail(kind, refusal)
}

fn run(failure: &RunFailure) -> Problem {
    match failure {
        RunFailure::Tool(error) => tool::problem(error),
        RunFailure::Limit(limit) => {
            let kind = match limit {
                SandboxLimit::Cpu | SandboxLimit::Wall => Kind::SkillStopped,
                SandboxLimit::Memory
                | SandboxLimit::Table
                | SandboxLimit::Stack
                | SandboxLimit::HostCopies
                | SandboxLimit::Output => Kind::SkillOverLimit,
            };
            Problem::with_detail(kind, failure).member("limit", limit.code())
        }
        RunFailure::Trapped(why) => {
            tracing::warn!(trap = why.as_str(), "the skill crashed");
            Problem::with_detail(Kind::SkillCrashed, failure)
        }
        RunFailure::Host(why) => {
            tracing::error!(why = why.as_str(), "the sandbox failed");
            Problem::new(Kind::Internal)
        }
        RunFailure::NotAdmitted => Problem::internal(failure),
    }
}

/// What a component lacks when it is called: the grant gives less than it needs.
fn not_runnable(why: &Inadmissible) -> Problem {
    match component(why).kind() {
        Kind::Internal => Problem::new(Kind::Internal),
        _ => Problem::with_detail(Kind::SkillNotRunnable, why).member("reason", why.code()),
    }
}

/// What a component lacks when it is handed in.
fn component(why: &Inadmissible) -> Problem {
    let kind = match why {
        Inadmissible::TooLarge { .. } => Kind::ComponentTooLarge,
        Inadmissible::NotAComponent(_) => Kind::NotAComponent,
        Inadmissible::CoreModule => Kind::CoreModule,
        Inadmissible::UnknownContract { .. } => Kind::UnknownContract,
        Inadmissible::NoGuestExport(_) => Kind::NoGuestExport,
        Inadmissible::Imports(_) => Kind::UndeclaredImports,
        Inadmissible::TooDemanding(_) => Kind::TooDemanding,
        Inadmissible::Internal(why) => {
            tracing::error!(
                why = why.as_str(),
                "the sandbox could not prepare a component"
            );
            return Problem::new(Kind::Internal);
        }
    };
    Problem::with_detail(kind, why)
}

fn grant(refusal: &GrantRefusal) -> Problem {
    match refusal {
        GrantRefusal::Wider(excess) => Problem::with_detail(Kind::GrantTooWide, refusal).member(
            "violations",
            excess
                .iter()
                .map(|e| json!({ "excess": e }))
                .collect::<Value>(),
        ),
        GrantRefusal::UnknownSetting(_) | GrantRefusal::UnacceptableSetting(_) => {
            Problem::with_detail(Kind::SettingRefused, refusal)
        }
    }
}

fn violations(list: &[Violation]) -> Value {
    let entry = |v: &Violation| json!({ "path": v.path, "problem": v.problem });
    list.iter().map(entry).collect()
}

fn manifest_invalid(error: &ModuleError, list: &[Finding]) -> Problem {
    Problem::with_detail(Kind::ManifestInvalid, error).member("findings", findings(list))
}

/// Writes findings.
pub(crate) fn findings(list: &[Finding]) -> Value {
    let entry = |f: &Finding| json!({ "path": f.path, "problem": f.problem, "fix": f.fix });
    list.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use SandboxLimit as L;
    use skillgate_app::ports::{Retry, ToolError, ToolErrorCode as T};
    use skillgate_domain::ids::{SkillName, ToolName};
    use skillgate_domain::principal::{Action, Role};

    fn errors() -> Vec<InvokeError> {
        let skill = SkillName::parse("echo").unwrap();
        let text = String::new;
        let run = InvokeError::Run;
        let mut all = vec![
            InvokeError::Forbidden(Role::Partner, Action::InvokeSkill),
            InvokeError::OutOfScope(skill.clone()),
            InvokeError::UnknownSkill(skill.clone()),
            InvokeError::UnknownTool {
                skill,
                tool: ToolName::parse("say").unwrap(),
                known: Vec::new(),
            },
            InvokeError::Unreadable(JsonRefusal::TooLong { bytes: 2, max: 1 }),
            InvokeError::Unreadable(JsonRefusal::Malformed(text())),
            InvokeError::InvalidInput(Vec::new()),
            InvokeError::Busy(Busy::Skill),
            InvokeError::Busy(Busy::Host),
            InvokeError::NotRunnable(Inadmissible::CoreModule),
            InvokeError::NotRunnable(Inadmissible::Internal(text())),
            run(RunFailure::NotAdmitted),
            run(RunFailure::Trapped(text())),
            run(RunFailure::Host(text())),
            InvokeError::InvalidOutput,
            InvokeError::Panicked,
            InvokeError::Storage(StorageError::Conflict),
            InvokeError::Storage(StorageError::Busy(text().into())),
            InvokeError::Storage(StorageError::Full(text().into())),
            InvokeError::Storage(StorageError::Unavailable(text().into())),
            InvokeError::Storage(StorageError::Corrupt(text())),
        ];
        for limit in [
            L::Cpu,
            L::Wall,
            L::Memory,
            L::Table,
            L::Stack,
            L::HostCopies,
            L::Output,
        ] {
            all.push(run(RunFailure::Limit(limit)));
        }
        for code in [
            T::UnknownTool,
            T::InvalidInput,
            T::NotFound,
            T::Conflict,
            T::Denied,
            T::BudgetExhausted,
            T::RateLimited,
            T::Unavailable,
            T::OutcomeUnknown,
            T::Failed,
        ] {
            all.push(run(RunFailure::Tool(ToolError {
                code,
                retry: Retry::Never,
                retry_after: None,
                message: text(),
            })));
        }
        all
    }

    /// What is counted and logged as an outcome is what the caller is told.
    #[test]
    fn an_outcome_is_the_code_of_its_problem() {
        for error in errors() {
            let (code, words) = (error.code(), format!("{error:?}"));
            assert_eq!(Problem::from(error).kind().code(), code, "{words}");
        }
    }
}
