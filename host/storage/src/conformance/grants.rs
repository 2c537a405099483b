use super::samples::{
    at, change, community, count, grant, granted, next_grant, skill, submission, submitted,
};
use crate::testing::Place;
use futures::future::join_all;
use skillgate_app::ports::{PAGE_MAX, RightsInForce, Storage, StorageError, Submission};
use skillgate_domain::grant::{EndCause, Generation, Grant, GrantEnd, GrantStatus, SkillStanding};
use skillgate_domain::ids::{CommunityId, GrantId, SkillName, SubmissionId};
use uuid::Uuid;

const ACTIVE: &str = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
const ALL: &str = "SELECT COUNT(*) FROM grants";

pub(super) async fn a_grant_reads_back(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let kept = grant(1, &of);
    granted(&database, &kept).await;
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
    granted(&database, &kept).await;
    let blue = community("blue");
    assert_eq!(database.active_grant(&blue, &of.skill).await.unwrap(), None);
    assert_eq!(database.active_grants(&blue).await.unwrap(), []);
    let other = skill("crm2");
    assert_eq!(
        database.active_grant(&of.community, &other).await.unwrap(),
        None
    );
    let revoked = database
        .revoke_grant(&blue, of.id, kept.id, at(5), &change())
        .await;
    assert!(!revoked.unwrap());
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
        granted(&database, &grant(number, &of)).await;
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
        granted(&database, &grant).await;
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
    granted(&database, &grant(1, &of)).await;
    let second = next_grant(2, 2, &upgrade);
    granted(&database, &second).await;

    let active = database.active_grants(&of.community).await.unwrap();
    assert_eq!(active, std::slice::from_ref(&second));
    assert_eq!(count(&database, ALL).await, 2);
    // The first one ended when the second began, and revoking it does not move that.
    let first = grant(1, &of);
    let red = &of.community;
    assert!(
        database
            .revoke_grant(red, of.id, first.id, at(99), &change())
            .await
            .unwrap()
    );
    let found = database
        .newest_grant(red, &of.skill, Some(upgrade.id))
        .await
        .unwrap();
    let end = Some(GrantEnd {
        at: second.granted_at,
        cause: EndCause::Replaced,
    });
    assert_eq!(found, Some(Grant { end, ..first }));
}

pub(super) async fn a_failed_grant_leaves_the_active_one(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let first = grant(1, &of);
    granted(&database, &first).await;
    let same_id = Grant {
        granted_at: at(50),
        ..next_grant(2, 1, &of)
    };
    let refused = database
        .insert_grant(&same_id, EndCause::Replaced, &change())
        .await;
    assert!(
        matches!(refused, Err(StorageError::Conflict)),
        "{refused:?}"
    );
    assert_eq!(
        database.active_grants(&of.community).await.unwrap(),
        [first]
    );
    granted(&database, &next_grant(2, 3, &of)).await;
}

pub(super) async fn a_grant_is_kept_at_the_next_generation_only(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let keep = async |generation, number| {
        let grant = next_grant(generation, number, &of);
        database
            .insert_grant(&grant, EndCause::Replaced, &change())
            .await
            .unwrap()
    };
    for (generation, kept) in [
        (2, false),
        (0, false),
        (1, true),
        (1, false),
        (3, false),
        (2, true),
    ] {
        let number = u8::try_from(count(&database, ALL).await).unwrap();
        assert_eq!(keep(generation, number).await, kept, "{generation}");
    }
    assert_eq!(count(&database, ALL).await, 2);
    // Skills and communities count for themselves.
    let standing = async |community: &CommunityId, skill: &SkillName| {
        database.skill_standing(community, skill).await.unwrap()
    };
    let (red, blue) = (&of.community, community("blue"));
    assert_eq!(
        standing(red, &of.skill).await.generation,
        Generation::new(2)
    );
    for (community, skill) in [(red, skill("crm2")), (&blue, of.skill.clone())] {
        let nowhere = standing(community, &skill).await;
        assert_eq!(nowhere, SkillStanding::default());
    }
}

pub(super) async fn of_concurrent_grants_one_is_kept(place: &Place) {
    let one = place.open().await;
    let another_host = place.open().await;
    let of = submitted(&one, 1).await;
    for generation in [1, 2] {
        let numbers = (1..=8).map(|number| number + 10 * u8::try_from(generation).unwrap());
        let grants: Vec<Grant> = numbers.map(|n| next_grant(generation, n, &of)).collect();
        let hosts = [&one, &another_host].into_iter().cycle();
        let change = change();
        let kept = grants
            .iter()
            .zip(hosts)
            .map(|(grant, host)| host.insert_grant(grant, EndCause::Replaced, &change));
        let kept = join_all(kept).await.into_iter().map(Result::unwrap);
        assert_eq!(kept.filter(|kept| *kept).count(), 1);
        assert_eq!(count(&one, ACTIVE).await, 1);
    }
    assert_eq!(count(&one, ALL).await, 2);
}

pub(super) async fn a_grant_stays_revoked_since_the_first_time(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let red = &of.community;
    let only = grant(1, &of);
    granted(&database, &only).await;
    let other_module = submission(2).id;
    for (module, id) in [(of.id, grant(2, &of).id), (other_module, only.id)] {
        assert!(
            !database
                .revoke_grant(red, module, id, at(4), &change())
                .await
                .unwrap()
        );
    }
    let active = database.active_grants(red).await.unwrap();
    assert_eq!(active, std::slice::from_ref(&only));
    for later in [at(5), at(6)] {
        assert!(
            database
                .revoke_grant(red, of.id, only.id, later, &change())
                .await
                .unwrap()
        );
        assert_eq!(database.active_grant(red, &of.skill).await.unwrap(), None);
        let newest = database.newest_grant(red, &of.skill, None).await.unwrap();
        let end = Some(GrantEnd {
            at: at(5),
            cause: EndCause::Revoked,
        });
        assert_eq!(newest.unwrap().end, end);
        let standing = database.skill_standing(red, &of.skill).await.unwrap();
        assert_eq!(standing.generation, Generation::new(2));
    }
    let again = next_grant(3, 3, &of);
    granted(&database, &again).await;
    assert_eq!(database.active_grants(red).await.unwrap(), [again]);
}

pub(super) async fn a_grants_status_follows_its_life(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let red = &of.community;
    let status = async |number| {
        let id = grant(number, &of).id;
        database.grant_status(red, id).await.unwrap()
    };
    let ended = GrantStatus::Ended;
    assert_eq!(status(1).await, ended(EndCause::Revoked), "unknown");
    granted(&database, &grant(1, &of)).await;
    assert_eq!(status(1).await, GrantStatus::InForce);
    let elsewhere = database
        .grant_status(&community("blue"), grant(1, &of).id)
        .await;
    assert_eq!(elsewhere.unwrap(), ended(EndCause::Revoked));
    granted(&database, &next_grant(2, 2, &of)).await;
    assert_eq!(status(1).await, ended(EndCause::Replaced));
    let third = next_grant(3, 3, &of);
    assert!(
        database
            .insert_grant(&third, EndCause::RolledBack, &change())
            .await
            .unwrap()
    );
    assert_eq!(status(2).await, ended(EndCause::RolledBack));
    database
        .set_frozen(red, &of.skill, Some(at(9)), &change())
        .await
        .unwrap();
    assert_eq!(status(3).await, GrantStatus::Frozen);
    database
        .set_frozen(red, &of.skill, None, &change())
        .await
        .unwrap();
    assert_eq!(status(3).await, GrantStatus::InForce);
    database
        .revoke_grant(red, of.id, third.id, at(10), &change())
        .await
        .unwrap();
    assert_eq!(status(3).await, ended(EndCause::Revoked));
}

pub(super) async fn a_skill_stays_frozen_whatever_is_granted(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    let red = &of.community;
    assert!(
        !database
            .set_frozen(red, &of.skill, Some(at(1)), &change())
            .await
            .unwrap()
    );
    granted(&database, &grant(1, &of)).await;
    let blue = community("blue");
    assert!(
        !database
            .set_frozen(&blue, &of.skill, Some(at(1)), &change())
            .await
            .unwrap()
    );
    for later in [at(2), at(3)] {
        assert!(
            database
                .set_frozen(red, &of.skill, Some(later), &change())
                .await
                .unwrap()
        );
        let standing = database.skill_standing(red, &of.skill).await.unwrap();
        let frozen = SkillStanding {
            generation: Generation::new(2),
            frozen_at: Some(at(2)),
        };
        assert_eq!(standing, frozen);
    }
    let second = next_grant(3, 3, &of);
    granted(&database, &second).await;
    let found = database.active_grant(red, &of.skill).await.unwrap();
    assert_eq!(
        found,
        Some(Grant {
            frozen_at: Some(at(2)),
            ..second.clone()
        })
    );
    for _ in 0..2 {
        assert!(
            database
                .set_frozen(red, &of.skill, None, &change())
                .await
                .unwrap()
        );
        let standing = database.skill_standing(red, &of.skill).await.unwrap();
        assert_eq!(
            standing,
            SkillStanding {
                generation: Generation::new(4),
                frozen_at: None
            }
        );
    }
    assert_eq!(database.active_grants(red).await.unwrap(), [second]);
}

pub(super) async fn the_newest_grant_is_found_ended_or_not(place: &Place) {
    let database = place.open().await;
    let (of, upgrade) = (submitted(&database, 1).await, submitted(&database, 2).await);
    let (red, name) = (&of.community, &of.skill);
    let newest = async |other_than| {
        let found = database.newest_grant(red, name, other_than).await.unwrap();
        found.map(|grant| grant.id)
    };
    assert_eq!(newest(None).await, None);
    for (generation, number, module) in [(1, 1, &of), (2, 2, &upgrade), (3, 3, &upgrade)] {
        granted(&database, &next_grant(generation, number, module)).await;
    }
    let id = |number| Some(grant(number, &of).id);
    assert_eq!(newest(None).await, id(3));
    assert_eq!(newest(Some(of.id)).await, id(3));
    assert_eq!(newest(Some(upgrade.id)).await, id(1));
    database
        .revoke_grant(red, upgrade.id, grant(3, &of).id, at(9), &change())
        .await
        .unwrap();
    assert_eq!(newest(None).await, id(3));
    let elsewhere = database.newest_grant(&community("blue"), name, None).await;
    assert_eq!(elsewhere.unwrap(), None);
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
        let refused = database
            .insert_grant(&wrong, EndCause::Replaced, &change())
            .await;
        assert!(
            matches!(refused, Err(StorageError::Unavailable(_))),
            "{refused:?}"
        );
    }
    assert_eq!(count(&database, ALL).await, 0);
    granted(&database, &right).await;
}
