use super::samples::{at, change, community, count, execute, skill};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    PAGE_MAX, SEALED_BYTES_MAX, SECRET_NAMES_MAX, SECRETS_PER_COMMUNITY_MAX, SealedSecret,
    SecretLine, SecretPut, SecretStore, StorageError,
};
use skillgate_domain::ids::{CredentialName, SkillName, UserId};

const ROWS: &str = "SELECT COUNT(*) FROM secrets";
const RECORDS: &str = "SELECT COUNT(*) FROM audit";

pub(super) fn name(text: &str) -> CredentialName {
    CredentialName::parse(text).unwrap()
}

fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

/// Version `version` of `api_key` of `crm` in `red`, put at `at(version)`.
pub(super) fn secret(version: u32) -> SealedSecret {
    SealedSecret {
        community: community("red"),
        skill: skill("crm"),
        name: name("api_key"),
        version,
        sealed: format!("\0\u{1}sealed {version} é").into_bytes(),
        put_by: user("ada"),
        put_at: at(version.into()),
    }
}

fn named(of: &str, text: &str) -> SealedSecret {
    SealedSecret {
        skill: skill(of),
        name: name(text),
        ..secret(1)
    }
}

pub(super) async fn put(database: &Database, secret: &SealedSecret) {
    let put = database.put_secret(secret, &change()).await;
    assert_eq!(put.unwrap(), SecretPut::Kept);
}

async fn found(database: &Database, like: &SealedSecret) -> Option<SealedSecret> {
    let found = database.secret(&like.community, &like.skill, &like.name);
    found.await.unwrap()
}

async fn version(database: &Database, like: &SealedSecret) -> u32 {
    let version = database.secret_version(&like.community, &like.skill, &like.name);
    version.await.unwrap()
}

pub(super) async fn removed(database: &Database, like: &SealedSecret) -> bool {
    let (record, by) = (change(), user("grace"));
    let removed = database.remove_secret(
        &like.community,
        &like.skill,
        &like.name,
        at(90),
        &by,
        &record,
    );
    removed.await.unwrap()
}

fn line(secret: &SealedSecret) -> SecretLine {
    SecretLine {
        skill: secret.skill.clone(),
        name: secret.name.clone(),
        version: secret.version,
        put_by: secret.put_by.clone(),
        put_at: secret.put_at,
    }
}

pub(super) async fn a_secret_reads_back(place: &Place) {
    let (database, other) = (place.open().await, place.open().await);
    assert_eq!(found(&database, &secret(1)).await, None);
    assert_eq!(version(&database, &secret(1)).await, 0);
    for number in 1..=3 {
        put(&other, &secret(number)).await;
        let now = found(&database, &secret(number)).await;
        assert_eq!(now, Some(secret(number)));
        assert_eq!(version(&database, &secret(number)).await, number);
    }
    // The versions before are not there any more.
    assert_eq!(count(&database, ROWS).await, 1);
}

pub(super) async fn a_secret_is_of_one_community_and_skill(place: &Place) {
    let database = place.open().await;
    put(&database, &secret(1)).await;
    let of_blue = SealedSecret {
        community: community("blue"),
        ..secret(1)
    };
    let others = [of_blue, named("tez", "api_key"), named("crm", "api_key2")];
    for other in &others {
        assert_eq!(found(&database, other).await, None);
        assert_eq!(version(&database, other).await, 0);
        assert!(!removed(&database, other).await);
    }
    for other in &others {
        put(&database, other).await;
        assert_eq!(found(&database, other).await.as_ref(), Some(other));
    }
    assert_eq!(found(&database, &secret(1)).await, Some(secret(1)));
}

pub(super) async fn a_secret_is_put_at_its_next_version_only(place: &Place) {
    let database = place.open().await;
    let refused = async |number| {
        let records = count(&database, RECORDS).await;
        let refused = database.put_secret(&secret(number), &change()).await;
        assert!(
            matches!(refused, Err(StorageError::Conflict)),
            "{number}: {refused:?}"
        );
        assert_eq!(count(&database, RECORDS).await, records);
    };
    for number in [0, 2, u32::MAX] {
        refused(number).await;
    }
    put(&database, &secret(1)).await;
    put(&database, &secret(2)).await;
    for number in [0, 1, 2, 4] {
        refused(number).await;
    }
    assert_eq!(found(&database, &secret(2)).await, Some(secret(2)));
    put(&database, &secret(3)).await;
    assert_eq!(count(&database, RECORDS).await, 3);
}

pub(super) async fn versions_go_on_after_a_removal(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    put(&database, &secret(1)).await;
    assert!(removed(&database, &secret(1)).await);
    let records = count(&database, RECORDS).await;
    assert!(!removed(&database, &secret(1)).await, "twice");
    assert_eq!(count(&database, RECORDS).await, records);
    assert_eq!(found(&database, &secret(1)).await, None);
    assert_eq!(database.secrets(&red, None, None).await.unwrap(), []);
    assert_eq!(version(&database, &secret(1)).await, 1);
    let again = database.put_secret(&secret(1), &change()).await;
    assert!(matches!(again, Err(StorageError::Conflict)), "{again:?}");
    put(&database, &secret(2)).await;
    assert_eq!(found(&database, &secret(2)).await, Some(secret(2)));
}

pub(super) async fn of_two_admins_one_puts_the_next_secret(place: &Place) {
    let (one, another_host) = (place.open().await, place.open().await);
    for number in 1..=2 {
        let (secret, record) = (secret(number), change());
        let hosts = [&one, &another_host].into_iter().cycle().take(8);
        let put = join_all(hosts.map(|host| host.put_secret(&secret, &record))).await;
        assert_eq!(put.iter().filter(|put| put.is_ok()).count(), 1);
        for refused in put.into_iter().filter_map(Result::err) {
            assert!(matches!(refused, StorageError::Conflict), "{refused:?}");
        }
        assert_eq!(count(&one, RECORDS).await, i64::from(number));
    }
}

pub(super) async fn secrets_are_listed_in_pages(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    let mut expected = Vec::new();
    for number in 0..=PAGE_MAX {
        let secret = named("crm", &format!("k{number:03}"));
        put(&database, &secret).await;
        expected.push(line(&secret));
    }
    // By the bytes of skill and name, whatever language the server speaks.
    for (of, text) in [
        ("crm-x", "a"),
        ("crm-x", "a_b"),
        ("crm-x", "ab"),
        ("crm2", "a"),
    ] {
        put(&database, &named(of, text)).await;
        expected.push(line(&named(of, text)));
    }
    let page = async |of: Option<&SkillName>, after: Option<&SecretLine>| {
        let after = after.map(|line| (&line.skill, &line.name));
        database.secrets(&red, of, after).await.unwrap()
    };
    let pages = usize::try_from(PAGE_MAX).unwrap();
    let first = page(None, None).await;
    assert_eq!(first, expected[..pages]);
    assert_eq!(page(None, first.last()).await, expected[pages..]);
    assert_eq!(page(None, expected.last()).await, []);
    let of = skill("crm-x");
    assert_eq!(page(Some(&of), None).await, expected[pages + 1..pages + 4]);
    let after = &expected[pages + 1];
    assert_eq!(
        page(Some(&of), Some(after)).await,
        expected[pages + 2..pages + 4]
    );
    let of_blue = database.secrets(&community("blue"), None, None).await;
    assert_eq!(of_blue.unwrap(), []);
}

/// As many others as leave place for one.
const FILL: &str = "
    INSERT INTO secrets (community, skill, name, version, sealed, put_by, put_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 498)
    SELECT s.community, s.skill, 'n' || n.i, 1, s.sealed, s.put_by, s.put_at
    FROM n CROSS JOIN secrets s";

pub(super) async fn a_community_has_a_limited_number_of_secrets(place: &Place) {
    let (database, other) = (place.open().await, place.open().await);
    put(&database, &secret(1)).await;
    execute(&database, FILL).await.unwrap();
    let max = i64::from(SECRETS_PER_COMMUNITY_MAX);
    assert_eq!(count(&database, ROWS).await, max - 1);
    let records = count(&database, RECORDS).await;
    // Of several at the same moment, one has the last place.
    let record = change();
    let last: Vec<_> = ('a'..='h').map(|c| named("tez", &c.to_string())).collect();
    let hosts = || [&database, &other].into_iter().cycle().zip(&last);
    let opened = hosts().map(|(host, last)| found(host, last));
    assert!(join_all(opened).await.iter().all(Option::is_none));
    let puts = hosts().map(|(host, last)| host.put_secret(last, &record));
    let puts = join_all(puts).await.into_iter().map(Result::unwrap);
    let kept = puts.filter(|put| *put == SecretPut::Kept);
    assert_eq!(kept.count(), 1);
    assert_eq!(count(&database, ROWS).await, max);
    assert_eq!(count(&database, RECORDS).await, records + 1);
    // The next version of one that is there takes no place, nor does one of another community.
    put(&database, &secret(2)).await;
    let of_blue = SealedSecret {
        community: community("blue"),
        ..secret(1)
    };
    put(&database, &of_blue).await;
    assert!(removed(&database, &secret(2)).await);
    put(&database, &named("tez", "other")).await;
    let full = database.put_secret(&secret(3), &change()).await;
    assert_eq!(full.unwrap(), SecretPut::Full);
}

/// As many names of removed ones as leave place for one.
const FILL_NAMES: &str = "
    INSERT INTO secrets (community, skill, name, version, sealed, put_by, put_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4998)
    SELECT s.community, s.skill, 'n' || n.i, 1, NULL, s.put_by, s.put_at
    FROM n CROSS JOIN secrets s";

pub(super) async fn a_community_has_a_limited_number_of_names_of_secrets(place: &Place) {
    let database = place.open().await;
    put(&database, &secret(1)).await;
    execute(&database, FILL_NAMES).await.unwrap();
    put(&database, &named("tez", "last")).await;
    assert_eq!(count(&database, ROWS).await, i64::from(SECRET_NAMES_MAX));
    let full = database.put_secret(&named("tez", "more"), &change()).await;
    assert_eq!(full.unwrap(), SecretPut::Full);
    // A name that is known can be used again.
    let known = SealedSecret {
        version: 2,
        ..named("crm", "n1")
    };
    put(&database, &known).await;
}

pub(super) async fn a_sealed_secret_has_a_length(place: &Place) {
    let database = place.open().await;
    let of = |bytes| SealedSecret {
        sealed: vec![0xff; bytes],
        ..secret(1)
    };
    for wrong in [0, SEALED_BYTES_MAX + 1] {
        let refused = database.put_secret(&of(wrong), &change()).await;
        assert!(refused.is_err(), "{wrong}");
    }
    assert_eq!(count(&database, ROWS).await, 0);
    put(&database, &of(SEALED_BYTES_MAX)).await;
    let kept = found(&database, &secret(1)).await;
    assert_eq!(kept, Some(of(SEALED_BYTES_MAX)));
}

pub(super) async fn a_secret_changes_with_its_version_only(place: &Place) {
    let database = place.open().await;
    put(&database, &secret(1)).await;
    put(&database, &secret(2)).await;
    for wrong in [
        "UPDATE secrets SET version = 1",
        "UPDATE secrets SET version = 4",
        "UPDATE secrets SET put_by = 'eve'",
        "UPDATE secrets SET version = 3, skill = 'other'",
        "UPDATE secrets SET version = 3, sealed = NULL",
        "DELETE FROM secrets",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{wrong}: {refused:?}"
        );
    }
    // The positive control: with its version it does.
    execute(&database, "UPDATE secrets SET version = 3, put_by = 'ada'")
        .await
        .unwrap();
    assert_eq!(version(&database, &secret(3)).await, 3);
}
