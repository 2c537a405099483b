use super::StateQuery;
use crate::ports::{StateAccount, StateChange, StateLine, StatePresent, StateRefusal, StateValue};
use skillgate_domain::state::{StateKey, StateQuota};
use std::collections::BTreeMap;

/// Before the first version in a plan, so that none is one of what is kept.
const PLANNED_VERSIONS_AFTER: i64 = 1 << 62;

/// What a run that plans made of what its skill keeps. It is under the same rules, and nothing of it is kept.
#[derive(Debug, Default)]
pub(crate) struct PlannedState {
    /// What is there; nothing where a key was removed.
    changed: BTreeMap<StateKey, Option<StateValue>>,
    versions: i64,
}

impl PlannedState {
    /// Tells whether the run changed nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }

    /// Tells whether the run changed what is under a key.
    pub(super) fn has_changed(&self, key: &StateKey) -> bool {
        self.changed.contains_key(key)
    }

    /// Returns what the run put under a key.
    pub(super) fn value(&self, key: &StateKey) -> Option<StateValue> {
        self.changed.get(key).cloned().flatten()
    }

    /// Answers a query, where `kept` is under keys of its prefix.
    pub(super) fn list(&self, kept: Vec<StateLine>, query: &StateQuery) -> Vec<StateLine> {
        let asked = |line: &StateLine| {
            line.key.as_str().starts_with(query.prefix.as_str())
                && query.after.as_ref().is_none_or(|after| line.key > *after)
        };
        let lines = self.seen(kept).into_values().filter(asked);
        lines.take(query.limit as usize).collect()
    }

    /// Makes all changes or none, where all of `kept` is kept.
    pub(super) fn commit(
        &mut self,
        kept: Vec<StateLine>,
        changes: &[StateChange],
        quota: StateQuota,
    ) -> Result<Vec<i64>, StateRefusal> {
        StateChange::well_formed(changes)?;
        let present = self.seen(kept).values().map(present).collect();
        StateAccount::of(&present).after(changes, &present, quota)?;
        Ok(changes.iter().map(|change| self.enter(change)).collect())
    }

    /// Returns what is there for the run.
    fn seen(&self, kept: Vec<StateLine>) -> BTreeMap<StateKey, StateLine> {
        let kept = kept.into_iter().map(|line| (line.key.clone(), line));
        let mut seen: BTreeMap<_, _> = kept.collect();
        for (key, value) in &self.changed {
            match value {
                Some(value) => seen.insert(key.clone(), line(key, value)),
                None => seen.remove(key),
            };
        }
        seen
    }

    fn enter(&mut self, change: &StateChange) -> i64 {
        self.versions += 1;
        let version = PLANNED_VERSIONS_AFTER + self.versions;
        let value = change.put.clone();
        let value = value.map(|value| StateValue { value, version });
        self.changed.insert(change.key.clone(), value);
        version
    }
}

fn line(key: &StateKey, value: &StateValue) -> StateLine {
    StateLine {
        key: key.clone(),
        version: value.version,
        value_bytes: u32::try_from(value.value.len()).unwrap_or(u32::MAX),
    }
}

fn present(line: &StateLine) -> (String, StatePresent) {
    let present = StatePresent {
        version: line.version,
        value_bytes: line.value_bytes.into(),
    };
    (line.key.to_string(), present)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Expect;
    use skillgate_domain::state::{STATE_CHANGES_MAX, StatePrefix};

    const QUOTA: StateQuota = StateQuota { keys: 3, bytes: 15 };

    fn key(text: &str) -> StateKey {
        StateKey::parse(text).unwrap()
    }

    /// `a` and `b/1`, each with three bytes.
    fn kept() -> Vec<StateLine> {
        let line = |(text, version)| StateLine {
            key: key(text),
            version,
            value_bytes: 3,
        };
        [("a", 1), ("b/1", 2)].map(line).into()
    }

    fn change(text: &str, expect: Expect, put: Option<&str>) -> StateChange {
        StateChange {
            key: key(text),
            expect,
            put: put.map(|value| value.as_bytes().to_vec()),
        }
    }

    fn commit(planned: &mut PlannedState, changes: &[StateChange]) -> Result<(), &'static str> {
        let done = planned.commit(kept(), changes, QUOTA);
        done.map(drop).map_err(|refusal| refusal.code())
    }

    fn listed(
        planned: &PlannedState,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Vec<String> {
        let query = StateQuery {
            prefix: StatePrefix::parse(prefix).unwrap(),
            after: after.map(key),
            limit,
        };
        let begins = |line: &StateLine| line.key.as_str().starts_with(prefix);
        let kept = kept().into_iter().filter(begins).collect();
        let lines = planned.list(kept, &query).into_iter();
        lines.map(|line| line.key.to_string()).collect()
    }

    #[test]
    fn a_run_finds_what_it_changed_among_what_is_kept() {
        let mut planned = PlannedState::default();
        assert_eq!(listed(&planned, "", None, 10), ["a", "b/1"]);
        assert!(!planned.has_changed(&key("a")), "as it is kept");
        let changes = [
            change("a", Expect::Version(1), None),
            change("b/0", Expect::Absent, Some("x")),
        ];
        let versions = planned.commit(kept(), &changes, QUOTA).unwrap();
        assert!(planned.has_changed(&key("a")));
        assert_eq!(planned.value(&key("a")), None);
        let value = StateValue {
            value: b"x".to_vec(),
            version: versions[1],
        };
        assert_eq!(planned.value(&key("b/0")), Some(value));
        assert_eq!(listed(&planned, "", None, 10), ["b/0", "b/1"]);
        assert_eq!(listed(&planned, "a", None, 10), Vec::<String>::new());
        assert_eq!(listed(&planned, "b/", Some("b/0"), 10), ["b/1"]);
        assert_eq!(listed(&planned, "b/", None, 1), ["b/0"]);
    }

    #[test]
    fn a_plan_refuses_what_would_be_refused() {
        let mut planned = PlannedState::default();
        let many: Vec<_> = (0..=STATE_CHANGES_MAX)
            .map(|number| change(&number.to_string(), Expect::Any, None))
            .collect();
        let put = |text| change(text, Expect::Any, Some(""));
        for (changes, code) in [
            (many, "state-changes-too-many"),
            (vec![put("a"), put("a")], "state-key-twice"),
            (vec![change("a", Expect::Version(2), None)], "state-changed"),
            (vec![change("a", Expect::Absent, None)], "state-changed"),
            (vec![put("c"), put("d")], "state-keys-used-up"),
            (
                vec![change("c", Expect::Any, Some("12345"))],
                "state-bytes-used-up",
            ),
        ] {
            assert_eq!(commit(&mut planned, &changes), Err(code));
            assert_eq!(listed(&planned, "", None, 10), ["a", "b/1"], "{code}");
        }
        // The control, up to the last key and byte.
        let last = change("c", Expect::Absent, Some("1234"));
        assert_eq!(commit(&mut planned, std::slice::from_ref(&last)), Ok(()));
        assert_eq!(commit(&mut planned, &[last]), Err("state-changed"));
        assert_eq!(commit(&mut planned, &[put("d")]), Err("state-keys-used-up"));
        let moved = [change("a", Expect::Any, None), put("d")];
        assert_eq!(commit(&mut planned, &moved), Ok(()));
    }

    #[test]
    fn no_version_in_a_plan_comes_twice_or_is_one_that_is_kept() {
        let mut planned = PlannedState::default();
        let again = [change("a", Expect::Any, Some("x"))];
        let mut versions = Vec::new();
        for _ in 0..3 {
            versions.extend(planned.commit(kept(), &again, QUOTA).unwrap());
        }
        assert!(versions.is_sorted_by(|one, next| one < next));
        assert!(versions[0] > PLANNED_VERSIONS_AFTER);
    }
}
