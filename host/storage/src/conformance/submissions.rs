use super::samples::{at, change, community, count, submission, submitted};
use crate::testing::Place;
use skillgate_app::ports::{PAGE_MAX, Storage, StorageError, Submission};
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::SubmissionId;
use skillgate_domain::limits::COMPONENT_BYTES_MAX;
use uuid::Uuid;

pub(super) async fn a_submission_reads_back(place: &Place) {
    let database = place.open().await;
    let kept = submitted(&database, 1).await;
    let found = database.submission(&kept.community, kept.id).await.unwrap();
    assert_eq!(found, Some(kept));
    let bytes = database.component(&submission(1).component).await.unwrap();
    assert_eq!(bytes, Some(vec![1]));
    assert_eq!(
        database.component(&submission(2).component).await.unwrap(),
        None
    );
}

pub(super) async fn a_foreign_submission_is_absent(place: &Place) {
    let database = place.open().await;
    let kept = submitted(&database, 1).await;
    let blue = community("blue");
    assert_eq!(database.submission(&blue, kept.id).await.unwrap(), None);
    assert_eq!(database.submissions(&blue).await.unwrap(), []);
    let unknown = submission(2).id;
    assert_eq!(
        database.submission(&kept.community, unknown).await.unwrap(),
        None
    );
}

pub(super) async fn a_component_is_kept_once(place: &Place) {
    let database = place.open().await;
    let first = submitted(&database, 1).await;
    let elsewhere = Submission {
        community: community("blue"),
        component: first.component,
        ..submission(2)
    };
    let with_other_manifest = Submission {
        component: first.component,
        manifest: Digest::from_bytes([0xdd; 32]),
        ..submission(3)
    };
    for again in [&elsewhere, &with_other_manifest] {
        database
            .insert_submission(again, &[1], &change())
            .await
            .unwrap();
    }
    assert_eq!(count(&database, "SELECT COUNT(*) FROM components").await, 1);
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM submissions").await,
        3
    );
}

pub(super) async fn the_same_submission_twice_is_a_conflict(place: &Place) {
    let database = place.open().await;
    let first = submitted(&database, 1).await;
    let same_content = Submission {
        component: first.component,
        ..submission(2)
    };
    // Its component is new: it must not stay behind alone.
    let same_id = Submission {
        id: first.id,
        ..submission(3)
    };
    for again in [same_content, same_id] {
        let refused = database.insert_submission(&again, &[9], &change()).await;
        assert!(
            matches!(refused, Err(StorageError::Conflict)),
            "{refused:?}"
        );
    }
    assert_eq!(
        database.submissions(&first.community).await.unwrap(),
        [first]
    );
    assert_eq!(count(&database, "SELECT COUNT(*) FROM components").await, 1);
}

pub(super) async fn submissions_are_listed_newest_first_in_their_community(place: &Place) {
    let database = place.open().await;
    let twin = Submission {
        submitted_at: at(2),
        ..submission(3)
    };
    let foreign = Submission {
        community: community("blue"),
        ..submission(4)
    };
    for submission in [
        &submission(2),
        &twin,
        &submission(1),
        &foreign,
        &submission(9),
    ] {
        database
            .insert_submission(submission, b"\0asm", &change())
            .await
            .unwrap();
    }
    let listed = database.submissions(&community("red")).await.unwrap();
    assert_eq!(listed, [submission(9), twin, submission(2), submission(1)]);
}

pub(super) async fn at_most_one_page_of_submissions_is_listed(place: &Place) {
    let database = place.open().await;
    for number in 0..=PAGE_MAX {
        let mut manifest = [0; 32];
        manifest[..4].copy_from_slice(&number.to_be_bytes());
        let submission = Submission {
            id: SubmissionId::new(Uuid::from_u128(number.into())),
            manifest: Digest::from_bytes(manifest),
            ..submission(0)
        };
        database
            .insert_submission(&submission, &[0], &change())
            .await
            .unwrap();
    }
    let listed = database.submissions(&community("red")).await.unwrap();
    assert_eq!(listed.len(), PAGE_MAX as usize);
    assert!(
        listed
            .iter()
            .all(|submission| submission.id.uuid() != Uuid::nil())
    );
}

pub(super) async fn the_largest_component_is_kept(place: &Place) {
    let database = place.open().await;
    let bytes = vec![0xa5; COMPONENT_BYTES_MAX];
    database
        .insert_submission(&submission(1), &bytes, &change())
        .await
        .unwrap();
    let kept = database.component(&submission(1).component).await.unwrap();
    assert!(kept.unwrap() == bytes);
}
