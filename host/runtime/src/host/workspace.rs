use super::failure::{failure, outcome};
use crate::bindings::skillgate::skill::types::{Failure, Outcome};
use crate::bindings::skillgate::skill::workspace as wit;
use crate::state::State;
use skillgate_app::broker::{BrokerError, Sent};
use skillgate_domain::workspace::{CalendarAction, Email};
use std::time::Duration;

impl wit::Host for State {
    async fn is_configured(&mut self) -> wasmtime::Result<bool> {
        Ok(self.broker.has_workspace())
    }

    async fn send_email(
        &mut self,
        email: wit::Email,
    ) -> wasmtime::Result<Result<Outcome, Failure>> {
        let email = Email {
            from: email.sender,
            to: email.to,
            subject: email.subject,
            body: email.body,
        };
        let result = self.broker.send_email(&self.run, email).await;
        self.sent(result)
    }

    async fn log_action(
        &mut self,
        action: wit::Action,
    ) -> wasmtime::Result<Result<Outcome, Failure>> {
        let action = CalendarAction {
            assistant: action.assistant,
            summary: action.summary,
            duration: Duration::from_millis(action.duration_ms.into()),
        };
        let result = self.broker.log_action(&self.run, action).await;
        self.sent(result)
    }
}

impl State {
    /// Encodes what came of something that reaches others, and counts refusals.
    #[expect(clippy::unnecessary_wraps, reason = "the signature of a host function")]
    pub(super) fn sent(
        &self,
        result: Result<Sent, BrokerError>,
    ) -> wasmtime::Result<Result<Outcome, Failure>> {
        self.count(&result);
        Ok(result.map(outcome).map_err(|error| failure(&error)))
    }
}
