//! Every error of the application, as a problem. The matches are exhaustive, so that a new error
//! does not compile until it is decided.

mod community;

use super::{Kind, Problem, chain, tool};
use crate::views::{self, policy_names};
use serde_json::{Value, json};
use skillgate_app::audit::{AuditError, QueryError};
use skillgate_app::broker::{BrokerError, ErrorCode};
use skillgate_app::coordinate::CoordinateError;
use skillgate_app::gate::{Busy, RETRY_AFTER};
use skillgate_app::idempotency::IdempotencyError;
use skillgate_app::integrations::IntegrationError;
use skillgate_app::invocations::InvokeError;
use skillgate_app::json::JsonRefusal;
use skillgate_app::modules::ModuleError;
use skillgate_app::plans::{PlanError, PlanStanding};
use skillgate_app::policies::PolicyError;
use skillgate_app::ports::{Inadmissible, RunFailure, SandboxLimit, StorageError};
use skillgate_app::records::RecordsError;
use skillgate_app::relay::{ExpansionError, RelayError};
use skillgate_app::replay::ReplayError;
use skillgate_app::schema::Violation;
use skillgate_app::secrets::SecretsError;
use skillgate_app::settings::SettingsError;
use skillgate_app::tokens::TokenError;
use skillgate_domain::grant::GrantRefusal;
use skillgate_domain::policy::Refusal;
use skillgate_domain::skill::Finding;

impl From<InvokeError> for Problem {
    fn from(error: InvokeError) -> Self {
        use InvokeError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::OutOfScope(_) => Self::with_detail(Kind::SkillOutOfScope, error),
            E::UnknownSkill(_) => Self::with_detail(Kind::SkillNotFound, error),
            E::Frozen(_) => Self::with_detail(Kind::SkillFrozen, error),
            E::PartnershipInactive(_) => Self::with_detail(Kind::PartnershipInactive, error),
            E::UnknownTool { .. } => Self::with_detail(Kind::ToolNotFound, error),
            E::Unreadable(refusal) => input(&refusal),
            E::InvalidInput(ref list) => {
                Self::with_detail(Kind::InputInvalid, &error).member("violations", violations(list))
            }
            E::Busy(busy) => busy.into(),
            E::NotRunnable(why) => not_runnable(&why),
            E::Run(failure) => run(&failure),
            E::InvalidOutput => Self::with_detail(Kind::SkillOutputInvalid, error),
            E::PlanTooLong(why) => Self::with_detail(Kind::PlanTooLong, why),
            E::TooManyPlans => Self::with_detail(Kind::TooManyPlans, error),
            E::RequiresConfirmation(ref plan) => to_confirm(Kind::RequiresConfirmation, plan),
            E::Stopped(ref plan) => to_confirm(Kind::PlanStopped, plan),
            E::Declined(_) => Self::with_detail(Kind::PlanDeclined, error),
            E::ConfirmationUsed(_) => Self::with_detail(Kind::ConfirmationUsed, error),
            E::BeingApplied(_) => {
                Self::with_detail(Kind::PlanBeingApplied, error).retry_after(RETRY_AFTER)
            }
            E::Panicked => Self::internal(&error),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        use PlanError as E;
        let kind = match error {
            E::Forbidden(ref refusal) => return forbidden(&error, refusal),
            E::Storage(error) => return error.into(),
            E::Audit(error) => return error.into(),
            E::OutOfScope(_) => Kind::SkillOutOfScope,
            E::NotFound => Kind::PlanNotFound,
            E::AnotherDigest => Kind::PlanDigestDiffers,
            E::Expired => Kind::PlanExpired,
            E::GrantChanged(_) => Kind::PlanGrantChanged,
            E::Denied { .. } => Kind::PlanDenied,
            E::Narrowed { .. } => Kind::PlanSharingNarrowed,
            E::RecordChanged(_) => Kind::PlanRecordChanged,
            E::RequiresConfirmation => Kind::RequiresConfirmation,
            E::Declined => Kind::PlanDeclined,
            E::Begun { .. } => Kind::PlanBegun,
            E::BeingApplied { .. } => Kind::PlanBeingApplied,
            E::Unreadable(_) => Kind::PlanUnreadable,
        };
        let problem = Self::with_detail(kind, &error);
        match kind {
            Kind::PlanBeingApplied | Kind::PlanUnreadable => problem.retry_after(RETRY_AFTER),
            _ => problem,
        }
    }
}

/// Shows what a person has to confirm, or what came of it.
fn to_confirm(kind: Kind, plan: &PlanStanding) -> Problem {
    let shown = serde_json::to_value(views::plan(plan)).unwrap_or_default();
    let retry = match kind {
        Kind::RequiresConfirmation => "safe",
        _ => "never",
    };
    let problem = Problem::new(kind).member("requires_confirmation", shown);
    problem.member("retry", retry)
}

impl From<ModuleError> for Problem {
    fn from(error: ModuleError) -> Self {
        use ModuleError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::OwnModule => Self::with_detail(Kind::OwnModule, error),
            E::OfPartner(_) => Self::with_detail(Kind::ModuleOfPartner, error),
            E::PartnershipInactive(_) => Self::with_detail(Kind::PartnershipInactive, error),
            E::NotFound => Self::with_detail(Kind::ModuleNotFound, error),
            E::UnknownSkill(_) => Self::with_detail(Kind::SkillNotFound, error),
            E::Manifest(ref list) => manifest_invalid(&error, list),
            E::Component(why) => component(&why),
            E::Grant(refusal) => grant(&refusal),
            E::Changed(present) => Self::with_detail(Kind::GrantChanged, &error)
                .member("generation", present.generation.count()),
            E::RollBack(_) => Self::with_detail(Kind::RollBackRefused, error),
            E::AlreadySubmitted => Self::with_detail(Kind::AlreadySubmitted, error),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        use TokenError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::Invalid(_) => Self::with_detail(Kind::TokenRequestInvalid, error),
            E::NotValid => Self::with_detail(Kind::TokenNotValid, error),
            E::NotFound => Self::with_detail(Kind::TokenNotFound, error),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        use QueryError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::Limit => Self::with_detail(Kind::QueryInvalid, error),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        use ReplayError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::OutOfScope(_) => Self::with_detail(Kind::SkillOutOfScope, error),
            E::NotFound => Self::with_detail(Kind::JournalNotFound, error),
            E::NoInput => Self::with_detail(Kind::JournalWithoutInput, error),
            E::Changed => Self::with_detail(Kind::JournalChanged, error),
            E::NotRunnable(ref why) => match component(why).kind() {
                Kind::Internal => Self::new(Kind::Internal),
                kind => Self::with_detail(kind, error),
            },
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<RelayError> for Problem {
    fn from(error: RelayError) -> Self {
        use RelayError as E;
        let kind = match error {
            E::Forbidden(ref refusal) => return forbidden(&error, refusal),
            E::Storage(error) => return error.into(),
            E::Audit(error) => return error.into(),
            E::NotMember | E::NotYours(_) | E::NotShown => Kind::TezForbidden,
            E::NotFound => Kind::TezNotFound,
            E::ContextNotFound => Kind::ContextNotFound,
            E::TeamNotFound => Kind::TeamNotFound,
            E::Invalid(_) => Kind::TezInvalid,
            E::Full(_) => Kind::RelayFull,
        };
        Self::with_detail(kind, error)
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        use SettingsError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::Invalid(ref list) => {
                Self::with_detail(Kind::SettingsInvalid, &error).member("findings", findings(list))
            }
            E::CoordinatorNotGranted(_) => Self::with_detail(Kind::CoordinatorNotGranted, error),
            E::Changed { present } => {
                Self::with_detail(Kind::SettingsChanged, error).member("version", present)
            }
            E::NotFound(_) => Self::with_detail(Kind::SettingsNotFound, error),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<SecretsError> for Problem {
    fn from(error: SecretsError) -> Self {
        use SecretsError as E;
        let kind = match error {
            E::Forbidden(ref refusal) => return forbidden(&error, refusal),
            E::Storage(error) => return error.into(),
            E::Audit(error) => return error.into(),
            E::Unreadable(_) => return Self::internal(&error),
            E::Text(_) => Kind::SecretInvalid,
            E::Present => Kind::SecretPresent,
            E::NotFound => Kind::SecretNotFound,
            E::Full => Kind::SecretsFull,
            E::Changed => Kind::SecretChanged,
        };
        Self::with_detail(kind, error)
    }
}

impl From<ExpansionError> for Problem {
    fn from(error: ExpansionError) -> Self {
        use ExpansionError as E;
        let kind = match error {
            E::Relay(error) => return error.into(),
            E::Records(error) => return error.into(),
            E::NotFound => Kind::ExpansionNotFound,
            E::Decided => Kind::ExpansionDecided,
            E::Expired => Kind::ExpansionExpired,
            E::Redacted => Kind::ContextRedacted,
        };
        Self::with_detail(kind, error)
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        use PolicyError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::Invalid(ref list) => {
                Self::with_detail(Kind::PoliciesInvalid, &error).member("findings", findings(list))
            }
            E::LocksOut(_) => Self::with_detail(Kind::PoliciesLockOutAdmins, error),
            E::Changed { present } => {
                Self::with_detail(Kind::PoliciesChanged, error).member("version", present)
            }
            E::NotFound(_) => Self::with_detail(Kind::PoliciesNotFound, error),
            E::NoSuchQuestion(_) => Self::with_detail(Kind::PolicyQuestionInvalid, error),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
        }
    }
}

impl From<IdempotencyError> for Problem {
    fn from(error: IdempotencyError) -> Self {
        use IdempotencyError as E;
        let kind = match error {
            E::Reused => Kind::IdempotencyKeyReused,
            E::InProgress => Kind::IdempotencyInProgress,
            E::OutcomeUnknown => Kind::IdempotencyOutcomeUnknown,
            E::NotReplayable => Kind::IdempotencyNotReplayable,
            E::TooManyKeys => Kind::IdempotencyKeysExhausted,
            E::Storage(error) => return error.into(),
        };
        let problem = Self::with_detail(kind, &error);
        match error.retry_after() {
            Some(after) => problem.retry_after(after),
            None => problem,
        }
    }
}

impl From<CoordinateError> for Problem {
    fn from(error: CoordinateError) -> Self {
        match error {
            CoordinateError::Invoke(error) => error.into(),
            CoordinateError::Plan(error) => error.into(),
        }
    }
}

impl From<RecordsError> for Problem {
    fn from(error: RecordsError) -> Self {
        match &error {
            RecordsError::Forbidden(refusal) => forbidden(&error, refusal),
            RecordsError::OutOfScope(_) => Self::with_detail(Kind::SkillOutOfScope, &error),
            RecordsError::TooFar => Self::with_detail(Kind::CrmInvalid, &error),
            RecordsError::Broker(broker) => crm(broker),
            RecordsError::Storage(_) | RecordsError::Audit(_) => match error {
                RecordsError::Storage(storage) => storage.into(),
                RecordsError::Audit(audit) => audit.into(),
                _ => Self::new(Kind::Internal),
            },
        }
    }
}

impl From<IntegrationError> for Problem {
    fn from(error: IntegrationError) -> Self {
        match error {
            IntegrationError::Forbidden(ref refusal) => forbidden(&error, refusal),
            IntegrationError::Storage(storage) => storage.into(),
            IntegrationError::Audit(audit) => audit.into(),
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

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        // The writer has logged why.
        match error {
            AuditError::Busy => Self::new(Kind::StorageBusy).retry_after(RETRY_AFTER),
            AuditError::Full => Self::new(Kind::StorageFull),
            AuditError::Unavailable => Self::new(Kind::StorageUnavailable).retry_after(RETRY_AFTER),
            AuditError::Tampered => Self::new(Kind::AuditBroken),
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

/// What a caller without a skill is told of the broker's words.
fn crm(error: &BrokerError) -> Problem {
    let told = error.told();
    let kind = match told.code {
        ErrorCode::Denied => Kind::CrmDenied,
        ErrorCode::NotFound => Kind::CrmNotFound,
        ErrorCode::InvalidInput => Kind::CrmInvalid,
        ErrorCode::Conflict => Kind::CrmConflict,
        ErrorCode::BudgetExhausted | ErrorCode::RateLimited => Kind::CrmRateLimited,
        ErrorCode::OutcomeUnknown => Kind::CrmOutcomeUnknown,
        ErrorCode::Unavailable | ErrorCode::NotConfigured => match error {
            BrokerError::Audit(audit) => return (*audit).into(),
            BrokerError::Unsure => return Problem::new(Kind::StorageUnavailable),
            _ => Kind::CrmUnavailable,
        },
    };
    let problem = Problem::with_detail(kind, told.message);
    match (told.retry_after, kind) {
        (Some(after), _) => problem.retry_after(after),
        (None, Kind::CrmRateLimited) => problem.retry_after(RETRY_AFTER),
        (None, _) => problem,
    }
}

/// Says what the answer rests on, so that an admin knows where to look.
fn forbidden(error: &dyn std::fmt::Display, refusal: &Refusal) -> Problem {
    Problem::with_detail(Kind::Forbidden, error)
        .member("basis", refusal.basis.code())
        .member("policies", policy_names(&refusal.policies))
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
        GrantRefusal::UnknownTool(_) => Problem::with_detail(Kind::GrantToolUnknown, refusal),
        GrantRefusal::CarriesOverOnly => Problem::with_detail(Kind::CarryOverAlone, refusal),
        GrantRefusal::NothingToCarryOver => Problem::with_detail(Kind::NothingToCarryOver, refusal),
    }
}

/// Writes violations.
pub(crate) fn violations(list: &[Violation]) -> Value {
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
    use skillgate_app::plans::PlanTooLong;
    use skillgate_app::ports::{Retry, ToolError, ToolErrorCode as T};
    use skillgate_domain::ids::{SkillName, ToolName};
    use skillgate_domain::policy::{Act, Basis};
    use skillgate_domain::principal::{Action, Role};
    use std::collections::BTreeSet;

    fn refusal() -> Refusal {
        Refusal {
            role: Role::Partner,
            action: Act::Host(Action::InvokeSkill),
            basis: Basis::BeyondRole,
            policies: BTreeSet::new(),
        }
    }

    fn errors() -> Vec<InvokeError> {
        let skill = SkillName::parse("echo").unwrap();
        let text = String::new;
        let run = InvokeError::Run;
        let mut all = vec![
            InvokeError::Forbidden(refusal()),
            InvokeError::OutOfScope(skill.clone()),
            InvokeError::UnknownSkill(skill.clone()),
            InvokeError::Frozen(skill.clone()),
            InvokeError::PartnershipInactive(skill.clone()),
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
            InvokeError::PlanTooLong(PlanTooLong),
            InvokeError::TooManyPlans,
            InvokeError::Panicked,
            InvokeError::Storage(StorageError::Conflict),
            InvokeError::Storage(StorageError::Busy(text().into())),
            InvokeError::Storage(StorageError::Full(text().into())),
            InvokeError::Storage(StorageError::Unavailable(text().into())),
            InvokeError::Storage(StorageError::Corrupt(text())),
            InvokeError::Audit(AuditError::Busy),
            InvokeError::Audit(AuditError::Full),
            InvokeError::Audit(AuditError::Unavailable),
            InvokeError::Audit(AuditError::Tampered),
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

    /// What is counted, logged and recorded as an outcome is what the caller is told.
    #[test]
    fn an_outcome_is_the_code_of_its_problem_or_its_limit() {
        for error in errors() {
            let (code, words) = (error.code(), format!("{error:?}"));
            let told = Problem::from(error).to_json("r1");
            let member = if told["limit"].is_null() {
                "code"
            } else {
                "limit"
            };
            assert_eq!(told[member], code, "{words}");
        }
    }
}
