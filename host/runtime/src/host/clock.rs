use crate::bindings::skillgate::skill::clock::Host;
use crate::state::State;

impl Host for State {
    async fn now_ms(&mut self) -> wasmtime::Result<u64> {
        Ok(self.broker.now_ms(&self.run))
    }
}
