use super::samples::{change, community, count, execute, settings};
use crate::Database;
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{
    HISTORY_PAGE_MAX, InForce, SettingsInForce, SettingsStore, SettingsVersion, StorageError,
};
use skillgate_domain::crm::{FieldKey, ObjectKind};
use skillgate_domain::settings::SETTINGS_BYTES_MAX;
use skillgate_domain::sharing::FieldAllowlist;
use skillgate_manifest::wire::settings_to_json;
use std::sync::Arc;

const ALL: &str = "SELECT COUNT(*) FROM community_settings";

/// Puts a version that nothing stands against.
async fn put(database: &Database, version: &SettingsVersion) {
    database.insert_settings(version, &change()).await.unwrap();
}

fn in_force(version: SettingsVersion) -> InForce {
    InForce {
        version: version.change.version,
        settings: Arc::new(version.settings),
    }
}

pub(super) async fn settings_read_back_version_by_version(place: &Place) {
    let (database, other) = (place.open().await, place.open().await);
    let red = community("red");
    let shipped = InForce::default();
    assert_eq!(database.settings_in_force(&red).await.unwrap(), shipped);
    assert_eq!(database.settings_version(&red, 0).await.unwrap(), None);
    for number in 1..=3 {
        // What another host puts holds here at once.
        put(&other, &settings(number)).await;
        let now = database.settings_in_force(&red).await.unwrap();
        assert_eq!(now, in_force(settings(number)));
    }
    for number in 1..=3 {
        let kept = database.settings_version(&red, number).await.unwrap();
        assert_eq!(kept, Some(settings(number)));
    }
    for absent in [4, u32::MAX] {
        let kept = database.settings_version(&red, absent).await.unwrap();
        assert_eq!(kept, None);
    }
}

pub(super) async fn settings_of_another_community_are_absent(place: &Place) {
    let database = place.open().await;
    let blue = community("blue");
    put(&database, &settings(1)).await;
    let shipped = InForce::default();
    assert_eq!(database.settings_in_force(&blue).await.unwrap(), shipped);
    assert_eq!(database.settings_version(&blue, 1).await.unwrap(), None);
    assert_eq!(database.settings_changes(&blue, None).await.unwrap(), []);
    let of_blue = SettingsVersion {
        community: blue.clone(),
        ..settings(1)
    };
    put(&database, &of_blue).await;
    let kept = database.settings_version(&blue, 1).await.unwrap();
    assert_eq!(kept, Some(of_blue));
}

pub(super) async fn of_two_admins_one_puts_the_next_settings(place: &Place) {
    let (one, another_host) = (place.open().await, place.open().await);
    let (version, record) = (settings(1), change());
    let hosts = [&one, &another_host].into_iter().cycle().take(8);
    let put = join_all(hosts.map(|host| host.insert_settings(&version, &record))).await;
    assert_eq!(put.iter().filter(|put| put.is_ok()).count(), 1);
    for refused in put.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, StorageError::Conflict), "{refused:?}");
    }
    assert_eq!(count(&one, ALL).await, 1);
    let kept = one.settings_version(&community("red"), 1).await.unwrap();
    assert_eq!(kept, Some(version));
}

pub(super) async fn changes_of_settings_come_newest_first_in_pages(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    let newest = HISTORY_PAGE_MAX + 2;
    for number in 1..=newest {
        put(&database, &settings(number)).await;
    }
    let first = database.settings_changes(&red, None).await.unwrap();
    let expected: Vec<_> = (3..=newest).rev().map(|n| settings(n).change).collect();
    assert_eq!(first, expected);
    let second = database.settings_changes(&red, Some(3)).await.unwrap();
    assert_eq!(second, [settings(2).change, settings(1).change]);
    assert_eq!(database.settings_changes(&red, Some(1)).await.unwrap(), []);
}

pub(super) async fn the_longest_settings_are_kept(place: &Place) {
    let database = place.open().await;
    let of = |bytes: usize| {
        let mut version = settings(1);
        let length = |of: &SettingsVersion| settings_to_json(&of.settings).to_string().len();
        // Each name takes its letters, two quotes and a comma.
        let mut names = Vec::new();
        let empty = version.settings.sharing.clone();
        let empty = empty.with(ObjectKind::Note, FieldAllowlist::default());
        version.settings.sharing = empty.clone();
        let mut rest = bytes - length(&version) + 1;
        while rest > 0 {
            let letters = match rest {
                133.. => 63,
                67..=132 => rest / 2 - 3,
                _ => rest - 3,
            };
            names.push(format!("x{:0>width$}", names.len(), width = letters - 1));
            rest -= letters + 3;
        }
        let key = |name: String| FieldKey::from_name(ObjectKind::Note, &name).unwrap();
        let always = names.into_iter().map(key).collect();
        let list = FieldAllowlist {
            always,
            ..FieldAllowlist::default()
        };
        version.settings.sharing = empty.with(ObjectKind::Note, list);
        version.change.digest = skillgate_app::digest::settings(&version.settings);
        assert_eq!(length(&version), bytes);
        version
    };
    let too_long = of(SETTINGS_BYTES_MAX + 1);
    let refused = database.insert_settings(&too_long, &change()).await;
    assert!(refused.is_err());
    assert_eq!(count(&database, ALL).await, 0);
    put(&database, &of(SETTINGS_BYTES_MAX)).await;
    assert_eq!(count(&database, ALL).await, 1);
}

pub(super) async fn settings_are_never_changed_or_removed(place: &Place) {
    let database = place.open().await;
    put(&database, &settings(1)).await;
    for wrong in [
        "UPDATE community_settings SET document = '{}'",
        "UPDATE community_settings SET version = 2",
        "DELETE FROM community_settings",
        "DELETE FROM community_settings WHERE version = 1",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{wrong}: {refused:?}"
        );
    }
    let kept = database.settings_version(&community("red"), 1).await;
    assert_eq!(kept.unwrap(), Some(settings(1)));
}

/// What somebody writes into the database by hand lets nothing out that no admin put.
pub(super) async fn settings_that_do_not_agree_with_their_digest_are_corrupt(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    put(&database, &settings(1)).await;
    for forge in [
        "INSERT INTO community_settings SELECT community, 2, '{}', digest, 'eve', put_at
         FROM community_settings WHERE version = 1",
        "INSERT INTO community_settings SELECT community, 3, 'no JSON', digest, 'eve', put_at
         FROM community_settings WHERE version = 1",
        "INSERT INTO community_settings
         SELECT community, 4, REPLACE(document, '\"email\"', '\"email\",\"last_name\"'), digest, 'eve', put_at
         FROM community_settings WHERE version = 1",
    ] {
        execute(&database, forge).await.unwrap();
        let refused = database.settings_in_force(&red).await;
        assert!(
            matches!(refused, Err(StorageError::Corrupt(_))),
            "{forge}: {refused:?}"
        );
    }
    // The positive control: the same text under another number reads.
    let same =
        "INSERT INTO community_settings SELECT community, 5, document, digest, put_by, put_at
                FROM community_settings WHERE version = 1";
    execute(&database, same).await.unwrap();
    assert_eq!(database.settings_in_force(&red).await.unwrap().version, 5);
    let kept = database.settings_version(&red, 1).await.unwrap();
    assert_eq!(kept, Some(settings(1)));
}

pub(super) async fn while_nothing_changes_settings_are_not_read_again(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    put(&database, &settings(1)).await;
    let now = database.settings_in_force(&red).await.unwrap();
    // Taken away behind everybody's back, without counting: whoever reads it now, fails.
    let away = "ALTER TABLE community_settings RENAME TO settings_away";
    execute(&database, away).await.unwrap();
    assert_eq!(database.settings_in_force(&red).await.unwrap(), now);
    // The positive control: what is not kept is read.
    let blue = community("blue");
    assert!(database.settings_in_force(&blue).await.is_err());
}
