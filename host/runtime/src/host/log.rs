use crate::bindings::skillgate::skill::log::{Host, Level};
use crate::state::State;
use skillgate_app::broker::LogLevel;

impl Host for State {
    async fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.broker.log(&self.run, level, &message);
        Ok(())
    }
}
