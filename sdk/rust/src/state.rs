//! What the skill keeps from one call to the next: values under keys, in each community apart.
//!
//! It belongs to the skill: a new version finds what the one before it kept. A call finds what it changed itself;
//! in a call that only plans, nothing of that is kept.
//!
//! ```
//! use skillgate_sdk::{state, testing::Host};
//!
//! let host = Host::new();
//! host.run(|| {
//!     state::put("greeted/ada", "2026-03-01")?;
//!     state::put("greeted/grace", "2026-03-02")?;
//!     state::remove("greeted/ada")
//! })
//! .unwrap();
//! let greeted = host.run(|| state::list("greeted/", None, 10)).unwrap();
//! assert_eq!(greeted[0].key, "greeted/grace");
//! assert_eq!(host.kept("greeted/grace").unwrap(), b"2026-03-02");
//! ```

use crate::tez::{Failure, FailureCode};
use crate::{ErrorCode, Retry, ToolError};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::wit::skillgate::skill::state::{Change, Entry, Expectation, Line, Refusal};

/// Reads what is under a key.
///
/// ```
/// use skillgate_sdk::{state, testing::Host};
///
/// let host = Host::new().keeps("stage", "NEW");
/// let entry = host.run(|| state::get("stage")).unwrap().unwrap();
/// assert_eq!(entry.text().unwrap(), "NEW");
/// assert_eq!(host.run(|| state::get("other")).unwrap(), None);
/// ```
pub fn get(key: &str) -> Result<Option<Entry>, Failure> {
    crate::host::state_get(key)
}

/// Lists the keys that begin with a prefix in the order of their bytes: 1 to 200, and those after `after` only.
pub fn list(prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<Line>, Failure> {
    crate::host::state_list(prefix, after, limit)
}

/// Puts a value under a key, whatever is there. Returns its version.
///
/// Where the value depends on the one before it, use a [`Transaction`]: somebody else may have changed it.
pub fn put(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Result<u64, Refusal> {
    let versions = Transaction::new().put(key, value).commit()?;
    let missing = || Failure::new(FailureCode::Unavailable, Retry::Never, "No version came.");
    versions.first().copied().ok_or_else(|| missing().into())
}

/// Removes a key. It need not be there.
pub fn remove(key: impl Into<String>) -> Result<(), Refusal> {
    Transaction::new().remove(key).commit().map(drop)
}

/// Changes that happen together or not at all: at most 32, of different keys.
///
/// ```
/// use skillgate_sdk::{state::{self, Refusal, Transaction}, testing::Host};
///
/// let host = Host::new().keeps("count", "41");
/// host.run(|| {
///     let count = state::get("count")?.unwrap();
///     let more = Transaction::new().replace("count", count.version, "42").create("last", "ada");
///     more.commit()?;
///     // It is another version by now.
///     assert_eq!(more.commit(), Err(Refusal::Conflict("count".into())));
///     Ok::<_, Refusal>(())
/// })
/// .unwrap();
/// assert_eq!(host.kept("count").unwrap(), b"42");
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use = "nothing changes before `commit`"]
pub struct Transaction(Vec<Change>);

impl Transaction {
    /// Begins without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value, whatever is there.
    pub fn put(self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.change(key, Expectation::Any, Some(value.into()))
    }

    /// Puts a value where there is none.
    pub fn create(self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.change(key, Expectation::Absent, Some(value.into()))
    }

    /// Puts a value in the place of the one of a version.
    pub fn replace(self, key: impl Into<String>, version: u64, value: impl Into<Vec<u8>>) -> Self {
        self.change(key, Expectation::Version(version), Some(value.into()))
    }

    /// Removes a key, whatever is there.
    pub fn remove(self, key: impl Into<String>) -> Self {
        self.change(key, Expectation::Any, None)
    }

    /// Removes a key that has the value of a version.
    pub fn remove_version(self, key: impl Into<String>, version: u64) -> Self {
        self.change(key, Expectation::Version(version), None)
    }

    /// Adds a change.
    pub fn change(
        mut self,
        key: impl Into<String>,
        expect: Expectation,
        put: Option<Vec<u8>>,
    ) -> Self {
        self.0.push(Change {
            key: key.into(),
            expect,
            put,
        });
        self
    }

    /// Makes all changes or none. Returns a version for each, in their order.
    pub fn commit(&self) -> Result<Vec<u64>, Refusal> {
        crate::host::state_commit(&self.0)
    }
}

impl Entry {
    /// Returns the value as text.
    pub fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.value).map_err(|_| unreadable("What is kept is no text."))
    }

    /// Reads the value as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let read = serde_json::from_slice(&self.value);
        read.map_err(|_| unreadable("What is kept is not the JSON that was expected."))
    }
}

/// Writes a value as JSON, to be put.
///
/// ```
/// let host = skillgate_sdk::testing::Host::new();
/// let seen: Vec<u32> = host.run(|| {
///     use skillgate_sdk::state;
///     state::put("seen", state::json(&[1, 2])?)?;
///     Ok::<_, state::Refusal>(state::get("seen")?.unwrap().json()?)
/// })
/// .unwrap();
/// assert_eq!(seen, [1, 2]);
/// ```
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let written = serde_json::to_vec(value);
    written.map_err(|_| unreadable("The value cannot be written as JSON."))
}

fn unreadable(message: &str) -> Failure {
    Failure::new(FailureCode::InvalidInput, Retry::Never, message)
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Refusal> for ToolError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(failure) => failure.into(),
            Refusal::Conflict(_) => Self {
                retry: Retry::Safe,
                ..Self::new(
                    ErrorCode::Conflict,
                    "Somebody else changed the same at the same time. Call again.",
                )
            },
        }
    }
}
