use super::samples::{change, community, count, execute, policies};
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{HISTORY_PAGE_MAX, PolicyStore, PolicyVersion, StorageError};
use skillgate_domain::limits::POLICY_TEXT_BYTES_MAX;

const ALL: &str = "SELECT COUNT(*) FROM policies";

pub(super) async fn policies_read_back_version_by_version(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    assert_eq!(database.newest_policy_version(&red).await.unwrap(), 0);
    assert_eq!(database.policy_version(&red, 0).await.unwrap(), None);
    for number in 1..=3 {
        database
            .insert_policy(&policies(number), &change())
            .await
            .unwrap();
        assert_eq!(database.newest_policy_version(&red).await.unwrap(), number);
    }
    for number in 1..=3 {
        let kept = database.policy_version(&red, number).await.unwrap();
        assert_eq!(kept, Some(policies(number)));
    }
    assert_eq!(database.policy_version(&red, 4).await.unwrap(), None);
    assert_eq!(database.policy_version(&red, u32::MAX).await.unwrap(), None);
}

pub(super) async fn policies_of_another_community_are_absent(place: &Place) {
    let database = place.open().await;
    let blue = community("blue");
    database
        .insert_policy(&policies(1), &change())
        .await
        .unwrap();
    assert_eq!(database.newest_policy_version(&blue).await.unwrap(), 0);
    assert_eq!(database.policy_version(&blue, 1).await.unwrap(), None);
    assert_eq!(database.policy_changes(&blue, None).await.unwrap(), []);
    let of_blue = PolicyVersion {
        community: blue.clone(),
        ..policies(1)
    };
    database.insert_policy(&of_blue, &change()).await.unwrap();
    let kept = database.policy_version(&blue, 1).await.unwrap();
    assert_eq!(kept, Some(of_blue));
}

pub(super) async fn a_version_that_is_there_is_a_conflict(place: &Place) {
    let database = place.open().await;
    database
        .insert_policy(&policies(1), &change())
        .await
        .unwrap();
    let other = PolicyVersion {
        text: "forbid (principal, action, resource);".to_owned(),
        ..policies(1)
    };
    let refused = database.insert_policy(&other, &change()).await;
    assert!(
        matches!(refused, Err(StorageError::Conflict)),
        "{refused:?}"
    );
    let kept = database.policy_version(&community("red"), 1).await.unwrap();
    assert_eq!(kept, Some(policies(1)));
}

pub(super) async fn of_two_admins_one_puts_the_next_version(place: &Place) {
    let one = place.open().await;
    let another_host = place.open().await;
    let version = policies(1);
    let record = change();
    let hosts = [&one, &another_host].into_iter().cycle().take(8);
    let put = join_all(hosts.map(|host| host.insert_policy(&version, &record))).await;
    assert_eq!(put.iter().filter(|put| put.is_ok()).count(), 1);
    for refused in put.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, StorageError::Conflict), "{refused:?}");
    }
    assert_eq!(count(&one, ALL).await, 1);
}

pub(super) async fn changes_come_newest_first_in_pages(place: &Place) {
    let database = place.open().await;
    let red = community("red");
    let newest = HISTORY_PAGE_MAX + 2;
    for number in 1..=newest {
        database
            .insert_policy(&policies(number), &change())
            .await
            .unwrap();
    }
    let first = database.policy_changes(&red, None).await.unwrap();
    let expected: Vec<_> = (3..=newest).rev().map(|n| policies(n).change).collect();
    assert_eq!(first, expected);
    let second = database.policy_changes(&red, Some(3)).await.unwrap();
    assert_eq!(second, [policies(2).change, policies(1).change]);
    assert_eq!(database.policy_changes(&red, Some(1)).await.unwrap(), []);
}

pub(super) async fn the_longest_text_is_kept(place: &Place) {
    let database = place.open().await;
    let of = |bytes: usize| PolicyVersion {
        text: "x".repeat(bytes),
        ..policies(1)
    };
    let refused = database
        .insert_policy(&of(POLICY_TEXT_BYTES_MAX + 1), &change())
        .await;
    assert!(refused.is_err());
    let longest = of(POLICY_TEXT_BYTES_MAX);
    database.insert_policy(&longest, &change()).await.unwrap();
    let kept = database.policy_version(&community("red"), 1).await.unwrap();
    assert_eq!(kept, Some(longest));
}

pub(super) async fn nothing_is_changed_or_removed(place: &Place) {
    let database = place.open().await;
    database
        .insert_policy(&policies(1), &change())
        .await
        .unwrap();
    for wrong in [
        "UPDATE policies SET text = ''",
        "UPDATE policies SET version = 2",
        "DELETE FROM policies",
        "DELETE FROM policies WHERE version = 1",
    ] {
        let refused = execute(&database, wrong).await;
        assert!(
            matches!(refused, Err(sqlx::Error::Database(_))),
            "{wrong}: {refused:?}"
        );
    }
    let kept = database.policy_version(&community("red"), 1).await.unwrap();
    assert_eq!(kept, Some(policies(1)));
}
