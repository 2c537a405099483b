use super::samples::{at, change, community, narrow_token, token};
use crate::testing::Place;
use skillgate_app::ports::{PAGE_MAX, Storage, StorageError, TokenRecord};
use skillgate_domain::ids::TokenId;
use skillgate_domain::principal::Role;
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

pub(super) async fn a_token_reads_back(place: &Place) {
    let database = place.open().await;
    let mut tokens = vec![token(1), narrow_token(2)];
    tokens.extend((10..).zip(Role::ALL).map(|(number, role)| TokenRecord {
        role,
        ..token(number)
    }));
    let mut no_skill = token(20);
    no_skill.scope.skills = Some([].into());
    no_skill.expires_at = Timestamp::from_unix_ms(253_402_300_799_999);
    tokens.push(no_skill);
    for token in &tokens {
        database.insert_token(token, &change()).await.unwrap();
    }
    for token in tokens {
        assert_eq!(database.token(token.id).await.unwrap(), Some(token));
    }
}

pub(super) async fn an_unknown_token_is_absent(place: &Place) {
    let database = place.open().await;
    database.insert_token(&token(1), &change()).await.unwrap();
    assert_eq!(database.token(token(2).id).await.unwrap(), None);
}

pub(super) async fn tokens_are_listed_newest_first_in_their_community(place: &Place) {
    let database = place.open().await;
    // Made within one millisecond: the id decides.
    let twin = TokenRecord {
        created_at: at(2),
        ..token(3)
    };
    let foreign = TokenRecord {
        community: community("blue"),
        ..token(4)
    };
    for token in [&token(2), &twin, &token(1), &foreign, &token(9)] {
        database.insert_token(token, &change()).await.unwrap();
    }
    let listed = database.tokens(&community("red")).await.unwrap();
    assert_eq!(listed, [token(9), twin, token(2), token(1)]);
    assert_eq!(
        database.tokens(&community("blue")).await.unwrap(),
        [foreign]
    );
    assert_eq!(database.tokens(&community("Red")).await.unwrap(), []);
}

pub(super) async fn at_most_one_page_of_tokens_is_listed(place: &Place) {
    let database = place.open().await;
    for number in 0..=PAGE_MAX {
        let token = TokenRecord {
            id: TokenId::new(Uuid::from_u128(number.into())),
            ..token(0)
        };
        database.insert_token(&token, &change()).await.unwrap();
    }
    let listed = database.tokens(&community("red")).await.unwrap();
    assert_eq!(listed.len(), PAGE_MAX as usize);
    assert!(listed.iter().all(|token| token.id.uuid() != Uuid::nil()));
}

pub(super) async fn the_same_token_twice_is_a_conflict(place: &Place) {
    let database = place.open().await;
    database.insert_token(&token(1), &change()).await.unwrap();
    let other = TokenRecord {
        community: community("blue"),
        ..token(1)
    };
    let refused = database.insert_token(&other, &change()).await;
    assert!(
        matches!(refused, Err(StorageError::Conflict)),
        "{refused:?}"
    );
    assert_eq!(database.token(other.id).await.unwrap(), Some(token(1)));
}

pub(super) async fn a_token_stays_revoked_since_the_first_time(place: &Place) {
    let database = place.open().await;
    let (red, blue) = (community("red"), community("blue"));
    let id = token(1).id;
    database.insert_token(&token(1), &change()).await.unwrap();

    assert!(
        !database
            .revoke_token(&blue, id, at(4), &change())
            .await
            .unwrap()
    );
    assert!(
        !database
            .revoke_token(&red, token(2).id, at(4), &change())
            .await
            .unwrap()
    );
    assert_eq!(database.token(id).await.unwrap(), Some(token(1)));

    for later in [at(5), at(6)] {
        assert!(
            database
                .revoke_token(&red, id, later, &change())
                .await
                .unwrap()
        );
        let kept = database.token(id).await.unwrap().unwrap();
        assert_eq!(kept.revoked_at, Some(at(5)));
    }
}

pub(super) async fn texts_have_limits(place: &Place) {
    let database = place.open().await;
    let labelled = |number: u8, label: &str| TokenRecord {
        label: label.to_owned(),
        ..token(number)
    };
    let longest = labelled(1, &"é".repeat(100));
    database.insert_token(&longest, &change()).await.unwrap();
    assert_eq!(database.token(longest.id).await.unwrap(), Some(longest));

    let too_long = database
        .insert_token(&labelled(2, &"é".repeat(101)), &change())
        .await;
    assert!(
        matches!(too_long, Err(StorageError::Unavailable(_))),
        "{too_long:?}"
    );
    let with_nul = database.insert_token(&labelled(3, "a\0b"), &change()).await;
    assert!(
        matches!(with_nul, Err(StorageError::Corrupt(_))),
        "{with_nul:?}"
    );
    let mut endless = token(4);
    endless.expires_at = Timestamp::from_unix_ms(i64::MAX);
    let endless = database.insert_token(&endless, &change()).await;
    assert!(
        matches!(endless, Err(StorageError::Corrupt(_))),
        "{endless:?}"
    );
    assert_eq!(database.tokens(&community("red")).await.unwrap().len(), 1);
}
