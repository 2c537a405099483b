//! What a skill keeps.

use super::state::{State, promised_to_read};
use crate::Retry;
use crate::state::{Change, Entry, Expectation, Line, Refusal};
use crate::tez::{Failure, FailureCode};
use std::collections::{BTreeMap, BTreeSet};

/// Calls of the interface in one call of a tool.
const CALLS_MAX: u32 = 64;
const CHANGES_MAX: usize = 32;
const PAGE_MAX: u32 = 200;
const KEY_BYTES_MAX: usize = 128;
const VALUE_BYTES_MAX: usize = 64 * 1024;
const KEYS_MAX: usize = 1_000;
/// Of all keys and values.
const BYTES_MAX: usize = 1024 * 1024;

type Entries = BTreeMap<String, Entry>;

/// What is kept, and what a call that plans made of it.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    pub(super) kept: Entries,
    planned: Option<Entries>,
    versions: u64,
    calls: u32,
}

impl Keeping {
    pub(super) fn begin_call(&mut self) {
        self.planned = None;
        self.calls = 0;
    }

    /// Puts a value, whatever the rules say.
    pub(super) fn put(&mut self, key: &str, value: Vec<u8>) {
        self.versions += 1;
        let version = self.versions;
        self.kept.insert(key.to_owned(), Entry { value, version });
    }

    fn enter(&mut self) -> Result<(), Failure> {
        self.calls += 1;
        if self.calls > CALLS_MAX {
            let message = "This call's reads and changes of what the skill keeps are used up.";
            return Err(refused(FailureCode::BudgetExhausted, message));
        }
        Ok(())
    }

    fn seen(&self) -> &Entries {
        self.planned.as_ref().unwrap_or(&self.kept)
    }

    fn commit(&mut self, changes: &[Change], plans: bool) -> Result<Vec<u64>, Refusal> {
        well_formed(changes)?;
        let mut after = self.seen().clone();
        let mut versions = Vec::new();
        for (number, change) in (1..).zip(changes) {
            let version = self.versions + number;
            versions.push(version);
            let present = after.get(&change.key).map(|entry| entry.version);
            let holds = match change.expect {
                Expectation::Any => true,
                Expectation::Absent => present.is_none(),
                Expectation::Version(expected) => present == Some(expected),
            };
            if !holds {
                return Err(Refusal::Conflict(change.key.clone()));
            }
            match change.put.clone() {
                Some(value) => after.insert(change.key.clone(), Entry { value, version }),
                None => after.remove(&change.key),
            };
        }
        within_quota(self.seen(), &after)?;
        self.versions += versions.len() as u64;
        let place = if plans {
            self.planned.get_or_insert_default()
        } else {
            &mut self.kept
        };
        *place = after;
        Ok(versions)
    }
}

impl State {
    pub(super) fn state_get(&mut self, key: &str) -> Result<Option<Entry>, Failure> {
        check_key(key)?;
        self.keeping.enter()?;
        Ok(self.keeping.seen().get(key).cloned())
    }

    pub(super) fn state_list(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Line>, Failure> {
        if !is_visible(prefix) || prefix.starts_with('/') {
            return Err(invalid("prefix is at most 128 visible ASCII characters."));
        }
        after.map_or(Ok(()), check_key)?;
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(invalid("limit must be 1 to 200."));
        }
        self.keeping.enter()?;
        let lines = self.keeping.seen().iter();
        let lines = lines
            .filter(|(key, _)| key.starts_with(prefix))
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .map(|(key, entry)| Line {
                key: key.clone(),
                version: entry.version,
                bytes: u32::try_from(entry.value.len()).unwrap_or(u32::MAX),
            });
        Ok(lines.take(limit as usize).collect())
    }

    pub(super) fn state_commit(&mut self, changes: &[Change]) -> Result<Vec<u64>, Refusal> {
        for change in changes {
            check_key(&change.key)?;
        }
        self.keeping.enter()?;
        if self.reads_only {
            return Err(promised_to_read().into());
        }
        self.keeping.commit(changes, self.plans)
    }
}

fn is_visible(text: &str) -> bool {
    text.len() <= KEY_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn check_key(key: &str) -> Result<(), Failure> {
    if key.is_empty() || key.starts_with('/') || key.ends_with('/') || !is_visible(key) {
        return Err(invalid(
            "A key is 1 to 128 visible ASCII characters, with '/' neither first nor last.",
        ));
    }
    Ok(())
}

fn well_formed(changes: &[Change]) -> Result<(), Failure> {
    if changes.len() > CHANGES_MAX {
        return Err(invalid("At most 32 changes happen together."));
    }
    let mut keys = BTreeSet::new();
    for Change { key, put, .. } in changes {
        if !keys.insert(key) {
            return Err(invalid("A key is changed twice."));
        }
        if put.as_ref().is_some_and(|it| it.len() > VALUE_BYTES_MAX) {
            return Err(invalid("A value is longer than 65536 bytes."));
        }
    }
    Ok(())
}

fn within_quota(before: &Entries, after: &Entries) -> Result<(), Failure> {
    let bytes = |all: &Entries| -> usize {
        let lengths = all.iter().map(|(key, entry)| key.len() + entry.value.len());
        lengths.sum()
    };
    if after.len() > before.len().max(KEYS_MAX) || bytes(after) > bytes(before).max(BYTES_MAX) {
        let message = "The skill keeps as much as it may; remove something.";
        return Err(refused(FailureCode::BudgetExhausted, message));
    }
    Ok(())
}

fn invalid(message: &str) -> Failure {
    refused(FailureCode::InvalidInput, message)
}

fn refused(code: FailureCode, message: &str) -> Failure {
    Failure::new(code, Retry::Never, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{self, Transaction};
    use crate::testing::Host;

    fn code<T>(result: Result<T, Refusal>) -> Option<FailureCode> {
        match result {
            Err(Refusal::Failed(failure)) => Some(failure.code),
            _ => None,
        }
    }

    #[test]
    fn changes_happen_together_or_not_at_all() {
        let host = Host::new().keeps("a", "1");
        let changes = Transaction::new().put("b", "2").create("a", "2");
        let refused = host.run(|| changes.commit());
        assert_eq!(refused, Err(Refusal::Conflict("a".into())));
        assert_eq!((host.kept("a"), host.kept("b")), (Some(b"1".into()), None));
        let changes = Transaction::new().put("b", "2").remove("a");
        assert_eq!(host.run(|| changes.commit()).map(|them| them.len()), Ok(2));
        assert_eq!((host.kept("a"), host.kept("b")), (None, Some(b"2".into())));
    }

    #[test]
    fn a_call_that_plans_keeps_nothing() {
        let host = Host::new().keeps("a", "1").planning();
        let found = host.run(|| {
            state::put("a", "2").unwrap();
            state::get("a").unwrap().unwrap().value
        });
        assert_eq!(found, b"2");
        assert_eq!(host.kept("a").unwrap(), b"1");
        let next = host.run(|| state::get("a")).unwrap().unwrap();
        assert_eq!(next.value, b"1");
    }

    #[test]
    fn limits_are_those_of_a_host() {
        let host = Host::new();
        let calls =
            |count: u32| host.run(|| (0..count).try_for_each(|_| state::get("a").map(drop)));
        assert_eq!(calls(CALLS_MAX), Ok(()));
        let over = calls(CALLS_MAX + 1).unwrap_err();
        assert_eq!(over.code, FailureCode::BudgetExhausted);
        let many = |count: usize| {
            let keys = (0..count).map(|number| number.to_string());
            let all = keys.fold(Transaction::new(), |all, key| all.put(key, ""));
            code(host.run(|| all.commit()))
        };
        assert_eq!(many(CHANGES_MAX), None);
        assert_eq!(many(CHANGES_MAX + 1), Some(FailureCode::InvalidInput));
        let long = |bytes: usize| code(host.run(|| state::put("long", vec![0; bytes])));
        assert_eq!(long(VALUE_BYTES_MAX), None);
        assert_eq!(long(VALUE_BYTES_MAX + 1), Some(FailureCode::InvalidInput));
        for key in [
            "",
            "/a",
            "a/",
            "a b",
            "\u{e9}",
            &"k".repeat(KEY_BYTES_MAX + 1),
        ] {
            let refused = host.run(|| state::get(key)).unwrap_err();
            assert_eq!(refused.code, FailureCode::InvalidInput, "{key}");
        }
        for (limit, refused) in [
            (0, true),
            (1, false),
            (PAGE_MAX, false),
            (PAGE_MAX + 1, true),
        ] {
            let listed = host.run(|| state::list("", None, limit));
            assert_eq!(listed.is_err(), refused, "{limit}");
        }
    }

    #[test]
    fn a_skill_keeps_as_much_as_its_quota() {
        let full = |host: Host| code(host.run(|| state::put("one/more", "x")));
        let keys = |count: usize| {
            (0..count).fold(Host::new(), |host, number| {
                host.keeps(&number.to_string(), "")
            })
        };
        assert_eq!(full(keys(KEYS_MAX - 1)), None);
        assert_eq!(full(keys(KEYS_MAX)), Some(FailureCode::BudgetExhausted));
        let bytes = |count: usize| Host::new().keeps("k", vec![0; count - "k".len()]);
        let room = "one/more".len() + "x".len();
        assert_eq!(full(bytes(BYTES_MAX - room)), None);
        let over = full(bytes(BYTES_MAX - room + 1));
        assert_eq!(over, Some(FailureCode::BudgetExhausted));
    }
}
