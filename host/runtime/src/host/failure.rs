//! What a guest is told of a call that is not the CRM's.

use crate::bindings::skillgate::skill::types as wit;
use skillgate_app::broker::{BrokerError, ErrorCode, Sent};
use skillgate_app::ports::Retry;

pub(super) fn failure(error: &BrokerError) -> wit::Failure {
    let told = error.told();
    let ms = |after: std::time::Duration| u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
    wit::Failure {
        code: match told.code {
            ErrorCode::Denied => wit::FailureCode::Denied,
            ErrorCode::NotFound => wit::FailureCode::NotFound,
            // Two records with one value are the CRM's matter: whoever shares has named something wrong.
            ErrorCode::InvalidInput | ErrorCode::Conflict => wit::FailureCode::InvalidInput,
            ErrorCode::BudgetExhausted => wit::FailureCode::BudgetExhausted,
            ErrorCode::RateLimited => wit::FailureCode::RateLimited,
            ErrorCode::Unavailable => wit::FailureCode::Unavailable,
            ErrorCode::OutcomeUnknown => wit::FailureCode::OutcomeUnknown,
            ErrorCode::NotConfigured => wit::FailureCode::NotConfigured,
        },
        retry: retry(told.retry),
        retry_after_ms: told.retry_after.map(ms),
        message: told.message,
    }
}

/// What a guest is told of something that reaches others.
pub(super) fn outcome(sent: Sent) -> wit::Outcome {
    match sent {
        Sent::Planned => wit::Outcome {
            planned: true,
            answer: None,
        },
        Sent::Done(answer) => wit::Outcome {
            planned: false,
            answer: Some(answer),
        },
    }
}

const fn retry(retry: Retry) -> wit::Retry {
    match retry {
        Retry::Never => wit::Retry::Never,
        Retry::Safe => wit::Retry::Safe,
        Retry::CheckFirst => wit::Retry::CheckFirst,
    }
}
