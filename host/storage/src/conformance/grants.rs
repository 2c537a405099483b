use super::place::Place;
use super::samples::{at, change, community, count, grant, skill, submission, submitted};
use futures::future::join_all;
use skillgate_app::ports::{PAGE_MAX, Storage, StorageError, Submission};
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{GrantId, SubmissionId};
use uuid::Uuid;

const ACTIVE: &str = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
const ALL: &str = "SELECT COUNT(*) FROM grants";

pub(super) async fn a_grant_reads_back(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let kept = grant(1, &of);
    database.insert_grant(&kept, &change()).await.unwrap();
    let found = database
        .active_grant(&of.community, &of.skill)
        .await
        .unwrap();
    assert_eq!(found, Some(kept.clone()));
    assert_eq!(database.active_grants(&of.community).await.unwrap(), [kept]);
}

pub(super) async fn a_foreign_grant_is_absent(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let kept = grant(1, &of);
    database.insert_grant(&kept, &change()).await.unwrap();
    let blue = community("blue");
    assert_eq!(database.active_grant(&blue, &of.skill).await.unwrap(), None);
    assert_eq!(database.active_grants(&blue).await.unwrap(), []);
    let other = skill("crm2");
    assert_eq!(
        database.active_grant(&of.community, &other).await.unwrap(),
        None
    );
    assert!(
        !database
            .revoke_grant(&blue, kept.id, at(5), &change())
            .await
            .unwrap()
    );
    assert_eq!(database.active_grants(&of.community).await.unwrap(), [kept]);
}

pub(super) async fn grants_are_listed_by_skill(place: &Place) {
    let database = place.open().await;
    // The order of bytes, whatever language the server speaks: '-' comes before digits and letters.
    let names = ["ab", "a", "a-b", "b", "a1"];
    for (number, name) in (1..).zip(names) {
        let of = Submission {
            skill: skill(name),
            ..submission(number)
        };
        database
            .insert_submission(&of, &[], &change())
            .await
            .unwrap();
        database
            .insert_grant(&grant(number, &of), &change())
            .await
            .unwrap();
    }
    let listed = database.active_grants(&community("red")).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|grant| grant.skill.as_str()).collect();
    assert_eq!(listed, ["a", "a-b", "a1", "ab", "b"]);
}

pub(super) async fn at_most_one_page_of_grants_is_listed(place: &Place) {
    let database = place.open().await;
    for number in 0..=PAGE_MAX {
        let mut of = Submission {
            id: SubmissionId::new(Uuid::from_u128(number.into())),
            skill: skill(&format!("s{number:03}")),
            ..submission(0)
        };
        let mut component = [0; 32];
        component[..4].copy_from_slice(&number.to_be_bytes());
        of.component = skillgate_domain::digest::Digest::from_bytes(component);
        database
            .insert_submission(&of, &[], &change())
            .await
            .unwrap();
        let mut grant = grant(0, &of);
        grant.id = GrantId::new(Uuid::from_u128(number.into()));
        database.insert_grant(&grant, &change()).await.unwrap();
    }
    let listed = database.active_grants(&community("red")).await.unwrap();
    assert_eq!(listed.len(), PAGE_MAX as usize);
    assert_eq!(
        listed.last().map(|grant| grant.skill.as_str()),
        Some("s199")
    );
}

pub(super) async fn a_new_grant_replaces_the_active_one(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let upgrade = submitted(&database, 2).await;
    database
        .insert_grant(&grant(1, &of), &change())
        .await
        .unwrap();
    let second = grant(2, &upgrade);
    database.insert_grant(&second, &change()).await.unwrap();

    let active = database.active_grants(&of.community).await.unwrap();
    assert_eq!(active, [second]);
    assert_eq!(count(&database, ALL).await, 2);
    // The first one ended when the second began, and revoking it again does not move that.
    let first = grant(1, &of).id;
    assert!(
        database
            .revoke_grant(&of.community, first, at(99), &change())
            .await
            .unwrap()
    );
    let same_moment = "SELECT COUNT(*) FROM grants a JOIN grants b ON a.revoked_at = b.granted_at";
    assert_eq!(count(&database, same_moment).await, 1);
}

pub(super) async fn a_failed_grant_leaves_the_active_one(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let first = grant(1, &of);
    database.insert_grant(&first, &change()).await.unwrap();
    let same_id = Grant {
        granted_at: at(50),
        ..first.clone()
    };
    let refused = database.insert_grant(&same_id, &change()).await;
    assert!(
        matches!(refused, Err(StorageError::Conflict)),
        "{refused:?}"
    );
    assert_eq!(
        database.active_grants(&of.community).await.unwrap(),
        [first]
    );
}

pub(super) async fn concurrent_grants_leave_one_active(place: &Place) {
    let one = place.open().await;
    let another_host = place.open().await;
    let of = submitted(&one, 1).await;
    let grants: Vec<Grant> = (1..=8).map(|number| grant(number, &of)).collect();
    let change = change();
    let hosts = [&one, &another_host].into_iter().cycle();
    let kept = grants
        .iter()
        .zip(hosts)
        .map(|(grant, host)| host.insert_grant(grant, &change));
    for kept in join_all(kept).await {
        kept.unwrap();
    }
    assert_eq!(count(&one, ACTIVE).await, 1);
    assert_eq!(count(&one, ALL).await, 8);
}

pub(super) async fn a_grant_stays_revoked_since_the_first_time(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let red = &of.community;
    database
        .insert_grant(&grant(1, &of), &change())
        .await
        .unwrap();
    assert!(
        !database
            .revoke_grant(red, grant(2, &of).id, at(4), &change())
            .await
            .unwrap()
    );
    for later in [at(5), at(6)] {
        assert!(
            database
                .revoke_grant(red, grant(1, &of).id, later, &change())
                .await
                .unwrap()
        );
        assert_eq!(database.active_grant(red, &of.skill).await.unwrap(), None);
    }
    // Granted again, then revoked at the same moment as the first: the two moments are equal only
    // where the second revocation above did not move the first.
    let again = Grant {
        granted_at: at(5),
        ..grant(3, &of)
    };
    database.insert_grant(&again, &change()).await.unwrap();
    let same_moment = "SELECT COUNT(*) FROM grants a JOIN grants b ON a.revoked_at = b.granted_at";
    assert_eq!(count(&database, same_moment).await, 1);
    assert_eq!(database.active_grants(red).await.unwrap(), [again]);
}

pub(super) async fn a_grant_is_bound_to_a_submission_of_its_community(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let right = grant(1, &of);
    let foreign = Grant {
        community: community("blue"),
        ..right.clone()
    };
    let other_component = Grant {
        component: submission(2).component,
        ..right.clone()
    };
    let unknown = Grant {
        submission: submission(2).id,
        ..right.clone()
    };
    for wrong in [foreign, other_component, unknown] {
        let refused = database.insert_grant(&wrong, &change()).await;
        assert!(
            matches!(refused, Err(StorageError::Unavailable(_))),
            "{refused:?}"
        );
    }
    assert_eq!(count(&database, ALL).await, 0);
    database.insert_grant(&right, &change()).await.unwrap();
}
