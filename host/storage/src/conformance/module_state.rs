use super::samples::{community, count, execute, skill};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    Expect, STATE_PAGE_MAX, StateChange, StateLine, StateRefusal, StateStore, StateValue,
};
use skillgate_domain::state::{
    STATE_CHANGES_MAX, STATE_KEY_BYTES_MAX, STATE_VALUE_BYTES_MAX, StateKey, StatePrefix,
    StateQuota,
};

const ROWS: &str = "SELECT COUNT(*) FROM module_state";
/// Zero where accounts agree with what is kept.
const ASTRAY: &str = "
    SELECT COUNT(*) FROM module_state_accounts a
    WHERE a.keys <> (
            SELECT COUNT(*) FROM module_state s
            WHERE s.community = a.community AND s.skill = a.skill)
        OR a.bytes <> (
            SELECT COALESCE(SUM(octet_length(s.key) + octet_length(s.value)), 0)
            FROM module_state s WHERE s.community = a.community AND s.skill = a.skill)
        OR a.next_version <= (
            SELECT COALESCE(MAX(s.version), 0) FROM module_state s
            WHERE s.community = a.community AND s.skill = a.skill)";

fn key(text: &str) -> StateKey {
    StateKey::parse(text).unwrap()
}

fn put(text: &str, expect: Expect, value: &[u8]) -> StateChange {
    StateChange {
        key: key(text),
        expect,
        put: Some(value.to_vec()),
    }
}

fn removal(text: &str, expect: Expect) -> StateChange {
    StateChange {
        key: key(text),
        expect,
        put: None,
    }
}

async fn commit_within(
    database: &Database,
    changes: &[StateChange],
    quota: StateQuota,
) -> Result<Vec<i64>, StateRefusal> {
    let (red, crm) = (community("red"), skill("crm"));
    database.state_commit(&red, &crm, changes, quota).await
}

async fn commit(database: &Database, changes: &[StateChange]) -> Result<Vec<i64>, StateRefusal> {
    commit_within(database, changes, StateQuota::DEFAULT).await
}

async fn put_any(database: &Database, text: &str, value: &[u8]) -> i64 {
    let put = commit(database, &[put(text, Expect::Any, value)]).await;
    put.unwrap()[0]
}

async fn get(database: &Database, text: &str) -> Option<StateValue> {
    let (red, crm) = (community("red"), skill("crm"));
    database.state_get(&red, &crm, &key(text)).await.unwrap()
}

async fn value(database: &Database, text: &str) -> Option<Vec<u8>> {
    get(database, text).await.map(|found| found.value)
}

/// Checks that changes are refused with a code, and that nothing came of them.
async fn refused(database: &Database, changes: &[StateChange], code: &str) {
    refused_within(database, changes, StateQuota::DEFAULT, code).await;
}

async fn refused_within(
    database: &Database,
    changes: &[StateChange],
    quota: StateQuota,
    code: &str,
) {
    let before = all(database).await;
    let refusal = commit_within(database, changes, quota).await.unwrap_err();
    assert_eq!(refusal.code(), code, "{refusal:?}");
    assert_eq!(all(database).await, before);
    assert_eq!(count(database, ASTRAY).await, 0);
}

async fn list(
    database: &Database,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Vec<StateLine> {
    let (red, crm) = (community("red"), skill("crm"));
    let (prefix, after) = (StatePrefix::parse(prefix).unwrap(), after.map(key));
    let listed = database.state_list(&red, &crm, &prefix, after.as_ref(), limit);
    listed.await.unwrap()
}

async fn all(database: &Database) -> Vec<StateLine> {
    list(database, "", None, STATE_PAGE_MAX).await
}

fn keys(lines: &[StateLine]) -> Vec<&str> {
    lines.iter().map(|line| line.key.as_str()).collect()
}

pub(super) async fn state_reads_back(place: &Place) {
    let (database, other) = (place.open().await, place.open().await);
    assert_eq!(get(&database, "a/b").await, None);
    for value in [b"\0\xff".as_slice(), b"", b"another"] {
        let version = put_any(&other, "a/b", value).await;
        let expected = StateValue {
            value: value.to_vec(),
            version,
        };
        assert_eq!(get(&database, "a/b").await, Some(expected));
        let expected = StateLine {
            key: key("a/b"),
            version,
            value_bytes: u32::try_from(value.len()).unwrap(),
        };
        assert_eq!(all(&database).await, [expected]);
    }
    let removed = commit(&database, &[removal("a/b", Expect::Any)]).await;
    assert_eq!(removed.unwrap().len(), 1);
    assert_eq!(get(&other, "a/b").await, None);
    assert_eq!(count(&database, ASTRAY).await, 0);
    assert!(commit(&database, &[]).await.unwrap().is_empty());
}

pub(super) async fn state_is_of_one_community_and_skill(place: &Place) {
    let database = place.open().await;
    put_any(&database, "a", b"mine").await;
    let one = StateQuota { keys: 1, bytes: 9 };
    for (of, by) in [("blue", "crm"), ("red", "tez")] {
        let (of, by, all) = (community(of), skill(by), StatePrefix::default());
        assert_eq!(database.state_get(&of, &by, &key("a")).await.unwrap(), None);
        let listed = database.state_list(&of, &by, &all, None, 9).await;
        assert_eq!(listed.unwrap(), []);
        // What others keep does not count.
        let theirs = [put("a", Expect::Absent, b"theirs")];
        database.state_commit(&of, &by, &theirs, one).await.unwrap();
        let removed = [removal("a", Expect::Any)];
        database
            .state_commit(&of, &by, &removed, one)
            .await
            .unwrap();
    }
    assert_eq!(value(&database, "a").await.unwrap(), b"mine");
    assert_eq!(count(&database, ASTRAY).await, 0);
}

pub(super) async fn changes_happen_together_or_not_at_all(place: &Place) {
    let database = place.open().await;
    put_any(&database, "a", b"1").await;
    put_any(&database, "b", b"1").await;
    let mut changes = vec![
        put("a", Expect::Any, b"2"),
        removal("b", Expect::Any),
        put("c", Expect::Absent, b"2"),
        put("d", Expect::Version(1), b"2"),
    ];
    refused(&database, &changes, "state-changed").await;
    assert_eq!(value(&database, "a").await.unwrap(), b"1");
    // The positive control: without the last they happen.
    changes.pop();
    let versions = commit(&database, &changes).await.unwrap();
    assert!(
        versions.is_sorted_by(|one, next| one < next),
        "{versions:?}"
    );
    assert_eq!(keys(&all(&database).await), ["a", "c"]);
    assert_eq!(get(&database, "a").await.unwrap().version, versions[0]);
    assert_eq!(get(&database, "c").await.unwrap().version, versions[2]);
    assert_eq!(count(&database, ASTRAY).await, 0);
}

pub(super) async fn a_change_happens_where_its_expectation_holds(place: &Place) {
    let database = place.open().await;
    let present = put_any(&database, "a", b"1").await;
    for (text, expect) in [
        ("a", Expect::Absent),
        ("a", Expect::Version(present - 1)),
        ("a", Expect::Version(present + 1)),
        ("b", Expect::Version(present)),
    ] {
        for change in [put(text, expect, b"2"), removal(text, expect)] {
            refused(&database, &[change], "state-changed").await;
        }
    }
    let next = [put("a", Expect::Version(present), b"2")];
    let next = commit(&database, &next).await.unwrap()[0];
    assert!(next > present);
    for change in [
        put("b", Expect::Absent, b"2"),
        removal("a", Expect::Version(next)),
        removal("a", Expect::Absent),
    ] {
        commit(&database, &[change]).await.unwrap();
    }
    assert_eq!(keys(&all(&database).await), ["b"]);
}

/// Whoever saw the first value does not take the second for it.
pub(super) async fn a_key_that_was_removed_does_not_have_its_versions_again(place: &Place) {
    let database = place.open().await;
    let first = put_any(&database, "a", b"same").await;
    let gone = commit(&database, &[removal("a", Expect::Any)]).await;
    let gone = gone.unwrap()[0];
    let second = put_any(&database, "a", b"same").await;
    assert!(first < gone && gone < second, "{first} {gone} {second}");
    let late = [put("a", Expect::Version(first), b"late")];
    refused(&database, &late, "state-changed").await;
}

pub(super) async fn keys_are_listed_in_the_order_of_their_bytes(place: &Place) {
    let database = place.open().await;
    let sorted = [
        "!", "%", "A", "Z", "_", "a", "a!", "a%", "a-b", "a/1", "a/2", "aB", "a_b", "ab", "b", "~",
    ];
    for text in sorted.iter().rev() {
        put_any(&database, text, b"").await;
    }
    assert_eq!(keys(&all(&database).await), sorted);
    for prefix in ["a", "a/", "a%", "a_", "%", "_", "~", "c"] {
        let expected: Vec<_> = sorted
            .into_iter()
            .filter(|k| k.starts_with(prefix))
            .collect();
        let found = list(&database, prefix, None, STATE_PAGE_MAX).await;
        assert_eq!(keys(&found), expected, "{prefix}");
    }
    let page = async |prefix, after, limit| {
        let page = list(&database, prefix, Some(after), limit).await;
        keys(&page)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(page("", "a", 3).await, ["a!", "a%", "a-b"]);
    assert_eq!(page("a/", "a/1", 9).await, ["a/2"]);
    // After a key that is not there, before the prefix or behind it.
    assert_eq!(page("a/", "A", 9).await, ["a/1", "a/2"]);
    assert!(page("a/", "b", 9).await.is_empty());
    assert!(page("", "!", 0).await.is_empty());
}

pub(super) async fn at_most_one_page_of_keys_is_listed(place: &Place) {
    let database = place.open().await;
    let texts: Vec<_> = (0..=STATE_PAGE_MAX)
        .map(|number| format!("{number:03}"))
        .collect();
    for texts in texts.chunks(STATE_CHANGES_MAX) {
        let puts: Vec<_> = texts
            .iter()
            .map(|text| put(text, Expect::Any, b""))
            .collect();
        commit(&database, &puts).await.unwrap();
    }
    let page = list(&database, "", None, u32::MAX).await;
    let max = usize::try_from(STATE_PAGE_MAX).unwrap();
    assert_eq!(keys(&page), texts[..max]);
    let next = list(&database, "", Some(&texts[max - 1]), u32::MAX).await;
    assert_eq!(keys(&next), texts[max..]);
}

pub(super) async fn the_longest_key_and_value_are_kept(place: &Place) {
    let database = place.open().await;
    let longest = "k".repeat(STATE_KEY_BYTES_MAX);
    let bytes = vec![7; STATE_VALUE_BYTES_MAX];
    put_any(&database, &longest, &bytes).await;
    assert_eq!(value(&database, &longest).await, Some(bytes));
    let past = [put("a", Expect::Any, &vec![7; STATE_VALUE_BYTES_MAX + 1])];
    refused(&database, &past, "state-value-too-long").await;
    for wrong in [
        "UPDATE module_state SET key = key || 'k'",
        "UPDATE module_state SET key = ''",
        "UPDATE module_state SET skill = 'nobody'",
        "UPDATE module_state SET version = 0",
        "UPDATE module_state SET value = NULL",
        "UPDATE module_state_accounts SET keys = -1",
        "DELETE FROM module_state_accounts",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{wrong}: {refused:?}"
        );
    }
}

pub(super) async fn so_many_changes_happen_together(place: &Place) {
    let database = place.open().await;
    let mut changes: Vec<_> = (0..STATE_CHANGES_MAX)
        .map(|number| put(&number.to_string(), Expect::Absent, b"x"))
        .collect();
    let versions = commit(&database, &changes).await.unwrap();
    assert_eq!(versions.len(), STATE_CHANGES_MAX);
    changes = changes
        .into_iter()
        .map(|change| removal(change.key.as_str(), Expect::Any))
        .collect();
    changes.push(put("x", Expect::Any, b"x"));
    refused(&database, &changes, "state-changes-too-many").await;
    changes.remove(0);
    commit(&database, &changes).await.unwrap();
    assert_eq!(keys(&all(&database).await), ["0", "x"]);
    let twice = [put("y", Expect::Any, b"1"), removal("y", Expect::Any)];
    refused(&database, &twice, "state-key-twice").await;
}

pub(super) async fn a_skill_keeps_as_much_as_it_may(place: &Place) {
    let database = place.open().await;
    let quota = StateQuota { keys: 2, bytes: 10 };
    let within = async |changes: &[StateChange]| {
        commit_within(&database, changes, quota).await.unwrap();
        assert_eq!(count(&database, ASTRAY).await, 0);
    };
    within(&[
        put("a", Expect::Any, b"1234"),
        put("b", Expect::Any, b"1234"),
    ])
    .await;
    let more = [put("c", Expect::Any, b"")];
    refused_within(&database, &more, quota, "state-keys-used-up").await;
    let longer = [put("b", Expect::Any, b"12345")];
    refused_within(&database, &longer, quota, "state-bytes-used-up").await;
    // What goes in the same commit makes place.
    within(&[
        put("c", Expect::Any, b"12345"),
        put("b", Expect::Any, b"1"),
        removal("a", Expect::Any),
    ])
    .await;
    assert_eq!(keys(&all(&database).await), ["b", "c"]);
    // Where the quota became smaller, what is there stays and may become less.
    let smaller = StateQuota { keys: 1, bytes: 3 };
    let longer = [put("b", Expect::Any, b"12")];
    refused_within(&database, &longer, smaller, "state-bytes-used-up").await;
    let less = [removal("b", Expect::Any)];
    commit_within(&database, &less, smaller).await.unwrap();
    assert_eq!(keys(&all(&database).await), ["c"]);
}

/// Reads and adds one, until nobody else was faster.
async fn add_one(database: &Database) {
    loop {
        let found = get(database, "count").await.unwrap();
        let text = String::from_utf8(found.value).unwrap();
        let next = (text.parse::<u32>().unwrap() + 1).to_string();
        let change = put("count", Expect::Version(found.version), next.as_bytes());
        match commit(database, &[change]).await {
            Ok(_) => return,
            Err(StateRefusal::Conflict(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

pub(super) async fn of_concurrent_commits_none_is_lost(place: &Place) {
    let hosts = [place.open().await, place.open().await];
    put_any(&hosts[0], "count", b"0").await;
    let adders = (0..8).map(|number| {
        let host = &hosts[number % 2];
        async move {
            for _ in 0..3 {
                add_one(host).await;
            }
        }
    });
    join_all(adders).await;
    assert_eq!(value(&hosts[0], "count").await.unwrap(), b"24");
    assert_eq!(count(&hosts[0], ASTRAY).await, 0);
}

pub(super) async fn concurrent_commits_stay_within_the_quota(place: &Place) {
    let hosts = [place.open().await, place.open().await];
    let commits = async |quota: StateQuota, prefix: &str| {
        let puts: Vec<_> = (0..12)
            .map(|n| [put(&format!("{prefix}{n:02}"), Expect::Absent, b"12")])
            .collect();
        let commits = puts.iter().zip(hosts.iter().cycle());
        let commits = commits.map(|(put, host)| commit_within(host, put, quota));
        let mut kept = 0;
        for done in join_all(commits).await {
            match done {
                Ok(_) => kept += 1,
                Err(StateRefusal::QuotaKeys | StateRefusal::QuotaBytes) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(count(&hosts[0], ASTRAY).await, 0);
        kept
    };
    let bytes = 1_000;
    assert_eq!(commits(StateQuota { keys: 5, bytes }, "a").await, 5);
    // Each takes five bytes.
    let keys = 1_000;
    assert_eq!(commits(StateQuota { keys, bytes: 39 }, "b").await, 2);
    assert_eq!(count(&hosts[0], ROWS).await, 7);
}
