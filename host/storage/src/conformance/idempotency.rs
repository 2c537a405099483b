use super::samples::{at, count};
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::idempotency::KEPT_BODY_BYTES_MAX;
use skillgate_app::ports::{
    IdempotencyStore, KeptAnswer, KeyedBegin, KeyedRequest, KeyedState, StorageError,
};
use skillgate_domain::digest::Digest;

const MANY: u32 = 100;
const ALL: &str = "SELECT COUNT(*) FROM idempotency";

/// A request of one principal, leased until `at(10)` and good until `at(100)`.
pub(super) fn keyed(number: u8) -> KeyedRequest {
    KeyedRequest {
        id: Digest::from_bytes([number; 32]),
        principal: Digest::from_bytes([0xaa; 32]),
        fingerprint: Digest::from_bytes([0xff - number; 32]),
        leased_until: at(10),
        expires_at: at(100),
    }
}

fn answer() -> KeptAnswer {
    KeptAnswer {
        status: 201,
        headers: vec![("content-type".to_owned(), "application/json; é".to_owned())],
        body: vec![0, 0xff, b'{'],
    }
}

fn known(state: KeyedState) -> KeyedBegin {
    KeyedBegin::Known(keyed(1), state)
}

pub(super) async fn a_key_is_first_once(place: &Place) {
    let database = place.open().await;
    let begun = database.begin_keyed(&keyed(1), at(0), MANY).await.unwrap();
    assert_eq!(begun, KeyedBegin::First);
    // What another request with the key asks and when does not change the first.
    let other = KeyedRequest {
        id: keyed(1).id,
        expires_at: at(500),
        ..keyed(2)
    };
    for now in [at(0), at(99)] {
        let again = database.begin_keyed(&other, now, MANY).await.unwrap();
        assert_eq!(again, known(KeyedState::Begun));
    }
    let another = database.begin_keyed(&keyed(2), at(0), MANY).await.unwrap();
    assert_eq!(another, KeyedBegin::First);
}

pub(super) async fn an_answer_reads_back(place: &Place) {
    let database = place.open().await;
    let largest = KeptAnswer {
        body: vec![7; KEPT_BODY_BYTES_MAX],
        ..answer()
    };
    let empty = KeptAnswer {
        status: 204,
        headers: Vec::new(),
        body: Vec::new(),
    };
    for (number, kept) in (1..).zip([answer(), largest.clone(), empty]) {
        database
            .begin_keyed(&keyed(number), at(0), MANY)
            .await
            .unwrap();
        database
            .end_keyed(&keyed(number).id, Some(&kept))
            .await
            .unwrap();
        let again = database
            .begin_keyed(&keyed(number), at(1), MANY)
            .await
            .unwrap();
        assert_eq!(
            again,
            KeyedBegin::Known(keyed(number), KeyedState::Ended(kept))
        );
    }
    let mut larger = largest;
    larger.body.push(7);
    database.begin_keyed(&keyed(9), at(0), MANY).await.unwrap();
    let refused = database.end_keyed(&keyed(9).id, Some(&larger)).await;
    assert!(
        matches!(refused, Err(StorageError::Unavailable(_))),
        "{refused:?}"
    );
}

pub(super) async fn an_unkept_answer_is_told_from_none(place: &Place) {
    let database = place.open().await;
    database.begin_keyed(&keyed(1), at(0), MANY).await.unwrap();
    database.end_keyed(&keyed(1).id, None).await.unwrap();
    let again = database.begin_keyed(&keyed(1), at(1), MANY).await.unwrap();
    assert_eq!(again, known(KeyedState::EndedUnkept));
}

pub(super) async fn what_is_over_stays_as_it_ended(place: &Place) {
    let database = place.open().await;
    database.begin_keyed(&keyed(1), at(0), MANY).await.unwrap();
    database
        .end_keyed(&keyed(1).id, Some(&answer()))
        .await
        .unwrap();
    database.end_keyed(&keyed(1).id, None).await.unwrap();
    database.forget_keyed(&keyed(1).id).await.unwrap();
    let again = database.begin_keyed(&keyed(1), at(1), MANY).await.unwrap();
    assert_eq!(again, known(KeyedState::Ended(answer())));
}

pub(super) async fn a_forgotten_key_is_first_again(place: &Place) {
    let database = place.open().await;
    for _ in 0..2 {
        let begun = database.begin_keyed(&keyed(1), at(0), MANY).await.unwrap();
        assert_eq!(begun, KeyedBegin::First);
        database.forget_keyed(&keyed(1).id).await.unwrap();
    }
    assert_eq!(count(&database, ALL).await, 0);
}

pub(super) async fn an_expired_key_is_first_again(place: &Place) {
    let database = place.open().await;
    database.begin_keyed(&keyed(1), at(0), MANY).await.unwrap();
    database
        .end_keyed(&keyed(1).id, Some(&answer()))
        .await
        .unwrap();
    let renewed = KeyedRequest {
        expires_at: at(200),
        ..keyed(1)
    };
    let again = database.begin_keyed(&renewed, at(99), MANY).await.unwrap();
    assert_eq!(again, known(KeyedState::Ended(answer())));
    let again = database.begin_keyed(&renewed, at(100), MANY).await.unwrap();
    assert_eq!(again, KeyedBegin::First);
    let again = database.begin_keyed(&renewed, at(101), MANY).await.unwrap();
    assert_eq!(again, KeyedBegin::Known(renewed, KeyedState::Begun));
}

pub(super) async fn keys_are_counted_for_each_principal(place: &Place) {
    let database = place.open().await;
    for number in [1, 2] {
        let begun = database
            .begin_keyed(&keyed(number), at(0), 2)
            .await
            .unwrap();
        assert_eq!(begun, KeyedBegin::First);
    }
    let refused = database.begin_keyed(&keyed(3), at(0), 2).await.unwrap();
    assert_eq!(refused, KeyedBegin::TooMany);
    assert_eq!(count(&database, ALL).await, 2);
    // Neither a repeat, nor somebody else, nor what has expired is in the way.
    let again = database.begin_keyed(&keyed(1), at(0), 2).await.unwrap();
    assert_eq!(again, known(KeyedState::Begun));
    let other = KeyedRequest {
        principal: Digest::from_bytes([0xbb; 32]),
        ..keyed(4)
    };
    let begun = database.begin_keyed(&other, at(0), 2).await.unwrap();
    assert_eq!(begun, KeyedBegin::First);
    let later = KeyedRequest {
        expires_at: at(200),
        ..keyed(3)
    };
    let begun = database.begin_keyed(&later, at(100), 2).await.unwrap();
    assert_eq!(begun, KeyedBegin::First);
}

pub(super) async fn concurrent_first_requests_have_one_winner(place: &Place) {
    let one = place.open().await;
    let another_host = place.open().await;
    let request = keyed(1);
    let hosts = [&one, &another_host].into_iter().cycle().take(8);
    let begun = hosts.map(|host| host.begin_keyed(&request, at(0), MANY));
    let begun: Vec<_> = join_all(begun)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let first = begun.iter().filter(|begun| **begun == KeyedBegin::First);
    assert_eq!(first.count(), 1, "{begun:?}");
    let later = begun
        .iter()
        .filter(|begun| **begun == known(KeyedState::Begun));
    assert_eq!(later.count(), 7, "{begun:?}");
}

pub(super) async fn expired_keys_are_removed_in_batches(place: &Place) {
    let database = place.open().await;
    for number in 1..=5 {
        let request = KeyedRequest {
            expires_at: at(number.into()),
            ..keyed(number)
        };
        database.begin_keyed(&request, at(0), MANY).await.unwrap();
    }
    for (removed, left) in [(2, 3), (2, 1), (0, 1)] {
        assert_eq!(
            database.remove_expired_keyed(at(4), 2).await.unwrap(),
            removed
        );
        assert_eq!(count(&database, ALL).await, left);
    }
}

pub(super) async fn a_key_survives_opening_again(place: &Place) {
    let database = place.open().await;
    database.begin_keyed(&keyed(1), at(0), MANY).await.unwrap();
    database
        .end_keyed(&keyed(1).id, Some(&answer()))
        .await
        .unwrap();
    database.close().await;
    let again = place.open().await;
    let begun = again.begin_keyed(&keyed(1), at(1), MANY).await.unwrap();
    assert_eq!(begun, known(KeyedState::Ended(answer())));
}
