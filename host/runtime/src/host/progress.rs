use crate::bindings::skillgate::skill::progress::Host;
use crate::state::State;

impl Host for State {
    async fn report(
        &mut self,
        done: u32,
        total: Option<u32>,
        message: Option<String>,
    ) -> wasmtime::Result<()> {
        self.run.report(done, total, message.as_deref());
        Ok(())
    }
}
