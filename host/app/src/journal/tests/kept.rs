use super::*;
use crate::broker::StateQuery;
use crate::ports::{Expect, StateChange, StateLine, StateValue};
use skillgate_domain::state::{StateKey, StatePrefix};

fn key(text: &str) -> StateKey {
    StateKey::parse(text).unwrap()
}

fn change(expect: Expect, put: Option<&[u8]>) -> StateChange {
    StateChange {
        key: key("a/b"),
        expect,
        put: put.map(<[u8]>::to_vec),
    }
}

#[test]
fn what_a_skill_keeps_reads_back_to_the_last_bit() {
    let recording = Recording::begin(run());
    let name = key("a/b");
    let query = StateQuery {
        prefix: StatePrefix::parse("a/").unwrap(),
        after: Some(key("a/a")),
        limit: 7,
    };
    let changes = [
        change(Expect::Any, None),
        change(Expect::Absent, Some(b"")),
        change(Expect::Version(i64::MAX), Some(&[0, 255])),
    ];
    let (get, list) = (Request::StateGet(&name), Request::StateList(&query));
    let commit = Request::StateCommit(&changes);
    let value = StateValue {
        value: vec![0, 255, b'\n'],
        version: i64::MAX,
    };
    let lines = vec![StateLine {
        key: key("a/b"),
        version: 1,
        value_bytes: u32::MAX,
    }];
    let refused = BrokerError::StateChanged(key("a/b"));
    recording.call(&get, &Ok(Some(value.clone())));
    recording.call::<Option<StateValue>>(&get, &Ok(None));
    recording.call(&list, &Ok(lines.clone()));
    recording.call(&commit, &Ok(vec![1_i64, 2, i64::MAX]));
    recording.call::<Vec<i64>>(&commit, &Err(refused.clone()));
    recording.end(&ended("{}"));
    let expected = [
        (get, HostAnswer::Kept(Some(value))),
        (get, HostAnswer::Kept(None)),
        (list, HostAnswer::Keys(lines)),
        (commit, HostAnswer::Committed(vec![1, 2, i64::MAX])),
        (commit, HostAnswer::Error(refused.told())),
    ];
    let expected = expected.map(|(request, answer)| (request.compared(), answer));
    assert_eq!(finished(&recording).1.crm, expected);
}

#[test]
fn changes_are_compared_by_all_that_they_say() {
    let compared = |expect, put: Option<&[u8]>| {
        let changes = [change(expect, put)];
        Request::StateCommit(&changes).compared()
    };
    let one = compared(Expect::Any, Some(b"one"));
    assert_eq!(one, compared(Expect::Any, Some(b"one")));
    for other in [
        compared(Expect::Absent, Some(b"one")),
        compared(Expect::Version(0), Some(b"one")),
        compared(Expect::Any, Some(b"two")),
        compared(Expect::Any, Some(b"")),
        compared(Expect::Any, None),
    ] {
        assert_ne!(one, other);
    }
}
