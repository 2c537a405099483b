use super::failure::failure;
use crate::bindings::skillgate::skill::planner as wit;
use crate::bindings::skillgate::skill::types;
use crate::state::State;

impl wit::Host for State {
    async fn is_configured(&mut self) -> wasmtime::Result<bool> {
        Ok(self.broker.has_planner())
    }

    async fn ask(
        &mut self,
        request: wit::Request,
    ) -> wasmtime::Result<Result<wit::Answer, types::Failure>> {
        let wit::Request {
            prompt,
            model,
            temperature,
        } = request;
        let asked = self.broker.ask(&self.run, (prompt, model, temperature));
        let result = asked.await;
        self.count(&result);
        let answer = result.map(|planned| wit::Answer {
            text: planned.text,
            model: planned.model,
        });
        Ok(answer.map_err(|error| failure(&error)))
    }
}
