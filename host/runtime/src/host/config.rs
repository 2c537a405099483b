use crate::bindings::skillgate::skill::config::Host;
use crate::state::State;

impl Host for State {
    async fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        Ok(self.run.config(&key).map(str::to_owned))
    }
}
