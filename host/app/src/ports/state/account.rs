use super::{StateChange, StateRefusal};
use skillgate_domain::state::{STATE_CHANGES_MAX, STATE_VALUE_BYTES_MAX, StateQuota};
use std::collections::{BTreeMap, BTreeSet};

/// How much a skill keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateAccount {
    /// Keys.
    pub keys: i64,
    /// Bytes of keys and values.
    pub bytes: i64,
}

/// What is under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatePresent {
    /// The version of its value.
    pub version: i64,
    /// The length of its value, in bytes.
    pub value_bytes: i64,
}

impl StateChange {
    /// Refuses changes that could not happen whatever is kept.
    pub fn well_formed(changes: &[Self]) -> Result<(), StateRefusal> {
        if changes.len() > STATE_CHANGES_MAX {
            return Err(StateRefusal::TooMany);
        }
        let mut keys = BTreeSet::new();
        for StateChange { key, put, .. } in changes {
            if !keys.insert(key) {
                return Err(StateRefusal::Twice(key.clone()));
            }
            if put
                .as_ref()
                .is_some_and(|value| value.len() > STATE_VALUE_BYTES_MAX)
            {
                return Err(StateRefusal::TooLong(key.clone()));
            }
        }
        Ok(())
    }
}

impl StateAccount {
    /// Returns the account of a skill under whose keys is this.
    pub fn of(present: &BTreeMap<String, StatePresent>) -> Self {
        let bytes = |(key, there): (&String, &StatePresent)| number(key.len()) + there.value_bytes;
        Self {
            keys: number(present.len()),
            bytes: present.iter().map(bytes).sum(),
        }
    }

    /// Returns the account after changes of distinct keys, or why none of them happens.
    pub fn after(
        self,
        changes: &[StateChange],
        present: &BTreeMap<String, StatePresent>,
        quota: StateQuota,
    ) -> Result<Self, StateRefusal> {
        let mut after = self;
        for StateChange { key, expect, put } in changes {
            let there = present.get(key.as_str());
            if !expect.holds(there.map(|there| there.version)) {
                return Err(StateRefusal::Conflict(key.clone()));
            }
            let key_bytes = number(key.as_str().len());
            if let Some(there) = there {
                after.keys -= 1;
                after.bytes -= key_bytes + there.value_bytes;
            }
            if let Some(value) = put {
                after.keys += 1;
                after.bytes += key_bytes + number(value.len());
            }
        }
        // Whoever has too much already may always go back.
        if after.keys > self.keys.max(quota.keys.into()) {
            return Err(StateRefusal::QuotaKeys);
        }
        if after.bytes > self.bytes.max(number(quota.bytes)) {
            return Err(StateRefusal::QuotaBytes);
        }
        Ok(after)
    }
}

fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Expect;
    use skillgate_domain::state::StateKey;

    const HAS: StateAccount = StateAccount { keys: 2, bytes: 9 };
    const QUOTA: StateQuota = StateQuota { keys: 3, bytes: 12 };

    fn change(key: &str, expect: Expect, put: Option<usize>) -> StateChange {
        StateChange {
            key: StateKey::parse(key).unwrap(),
            expect,
            put: put.map(|bytes| vec![b'x'; bytes]),
        }
    }

    /// `aa` with 3 bytes and `b` with 3.
    fn present() -> BTreeMap<String, StatePresent> {
        let present = |version| StatePresent {
            version,
            value_bytes: 3,
        };
        [("aa".to_owned(), present(7)), ("b".to_owned(), present(8))].into()
    }

    fn after(quota: StateQuota, changes: &[StateChange]) -> Result<(i64, i64), &'static str> {
        let after = HAS.after(changes, &present(), quota);
        after
            .map(|after| (after.keys, after.bytes))
            .map_err(|refusal| refusal.code())
    }

    #[test]
    fn an_account_is_made_of_what_is_there() {
        assert_eq!(StateAccount::of(&present()), HAS);
    }

    #[test]
    fn an_account_follows_its_changes() {
        use Expect::Any;
        for (changes, expected) in [
            (vec![], (2, 9)),
            (vec![change("aa", Any, Some(0))], (2, 6)),
            (vec![change("aa", Any, Some(6))], (2, 12)),
            (vec![change("aa", Any, None)], (1, 4)),
            (vec![change("c", Any, None)], (2, 9)),
            (vec![change("c", Any, Some(2))], (3, 12)),
            (
                vec![change("aa", Any, None), change("b", Any, None)],
                (0, 0),
            ),
            (
                vec![change("c", Any, Some(6)), change("b", Any, None)],
                (2, 12),
            ),
        ] {
            assert_eq!(after(QUOTA, &changes), Ok(expected), "{changes:?}");
        }
    }

    #[test]
    fn one_past_the_quota_is_refused() {
        use Expect::Any;
        let two = [change("c", Any, Some(0)), change("d", Any, Some(0))];
        assert_eq!(after(QUOTA, &two[..1]), Ok((3, 10)));
        assert_eq!(after(QUOTA, &two), Err("state-keys-used-up"));
        let past = [change("c", Any, Some(3))];
        assert_eq!(after(QUOTA, &past), Err("state-bytes-used-up"));
    }

    #[test]
    fn whoever_has_too_much_may_go_back() {
        use Expect::Any;
        let none = StateQuota { keys: 0, bytes: 0 };
        let fewer = [change("b", Any, None)];
        assert_eq!(after(none, &fewer), Ok((1, 5)));
        let shorter = [change("b", Any, Some(2))];
        assert_eq!(after(none, &shorter), Ok((2, 8)));
        let longer = [change("b", Any, Some(4))];
        assert_eq!(after(none, &longer), Err("state-bytes-used-up"));
        let more = [change("c", Any, Some(0)), change("aa", Any, Some(0))];
        assert_eq!(after(none, &more), Err("state-keys-used-up"));
    }

    #[test]
    fn what_was_expected_must_be_so() {
        use Expect::{Absent, Any, Version};
        for (key, expect, holds) in [
            ("aa", Any, true),
            ("aa", Absent, false),
            ("aa", Version(7), true),
            ("aa", Version(8), false),
            ("c", Any, true),
            ("c", Absent, true),
            ("c", Version(7), false),
            ("c", Version(0), false),
        ] {
            for put in [None, Some(0)] {
                let found = after(QUOTA, &[change(key, expect, put)]);
                assert_eq!(found.is_ok(), holds, "{key} {expect:?}");
                assert_eq!(found.err(), (!holds).then_some("state-changed"));
            }
        }
    }

    #[test]
    fn changes_have_limits() {
        let any = |key: &str, put| change(key, Expect::Any, Some(put));
        let code =
            |changes: &[StateChange]| StateChange::well_formed(changes).map_err(|r| r.code());
        let mut many: Vec<_> = (0..STATE_CHANGES_MAX)
            .map(|number| any(&number.to_string(), 0))
            .collect();
        assert_eq!(code(&many), Ok(()));
        many.push(any("x", 0));
        assert_eq!(code(&many), Err("state-changes-too-many"));
        let twice = [any("a", 0), any("b", 0), any("a", 1)];
        assert_eq!(code(&twice[..2]), Ok(()));
        assert_eq!(code(&twice), Err("state-key-twice"));
        let longest = [any("a", STATE_VALUE_BYTES_MAX)];
        assert_eq!(code(&longest), Ok(()));
        let too_long = [any("a", STATE_VALUE_BYTES_MAX + 1)];
        assert_eq!(code(&too_long), Err("state-value-too-long"));
    }
}
