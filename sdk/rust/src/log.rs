//! Lines for the operator's log, under the call's request id. The caller never sees them.
//!
//! Write what happened, never personal data.

pub use crate::wit::skillgate::skill::log::Level;

/// Writes one line. Lines past the call's budget, and bytes past a line's limit, are dropped and counted.
///
/// ```
/// use skillgate_sdk::{log, testing::Host};
///
/// let host = Host::new();
/// host.run(|| log::write(log::Level::Info, "two pages read"));
/// assert_eq!(host.log_lines(), [(log::Level::Info, "two pages read".to_owned())]);
/// ```
pub fn write(level: Level, message: &str) {
    crate::host::log_write(level, message);
}

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident = $level:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(message: &str) {
            write(Level::$level, message);
        }
    )*};
}

levels! {
    /// Writes a line that only a developer wants.
    ///
    /// ```
    /// skillgate_sdk::log::debug("cache is empty");
    /// ```
    debug = Debug;
    /// Writes a line about what happened.
    ///
    /// ```
    /// skillgate_sdk::log::info("lead created");
    /// ```
    info = Info;
    /// Writes a line about something odd that did no harm.
    ///
    /// ```
    /// skillgate_sdk::log::warn("two companies of this name");
    /// ```
    warn = Warn;
    /// Writes a line about something that went wrong.
    ///
    /// ```
    /// skillgate_sdk::log::error("task made but not linked");
    /// ```
    error = Error;
}
